"""An alarm that an operator has put away for a time."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.models.alarm_definition import AlarmDefinition
from simulation.models import Plant


class Shelving(models.Model):
    """Who shelved which alarm of which plant, why, and until when; it ends by itself."""

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="shelvings")
    definition = models.ForeignKey(
        AlarmDefinition, on_delete=models.CASCADE, related_name="shelvings"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(max_length=300)
    shelved_at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: its time was over."),
    )

    class Meta:
        ordering = ["-shelved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plant", "definition"],
                condition=Q(ended_at__isnull=True),
                name="shelving_one_open_by_plant_and_definition",
            )
        ]

    def __str__(self) -> str:
        return f"{self.definition} on {self.plant} until {self.until:%Y-%m-%d %H:%M} UTC"
