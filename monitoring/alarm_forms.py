"""What may be asked of alarms; pages and API use the same forms, so a rule is stated once."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.json_schema import INTEGER, STRING, array
from monitoring.alarms import acknowledging, queries, service, shelf
from monitoring.alarms.board import By
from monitoring.models import AlarmDefinition, AlarmJournalEntry, AlarmOccurrence, Shelving
from monitoring.models.alarm_definition import MOST_MINUTES, MOST_WORDS
from simulation.form_fields import NumberField, WholeNumberField, in_words
from simulation.models import Plant

MOST_AT_ONCE = 500
DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
MAX_NUMBER = 2**31 - 1
MAX_HOURS = 24.0 * 366
MAX_SERVICE_HOURS = 24.0 * 90


class TextField(forms.CharField):
    """A text; not a list or a number that happens to print as one."""

    def to_python(self, value: Any) -> str:
        """Return the text. Raises ValidationError."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(gettext("This must be a text."), code="invalid")
        return super().to_python(value) or ""


class WordField(forms.ChoiceField):
    """One of some words; not a list that happens to print as one."""

    def to_python(self, value: Any) -> str:
        """Return the word. Raises ValidationError."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(gettext("This must be one of the words."), code="invalid")
        return super().to_python(value)


def _one_of(values: Any, what: str) -> WordField:
    return WordField(required=False, choices=[(value, value) for value in values], help_text=what)


def _words(what: str) -> TextField:
    return TextField(required=False, max_length=MOST_WORDS, help_text=what)


def _number(name: str, low: int, high: int, what: str) -> WholeNumberField:
    return WholeNumberField(
        required=False,
        min_value=low,
        max_value=high,
        help_text=what,
        error_messages=in_words(
            gettext("%(name)s must be a whole number from %(low)s to %(high)s.")
            % {"name": name, "low": low, "high": high}
        ),
    )


def _hours(high: float, what: str, *, required: bool = False, low: float = 0.01) -> NumberField:
    return NumberField(
        required=required,
        validators=[MinValueValidator(low), MaxValueValidator(high)],
        help_text=what,
        error_messages=in_words(
            gettext("hours must be a number from %(low)s to %(high)s.")
            % {"low": f"{low:g}", "high": f"{high:g}"}
        ),
    )


class AlarmFilterForm(forms.Form):
    """Which alarms are asked for."""

    plant = _number("plant", 1, MAX_NUMBER, "Only those of this plant.")
    state = _one_of(queries.STATES, "Only those in this state.")
    priority = _one_of(queries.PRIORITIES, "Only those of this priority.")
    source = _one_of(queries.SOURCES, "Only those of this source.")
    text = TextField(
        required=False, max_length=60, help_text=_("Looked for in name, tag and code.")
    )
    scope = _one_of(
        ("standing", "shown", "all"),
        "standing (if not given): something is left of it; shown: that are not kept away; all.",
    )
    before = _number("before", 1, MAX_NUMBER, "Only alarms with a smaller id: the next page.")
    limit = _number("limit", 1, MAX_LIMIT, f"How many at most; {DEFAULT_LIMIT} if not given.")


class JournalForm(forms.Form):
    """Which entries of the journal are asked for."""

    plant = _number("plant", 1, MAX_NUMBER, "Only those of this plant, or of all plants.")
    hours = _hours(MAX_HOURS, "Only those of so many last hours; a week if not given.")
    kind = _one_of(AlarmJournalEntry.Kind.values, "Only what is of this kind.")
    priority = _one_of(queries.PRIORITIES, "Only those of this priority.")
    source = _one_of(queries.SOURCES, "Only those of this source.")
    text = TextField(
        required=False, max_length=60, help_text=_("Looked for in names, tags, texts, comments.")
    )
    username = TextField(required=False, max_length=150, help_text=_("Only acts of this user."))
    occurrence = _number("occurrence", 1, MAX_NUMBER, "Only those of this alarm's life.")
    event = _number("event", 1, MAX_NUMBER, "Only those of this event.")
    before = _number("before", 1, MAX_NUMBER, "Only entries with a smaller id: the next page.")
    limit = _number("limit", 1, MAX_LIMIT, f"How many at most; {DEFAULT_LIMIT} if not given.")


class KpiForm(forms.Form):
    """Which period is judged, and for how many operators."""

    plant = _number("plant", 1, MAX_NUMBER, "Only this plant; all together if not given.")
    hours = _hours(24.0 * 31, "So many last hours; 24 if not given.", low=0.2)
    operators = _number("operators", 1, 100, "Who share the alarms evenly; 1 if not given.")


class CommentForm(forms.Form):
    """A comment to what is done."""

    comment = TextField(
        required=False, max_length=acknowledging.MAX_COMMENT, help_text=_("What there is to say.")
    )


class AlarmsField(forms.Field):
    """Numbers of alarms: a JSON list, or a form's repeated or comma-separated values."""

    json_schema = {
        **array({**INTEGER, "minimum": 1, "maximum": MAX_NUMBER}),
        "minItems": 1,
        "maxItems": MOST_AT_ONCE,
    }
    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> list[int]:
        """Return the numbers. Raises ValidationError."""
        found = (
            [part for one in value or () for part in str(one).split(",")]
            if isinstance(value, list | tuple)
            else None
        )
        wrong = f"alarms must be a list of 1 to {MOST_AT_ONCE} numbers of alarms."
        if not found or len(found) > MOST_AT_ONCE:
            raise ValidationError(wrong, code="invalid")
        if isinstance(value, list) and any(isinstance(one, bool | float) for one in value):
            raise ValidationError(wrong, code="invalid")
        try:
            numbers = [int(one) for one in found]
        except ValueError as error:
            raise ValidationError(wrong, code="invalid") from error
        if not all(1 <= number <= MAX_NUMBER for number in numbers):
            raise ValidationError(wrong, code="invalid")
        return numbers


