"""Holds an experiment's folder against its manifest, and some of its runs against the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from simulation.dataset import manifest, table
from simulation.dataset.course import simulate_runs
from simulation.dataset.plan import Plan, RunPlan

RESIMULATED = 5


def verify(
    folder: Path, *, resimulate: int = RESIMULATED, progress: Callable[[int], None]
) -> Iterator[str]:
    """Yield what is wrong: missing, foreign or changed files, runs that come out otherwise.

    Every file is hashed; ``resimulate`` runs, drawn anew each time, are simulated again and
    compared to the bit. OtherExperiment for a folder without a readable plan.
    """
    plan = manifest.plan_in(folder)
    entries = manifest.finished(folder)
    expected = {file.name: file for file in plan.files()}
    if not (folder / manifest.MANIFEST).exists():
        yield f"the data set is not finished: {len(entries)} of {len(expected)} files are there"
    good = []
    for name in expected:
        entry, path = entries.get(name), folder / name
        if entry is None:
            if (folder / manifest.MANIFEST).exists():
                yield f"{name} is not in the manifest"
        elif not path.is_file():
            yield f"{name} is missing"
        elif path.stat().st_size != entry.bytes or manifest.hash_of(path) != entry.sha256:
            yield f"{name} has changed since it was made: its SHA-256 is another"
        else:
            good.append(name)
        progress(1)
    for path in sorted(folder.rglob(f"*.{plan.format}")):
        if path.relative_to(folder).as_posix() not in expected:
            yield f"{path.relative_to(folder)} does not belong to the data set"
    if manifest.stored_simulator(folder) != manifest.simulator_digest():
        yield (
            "another version of the simulator made it: its runs were not simulated again "
            "(the hashes above say whether the files are as they were made)"
        )
        return
    yield from _again(folder, plan, good, resimulate)


def _again(folder: Path, plan: Plan, names: list[str], count: int) -> Iterator[str]:
    files = {file.name: file for file in plan.files()}
    runs: list[tuple[str, RunPlan]] = [
        (name, run) for name in names for run in plan.runs_of(files[name])
    ]
    drawn = np.random.default_rng().permutation(len(runs))[:count]
    for name, run in (runs[place] for place in drawn):
        stored = table.read_run(plan, folder / name, run.number)
        [course] = simulate_runs(plan, [run])
        if stored.shape != course.rows.shape or stored.tobytes() != course.rows.tobytes():
            yield f"run {run.number} of fault {run.fault} in {name} is not what the simulator gives"
