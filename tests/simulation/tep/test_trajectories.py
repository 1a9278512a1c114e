"""Whole runs against the reference trajectories of the published simulation."""

import os
from pathlib import Path

import numpy as np
import pytest

from simulation.fidelity.comparison import relative_error
from simulation.fidelity.gold_runs import run_hourly
from simulation.fidelity.public_files import PUBLIC_FILES, compare
from simulation.tep import advance, initial_state, simulate_rows, trip_reason, with_idv

ONSET = 28800
SEED = 4651207995
FAULTS = [0, 1, 2, 4, 6, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20]
TRIPS = {6: 49764}


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


FOLDER = Path(os.environ.get("TEPLIVE_SHARED") or Path(__file__).parents[4] / "shared") / "fdd"
#: Not every copy of the public data has all of them. Where there is none, one test says so.
PRESENT = [made for made in PUBLIC_FILES if (FOLDER / "braatz" / f"{made.name}.dat").exists()]


@pytest.mark.parametrize("made", PRESENT or PUBLIC_FILES[:1], ids=lambda made: made.name)
def test_public_data_files_are_reproduced_to_their_printed_digits(shared, made):
    file = shared / "fdd" / "braatz" / f"{made.name}.dat"
    if not file.exists():
        pytest.skip(f"no public data files in {file.parent}")
    case = compare(file, made)
    assert case.passed, case.checks
    assert case.checks[0].tolerance <= 1e-3
    assert case.checks[1].tolerance <= 0.09


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