class AcknowledgeForm(CommentForm):
    """Several alarms that were seen."""

    alarms = AlarmsField(help_text=_("The ids of the alarms that were seen."))

    def apply(self, by: By) -> list[AlarmOccurrence]:
        """Acknowledge those that still ask to be; return them."""
        found = AlarmOccurrence.objects.filter(
            pk__in=self.cleaned_data["alarms"], closed_at__isnull=True
        )
        return acknowledging.acknowledge_all(found, by=by, comment=self.cleaned_data["comment"])


class DefinitionField(forms.Field):
    """An alarm definition by its code."""

    json_schema = {**STRING, "pattern": "^[-a-zA-Z0-9_]{1,60}$"}
    widget = forms.TextInput

    def to_python(self, value: Any) -> AlarmDefinition | None:
        """Return the definition. Raises ValidationError."""
        if value in self.empty_values:
            return None
        known = AlarmDefinition.objects.filter(code=value) if isinstance(value, str) else None
        found = known.first() if known is not None and "\x00" not in value else None
        if found is None:
            raise ValidationError(
                gettext("There is no alarm of this code."),
                code="unknown",
                params={"hint": "GET /api/alarm-definitions lists them."},
            )
        return found


class ShelveForm(forms.Form):
    """An alarm to be put away for some hours."""

    alarm = DefinitionField(help_text=_("The code of the alarm's definition."))
    hours = _hours(
        settings.SHELVE_HOURS, "For so many hours; it comes back by itself.", required=True
    )
    reason = TextField(max_length=shelf.MAX_REASON, help_text=_("Why."))

    def apply(self, plant: Plant, by: By) -> Shelving:
        """Shelve it. Raises LifeError, ValidationError."""
        until = timezone.now() + timedelta(hours=self.cleaned_data["hours"])
        return shelf.shelve(
            plant,
            self.cleaned_data["alarm"],
            until=until,
            reason=self.cleaned_data["reason"],
            by=by,
        )


class OutOfServiceForm(forms.Form):
    """An alarm to be taken out of service."""

    why = TextField(max_length=service.MAX_REASON, help_text=_("Why."))
    hours = _hours(MAX_SERVICE_HOURS, "For so many hours; until it is put back if not given.")

    def apply(self, definition: AlarmDefinition, by: By) -> AlarmDefinition:
        """Take it out. Raises LifeError, ValidationError."""
        hours = self.cleaned_data["hours"]
        until = None if hours is None else timezone.now() + timedelta(hours=hours)
        return service.take_out(definition, why=self.cleaned_data["why"], by=by, until=until)


class DefinitionForm(forms.Form):
    """Changes of a definition; what is not given stays."""

    limit = NumberField(required=False, help_text=_("In the tag's unit."))
    deadband = NumberField(
        required=False,
        validators=[MinValueValidator(0.0)],
        help_text=_("How far back inside the limit a value counts as back."),
        error_messages=in_words(_("deadband must be a number, 0 or more.")),
    )
    on_delay = _number("on_delay", 1, 480, "Values beyond the limit in a row before it begins.")
    off_delay = _number("off_delay", 1, 480, "Values back in a row before it ends.")
    priority = _one_of(queries.PRIORITIES, "How soon somebody has to act.")
    cause = _words("What makes it come.")
    consequence = _words("What follows if nobody acts.")
    response = _words("What the operator is to do about it.")
    time_to_respond = _number(
        "time_to_respond", 0, MOST_MINUTES, "Process minutes from the alarm to the consequence."
    )

    def given(self) -> dict[str, Any]:
        """Return the values that were given."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
