"""What the simulated plant does at its fastest: the measured part of the watchdog's bounds.

Runs without faults, with each disturbance and with two to five at once, to the trip or the end.
Prints for each variable the largest change from one sample to the next, the extremes, and what the
watchdog allows; then how many of the readings it would have marked (none may be).
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from simulation import quality, tep
from simulation.tep.variables import LABELS

FAULT_FREE_RUNS, RUNS_PER_IDV, COMBINED_RUNS = 6, 3, 60
FAULT_FREE_STEPS, IDV_STEPS, COMBINED_STEPS, WARM_STEPS = 1500, 960, 600, 20

Job = tuple[tuple[int, ...], int, int]


def simulate(job: Job) -> np.ndarray:
    """Return the rows of a run, shape (steps, 53), the fault on after `WARM_STEPS`."""
    idvs, seed, steps = job
    state, rows = tep.initial_state(seed), []
    for step in range(steps):
        flags = np.zeros(20)
        flags[[idv - 1 for idv in idvs]] = float(step >= WARM_STEPS)
        state, row = tep.advance(state.replace(idv=flags), tep.SAMPLE_SECONDS)
        rows.append(row[0])
        if state.is_shut_down:
            break
    return np.array(rows)


def jobs(seed: int) -> list[Job]:
    """Return what is run."""
    rng = np.random.default_rng(seed)

    def fresh() -> int:
        return int(rng.integers(1, 2**40))

    made: list[Job] = [((), fresh(), FAULT_FREE_STEPS) for _ in range(FAULT_FREE_RUNS)]
    made += [((i,), fresh(), IDV_STEPS) for i in range(1, 21) for _ in range(RUNS_PER_IDV)]
    for _ in range(COMBINED_RUNS):
        chosen = rng.choice(np.arange(1, 21), rng.integers(2, 6), replace=False)
        made.append((tuple(map(int, chosen)), fresh(), COMBINED_STEPS))
    return made


def marked(rows: np.ndarray) -> int:
    """Return how many readings of a run the watchdog marks."""
    watchdog = quality.Watchdog(range(len(LABELS)))
    return sum(bool(watchdog.judge(step, row)) for step, row in enumerate(rows, start=1))


def main() -> None:
    """Print the figures."""
    with ProcessPoolExecutor() as pool:
        runs = list(pool.map(simulate, jobs(1), chunksize=4))
    change = np.max([np.abs(np.diff(rows, axis=0)).max(axis=0) for rows in runs], axis=0)
    low = np.min([rows.min(axis=0) for rows in runs], axis=0)
    high = np.max([rows.max(axis=0) for rows in runs], axis=0)
    print(f"{'':10}{'change':>10}{'allowed':>10}{'lowest':>11}{'highest':>11}   range")
    for i, label in enumerate(LABELS):
        print(
            f"{label:10}{change[i]:10.4g}{quality.LARGEST_CHANGE[i]:10.4g}{low[i]:11.5g}"
            f"{high[i]:11.5g}   {quality.LOW[i]:.4g} to {quality.HIGH[i]:.4g}"
        )
    readings = sum(map(len, runs))
    print(f"{sum(map(marked, runs))} of {readings} readings of {len(runs)} runs would be marked")


if __name__ == "__main__":
    main()
