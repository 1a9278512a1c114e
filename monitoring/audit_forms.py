"""Which part of the audit trail is wanted; page, export and API use the same form."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry
from simulation.form_fields import WholeNumberField, in_words

MAX_NUMBER = 2**31 - 1


class AuditForm(forms.Form):
    """Filters; each narrows the trail, and an empty one does not."""

    plant = WholeNumberField(
        required=False,
        help_text=_("The plant's number."),
        min_value=1,
        max_value=MAX_NUMBER,
        error_messages=in_words(_("plant must be the number of a plant.")),
    )
    person = forms.CharField(
        required=False, max_length=150, help_text=_("The user name, as it was then.")
    )
    action = forms.CharField(
        required=False, max_length=60, help_text=_("What was done, e.g. plant-speed.")
    )
    channel = forms.ChoiceField(
        label=_("Door"),
        required=False,
        choices=[("", "any"), *AuditEntry.Channel.choices],
        help_text=_("The door that the act came through."),
    )
    since = forms.DateTimeField(
        label=_("From (UTC)"), required=False, help_text=_("Not before this moment, UTC.")
    )
    until = forms.DateTimeField(
        label=_("To (UTC)"), required=False, help_text=_("Before this moment, UTC.")
    )
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        help_text=_("Words in the person's, the action's or the subject's name, or the comment."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", "auto_id": "audit-%s", **kwargs})
        for name in ("since", "until"):
            self.fields[name].widget.attrs["placeholder"] = "2026-01-31 08:00"

    def clean(self) -> dict[str, Any]:
        """Refuse text that no database can look for."""
        values = super().clean() or self.cleaned_data
        for name in ("person", "action", "q"):
            if "\x00" in (values.get(name) or ""):
                self.add_error(name, gettext("Write it without control characters."))
        return values

    def narrow(self, found: "QuerySet[AuditEntry]") -> "QuerySet[AuditEntry]":
        """Return the entries that the filters leave."""
        values = self.cleaned_data
        plant = values["plant"]
        wanted = {
            "subject_type": "plant" if plant else None,
            "subject_id": str(plant) if plant else None,
            "username": values["person"] or None,
            "action": values["action"] or None,
            "channel": values["channel"] or None,
            "at__gte": values["since"],
            "at__lt": values["until"],
        }
        found = found.filter(**{name: value for name, value in wanted.items() if value is not None})
        words = values["q"]
        if words:
            places = ("username", "action", "subject", "comment")
            either = Q()
            for place in places:
                either |= Q(**{f"{place}__icontains": words})
            found = found.filter(either)
        return found
