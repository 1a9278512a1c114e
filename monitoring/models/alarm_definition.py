"""What begins an alarm: one definition for a plant, or for all of them."""

import secrets
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.alarms import limits, sense, workable
from simulation.models import Plant
from simulation.tep.variables import LABELS, VARIABLES, index_of

_TAGS = [(label, f"{label} {VARIABLES[index_of(label)].name}") for label in LABELS]
MOST_SAMPLES = 480  # a day of process time
MOST_WORDS, MOST_MINUTES = 300, 7 * 24 * 60


def new_stamp() -> int:
    """Return a random number; the sum of thousands of them still fits a big integer."""
    return secrets.randbits(48)


class AlarmDefinitionQuerySet(models.QuerySet["AlarmDefinition"]):
    """Definitions; whatever changes some of them in the database gives those a new stamp."""

    def update(self, **values: Any) -> int:
        """Change rows, and let whoever keeps them know by their stamp."""
        return super().update(**{"stamp": new_stamp(), **values})


class AlarmDefinition(models.Model):
    """One alarm: where it comes from, its limit, its priority, and when it says nothing.

    Without a plant it holds for every plant; a definition of a plant's own replaces the general
    one of the same tag and kind there.
    """

    class Source(models.TextChoices):
        """Who judges the condition."""

        DETECTOR = "detector", _("detector")
        LIMIT = "limit", _("limit on a tag")
        SYSTEM = "system", _("the system itself")

    class Kind(models.TextChoices):
        """What is judged; the values are those of `limits.Kind` where it is a limit."""

        CLAIM = "claim", _("detector's alarm")
        HIHI = limits.Kind.HIHI, _("high-high")
        HI = limits.Kind.HI, _("high")
        LO = limits.Kind.LO, _("low")
        LOLO = limits.Kind.LOLO, _("low-low")
        RATE = limits.Kind.RATE, _("rate of change")
        DEVIATION = limits.Kind.DEVIATION, _("deviation")
        BAD_IN_A_ROW = limits.Kind.BAD_IN_A_ROW, _("bad readings in a row")
        STALLED = "stalled", _("stream stalled")
        TRIPPED = "tripped", _("plant tripped")
        FAILED = "failed", _("plant failed")

    class Priority(models.TextChoices):
        """How soon somebody has to act; `journal` is only written down."""

        CRITICAL = "critical", _("critical")
        HIGH = "high", _("high")
        MEDIUM = "medium", _("medium")
        LOW = "low", _("low")
        JOURNAL = "journal", _("journal only")

    class Suppression(models.TextChoices):
        """When the alarm means nothing, by design."""

        NEVER = "", _("never")
        NOT_RUNNING = "not-running", _("while the plant is not running")
        TAG_BELOW = "tag-below", _("while a tag is below a value")
        TAG_ABOVE = "tag-above", _("while a tag is above a value")
        ALARM_ACTIVE = "alarm-active", _("while another alarm is active")

    #: The kinds that are limits on a tag.
    TAG_KINDS = (Kind.HIHI, Kind.HI, Kind.LO, Kind.LOLO, Kind.RATE, Kind.DEVIATION)
    KINDS_OF = {
        Source.DETECTOR: (Kind.CLAIM,),
        Source.LIMIT: TAG_KINDS,
        Source.SYSTEM: (Kind.BAD_IN_A_ROW, Kind.STALLED, Kind.TRIPPED, Kind.FAILED),
    }
    #: The kinds that are judged reading by reading.
    BY_READING = (*TAG_KINDS, Kind.BAD_IN_A_ROW)

    code = models.SlugField(
        max_length=60,
        unique=True,
        help_text=_("A short name for programs, e.g. reactor-pressure-hi."),
    )
    name = models.CharField(max_length=100, help_text=_("What the operator reads."))
    plant = models.ForeignKey(
        Plant,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="alarm_definitions",
        help_text=_("Empty: every plant."),
    )
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.LIMIT)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    tag = models.CharField(
        max_length=10, blank=True, choices=_TAGS, help_text=_("Of a limit: the tag that it is on.")
    )
    limit = models.FloatField(
        null=True,
        blank=True,
        help_text=_(
            "In the tag's unit; of a rate the change over its window, in either direction."
        ),
    )
    reference = models.FloatField(
        null=True,
        blank=True,
        help_text=_(
            "Of a deviation: what it is measured from; empty: the set point of the tag's "
            "loop, as it is held by hand or as published."
        ),
    )
    deadband = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0.0)],
        help_text=_("How far back inside the limit a value has to be before it counts as back."),
    )
    on_delay = models.PositiveIntegerField(
        _("on-delay (samples)"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SAMPLES)],
        help_text=_("Values beyond the limit in a row, 180 s of process time each; 1: at once."),
    )
    off_delay = models.PositiveIntegerField(
        _("off-delay (samples)"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SAMPLES)],
        help_text=_("Values back within it in a row before the alarm returns; 1: at once."),
    )
    window = models.PositiveIntegerField(
        _("window (samples)"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SAMPLES)],
        help_text=_("Of a rate: over how many samples the change is taken."),
    )
    priority = models.CharField(
        max_length=10, choices=Priority.choices, default=Priority.LOW, db_index=True
    )
    is_latching = models.BooleanField(
        _("latching"),
        default=False,
        help_text=_("Stays after its condition went, until it is reset."),
    )
    cause = models.CharField(
        max_length=MOST_WORDS,
        blank=True,
        help_text=_("What makes it come, e.g. the valve or feed."),
    )
    consequence = models.CharField(
        max_length=MOST_WORDS,
        blank=True,
        help_text=_("What follows if nobody acts, e.g. which trip, and when."),
    )
    response = models.CharField(
        max_length=MOST_WORDS, blank=True, help_text=_("What the operator is to do about it.")
    )
    time_to_respond = models.PositiveIntegerField(
        _("time to respond (process minutes)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_MINUTES)],
        help_text=_(
            "From the alarm to the consequence if nobody acts; empty: not known, or nothing "
            "follows."
        ),
    )
    suppress_while = models.CharField(
        max_length=14, choices=Suppression.choices, default=Suppression.NEVER, blank=True
    )
    suppress_tag = models.CharField(max_length=10, blank=True, choices=_TAGS)
    suppress_value = models.FloatField(null=True, blank=True)
    suppress_alarm = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="suppresses"
    )
    in_service = models.BooleanField(default=True, editable=False)
    out_of_service_why = models.CharField(max_length=300, blank=True, editable=False)
    out_of_service_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    out_of_service_since = models.DateTimeField(null=True, blank=True, editable=False)
    out_of_service_until = models.DateTimeField(null=True, blank=True, editable=False)
    cannot_work = models.CharField(
        max_length=300,
        blank=True,
        editable=False,
        help_text=_("Why the limit cannot work; computed from normal operation and the trips."),
    )
    updated_at = models.DateTimeField(auto_now=True)
    stamp = models.BigIntegerField(
        default=new_stamp,
        editable=False,
        help_text=_("Drawn anew with each change; `alarms.rulebook` knows changed rows by it."),
    )

    objects = AlarmDefinitionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["plant", "stamp"])]
        permissions = [
            ("manage_alarms", "Can change alarm definitions and take them out of service")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["plant", "tag", "kind"],
                condition=~Q(tag="") & Q(plant__isnull=False),
                name="alarm_definition_one_by_plant_tag_kind",
            ),
            models.UniqueConstraint(
                fields=["tag", "kind"],
                condition=~Q(tag="") & Q(plant__isnull=True),
                name="alarm_definition_one_general_by_tag_kind",
            ),
            models.CheckConstraint(
                condition=Q(deadband__gte=0.0), name="alarm_definition_deadband_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Judge whether it can work, and save."""
        self.stamp = new_stamp()
        self.cannot_work = ""
        if self.source == self.Source.LIMIT and self.limit is not None:
            said = workable.why_not(self.as_limit(), self.tag, self.reference)
            self.cannot_work = f"It cannot work: {said}."[:300] if said else ""
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "cannot_work", "updated_at", "stamp"}
        super().save(*args, **kwargs)

    @property
    def unit(self) -> str:
        """The unit of value and limit; empty where there is none."""
        return VARIABLES[index_of(self.tag)].unit if self.tag else ""

    @property
    def is_of_differences(self) -> bool:
        """Whether its value and limit are differences: of a rate, of a deviation."""
        return self.kind in {self.Kind.RATE, self.Kind.DEVIATION}

    @property
    def is_rationalised(self) -> bool:
        """Whether it says why it is an alarm: cause, consequence and response (ISA-18.2)."""
        return bool(self.cause and self.consequence and self.response)

    @property
    def is_by_reading(self) -> bool:
        """Whether each reading is held against it."""
        return self.kind in self.BY_READING

    def as_limit(self) -> limits.Limit:
        """Return the limit that is evaluated. Raises ValueError for one that makes no sense."""
        if self.limit is None:
            raise ValueError("a limit is needed")
        return limits.Limit(
            limits.Kind(self.kind),
            self.limit,
            self.deadband,
            self.on_delay,
            self.off_delay,
            self.window,
        )

    def clean(self) -> None:
        """Refuse what makes no sense, beside the field that it is about."""
        if wrong := sense.what_is_wrong(self):
            raise ValidationError(wrong)

    def as_json(self) -> dict[str, Any]:
        """Return the definition as the API gives it."""
        since, until = self.out_of_service_since, self.out_of_service_until
        return {
            "code": self.code,
            "name": self.name,
            "plant": self.plant_id,
            "source": self.source,
            "kind": self.kind,
            "tag": self.tag,
            "unit": self.unit,
            "limit": self.limit,
            "reference": self.reference,
            "deadband": self.deadband,
            "on_delay": self.on_delay,
            "off_delay": self.off_delay,
            "window": self.window,
            "priority": self.priority,
            "is_latching": self.is_latching,
            "cause": self.cause,
            "consequence": self.consequence,
            "response": self.response,
            "time_to_respond": self.time_to_respond,
            "is_rationalised": self.is_rationalised,
            "suppress_while": self.suppress_while,
            "in_service": self.in_service,
            "out_of_service_why": self.out_of_service_why,
            "out_of_service_since": since.isoformat() if since else None,
            "out_of_service_until": until.isoformat() if until else None,
            "cannot_work": self.cannot_work,
        }
