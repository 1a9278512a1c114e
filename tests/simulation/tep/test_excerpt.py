"""A small excerpt of this project's own trajectories keeps the check alive without ../shared.

Write it anew (only after the reference tests have passed) with
``python -m tests.simulation.tep.test_excerpt``.
"""

from pathlib import Path

import numpy as np
import pytest

from simulation.fidelity.comparison import relative_error
from simulation.tep import DEFAULT_SEED, advance, initial_state, with_idv

FILE = Path(__file__).parent / "data" / "excerpt.npz"
ONSET = 28800
# name -> seed, fault, hours, options; rows every two hours (every 10 minutes in open loop)
RUNS = {
    "normal": (DEFAULT_SEED, 0, 48, {}),
    "open_loop": (DEFAULT_SEED, 0, 4, {"closed_loop": False}),
    "braatz": (2994833239, 1, 24, {"compat": "braatz"}),
    "odd_seed": (1234567, 10, 24, {}),
} | {f"idv{n:02d}": (DEFAULT_SEED, n, 48, {}) for n in (1, 6, 8, 13, 16, 17, 19, 20)}


def run(name):
    """Return the rows, and (generator, shutdown step) as floats, of a run."""
    seed, fault, hours, options = RUNS[name]
    sample = 600 if name == "open_loop" else 7200
    state, rows = initial_state(seed, **options), []
    for stop in (ONSET - 1, hours * 3600) if fault else (hours * 3600,):
        state, piece = advance(state, stop - state.step, sample_seconds=sample)
        rows.append(piece)
        state = with_idv(state, fault) if fault else state
    return np.concatenate(rows), np.array([state.generator, state.shutdown_step])


@pytest.mark.parametrize("name", RUNS)
def test_runs_are_those_of_the_stored_excerpt(name):
    with np.load(FILE) as stored:
        expected, end = stored[name], stored[f"{name}_end"]
    rows, found_end = run(name)
    assert np.array_equal(found_end, end)
    assert relative_error(rows[:, :41], expected[:, :41]) <= 1e-6
    assert relative_error(rows[:, 41:], expected[:, 41:]) <= 1e-6


def write() -> None:
    stored = {}
    for name in RUNS:
        stored[name], stored[f"{name}_end"] = run(name)
    FILE.parent.mkdir(exist_ok=True)
    np.savez_compressed(FILE, **stored)


if __name__ == "__main__":
    write()
