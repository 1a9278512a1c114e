import numpy as np
import pytest

from simulation.tep import XMEAS, advance, initial_state, trip_reason, trip_reason_of, with_idv
from simulation.tep.evaluation import evaluate
from simulation.tep.state import WORK_DTYPE

NOMINAL = np.array([x.nominal for x in XMEAS])


def reading(number, value):
    xmeas = NOMINAL.copy()
    xmeas[number - 1] = value
    return xmeas


@pytest.mark.parametrize(
    ("number", "value", "words"),
    [
        (7, 3000.5, "reactor pressure 3000.50 kPa gauge is above its limit of 3000 kPa gauge"),
        (9, 175.25, "reactor temperature 175.25 °C is above its limit of 175 °C"),
        (8, 114.5, "reactor liquid 24.01 m3 is above its limit of 24 m3"),
        (8, -2.2, "reactor liquid 1.98 m3 is below its limit of 2 m3"),
        (12, 137.0, "separator liquid 12.03 m3 is above its limit of 12 m3"),
        (12, 2.0, "separator liquid 0.94 m3 is below its limit of 1 m3"),
        (15, 131.0, "stripper liquid 8.02 m3 is above its limit of 8 m3"),
        (15, -28.0, "stripper liquid 0.97 m3 is below its limit of 1 m3"),
    ],
)
def test_a_trip_is_told_with_value_and_unit(number, value, words):
    assert trip_reason_of(reading(number, value)) == words


def test_several_trips_are_all_told_and_a_hairs_breadth_still_finds_the_nearest():
    both = reading(7, 3001.0)
    both[8] = 176.0
    assert trip_reason_of(both).count("above its limit") == 2
    assert "reactor pressure" in trip_reason_of(reading(7, 3000.0))


def test_a_running_plant_has_no_reason():
    assert trip_reason(initial_state()) is None


def test_the_reference_trips_are_recognised_and_named(reference):
    case = reference("derivative_static")
    record = initial_state().record.copy()
    tripped = 0
    for n, tag in enumerate(case["tag"]):
        s, w = record[0], np.zeros(1, dtype=WORK_DTYPE)[0]
        s["y"], s["xmv"], s["idv"] = case["y"][n], case["xmv"][n], case["idv"][n]
        s["temperature_guess"], s["time_h"] = 0.0, 0.0
        shut = evaluate(s, w)
        assert shut == (not case["dydt"][n].any()), tag
        assert not shut or "its limit" in trip_reason_of(s["xmeas"])
        tripped += shut
    assert tripped >= 8


def test_after_a_shutdown_the_plant_stands_still_while_controllers_and_analysers_go_on():
    state, _ = advance(with_idv(initial_state(), 6), 10 * 3600)
    assert state.is_shut_down
    later, rows = advance(state, 3600)
    assert np.array_equal(later.y, state.y)
    assert later.shutdown_step == state.shutdown_step
    assert (rows[:, :22] == rows[0, :22]).all()
    assert len(np.unique(rows[:, 22])) > 5
    assert not np.array_equal(later.record[0]["setpoint"], state.record[0]["setpoint"])
    assert trip_reason(later) == trip_reason(state)
    assert trip_reason_of(rows[-1]) == trip_reason(state)
