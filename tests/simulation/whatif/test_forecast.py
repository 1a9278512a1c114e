"""Ensembles and forecasts: deterministic, honest about what has tripped, and right about IDV(6)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import tep
from simulation.whatif.claims import span
from simulation.whatif.ensemble import ensemble
from simulation.whatif.forecast import SAMPLES_OUTSIDE, _first_run, forecast, seed_of


def an_hour_into_idv_6(seed: int, rng: str) -> tep.PlantState:
    state, _ = tep.advance(tep.initial_state(seed, rng=rng), 8 * 3600)
    return tep.advance(tep.with_idv(state, 6), 3600)[0]


@pytest.mark.parametrize("rng", ["modern", "reference"])
@pytest.mark.parametrize("seed", [1431655765, 4651207995, 77, 90210])
def test_an_hour_after_idv_6_it_names_reactor_pressure_and_the_hour_within_a_tenth(seed, rng):
    state = an_hour_into_idv_6(seed, rng)
    end, _ = tep.advance(state, 40 * 3600)
    assert "reactor pressure" in tep.trip_reason(end)
    left = (end.shutdown_step - state.step) / 3600
    found = forecast(state, seed_of(seed, state.step))
    claim = found.trips[0]
    assert (claim.quantity, claim.side, claim.count) == ("reactor pressure", "above", 8)
    assert claim.median_h == pytest.approx(left, rel=0.1)
    assert claim.first_h <= claim.median_h <= claim.last_h
    assert found.words.startswith("Reactor pressure trips in ")


@pytest.fixture(scope="module")
def tripping():
    return ensemble(an_hour_into_idv_6(77, "modern"), 5, members=4, hours=6.0)


def test_a_member_that_has_tripped_has_no_course_any_more(tripping):
    for rows, trip in zip(tripping.rows, tripping.trip_hours, strict=True):
        assert np.isfinite(rows[tripping.hours < trip]).all()
        assert np.isnan(rows[tripping.hours >= trip]).all()
    after_all = tripping.hours >= tripping.trip_hours.max()
    assert after_all.any()
    assert np.isnan(tripping.quantile(0.5)[after_all]).all()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_quantile_is_that_of_the_members_that_still_run(tripping, share):
    found = tripping.quantile(share)
    for instant in range(len(tripping.hours)):
        running = tripping.rows[~np.isnan(tripping.rows[:, instant, 0]), instant]
        if len(running):
            assert np.allclose(found[instant], np.quantile(running, share, axis=0), rtol=1e-12)
        else:
            assert np.isnan(found[instant]).all()


def test_the_same_state_and_seed_give_the_same_ensemble_and_another_seed_another(tripping):
    state = an_hour_into_idv_6(77, "modern")
    again = ensemble(state, 5, members=4, hours=6.0)
    assert again.rows.tobytes() == tripping.rows.tobytes()
    other = ensemble(state, 6, members=4, hours=6.0)
    assert not np.array_equal(other.rows, tripping.rows, equal_nan=True)


def test_members_are_what_one_plant_with_their_noise_would_do(tripping):
    state = an_hour_into_idv_6(77, "modern")
    for member in range(4):
        _, rows = tep.advance(tep.with_noise(state, 5, member), 6 * 3600)
        running = tripping.hours < tripping.trip_hours[member]
        assert np.array_equal(tripping.rows[member][running], rows[running])


def test_a_plant_in_order_trips_nowhere():
    found = forecast(tep.initial_state(5), 1, hours=4.0)
    assert (found.trips, found.ranges) == ((), ())
    assert found.words == "No trip within 4 h 00 min, 8 of 8."
    assert (found.low <= found.median).all()
    assert (found.median <= found.high).all()


def test_a_valve_by_hand_stays_where_it_is_held():
    state = tep.with_valve(tep.initial_state(5), 10, 40.0)
    found = forecast(state, 1, members=2, hours=1.0)
    assert (found.median[:, 50] == 40.0).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [({"members": 0}, "at least one member"), ({"hours": 0.0}, "0.05 to 1000 h"),
     ({"hours": 1e9}, "0.05 to 1000 h")],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        ensemble(tep.initial_state(5), 1, **options)


def test_a_plant_that_is_shut_down_has_no_future(tripping):
    with pytest.raises(ValueError, match="shut down"):
        forecast(tripping.final_states[0], 1)


@given(st.lists(st.booleans(), max_size=40))
def test_a_measurement_has_left_its_range_when_enough_samples_in_a_row_are_outside(outside):
    found = _first_run(np.array(outside, dtype=bool), np.arange(len(outside), dtype=float))
    text = "".join("x" if one else "." for one in outside)
    place = text.find("x" * SAMPLES_OUTSIDE)
    assert found == (None if place < 0 else place)


def test_spans_are_said_in_hours_and_minutes():
    assert [span(h) for h in (0.0, 0.5, 1.0, 5.8, 5.999)] == [
        "0 min", "30 min", "1 h 00 min", "5 h 48 min", "6 h 00 min",
    ]  # fmt: skip


@given(st.integers(1, 2**40), st.integers(0, 10**6))
def test_the_seed_of_a_forecast_is_a_seed(run_seed, step):
    assert tep.check_seed(seed_of(run_seed, step)) == seed_of(run_seed, step)
