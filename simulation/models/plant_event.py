"""What happened to a plant or its stream, for people to read."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from simulation.models.plant import Plant
from simulation.models.run import Run


class PlantEvent(models.Model):
    """One event of a plant: a trip, a failure, a reading that cannot be, a gap in its feed."""

    class Kind(models.TextChoices):
        """What sort of event it is."""

        TRIP = "trip", _("trip")
        FAILED = "failed", _("failed")
        BAD_DATA = "bad-data", _("bad data")
        GAP = "gap", _("gap in the feed")
        CAUGHT_UP = "caught-up", _("caught up after an outage")
        SKIPPED = "skipped", _("samples not taken during an outage")
        BRANCHED = "branched", _("branched off another plant")
        BY_HAND = "by-hand", _("taken over by hand, or given back")

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="events")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="events")
    step = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.CharField(max_length=300)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["plant", "-at"])]

    def __str__(self) -> str:
        return f"{self.plant}: {self.text}"

    @classmethod
    def note(cls, plant: Plant, kind: str, text: str) -> "PlantEvent":
        """Store an event at the plant's present run and step."""
        return cls.objects.create(
            plant=plant, run=plant.current_run, step=plant.step, kind=kind, text=text[:300]
        )

    def as_json(self) -> dict[str, Any]:
        """Return the event as the API gives it."""
        return {
            "id": self.pk,
            "kind": self.kind,
            "text": self.text,
            "run": self.run.number if self.run else None,
            "step": self.step,
            "time": self.at.isoformat(),
        }
