"""What may be asked of alarms on the pages: filters, acknowledging, shelving, service."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import display
from accounts.moments import offset_words
from monitoring.alarms.acknowledging import MAX_COMMENT
from monitoring.alarms.folding import PRIORITIES
from monitoring.alarms.shelf import MAX_REASON, check_until
from monitoring.models import AlarmDefinition, AlarmJournalEntry, AlarmOccurrence
from simulation.models import Plant

#: Alarms that one form acknowledges at most: more than a page shows.
MOST_SEEN = 1000
UNTIL = "until"
_LENGTHS = ((15, "15 min"), (60, "1 h"), (480, "8 h"))
_ANY = ("", "any")


def zone_words() -> str:
    """Return the user's zone as a field names it."""
    return offset_words(timezone.now().astimezone(display.present().zone).utcoffset())


class MomentField(forms.DateTimeField):
    """A date and time as the browser's own picker gives it, in the user's zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"})
    default_error_messages = {"invalid": _("Give a date and a time, as in 2026-11-28 14:30.")}

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment. Raises ValidationError."""
        found = super().to_python(value)
        if found is None:
            return None
        try:
            return found.replace(tzinfo=display.present().zone)
        except (OverflowError, ValueError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class PlainText(forms.CharField):
    """One line of text; an empty one is no error unless it is required."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)


class AlarmForm(forms.Form):
    """A form whose fields' ids tell it from the others on a page."""

    prefix_of_ids = "alarm"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{self.prefix_of_ids}-%s")
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class AlarmFilterForm(AlarmForm):
    """What the alarm summary is narrowed down by."""

    prefix_of_ids = "filter"

    state = forms.ChoiceField(
        required=False,
        choices=[
            _ANY,
            ("unacknowledged", "unacknowledged"),
            ("acknowledged", "acknowledged"),
            ("returned", "returned, unacknowledged"),
            ("latched", "latched"),
        ],
    )
    priority = forms.ChoiceField(required=False, choices=[_ANY, *((p, p) for p in PRIORITIES)])
    source = forms.ChoiceField(required=False, choices=[_ANY, *AlarmDefinition.Source.choices])
    tag = PlainText(label=_("Tag or name"), max_length=60)
    plant = forms.ModelChoiceField(Plant.objects.all(), required=False, empty_label="any")

    def __init__(self, *args: Any, plant: Plant | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if plant is not None:
            del self.fields["plant"]

    @property
    def wanted(self) -> dict[str, Any]:
        """The filters that are set and valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class AcknowledgeForm(AlarmForm):
    """The alarms that were seen, as «number:activations», and what is said of them."""

    prefix_of_ids = "acknowledge"

    comment = PlainText(
        max_length=MAX_COMMENT,
        label=_("Comment"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """Read what was seen."""
        cleaned = super().clean() or {}
        given = self.data.getlist("seen")  # type: ignore[attr-defined]
        if not given:
            raise ValidationError(gettext("No alarm is named."), code="required")
        if len(given) > MOST_SEEN:
            raise ValidationError(
                gettext("At most %(most_seen)s alarms at once.") % {"most_seen": MOST_SEEN},
                code="too_many",
            )
        cleaned["seen"] = dict(map(_seen, given))
        return cleaned

    def occurrences(self) -> list[AlarmOccurrence]:
        """Return the alarms as they were seen; one that is gone is left out."""
        seen: dict[int, int] = self.cleaned_data["seen"]
        found = AlarmOccurrence.objects.filter(pk__in=seen).select_related("definition", "plant")
        kept = list(found)
        for one in kept:
            one.activations = seen[one.pk]
        return kept


def _seen(text: str) -> tuple[int, int]:
    number, _separator, activations = text.partition(":")
    parts = (number, activations)
    if not all(part.isascii() and part.isdecimal() and len(part) <= 15 for part in parts):
        raise ValidationError(gettext("An alarm is named by its number."), code="invalid")
    return int(number), int(activations)


class ShelveForm(AlarmForm):
    """For how long an alarm is put away, and why."""

    prefix_of_ids = "shelve"

    how_long = forms.ChoiceField(label=_("Shelve for"))
    until = MomentField(required=False)
    reason = PlainText(
        required=True,
        max_length=MAX_REASON,
        error_messages={"required": _("Say why it is shelved.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = settings.SHELVE_HOURS * 60
        lengths = [(str(minutes), words) for minutes, words in _LENGTHS if minutes <= most]
        self.fields["how_long"].choices = [*lengths, (UNTIL, "until …")]  # type: ignore[attr-defined]
        self.fields["until"].label = f"Until ({zone_words()})"
        self.fields[
            "until"
        ].help_text = f"Only with «until …»; {settings.SHELVE_HOURS:g} h at most."

    def clean(self) -> dict[str, Any]:
        """Settle the end."""
        cleaned = super().clean() or {}
        length = cleaned.get("how_long")
        if length == UNTIL:
            if "until" not in cleaned:
                return cleaned
            if cleaned["until"] is None:
                self.add_error("until", gettext("Say until when."))
                return cleaned
            try:
                check_until(cleaned["until"])
            except ValidationError as error:
                self.add_error("until", error)
        elif length:
            cleaned["until"] = timezone.now() + timedelta(minutes=int(length))
        return cleaned


class OutOfServiceForm(AlarmForm):
    """Why a definition is taken out of service, and until when."""

    prefix_of_ids = "service"

    why = PlainText(
        required=True,
        max_length=MAX_REASON,
        label=_("Why"),
        error_messages={"required": _("Say why it is taken out of service.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    until = MomentField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].label = f"Until ({zone_words()})"
        self.fields["until"].help_text = "Empty: until somebody puts it back."

    def clean_until(self) -> datetime | None:
        """Refuse an end that has passed."""
        until: datetime | None = self.cleaned_data["until"]
        if until is not None and until <= timezone.now():
            raise ValidationError(gettext("The end has to lie ahead."), code="past")
        return until


class JournalFilterForm(AlarmForm):
    """What is looked for in the journal."""

    prefix_of_ids = "journal"

    q = PlainText(label=_("Text"), max_length=100)
    tag = PlainText(max_length=20)
    person = PlainText(max_length=150)
    plant = forms.ModelChoiceField(Plant.objects.all(), required=False, empty_label="any")
    kind = forms.ChoiceField(required=False, choices=[_ANY, *AlarmJournalEntry.Kind.choices])
    priority = forms.ChoiceField(required=False, choices=[_ANY, *AlarmDefinition.Priority.choices])
    since = MomentField(required=False)
    until = MomentField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].label = f"From ({zone_words()})"
        self.fields["until"].label = f"To ({zone_words()})"

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", gettext("The end comes before the beginning."))
        return cleaned
