"""What became of the rows that were sent to a plant."""

from typing import Any

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from simulation.models.plant import Plant


class IngestCount(models.Model):
    """How many rows had one outcome (accepted, duplicate, or why they were refused)."""

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="ingest_counts")
    outcome = models.CharField(max_length=40)
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    last_detail = models.TextField(blank=True, help_text=_("What the newest refusal said."))

    class Meta:
        ordering = ["plant", "outcome"]
        constraints = [
            models.UniqueConstraint(fields=["plant", "outcome"], name="ingest_count_unique")
        ]

    def __str__(self) -> str:
        return f"{self.plant}: {self.outcome} {self.count}"

    def as_json(self) -> dict[str, Any]:
        """Return the count as the API gives it."""
        return {
            "count": self.count,
            "last_at": self.last_at.isoformat() if self.last_at else None,
            "last_detail": self.last_detail,
        }

    @classmethod
    def add(cls, plant_id: int, outcome: str, count: int = 1, detail: str = "") -> None:
        """Count rows of an outcome; concurrent calls lose none."""
        row, _is_new = cls.objects.get_or_create(plant_id=plant_id, outcome=outcome)
        changed: dict[str, Any] = {"count": F("count") + count, "last_at": timezone.now()}
        if detail:
            changed["last_detail"] = detail[:2000]
        cls.objects.filter(pk=row.pk).update(**changed)
