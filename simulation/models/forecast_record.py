"""The newest forecast of a plant."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from simulation.models.reading import hours_at


class ForecastRecord(models.Model):
    """What `simulation.whatif.forecast` said of a plant at a step; one for each plant.

    `claims` and `series` are what the page shows, in hours of process time and the units of the
    readings. It is the simulator's knowledge of the true state, never the detector's.
    """

    plant = models.OneToOneField(
        "simulation.Plant", on_delete=models.CASCADE, related_name="forecast"
    )
    run = models.ForeignKey("simulation.Run", on_delete=models.CASCADE, related_name="+")
    step = models.PositiveIntegerField(help_text=_("The state it was made from."))
    rests_on = models.JSONField(
        default=list, help_text=_("The faults and hands that were in force for the step after it.")
    )
    made_at = models.DateTimeField()
    took_seconds = models.FloatField()
    members = models.PositiveSmallIntegerField()
    ahead_hours = models.FloatField()
    words = models.TextField()
    claims = models.JSONField()
    series = models.JSONField()

    def __str__(self) -> str:
        return f"{self.plant} from step {self.step}: {self.words}"

    @property
    def hours(self) -> float:
        """Process time of the state that it was made from."""
        return hours_at(self.step)

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as the API gives it."""
        return {
            "run": self.run.number,
            "step": self.step,
            "sim_time_h": self.hours,
            "made_at": self.made_at.isoformat(),
            "took_seconds": self.took_seconds,
            "members": self.members,
            "ahead_hours": self.ahead_hours,
            "words": self.words,
            **self.claims,
            "series": self.series,
        }
