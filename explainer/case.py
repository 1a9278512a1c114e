"""One moment to be explained, whether it is stored or was only simulated. No database here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from simulation.fields import Vector


class Scale(Protocol):
    """What a detector knows of normal operation: a mean and a deviation of each variable."""

    labels: Sequence[str]
    mean_: Vector
    sd_: Vector


@dataclass(frozen=True)
class Timing:
    """When an alarm began, was raised and cleared, as steps of its run."""

    id: int
    onset_step: int
    raised_step: int
    cleared_step: int | None
    consecutive: int
    peak_ratio: float
    member: str = ""
    severity: str = ""
    onset_estimate_step: int | None = None


@dataclass(frozen=True)
class Case:
    """Everything that evidence is made of: the readings up to a point, and what was found there.

    `rows` (n, 53) are the last readings up to `step`, at least those of the point itself, from
    `rows_from` on. `statistics` and `diagnosis` are as evidence tells them; `ranked` are the
    contributions to the leading statistic, the largest first.
    """

    plant: str
    run: int
    step: int
    first_step: int
    rows: Vector
    rows_from: int
    detector: Scale
    detector_name: str
    card: Mapping[str, Any]
    statistics: Mapping[str, Any]
    ranked: Sequence[Mapping[str, Any]]
    alarm: Timing | None
    window: int
    decimation: int
    consecutive: int
    diagnosis: dict[str, Any] | None

    @property
    def size(self) -> int:
        """Readings of the point."""
        return self.step - self.first_step + 1

    @property
    def readings_since_onset(self) -> int:
        """Readings from the alarm's first exceedance to the point; the point's own without one."""
        onset = self.first_step
        if self.alarm is not None:
            onset = min(self.alarm.onset_step, onset)
        return self.step - onset + 1

    def readings_between(self, first: int, last: int) -> Vector:
        """Return the readings (n, 53) of the steps `first` to `last` that the case holds."""
        begin = max(0, first - self.rows_from)
        return self.rows[begin : max(begin, last - self.rows_from + 1)]
