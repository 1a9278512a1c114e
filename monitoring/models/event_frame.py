"""One event of a plant: the alarms that belong together."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from simulation.models import Plant, Run
from simulation.models.reading import hours_at


class EventFrame(models.Model):
    """From the first alarm until all had returned and the plant was quiet for a while.

    An alarm that begins while an earlier one of the event is active, or soon after its last
    activity, belongs to it. The first is the first-out: where to begin to look.
    """

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="event_frames")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="event_frames")
    opened_step = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    last_step = models.PositiveIntegerField(help_text=_("Step of its last activity."))
    last_at = models.DateTimeField()
    closed_step = models.PositiveIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    first_out = models.ForeignKey(
        "AlarmOccurrence",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The alarm that began it."),
    )

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["plant", "-opened_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["plant"],
                condition=Q(closed_at__isnull=True),
                name="event_one_open_by_plant",
            )
        ]

    def __str__(self) -> str:
        return f"Event {self.pk} of {self.run}, from step {self.opened_step}"

    @property
    def is_open(self) -> bool:
        """Whether further alarms may still join it."""
        return self.closed_at is None

    @property
    def opened_hours(self) -> float:
        """Process time of its begin in hours."""
        return hours_at(self.opened_step)

    @property
    def last_hours(self) -> float:
        """Process time of its last activity in hours."""
        return hours_at(self.last_step)

    @property
    def closed_hours(self) -> float | None:
        """Process time of its end in hours."""
        return None if self.closed_step is None else hours_at(self.closed_step)
