"""What is asked of who writes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from monitoring.models import LogEntry
from monitoring.shift_log.entries import MOST_LETTERS


class EntryForm(forms.Form):
    """A new entry."""

    kind = forms.ChoiceField(choices=LogEntry.Kind.choices, initial=LogEntry.Kind.OBSERVATION)
    text = forms.CharField(
        label=_("Entry"),
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Nothing was written.")},
        help_text=_("XMEAS(9), alarm 12, event 3 and explanation 5 become links."),
    )


class WithdrawForm(forms.Form):
    """Why an entry is withdrawn."""

    why = forms.CharField(
        label=_("Why is it withdrawn?"),
        max_length=300,
        error_messages={"required": _("Say why it is withdrawn: others have read it.")},
    )
