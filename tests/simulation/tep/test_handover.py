"""Valves and set points by hand, and back to automatic without a bump."""

import numpy as np
import pytest

from simulation.tep import (
    advance,
    initial_state,
    with_setpoint,
    with_setpoint_automatic,
    with_valve,
    with_valve_automatic,
)
from simulation.tep.loops import LOOPS, loop_number

XMV = 41  # first column of the valves


@pytest.fixture(scope="module")
def settled():
    return advance(initial_state(77), 2 * 3600 + 2)[0]  # the loops are due in the next second


@pytest.fixture(scope="module")
def usual(settled):
    """Largest move of each valve within one call (3 s) of two hours of automatic control."""
    rows = advance(settled, 2 * 3600, sample_seconds=3)[1]
    return np.abs(np.diff(rows[:, XMV:], axis=0)).max(axis=0)


def by_hand(state, valve, shift, seconds):
    """Hold a valve off its place for some seconds; return the state before the return."""
    return advance(with_valve(state, valve, state.xmv[valve - 1] + shift), seconds)[0]


@pytest.mark.parametrize("valve", range(1, 12))
def test_a_valve_by_hand_stays_where_it_was_put(settled, valve):
    state, rows = advance(with_valve(settled, valve, 42.5), 60, sample_seconds=1)
    assert state.valves_by_hand == [valve]
    assert np.all(rows[:, XMV + valve - 1] == 42.5)
    others = np.delete(rows[:, XMV:], [valve - 1, 11], axis=1)
    assert np.all(others.std(axis=0) > 0.0)


@pytest.mark.parametrize("valve", range(1, 12))
def test_its_return_is_no_bump(settled, usual, valve):
    shift = 0.5 if valve == 10 else 3.0  # the reactor is unstable without its coolant loop
    held = by_hand(settled, valve, shift, 300)
    position = held.xmv[valve - 1]
    _, rows = advance(with_valve_automatic(held, valve), 30, sample_seconds=3)
    path = np.concatenate([[position], rows[:, XMV + valve - 1]])
    assert np.abs(np.diff(path)).max() <= 1.5 * usual[valve - 1]


@pytest.mark.parametrize(("valve", "shift"), [(5, 15.0), (7, 6.0), (8, 6.0)])
def test_without_the_loops_standing_by_it_would_be_one(settled, usual, valve, shift):
    """What the velocity form does with the error it remembers from before the hand came."""
    held = by_hand(settled, valve, shift, 300)
    record = held.record.copy()
    record["last_error"] = settled.record["last_error"]
    record["handed_error"] = 0.0
    _, rows = advance(with_valve_automatic(type(held)(record), valve), 3, sample_seconds=3)
    assert abs(rows[0, XMV + valve - 1] - held.xmv[valve - 1]) > 1.1 * usual[valve - 1]


def test_the_plant_finds_back_to_its_set_points(settled):
    held = by_hand(settled, 5, 15.0, 600)
    assert abs(held.xmeas[4] - 26.902) > 3.0
    back, rows = advance(with_valve_automatic(held, 5), 4 * 3600)
    assert rows[-20:, 4].mean() == pytest.approx(26.902, abs=0.2)
    assert rows[-20:, XMV + 4].mean() == pytest.approx(22.2, abs=1.5)
    assert not back.is_shut_down


def test_no_loop_winds_up_while_its_output_leads_nowhere(settled):
    held, _ = advance(with_valve(settled, 9, settled.xmv[8] + 5.0), 3 * 3600)
    outer, inner = loop_number("XMEAS(18)"), loop_number("XMEAS(19)")
    assert held.setpoints[inner - 1] == pytest.approx(held.xmeas[18], abs=10.0)  # it follows
    assert held.setpoints[outer - 1] == pytest.approx(held.xmeas[17], abs=1.0)
    assert held.setpoints[20 - 1] == pytest.approx(0.8357)  # the outermost one is the operator's
    wound = advance(settled.replace(closed_loop=1), 3 * 3600)[0]
    assert wound.setpoints[outer - 1] != held.setpoints[outer - 1]


