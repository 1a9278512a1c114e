"""When and where an alarm changes, and what was judged."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from simulation.models import Plant, Run


@dataclass(frozen=True)
class Moment:
    """A place in process time, and a wall time. `value` and `limit` are what was judged."""

    run: Run | None
    step: int
    at: datetime = field(default_factory=timezone.now)
    value: float | None = None
    limit: float | None = None
    text: str = ""

    @classmethod
    def of(cls, plant: Plant, text: str = "") -> "Moment":
        """Return now, where the plant is."""
        return cls(plant.current_run, plant.step, text=text[:300])
