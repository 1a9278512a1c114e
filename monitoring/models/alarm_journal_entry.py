"""The journal: every transition of every alarm, written once and never changed."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models.alarm import Alarm
from monitoring.models.alarm_definition import AlarmDefinition
from monitoring.models.alarm_occurrence import AlarmOccurrence
from simulation.models import Plant, Run
from simulation.models.reading import hours_at


class AlarmJournalEntry(models.Model):
    """What happened to an alarm, when by the wall and when by the process, and by whom.

    Name, tag, priority, value and limit are those of that moment: later changes of a definition
    do not reach them. Pruning may delete old entries; nothing changes one.
    """

    class Kind(models.TextChoices):
        """What happened."""

        ACTIVATED = "activated", _("activated")
        RETURNED = "returned", _("returned to normal")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        RESET = "reset", _("latch reset")
        SHELVED = "shelved", _("shelved")
        UNSHELVED = "unshelved", _("taken off the shelf")
        SHELVING_EXPIRED = "shelving-expired", _("time on the shelf over")
        SUPPRESSED = "suppressed", _("suppressed by design")
        UNSUPPRESSED = "unsuppressed", _("no longer suppressed")
        OUT_OF_SERVICE = "out-of-service", _("taken out of service")
        IN_SERVICE = "in-service", _("returned to service")

    plant = models.ForeignKey(
        Plant,
        on_delete=models.CASCADE,
        null=True,
        related_name="alarm_journal",
        help_text=_("Empty: it concerns every plant."),
    )
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="+")
    step = models.PositiveIntegerField(null=True, help_text=_("Where the process was."))
    at = models.DateTimeField(help_text=_("Wall time."))
    kind = models.CharField(max_length=16, choices=Kind.choices)
    occurrence = models.ForeignKey(
        AlarmOccurrence, on_delete=models.SET_NULL, null=True, related_name="journal"
    )
    definition = models.ForeignKey(
        AlarmDefinition, on_delete=models.SET_NULL, null=True, related_name="journal"
    )
    claim = models.ForeignKey(Alarm, on_delete=models.SET_NULL, null=True, related_name="journal")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    tag = models.CharField(max_length=10, blank=True)
    source = models.CharField(max_length=10)
    priority = models.CharField(max_length=10)
    state = models.CharField(max_length=24, blank=True, help_text=_("The state that it led to."))
    is_announced = models.BooleanField(
        default=False, help_text=_("Whether the operator was asked to acknowledge by it.")
    )
    value = models.FloatField(null=True)
    limit = models.FloatField(null=True)
    text = models.CharField(max_length=300, blank=True, help_text=_("The circumstances, in words."))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    username = models.CharField(
        max_length=150, blank=True, help_text=_("Empty: nobody, by itself.")
    )
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = _("alarm journal entries")
        indexes = [
            models.Index(fields=["plant", "-at"]),
            models.Index(fields=["-at"]),
            models.Index(fields=["code", "-at"]),
            models.Index(
                fields=["at"], name="journal_announced", condition=models.Q(is_announced=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_kind_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert. Raises TypeError for a change: the journal is only ever added to."""
        if self.pk is not None:
            raise TypeError("an entry of the journal is never changed")
        super().save(*args, **kwargs)

    @property
    def hours(self) -> float | None:
        """Process time in hours."""
        return None if self.step is None else hours_at(self.step)

    @property
    def unit(self) -> str:
        """The unit of value and limit."""
        return AlarmDefinition(tag=self.tag).unit

    @property
    def is_in_units(self) -> bool:
        """Whether value and limit can be told in other units: what kind they are of is known."""
        return bool(self.tag) and self.definition is not None

    def as_json(self) -> dict[str, Any]:
        """Return the entry as the API and the export give it."""
        return {
            "id": self.pk,
            "at": self.at.isoformat(),
            "plant": self.plant_id,
            "run": self.run.number if self.run else None,
            "step": self.step,
            "sim_time_h": self.hours,
            "kind": self.kind,
            "occurrence": self.occurrence_id,
            "definition": self.code,
            "name": self.name,
            "tag": self.tag,
            "source": self.source,
            "priority": self.priority,
            "state": self.state,
            "is_announced": self.is_announced,
            "value": self.value,
            "limit": self.limit,
            "unit": self.unit,
            "text": self.text,
            "username": self.username or None,
            "comment": self.comment,
        }
