"""Many independent plants in one call, on several cores."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from simulation.tep.constants import SAMPLE_SECONDS
from simulation.tep.integrate import run, whole_number
from simulation.tep.state import WORK_DTYPE, PlantState, stack, unstack
from simulation.tep.variables import LABELS


def advance_many(
    states: Iterable[PlantState],
    seconds: int,
    *,
    sample_seconds: int = SAMPLE_SECONDS,
    threads: int | None = 1,
) -> tuple[list[PlantState], NDArray[np.float64]]:
    """Return N states ``seconds`` later and the rows recorded on the way (N, n, 53).

    Equal to the bit to N calls of ``advance``, whatever ``threads`` (None: one for each core this
    process may use; the kernels hold no lock of the interpreter). ValueError for bad numbers, or
    plants whose seconds would give different numbers of rows.
    """
    records = stack(states)
    seconds = whole_number("seconds", seconds, 0)
    sample = whole_number("sample_seconds", sample_seconds, 1)
    workers = _cores() if threads is None else whole_number("threads", threads, 1)
    steps = records["step"]
    counts = (steps + seconds) // sample - steps // sample
    if len(records) and counts.min() != counts.max():
        raise ValueError(
            f"the plants would record {counts.min()} to {counts.max()} rows: give plants at the "
            "same second of a sample, or advance them one by one"
        )
    rows = np.empty((len(records), int(counts[0]) if len(records) else 0, len(LABELS)))

    def advance_one(n: int) -> None:
        one = slice(n, n + 1)
        run(records[one], np.zeros(1, dtype=WORK_DTYPE), seconds, sample, rows[one])

    if workers == 1 or len(records) < 2:
        run(records, np.zeros(1, dtype=WORK_DTYPE), seconds, sample, rows)
    else:
        with ThreadPoolExecutor(min(workers, len(records))) as pool:
            list(pool.map(advance_one, range(len(records))))
    return unstack(records), rows


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
