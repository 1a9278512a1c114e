"""Many independent plants in one call: side by side in vectors, and on several cores."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from simulation.tep.block import run_block
from simulation.tep.constants import SAMPLE_SECONDS
from simulation.tep.integrate import advance, initial_state, run, whole_number
from simulation.tep.lanes import LANES, LANES_DTYPE
from simulation.tep.state import WORK_DTYPE, PlantState, stack, unstack
from simulation.tep.variables import LABELS

#: Fewer plants than this are advanced one after the other: side by side would cost more.
FEWEST_ABREAST = 5
_is_compiled = threading.Event()


def advance_many(
    states: Iterable[PlantState],
    seconds: int,
    *,
    sample_seconds: int = SAMPLE_SECONDS,
    threads: int | None = 1,
    wait_for_compiler: bool = True,
) -> tuple[list[PlantState], NDArray[np.float64]]:
    """Return N states ``seconds`` later and the rows recorded on the way (N, n, 53).

    Equal to the bit to N calls of ``advance``, whatever ``threads`` (None: one for each core this
    process may use; the kernels hold no lock of the interpreter). Five plants and more are advanced
    side by side in vectors. Compiling the kernel for that takes ten seconds, once per version:
    without ``wait_for_compiler`` the plants are advanced one after the other until
    ``warm_up_abreast`` has done it. ValueError for bad numbers, or plants whose seconds would give
    different numbers of rows.
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
    blocks = _blocks(len(records), workers)

    def advance_block(block: slice) -> None:
        own, work = records[block], np.zeros(1, dtype=WORK_DTYPE)
        if len(own) < FEWEST_ABREAST or not (wait_for_compiler or _is_compiled.is_set()):
            run(own, work, seconds, sample, rows[block])
        else:
            run_block(own, np.zeros(1, dtype=LANES_DTYPE), work, seconds, sample, rows[block])

    if workers == 1 or len(blocks) < 2:
        for block in blocks:
            advance_block(block)
    else:
        with ThreadPoolExecutor(min(workers, len(blocks))) as pool:
            list(pool.map(advance_block, blocks))
    return unstack(records), rows


def warm_up() -> float:
    """Compile or load every kernel for one plant; return the seconds it took."""
    started = time.perf_counter()
    advance(initial_state(), 3)
    return time.perf_counter() - started


def warm_up_abreast() -> float:
    """Compile or load the kernel for several plants; return the seconds it took."""
    started = time.perf_counter()
    advance_many([initial_state()] * FEWEST_ABREAST, 3)
    _is_compiled.set()
    return time.perf_counter() - started


def _blocks(count: int, workers: int) -> list[slice]:
    """Share plants out: all lanes full for one worker, evenly for several."""
    if workers == 1 or count <= 1:
        return [slice(first, min(first + LANES, count)) for first in range(0, count, LANES)]
    parts = max(min(workers, count), -(-count // LANES))
    edges = [count * part // parts for part in range(parts + 1)]
    return [slice(first, last) for first, last in itertools.pairwise(edges)]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
