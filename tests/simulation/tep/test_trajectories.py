"""Whole runs against the reference trajectories of the published simulation."""

import os
from pathlib import Path

import numpy as np
import pytest

from simulation.tep import advance, initial_state, simulate_rows, trip_reason, with_idv

from .compare import relative_error

ONSET = 28800
SEED = 4651207995
FAULTS = [0, 1, 2, 4, 6, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20]
TRIPS = {6: 49764}


def run_hourly(seed, fault, compat=None):
    """Run 48 h, stopping each hour where the reference looked at state and generator."""
    state = initial_state(seed, compat=compat)
    rows, states, generators = [], [], []
    for hour in range(1, 49):
        instant = hour * 3600 - 1  # the reference looked before the step that ends the hour
        if state.step < ONSET - 1 <= instant and fault:
            state, piece = advance(state, ONSET - 1 - state.step)
            rows.append(piece)
            state = with_idv(state, fault)
        state, piece = advance(state, instant - state.step)
        rows.append(piece)
        states.append(state.y)
        generators.append(state.generator)
    state, piece = advance(state, 1)
    rows.append(piece)
    return np.concatenate(rows), np.array(states), np.array(generators), state


@pytest.mark.parametrize("fault", [f for f in FAULTS if f != 14])
def test_two_days_of_closed_loop_agree(reference, fault):
    gold = reference(f"closed48_idv{fault:02d}_seed{SEED}")
    rows, states, generators, state = run_hourly(SEED, fault)
    assert np.array_equal(generators, gold["rng_hourly"])
    assert state.shutdown_step == int(gold["shutdown_step"]) == TRIPS.get(fault, -1)
    assert relative_error(rows[:, :41], gold["rows"][:, 1:42]) <= 1e-9
    assert relative_error(rows[:, 41:], gold["rows"][:, 42:]) <= 1e-6
    assert relative_error(states, gold["state_hourly"]) <= 1e-8


def test_a_sticking_coolant_valve_agrees_until_chaos_and_in_its_statistics_after(reference):
    gold = reference(f"closed48_idv14_seed{SEED}")
    rows, _, generators, state = run_hourly(SEED, 14)
    expected = gold["rows"][:, 1:]
    assert np.array_equal(generators, gold["rng_hourly"])
    assert state.shutdown_step == int(gold["shutdown_step"]) == -1
    until = {hour: round(hour * 20) for hour in (8.30, 8.55)}
    assert relative_error(rows[: until[8.30]], expected[: until[8.30]]) <= 1e-7
    assert relative_error(rows[: until[8.55]], expected[: until[8.55]]) <= 1e-4
    for xmeas in (7, 9, 21):
        ours, theirs = rows[200:, xmeas - 1], expected[200:, xmeas - 1]
        assert ours.std() == pytest.approx(theirs.std(), rel=0.05)
        assert abs(ours.mean() - theirs.mean()) <= 0.05 * theirs.std()


def test_the_first_ten_minutes_agree_second_by_second(reference):
    gold = reference("closed_first600s_1s")
    state = initial_state(SEED)
    for second in range(600):
        assert state.generator == gold["rng"][second]
        assert state.time_h == gold["time_acc_h"][second]
        assert relative_error(state.y, gold["state"][second]) <= 1e-9
        state, rows = advance(state, 1, sample_seconds=1)
        assert relative_error(rows[0], gold["rows"][second, 1:]) <= 1e-9


def test_the_open_loop_runs_away_and_trips_as_the_reference_does(reference):
    gold = reference("open_loop_4h")
    state = initial_state(SEED, closed_loop=False)
    rows = []
    for minute in range(240):
        state, _ = advance(state, 60 * (minute + 1) - 1 - state.step, sample_seconds=60)
        assert state.generator == gold["rng"][minute]
        assert relative_error(state.y, gold["state"][minute]) <= 1e-6
        state, row = advance(state, 1, sample_seconds=60)
        rows.append(row)
    assert relative_error(np.concatenate(rows), gold["rows"][:, 1:]) <= 1e-6
    assert state.shutdown_step == int(gold["shutdown_step"]) == 12908
    assert trip_reason(state).startswith("reactor pressure 3000.")


def test_single_precision_literals_agree_with_the_braatz_option(reference):
    gold = reference("singlelit48_idv01_seed2994833239")
    rows, _, generators, _ = run_hourly(2994833239, 1, compat="braatz")
    error = np.abs(rows - gold["rows"][:, 1:]) / np.abs(gold["rows"][:, 1:])
    assert np.array_equal(generators, gold["rng_hourly"])
    assert np.median(error.max(axis=0)) <= 2e-6
    assert error[:, :41].max() <= 1e-4  # more than the two literals were single there


