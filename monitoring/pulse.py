"""The pulse of a plant's stream: how long ago its newest sample came, and whether that is usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from simulation.models import Plant

#: A running plant may be silent for two intervals, but at least for so long.
LEAST_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True)
class Beat:
    """Age of the newest sample of a plant at one moment."""

    step: int
    age_seconds: float | None
    patience_seconds: float
    is_running: bool

    @property
    def is_beating(self) -> bool:
        """Whether samples come as they should."""
        return (
            self.is_running
            and self.age_seconds is not None
            and self.age_seconds <= self.patience_seconds
        )

    @property
    def is_missed(self) -> bool:
        """Whether samples should come and do not."""
        return self.is_running and not self.is_beating

    @property
    def words(self) -> str:
        """The age in words."""
        if self.age_seconds is None:
            return "no sample yet"
        told = age_words(self.age_seconds)
        return f"no sample for {told}" if self.is_missed else f"{told} ago"


def beat_of(plant: Plant, now: datetime) -> Beat:
    """Return the pulse of a plant."""
    since = plant.sampled_at
    return Beat(
        step=plant.step,
        age_seconds=None if since is None else max(0.0, (now - since).total_seconds()),
        patience_seconds=max(LEAST_PATIENCE_SECONDS, 2 * plant.interval_seconds),
        is_running=plant.state == Plant.State.RUNNING,
    )


def age_words(seconds: float) -> str:
    """Return an age with its unit: 4 s, 12 min, 3 h, 2 d."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
