from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from simulation.tep import (
    SAMPLE_SECONDS,
    advance,
    initial_state,
    row_hours,
    simulate_rows,
    with_faults,
    with_idv,
)


def test_a_row_is_recorded_at_every_multiple_of_the_sample_time():
    state = initial_state()
    state, rows = advance(state, SAMPLE_SECONDS - 1)
    assert rows.shape == (0, 53)
    state, rows = advance(state, 1)
    assert rows.shape == (1, 53)
    hours = row_hours(state, 500)
    state, rows = advance(state, 500)
    assert rows.shape == (2, 53)
    assert hours.tolist() == [0.1, 0.15]
    assert state.step == 680


def test_rows_are_float64_and_a_second_of_nothing_changes_nothing():
    state = initial_state()
    same, rows = advance(state, 0)
    assert same == state
    assert rows.shape == (0, 53)
    assert rows.dtype == np.float64


def test_a_row_shows_valves_before_and_the_state_after_their_limits():
    state = with_idv(initial_state(), 6)
    state, rows = advance(state, 8 * 3600, sample_seconds=3)
    a_valve = rows[:, 41 + 2]
    assert a_valve.max() > 100.0
    assert 0.0 <= state.xmv.min() <= state.xmv.max() <= 100.0


def test_the_sampling_changes_what_is_seen_and_not_what_happens():
    once, coarse = advance(initial_state(), 1800)
    twice, fine = advance(initial_state(), 1800, sample_seconds=60)
    assert once == twice
    assert np.array_equal(fine[2::3], coarse)


def test_the_open_loop_keeps_its_valves():
    state, rows = advance(initial_state(closed_loop=False), 900)
    assert not state.closed_loop
    assert np.array_equal(rows[:, 41:], np.broadcast_to(state.y[38:], (5, 12)))


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (-1, "seconds is at least 0, not -1"),
        (1.5, "seconds is a whole number, not 1.5"),
        ("180", "seconds is a whole number"),
        (None, "seconds is a whole number"),
        (True, "seconds is a whole number"),
    ],
)
def test_bad_seconds_are_refused_with_their_reason(seconds, message):
    state = initial_state()
    for function in (advance, row_hours):
        with pytest.raises(ValueError, match=message):
            function(state, seconds)


@pytest.mark.parametrize("sample", [0, -180, 1.5, None])
def test_bad_sample_times_are_refused(sample):
    with pytest.raises(ValueError, match="sample_seconds is"):
        advance(initial_state(), 1, sample_seconds=sample)


def test_faults_are_switched_one_by_one_or_as_a_set():
    state = with_idv(with_idv(initial_state(), 4), 20)
    assert state.faults == [4, 20]
    assert with_idv(state, 4, on=False).faults == [20]
    assert with_faults(state, [1, 2]).faults == [1, 2]
    assert with_faults(state, []).faults == []


@pytest.mark.parametrize("number", [0, 21, -1])
def test_a_fault_outside_the_twenty_is_refused_and_the_range_named(number):
    with pytest.raises(ValueError, match=r"IDV runs from IDV\(1\) to IDV\(20\)"):
        with_idv(initial_state(), number)
    with pytest.raises(ValueError, match=r"IDV runs from IDV\(1\) to IDV\(20\)"):
        simulate_rows(hours=0.1, idv={number: 8.0})


def test_only_known_compatibility_options_are_taken():
    assert initial_state(compat="braatz") != initial_state()
    with pytest.raises(ValueError, match="compat is None or 'braatz', not 'fortran'"):
        initial_state(compat="fortran")


def test_a_run_with_a_fault_is_the_same_in_one_call_or_by_hand():
    rows, shutdown_step = simulate_rows(11, 2.0, {4: 1.0})
    state, before = advance(initial_state(11), 3599)
    state, after = advance(with_idv(state, 4), 3601)
    assert np.array_equal(rows, np.concatenate([before, after]))
    assert shutdown_step == -1
    normal, _ = simulate_rows(11, 2.0)
    assert np.array_equal(rows[:20, :41], normal[:20, :41])  # the row of the onset is still normal
    assert not np.array_equal(rows[20], normal[20])


def test_several_faults_begin_each_at_its_time_and_late_ones_never():
    rows, _ = simulate_rows(11, 1.0, {4: 0.5, 1: 0.0, 2: 3.0})
    state, first = advance(with_idv(initial_state(11), 1), 1799)
    _, second = advance(with_idv(state, 4), 1801)
    assert np.array_equal(rows, np.concatenate([first, second]))


@pytest.mark.parametrize("hours", [-1, float("nan"), float("inf"), "x", None])
def test_bad_hours_are_refused(hours):
    with pytest.raises(ValueError, match="number of hours"):
        simulate_rows(hours=hours)
    with pytest.raises(ValueError, match=r"onset of IDV\(4\) is a number of hours"):
        simulate_rows(hours=1, idv={4: hours})


def test_plants_in_several_threads_do_not_disturb_one_another():
    def last(seed):
        return advance(initial_state(seed), 3600)[0]

    seeds = [3, 4, 5, 6] * 3
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(last, seeds))
    assert together == [last(seed) for seed in seeds]