# Name, seed, fault, hours, onset in hours, rows dropped at the start: section 23 of the model's
# specification.
PUBLIC_FILES = [
    ("d01_te", 2994833239, 1, 48.0, 8.0, 0),
    ("d02_te", 2891123453, 2, 48.0, 8.0, 0),
    ("d04_te", 5658678765, 4, 48.0, 8.0, 0),
    ("d03_te", 3420494299, 3, 48.0, 8.0, 0),
    ("d05_te", 5658678765, 5, 48.0, 8.0, 0),
    ("d06_te", 6678322168, 6, 48.0, 8.0, 0),
    ("d07_te", 7327843434, 7, 48.0, 8.0, 0),
    ("d08_te", 8943242344, 8, 48.0, 8.0, 0),
    ("d09_te", 9343430004, 9, 48.0, 8.0, 0),
    ("d10_te", 1039839281, 10, 48.0, 8.0, 0),
    ("d11_te", 1134345551, 11, 48.0, 8.0, 0),
    ("d12_te", 2232323236, 12, 48.0, 8.0, 0),
    ("d13_te", 3454354353, 13, 48.0, 8.0, 0),
    ("d16_te", 6284545932, 16, 48.0, 8.0, 0),
    ("d17_te", 4342232344, 17, 48.0, 8.0, 0),
    ("d18_te", 5635346588, 18, 48.0, 8.0, 0),
    ("d19_te", 9445382439, 19, 48.0, 8.0, 0),
    ("d20_te", 8322308324, 20, 48.0, 8.0, 0),
    ("d14_te", 4545445883, 14, 8.4, 8.0, 0),  # then chaos
    ("d00", 4243534565, 0, 25.0, 0.0, 0),
    ("d01", 7854912354, 1, 25.0, 1.0, 20),
    ("d02", 3456432354, 2, 25.0, 1.0, 20),
    ("d03", 1731738903, 3, 25.0, 1.0, 20),
    ("d06", 6678322168, 6, 25.0, 1.0, 20),
    ("d07", 7984782901, 7, 25.0, 1.0, 20),
    ("d08", 8934302332, 8, 25.0, 1.0, 20),
    ("d09", 9873223412, 9, 25.0, 1.0, 20),
    ("d10", 1089278833, 10, 25.0, 1.0, 20),
    ("d11", 1940284333, 11, 25.0, 1.0, 20),
    ("d12", 2589274931, 12, 25.0, 1.0, 20),
    ("d13", 3485834345, 13, 25.0, 1.0, 20),
    ("d15", 5683213434, 15, 25.0, 1.0, 20),
    ("d16", 6788343442, 16, 25.0, 1.0, 20),
    ("d17", 1723234455, 17, 25.0, 1.0, 20),
    ("d20", 9902234324, 20, 25.0, 1.0, 20),
]
FOLDER = Path(os.environ.get("TEPLIVE_SHARED") or Path(__file__).parents[4] / "shared") / "fdd"
#: Not every copy of the public data has all of them. Where there is none, one test says so.
PRESENT = [case for case in PUBLIC_FILES if (FOLDER / "braatz" / f"{case[0]}.dat").exists()]


@pytest.mark.parametrize(
    ("name", "seed", "fault", "hours", "onset", "drop"), PRESENT or PUBLIC_FILES[:1]
)
def test_public_data_files_are_reproduced_to_their_printed_digits(
    shared, name, seed, fault, hours, onset, drop
):
    file = shared / "fdd" / "braatz" / f"{name}.dat"
    if not file.exists():
        pytest.skip(f"no public data files in {file.parent}")
    printed = np.loadtxt(file)
    printed = printed.T if printed.shape[0] == 52 else printed
    rows, _ = simulate_rows(seed, hours, {fault: onset} if fault else None, compat="braatz")
    found = rows[drop:, :52]
    printed = printed[: len(found)] if fault == 14 else printed
    assert found.shape == printed.shape
    error = np.abs(found - printed) / np.maximum(np.abs(printed), 1e-9)
    assert error.max() <= 1e-3
    assert np.mean(error.max(axis=1) <= 6e-5) >= 0.91


def test_a_public_seed_without_the_braatz_option_gives_other_noise(reference):
    gold = reference("singlelit48_idv01_seed2994833239")
    rows, _ = simulate_rows(2994833239, 2.0)
    assert relative_error(rows, gold["rows"][:40, 1:]) > 1e-3


def test_faults_that_trip_do_so_on_high_reactor_pressure():
    state, _ = advance(initial_state(SEED), ONSET - 1)
    state, _ = advance(with_idv(state, 6), 6 * 3600)
    assert state.shutdown_step == TRIPS[6]
    assert "reactor pressure" in trip_reason(state)
    assert "above its limit of 3000 kPa gauge" in trip_reason(state)
