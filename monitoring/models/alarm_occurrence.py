"""One life of one alarm on one plant."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.alarms.life import ANNOUNCED, WORDS, Life, State
from monitoring.models.alarm_definition import AlarmDefinition
from monitoring.models.event_frame import EventFrame
from simulation.models import Plant, Run
from simulation.models.reading import hours_at


class AlarmOccurrence(models.Model):
    """From its activation until nothing is left of it. `closed_at` empty: it stands.

    Where it is in the diagram of ISA-18.2 is `state`; the facts that the state is read off are
    beside it, and only `monitoring.alarms.board` writes any of them.
    """

    STATES = [(state.value, words) for state, words in WORDS.items()]

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="alarm_occurrences")
    definition = models.ForeignKey(
        AlarmDefinition, on_delete=models.RESTRICT, related_name="occurrences"
    )
    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, null=True, related_name="alarm_occurrences"
    )
    event = models.ForeignKey(
        EventFrame, on_delete=models.SET_NULL, null=True, blank=True, related_name="occurrences"
    )
    is_first_out = models.BooleanField(default=False, help_text=_("Whether it began its event."))
    priority = models.CharField(max_length=10, choices=AlarmDefinition.Priority.choices)
    state = models.CharField(max_length=24, choices=STATES)
    is_active = models.BooleanField(default=True, help_text=_("Whether its condition holds."))
    is_acknowledged = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False, help_text=_("Whether its latch holds."))
    is_shelved = models.BooleanField(default=False)
    is_suppressed = models.BooleanField(default=False)
    is_out_of_service = models.BooleanField(default=False)
    activated_step = models.PositiveIntegerField()
    activated_at = models.DateTimeField(help_text=_("When it first became active."))
    last_activated_step = models.PositiveIntegerField()
    last_activated_at = models.DateTimeField(help_text=_("When it last became active."))
    activations = models.PositiveIntegerField(
        default=1, help_text=_("How often it became active before nothing was left of it.")
    )
    value = models.FloatField(null=True, help_text=_("What was judged when it last became active."))
    limit = models.FloatField(null=True, help_text=_("The limit then."))
    detail = models.CharField(max_length=300, blank=True, help_text=_("What it says, in words."))
    announced_at = models.DateTimeField(
        null=True, help_text=_("When it last asked to be acknowledged; empty: it never did.")
    )
    returned_step = models.PositiveIntegerField(null=True)
    returned_at = models.DateTimeField(null=True)
    acknowledged_step = models.PositiveIntegerField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="acknowledged_alarms",
    )
    comment = models.TextField(blank=True, help_text=_("What was said at the acknowledgement."))
    closed_at = models.DateTimeField(null=True, help_text=_("When nothing was left of it."))

    class Meta:
        ordering = ["-last_activated_at", "-pk"]
        permissions = [
            ("acknowledge_alarm", "Can acknowledge alarms and reset latched ones"),
            ("shelve_alarm", "Can shelve alarms and take them off the shelf"),
        ]
        indexes = [
            models.Index(fields=["plant", "-last_activated_at"]),
            models.Index(fields=["closed_at", "priority"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["plant", "definition"],
                condition=Q(closed_at__isnull=True),
                name="occurrence_one_standing_by_plant_and_definition",
            )
        ]

    def __str__(self) -> str:
        return f"{self.definition} on {self.plant}, {self.state_words}"

    @property
    def life(self) -> Life:
        """The facts that its state is read off."""
        return Life(
            active=self.is_active,
            acknowledged=self.is_acknowledged,
            held=self.is_held,
            shelved=self.is_shelved,
            suppressed=self.is_suppressed,
            out_of_service=self.is_out_of_service,
        )

    @life.setter
    def life(self, life: Life) -> None:
        self.is_active, self.is_acknowledged, self.is_held = (
            life.active, life.acknowledged, life.held,
        )  # fmt: skip
        self.is_shelved, self.is_suppressed = life.shelved, life.suppressed
        self.is_out_of_service = life.out_of_service
        self.state = life.state.value

    @property
    def state_words(self) -> str:
        """The state as a page says it."""
        return State(self.state).words

    @property
    def asks(self) -> bool:
        """Whether it asks the operator to acknowledge it."""
        return State(self.state) in ANNOUNCED and self.priority != "journal"

    @property
    def is_standing(self) -> bool:
        """Whether something is left of it."""
        return self.closed_at is None

    @property
    def activated_hours(self) -> float:
        """Process time of its first activation in hours."""
        return hours_at(self.activated_step)

    @property
    def last_activated_hours(self) -> float:
        """Process time of its last activation in hours."""
        return hours_at(self.last_activated_step)

    @property
    def returned_hours(self) -> float | None:
        """Process time of its return in hours."""
        return None if self.returned_step is None else hours_at(self.returned_step)

    def as_json(self) -> dict[str, Any]:
        """Return the occurrence as the API and the push give it."""
        definition, by = self.definition, self.acknowledged_by
        return {
            "id": self.pk,
            "plant": self.plant_id,
            "run": self.run.number if self.run else None,
            "definition": definition.code,
            "name": definition.name,
            "source": definition.source,
            "kind": definition.kind,
            "tag": definition.tag,
            "unit": definition.unit,
            "priority": self.priority,
            "state": self.state,
            "asks": self.asks,
            "is_active": self.is_active,
            "is_standing": self.is_standing,
            "activated_step": self.activated_step,
            "activated_at": self.activated_at.isoformat(),
            "last_activated_step": self.last_activated_step,
            "last_activated_at": self.last_activated_at.isoformat(),
            "activations": self.activations,
            "value": self.value,
            "limit": self.limit,
            "detail": self.detail,
            "returned_step": self.returned_step,
            "returned_at": self.returned_at.isoformat() if self.returned_at else None,
            "acknowledged_at": self.acknowledged_at.isoformat() if self.acknowledged_at else None,
            "acknowledged_by": by.get_username() if by else None,
            "comment": self.comment,
            "event": self.event_id,
            "is_first_out": self.is_first_out,
            "closed_at": self.closed_at.isoformat() if self.closed_at else None,
        }