def test_a_cascaded_set_point_by_hand_opens_the_cascade_and_returns_without_a_bump(settled, usual):
    held, rows = advance(with_setpoint(settled, "XMEAS(21)", 94.0), 900, sample_seconds=3)
    assert held.setpoints_by_hand == [10]
    assert held.setpoints[9] == 94.0
    assert rows[-60:, 20].mean() == pytest.approx(94.0, abs=1.0)
    back, rows = advance(with_setpoint_automatic(held, 10), 30, sample_seconds=3)
    assert back.setpoints_by_hand == []
    path = np.concatenate([[held.xmv[9]], rows[:, XMV + 9]])
    assert np.abs(np.diff(path)).max() <= 1.5 * usual[9]


def test_an_operators_set_point_acts_at_once_and_lasts(settled):
    state = with_setpoint(settled, 17, 70.0)
    assert state.setpoints_by_hand == []
    _, rows = advance(state, 6 * 3600)
    assert rows[-40:, 7].mean() == pytest.approx(70.0, abs=1.0)


def test_the_override_is_off_while_the_purge_is_by_hand_and_its_end_is_no_release(settled):
    high = settled.xmeas.copy()
    high[12] = 2960.0
    raised, _ = advance(settled.replace(xmeas=high), 1, sample_seconds=1)
    assert (raised.xmv[5], raised.record["override"][0]) == (100.0, 1)
    held, _ = advance(with_valve(raised, 6, 45.0), 3)
    assert (held.xmv[5], held.record["override"][0]) == (45.0, 0)
    setpoint = held.setpoints[5]
    back, _ = advance(with_valve_automatic(held, 6), 3)
    assert back.xmv[5] == pytest.approx(45.0, abs=3.0)  # and not 40.060
    assert back.setpoints[5] == setpoint != 0.33712


def test_an_override_ends_what_was_forgiven_to_its_loop(settled):
    high = settled.xmeas.copy()
    high[12] = 2960.0
    handed = np.zeros(20)
    handed[5] = 4.0
    state, _ = advance(settled.replace(xmeas=high, handed_error=handed, intervened=1), 1)
    assert (state.xmv[5], state.record["override"][0]) == (100.0, 1)
    assert state.record["handed_error"][0][5] == 0.0


def test_a_held_purge_set_point_survives_the_overrides_release(settled):
    low = settled.xmeas.copy()
    low[12] = 2290.0
    held = with_setpoint(settled, 6, 0.5).replace(xmeas=low)
    held, _ = advance(held, 1)
    assert (held.xmv[5], held.record["override"][0]) == (0.0, 2)
    ended, rows = advance(held, 180, sample_seconds=1)
    assert ended.record["override"][0] == 0
    assert ended.setpoints[5] == 0.5
    assert 40.060 in rows[:, XMV + 5]


def test_the_way_around_hands_is_the_automatic_one_to_the_bit_where_nothing_is_held(settled):
    """XMV(12) has no loop: held at its place it sends every second the other way around."""
    automatic, rows = advance(settled, 3 * 3600)
    around, found = advance(with_valve(settled, 12, 50.0), 3 * 3600)
    assert around.record["intervened"][0] == 1
    assert np.array_equal(found, rows)
    released, found = advance(settled.replace(intervened=1), 3 * 3600)
    assert released == automatic
    assert np.array_equal(found, rows)


def test_what_was_forgiven_is_taken_up_again_and_the_plant_is_automatic_then(settled):
    back = with_valve_automatic(by_hand(settled, 11, 2.0, 300), 11)
    state, _ = advance(back, 3 * 3600)
    assert state.record["intervened"][0] == 0
    assert not state.record["handed_error"].any()


def test_a_loop_has_two_names():
    assert loop_number(17) == loop_number("17") == loop_number("XMEAS(8)") == 17
    for loop in LOOPS:
        assert loop_number(f"XMEAS({loop.xmeas_number})") == loop.number


@pytest.mark.parametrize("name", [0, 12, 21, "XMEAS(6)", "XMV(3)", "level", True, None, 1.5])
def test_no_other_loop_exists(name):
    with pytest.raises(ValueError, match=r"there is no loop|no loop controls|is not a label"):
        loop_number(name)


@pytest.mark.parametrize(
    "position", [-0.1, 100.1, 140, float("nan"), float("inf"), "x", None, True]
)
def test_no_valve_goes_beyond_its_range(settled, position):
    with pytest.raises(ValueError, match=r"XMV\(10\) is set to 0 to 100 %, not"):
        with_valve(settled, 10, position)


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), "x", None])
def test_a_set_point_is_a_finite_number(settled, value):
    with pytest.raises(ValueError, match="the set point of loop 17 is set to a finite number"):
        with_setpoint(settled, 17, value)
