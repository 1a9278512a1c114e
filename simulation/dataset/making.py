"""Makes the files of an experiment: several at a time, each whole or not there at all."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation import tep
from simulation.dataset import manifest, table
from simulation.dataset.course import TOGETHER, simulate_runs
from simulation.dataset.manifest import Entry
from simulation.dataset.plan import FilePlan, Plan

#: Part of the disk's free space that an experiment may take.
SPACE_SHARE = 0.95


class NoSpace(Exception):
    """The disk would not hold the experiment."""


@dataclass(frozen=True)
class Estimate:
    """What an experiment will take, from a measured sample."""

    runs: int
    rows: int
    bytes: int
    seconds: float
    sampled_runs: int


def require_packages(plan: Plan) -> None:
    """Say what must be installed for the plan's format (MissingPackageError)."""
    table.require_format(plan)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def estimate(plan: Plan, jobs: int) -> Estimate:
    """Simulate and write a few runs of one fault elsewhere, and extrapolate from them."""
    fault = max(plan.faults)
    count = min(TOGETHER, plan.runs)
    runs = [plan.run(fault, number + 1) for number in range(count)]
    tep.warm_up()
    tep.warm_up_abreast()
    file = FilePlan(f"sample.{plan.format}", fault, 1, count)
    took = size = 0.0
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / file.name
        for _ in range(2):  # the first time loads what the second is measured with
            began = time.perf_counter()
            courses = simulate_runs(plan, runs)
            table.write(plan, file, courses, target)
            manifest.hash_of(target)
            took = time.perf_counter() - began
        size = target.stat().st_size
    taken = max(1, sum(len(course.rows) for course in courses))
    rows = plan.total_runs * plan.rows
    return Estimate(
        runs=plan.total_runs,
        rows=rows,
        bytes=int(size * rows / taken),
        seconds=took * plan.total_runs / count / max(1, jobs),
        sampled_runs=count,
    )


def make(folder: Path, plan: Plan, *, jobs: int, progress: Callable[[int], None]) -> dict[str, Any]:
    """Make what is not there yet of an experiment; returns its manifest.

    ``progress`` is told the number of runs that each finished file brings. Memory holds ``jobs``
    files at a time, however many there are. May be killed at any moment and called again: the
    result is the same to the byte. Raises OtherExperiment, NoSpace, OSError, MissingPackageError.
    """
    require_packages(plan)
    entries = manifest.open_folder(folder, plan)
    manifest.mend_journal(folder)
    for name, entry in list(entries.items()):
        path = folder / name
        if not path.is_file() or path.stat().st_size != entry.bytes:
            del entries[name]  # lost or cut since: made again
    todo = [file for file in plan.files() if file.name not in entries]
    progress(sum(file.count for file in plan.files()) - sum(file.count for file in todo))
    if not todo:
        return manifest.complete(folder, plan, entries)
    _sweep(folder)
    (folder / manifest.MANIFEST).unlink(missing_ok=True)
    waiting = iter(todo)
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        running: dict[Future[Entry], FilePlan] = {}
        try:
            while True:
                while len(running) < max(1, jobs) and (file := next(waiting, None)) is not None:
                    running[pool.submit(_make_file, folder, plan, file)] = file
                if not running:
                    break
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    file = running.pop(done)
                    entry = done.result()
                    manifest.note(folder, entry)
                    entries[entry.name] = entry
                    progress(file.count)
        except BaseException:
            for future in running:
                future.cancel()
            raise
    return manifest.complete(folder, plan, entries)


def require_space(folder: Path, wanted: int) -> None:
    """Raise NoSpace if the disk of a folder, which need not exist yet, has too little room."""
    there = folder.resolve()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    if wanted > SPACE_SHARE * free:
        raise NoSpace(
            f"about {wanted / 1e9:.2f} GB are needed and {free / 1e9:.2f} GB are free at {there}: "
            "make room, choose another folder, or give fewer runs, --digits 5 or another --format"
        )


def _make_file(folder: Path, plan: Plan, file: FilePlan) -> Entry:
    target = folder / file.name
    target.parent.mkdir(exist_ok=True)
    courses = simulate_runs(plan, plan.runs_of(file))
    table.write(plan, file, courses, target)
    runs = [
        {
            "fault": course.run.fault,
            "run": course.run.number,
            "seed": course.run.seed,
            "rows": len(course.rows),
            "trip_h": None if course.shutdown_step < 0 else course.shutdown_step / 3600,
            "trip": course.trip_reason,
        }
        for course in courses
    ]
    return Entry(file.name, target.stat().st_size, manifest.hash_of(target), runs)


def _sweep(folder: Path) -> None:
    """Remove what a killed run left half written."""
    for left in folder.rglob(".*.part*"):
        left.unlink(missing_ok=True)
