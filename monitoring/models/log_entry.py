"""What people wrote into the shift log."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from monitoring.models.event_frame import EventFrame
from simulation.models import Plant, Run
from simulation.models.reading import hours_at


class LogEntry(models.Model):
    """One entry of the log: of a plant, or of the whole site; maybe about an event.

    A log is only ever added to. What was wrong is withdrawn, with a reason, and stays readable;
    only `monitoring.shift_log.entries` writes.
    """

    class Kind(models.TextChoices):
        """What sort of entry it is."""

        OBSERVATION = "observation", _("observation")
        ACTION = "action", _("action")
        INSTRUCTION = "instruction", _("instruction")
        HANDOVER = "handover", _("handover")

    plant = models.ForeignKey(
        Plant,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="log_entries",
        help_text=_("Empty: it concerns every plant."),
    )
    run = models.ForeignKey(
        Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="log_entries"
    )
    step = models.PositiveIntegerField(
        null=True, help_text=_("Where the plant was when it was written.")
    )
    event = models.ForeignKey(
        EventFrame, on_delete=models.SET_NULL, null=True, blank=True, related_name="log_entries"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OBSERVATION)
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="log_entries"
    )
    username = models.CharField(max_length=150, help_text=_("The author's name, as it was then."))
    withdrawn_at = models.DateTimeField(null=True, help_text=_("Empty: it holds."))
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_why = models.CharField(max_length=300, blank=True)
    taken_over_at = models.DateTimeField(
        null=True, help_text=_("Of a handover: when the next shift confirmed it; empty: not yet.")
    )
    taken_over_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = _("log entries")
        permissions = [("write_log", "Can write into the shift log and hand a shift over")]
        indexes = [
            models.Index(fields=["plant", "-at"]),
            models.Index(fields=["event", "-at"]),
            models.Index(fields=["-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display().capitalize()} {self.pk} by {self.username}"

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back."""
        return self.withdrawn_at is not None

    @property
    def hours(self) -> float | None:
        """Process time in hours, None where it belongs to no run."""
        return None if self.step is None else hours_at(self.step)

    @property
    def html(self) -> SafeString:
        """The text with links to what it names; everything else in it is escaped."""
        from monitoring.shift_log.links import linked

        if self.event is not None:  # a note on an old event speaks of the run it happened in
            return linked(self.text, self.event.run, self.event.last_step)
        return linked(self.text, self.run, self.step)

    def as_json(self) -> dict[str, Any]:
        """Return the entry as exports give it."""
        return {
            "id": self.pk,
            "at": self.at.isoformat(),
            "plant": self.plant_id,
            "run": self.run.number if self.run else None,
            "step": self.step,
            "sim_time_h": self.hours,
            "event": self.event_id,
            "kind": self.kind,
            "text": self.text,
            "username": self.username,
            "withdrawn_at": self.withdrawn_at.isoformat() if self.withdrawn_at else None,
            "withdrawn_by": self.withdrawn_by or None,
            "withdrawn_why": self.withdrawn_why or None,
            "taken_over_at": self.taken_over_at.isoformat() if self.taken_over_at else None,
            "taken_over_by": self.taken_over_by or None,
        }
