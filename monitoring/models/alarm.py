"""What the detector claims."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models.analysis import Analysis
from simulation.fields import PackedArrayField
from simulation.models import Run
from simulation.models.reading import hours_at

#: The least ratio of each severity. A bank's statistic is -log10 of a probability: twice the limit
#: is the limit's probability squared.
SEVERITIES = ((5.0, "high"), (2.0, "medium"), (0.0, "low"))


def severity_of(ratio: float) -> str:
    """Return `low`, `medium` or `high` for the largest ratio of a statistic to its limit."""
    return next(name for least, name in SEVERITIES if ratio >= least)


class Alarm(models.Model):
    """Raised after k consecutive exceedances, cleared after k consecutive normal points."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="alarms")
    analysis = models.ForeignKey(
        Analysis,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("The point that raised it."),
    )
    onset_step = models.PositiveIntegerField(help_text=_("First reading of the first exceedance."))
    raised_step = models.PositiveIntegerField()
    raised_at = models.DateTimeField()
    cleared_step = models.PositiveIntegerField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    peak_ratio = models.FloatField(help_text=_("Largest statistic over its limit while it stood."))
    consecutive = models.PositiveIntegerField(help_text=_("k of the rule that raised it."))
    among = models.PositiveIntegerField(default=0, help_text=_("n of that rule; 0: in a row."))
    member = models.CharField(max_length=40, blank=True, help_text=_("The statistic that fired."))
    state_before = PackedArrayField(  # type: ignore[misc]
        size=None,
        null=True,
        help_text=_("The detector's state before the raising point, to check its score by."),
    )
    onset_estimate_step = models.PositiveIntegerField(
        null=True,
        help_text=_(
            "Since when that statistic had been unusual: an estimate of the fault's begin."
        ),
    )
    occurrence = models.ForeignKey(
        "AlarmOccurrence",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="claims",
        help_text=_("The life of the operator's alarm that it belongs to."),
    )

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
    def severity(self) -> str:
        """`low`, `medium` or `high`, by the largest ratio of a statistic to its limit so far."""
        return severity_of(self.peak_ratio)

    @property
    def kind_of_change(self) -> str:
        """`step`, `drift` or `variance` where the member that fired tells, else empty."""
        return self.analysis.kind_of_change

    @property
    def newest_diagnosis(self) -> Any:
        """The diagnosis that rests on most samples, None before the first."""
        return max(self.diagnoses.all(), key=lambda one: one.age, default=None)

    @property
    def rule(self) -> str:
        """The rule that raised it, in words."""
        if self.among > self.consecutive:
            return f"{self.consecutive} of the last {self.among} scored points over a limit"
        plural = "" if self.consecutive == 1 else "s"
        return f"{self.consecutive} scored point{plural} in a row over a limit"

    @property
    def onset_estimate_hours(self) -> float | None:
        """The estimated begin in hours of process time."""
        step = self.onset_estimate_step
        return None if step is None else hours_at(step)

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
            "among": self.among,
            "member": self.member,
            "kind_of_change": self.kind_of_change,
            "severity": self.severity,
            "onset_estimate_step": self.onset_estimate_step,
            "diagnoses": [one.as_json() for one in self.diagnoses.all()],
        }
