"""What the detector claims."""

from typing import Any

from django.db import models

from monitoring.models.analysis import Analysis
from simulation.models import Run
from simulation.models.reading import hours_at


class Alarm(models.Model):
    """Raised after k consecutive exceedances, cleared after k consecutive normal points."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="alarms")
    analysis = models.ForeignKey(
        Analysis, on_delete=models.CASCADE, related_name="+", help_text="The point that raised it."
    )
    onset_step = models.PositiveIntegerField(help_text="First reading of the first exceedance.")
    raised_step = models.PositiveIntegerField()
    raised_at = models.DateTimeField()
    cleared_step = models.PositiveIntegerField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    peak_ratio = models.FloatField(help_text="Largest statistic over its limit while it stood.")
    consecutive = models.PositiveIntegerField(help_text="k of the rule that raised it.")

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "raised_step"], name="alarm_unique_by_run_step"),
            models.UniqueConstraint(
                fields=["run"],
                condition=models.Q(cleared_step__isnull=True),
                name="alarm_one_standing_by_run",
            ),
        ]

    def __str__(self) -> str:
        return f"Alarm {self.pk} on {self.run}, raised at step {self.raised_step}"

    @property
    def is_standing(self) -> bool:
        """Whether the alarm has not been cleared and its run goes on."""
        return self.cleared_step is None and self.run.ended_at is None

    @property
    def state(self) -> str:
        """`standing`, `cleared`, or `run ended` while it stood."""
        if self.cleared_step is not None:
            return "cleared"
        return "standing" if self.is_standing else "run ended"

    @property
    def raised_hours(self) -> float:
        """Process time of the raising point in hours."""
        return hours_at(self.raised_step)

    @property
    def onset_hours(self) -> float:
        """Process time of the first exceedance in hours."""
        return hours_at(self.onset_step)

    @property
    def cleared_hours(self) -> float | None:
        """Process time of the clearing point in hours."""
        return None if self.cleared_step is None else hours_at(self.cleared_step)

    def as_json(self) -> dict[str, Any]:
        """Return the alarm as the API and the push give it."""
        return {
            "id": self.pk,
            "run": self.run.number,
            "state": self.state,
            "onset_step": self.onset_step,
            "raised_step": self.raised_step,
            "cleared_step": self.cleared_step,
            "raised_at": self.raised_at.isoformat(),
            "cleared_at": self.cleared_at.isoformat() if self.cleared_at else None,
            "peak_ratio": self.peak_ratio,
            "consecutive": self.consecutive,
        }
