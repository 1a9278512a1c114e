"""Our trajectories against the gold runs of the published simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.fidelity.comparison import Case, Check, close, equal, hash_of
from simulation.tep import PlantState, advance, initial_state, with_idv
from simulation.tep.rng import DEFAULT_SEED
from simulation.tep.variables import IDV, N_XMEAS

ONSET_STEP = 28800  # 8 h: the gold runs' faults begin there
HOURS = 48
CHAOTIC = 14  # a sticking coolant valve: only the beginning, then the statistics
ROWS_PER_HOUR = 20

CLOSED_LOOP, CHAOS, SECONDS, OPEN_LOOP, SINGLE = (
    "48 h closed loop",
    "48 h closed loop, IDV(14), chaotic",
    "first 600 s, each second",
    "4 h open loop",
    "48 h, compat='braatz', unprinted",
)


def load(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a gold file."""
    with np.load(path) as archive:
        return {key: archive[key] for key in archive.files}


def run_hourly(
    seed: int, fault: int, compat: str | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], PlantState]:
    """Run 48 h, stopping each hour where the reference looked at state and generator.

    Returns rows (960, 53), hourly states (48, 50), hourly generator states (48,), the last state.
    """
    state = initial_state(seed, compat=compat)
    rows, states, generators = [], [], []
    for hour in range(1, HOURS + 1):
        instant = hour * 3600 - 1  # the reference looked before the step that ends the hour
        if state.step < ONSET_STEP - 1 <= instant and fault:
            state, piece = advance(state, ONSET_STEP - 1 - state.step)
            rows.append(piece)
            state = with_idv(state, fault)
        state, piece = advance(state, instant - state.step)
        rows.append(piece)
        states.append(state.y)
        generators.append(state.generator)
    state, piece = advance(state, 1)
    rows.append(piece)
    return np.concatenate(rows), np.array(states), np.array(generators), state


def closed_loop(path: Path) -> tuple[Case, NDArray[np.float64], NDArray[np.float64]]:
    """Compare a closed-loop run; return its case, our rows and the reference's (960, 53)."""
    gold = load(path)
    fault, seed = int(gold["fault"]), int(gold["seed"])
    rows, states, generators, state = run_hourly(seed, fault)
    expected = gold["rows"][:, 1:]
    exact = (
        equal("generator, hourly", generators, gold["rng_hourly"]),
        equal("shutdown step", state.shutdown_step, gold["shutdown_step"]),
    )
    if fault == CHAOTIC:
        checks = (*_until_chaos(rows, expected), *exact)
    else:
        checks = (
            close("XMEAS", rows[:, :N_XMEAS], expected[:, :N_XMEAS], 1e-9),
            close("XMV", rows[:, N_XMEAS:], expected[:, N_XMEAS:], 1e-6),
            close("states, hourly", states, gold["state_hourly"], 1e-8),
            *exact,
        )
    what = f"{IDV[fault - 1].label} from 8 h" if fault else "normal operation"
    group = CHAOS if fault == CHAOTIC else CLOSED_LOOP
    return Case(group, path.name, what, checks, hash_of(path)), rows, expected


def _until_chaos(rows: NDArray[np.float64], expected: NDArray[np.float64]) -> list[Check]:
    checks = []
    for hours, tolerance in ((8.30, 1e-7), (8.55, 1e-4)):
        end = round(hours * ROWS_PER_HOUR)
        checks.append(close(f"all, to {hours:.2f} h", rows[:end], expected[:end], tolerance))
    columns = [xmeas - 1 for xmeas in (7, 9, 21)]
    ours, theirs = rows[200:, columns], expected[200:, columns]
    spread = np.abs(ours.std(axis=0) / theirs.std(axis=0) - 1.0).max()
    offset = (np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) / theirs.std(axis=0)).max()
    checks.append(Check("sd from 10 h", len(columns), float(spread), 0.05))
    checks.append(Check("mean from 10 h, in sd", len(columns), float(offset), 0.05))
    return checks


def first_seconds(path: Path) -> Case:
    """Compare the first 600 s, second by second."""
    gold = load(path)
    state = initial_state(DEFAULT_SEED)
    rows, states, generators, times = [], [], [], []
    for _ in range(len(gold["rng"])):
        states.append(state.y)
        generators.append(state.generator)
        times.append(state.time_h)
        state, row = advance(state, 1, sample_seconds=1)
        rows.append(row[0])
    checks = (
        close("XMEAS and XMV", rows, gold["rows"][:, 1:], 1e-9),
        close("states", states, gold["state"], 1e-9),
        equal("generator", generators, gold["rng"]),
        equal("accumulated time", times, gold["time_acc_h"]),
    )
    return Case(SECONDS, path.name, "normal operation", checks, hash_of(path))


def open_loop(path: Path) -> Case:
    """Compare the run away of the plant without controllers, and its trip."""
    gold = load(path)
    state = initial_state(DEFAULT_SEED, closed_loop=False)
    rows, states, generators = [], [], []
    for minute in range(len(gold["rng"])):
        state, _ = advance(state, 60 * (minute + 1) - 1 - state.step, sample_seconds=60)
        states.append(state.y)
        generators.append(state.generator)
        state, row = advance(state, 1, sample_seconds=60)
        rows.append(row[0])
    checks = (
        close("XMEAS and XMV", rows, gold["rows"][:, 1:], 1e-6),
        close("states", states, gold["state"], 1e-6),
        equal("generator", generators, gold["rng"]),
        equal("shutdown step", state.shutdown_step, gold["shutdown_step"]),
    )
    return Case(OPEN_LOOP, path.name, "constant valves", checks, hash_of(path))


def single_literals(path: Path) -> Case:
    """Compare compat="braatz" with an unprinted run of a build with single-precision literals."""
    gold = load(path)
    rows, _, generators, state = run_hourly(int(gold["seed"]), int(gold["fault"]), compat="braatz")
    expected = gold["rows"][:, 1:]
    relative = np.max(np.abs(rows - expected) / np.maximum(np.abs(expected), 1e-9), axis=0)
    checks = (
        close("XMEAS", rows[:, :N_XMEAS], expected[:, :N_XMEAS], 1e-4),
        Check("median channel", relative.size, float(np.median(relative)), 2e-6),
        equal("generator, hourly", generators, gold["rng_hourly"]),
        equal("shutdown step", state.shutdown_step, gold["shutdown_step"]),
    )
    return Case(SINGLE, path.name, "IDV(1) from 8 h", checks, hash_of(path))
