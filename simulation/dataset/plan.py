"""What an experiment consists of: every run and every file of it, before anything is simulated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from simulation import tep
from simulation.tep import SAMPLE_SECONDS, SECONDS_PER_HOUR
from simulation.tep.files import MAX_DIGITS
from simulation.tep.integrate import check_magnitude, check_rng
from simulation.tep.variables import N_IDV

FORMATS = ("parquet", "csv")
AFTER_TRIP = ("drop", "keep")
NORMAL = 0  # the "fault" of runs without one, as in the sets of Rieth et al. (2017)
MOST_RUNS, MOST_HOURS = 1_000_000, 10_000.0


@dataclass(frozen=True)
class RunPlan:
    """One run: `fault` 0 is normal operation, `number` counts from 1 within a fault."""

    fault: int
    number: int
    seed: int


@dataclass(frozen=True)
class FilePlan:
    """One file: some runs of one fault, in order."""

    name: str
    fault: int
    first: int
    count: int


@dataclass(frozen=True)
class Plan:
    """An experiment. ValueError for one that cannot be.

    ``faults`` are IDV numbers, 0 for normal operation. Times are hours of plant time; a fault acts
    from second ``3600 * onset_hours`` on, as in ``simulate``. ``seed`` is the experiment's: each
    run's own is derived from it, its fault and its number, so a larger experiment holds a smaller
    one. ``digits`` None: unrounded. ``after_trip``: whether rows of a plant that is shut down are
    dropped or kept (frozen).
    """

    faults: tuple[int, ...]
    runs: int
    hours: float
    onset_hours: float = 8.0
    magnitude: float = 1.0
    sample_seconds: int = SAMPLE_SECONDS
    seed: int = 1
    rng: str = "modern"
    format: str = "parquet"
    digits: int | None = None
    runs_per_file: int = 25
    after_trip: str = "drop"

    def __post_init__(self) -> None:
        if not self.faults or len(set(self.faults)) != len(self.faults):
            raise ValueError("name the faults, each once; 0 is normal operation")
        for fault in self.faults:
            if not 0 <= fault <= N_IDV:
                raise ValueError(f"there is no IDV({fault}): faults are 1 to {N_IDV}, 0 is normal")
        _within("runs", self.runs, 1, MOST_RUNS)
        _within("seed", self.seed, 1, 2**63 - 1)
        _within("sample-seconds", self.sample_seconds, 1, 24 * 3600)
        _within("runs-per-file", self.runs_per_file, 1, 1000)
        if not 0.0 < self.hours <= MOST_HOURS:
            raise ValueError(f"hours lie over 0 and up to {MOST_HOURS:g}, not {self.hours:g}")
        if self.rows < 1:
            raise ValueError(f"{self.hours:g} h hold no sample of {self.sample_seconds} s")
        if any(self.faults) and not 0.0 <= self.onset_hours < self.hours:
            raise ValueError(
                f"the onset lies from 0 to before the end at {self.hours:g} h, "
                f"not at {self.onset_hours:g} h: the faults would have no effect"
            )
        if check_magnitude(self.magnitude, max(self.faults)) == 0.0:
            raise ValueError("a magnitude of 0 is no fault: name fault 0 for normal operation")
        check_rng(self.rng)
        if self.format not in FORMATS:
            raise ValueError(f"the format is {' or '.join(FORMATS)}, not {self.format!r}")
        if self.after_trip not in AFTER_TRIP:
            raise ValueError(f"after-trip is {' or '.join(AFTER_TRIP)}, not {self.after_trip!r}")
        if self.digits is not None:
            _within("digits", self.digits, 1, MAX_DIGITS)

    @property
    def seconds(self) -> int:
        """Plant time of a run, s."""
        return round(self.hours * SECONDS_PER_HOUR)

    @property
    def rows(self) -> int:
        """Rows of a run that does not trip."""
        return self.seconds // self.sample_seconds

    @property
    def total_runs(self) -> int:
        """Runs of the whole experiment."""
        return len(self.faults) * self.runs

    def files(self) -> Iterator[FilePlan]:
        """Yield every file, fault by fault."""
        for fault in self.faults:
            for first in range(1, self.runs + 1, self.runs_per_file):
                count = min(self.runs_per_file, self.runs - first + 1)
                last = first + count - 1
                yield FilePlan(
                    f"fault-{fault:02d}/runs-{first:05d}-{last:05d}.{self.format}",
                    fault, first, count,
                )  # fmt: skip

    def run(self, fault: int, number: int) -> RunPlan:
        """Return a run with its seed: a fresh one, whose noise does not repeat within 48 h."""
        source = np.random.default_rng(np.random.SeedSequence([self.seed, fault, number]))
        return RunPlan(fault, number, tep.fresh_seed(source))

    def runs_of(self, file: FilePlan) -> list[RunPlan]:
        """Return the runs of a file."""
        return [self.run(file.fault, file.first + n) for n in range(file.count)]

    def as_json(self) -> dict[str, Any]:
        """Return the plan for the manifest."""
        return asdict(self) | {"faults": list(self.faults)}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Plan:
        """Return a stored plan. ValueError or TypeError for what is none."""
        return cls(**(stored | {"faults": tuple(stored["faults"])}))


def faults_of(text: str) -> tuple[int, ...]:
    """Return the faults that a text names: «0-20», «1,4,6», «0,13-15». ValueError for others."""
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,3})\s*(?:-\s*(\d{1,3})\s*)?", part)
        if match is None:
            raise ValueError(f"{text!r} names no faults: write for example 0-20 or 1,4,6")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"{part.strip()!r} goes backwards: write {last}-{first}")
        found += range(first, last + 1)
    return tuple(found)


def _within(name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} is a whole number from {low} to {high}, not {value!r}")
