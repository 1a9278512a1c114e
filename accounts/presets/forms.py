"""The form of an import: a file, or pasted text."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.presets.document import MAX_BYTES, MAX_ROWS


class ImportForm(forms.Form):
    """Takes one document, from one of two places."""

    upload = forms.FileField(
        label=_("File"),
        required=False,
        help_text=format_lazy(
            _("A file of presets (JSON), at most {value} kB, {max_rows} presets."),
            value=MAX_BYTES // 1024,
            max_rows=MAX_ROWS,
        ),
    )
    pasted = forms.CharField(
        label=_("Or pasted text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "cols": 80, "spellcheck": "false"}),
        help_text=_("The same as text."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one of both."""
        values = super().clean() or self.cleaned_data
        upload, pasted = values.get("upload"), (values.get("pasted") or "").strip()
        if self.errors:
            return values
        if upload and pasted:
            self.add_error("pasted", gettext("Give a file or pasted text, not both."))
        elif upload and upload.size > MAX_BYTES:
            self.add_error(
                "upload",
                gettext("The file is larger than %(value)s kB.") % {"value": MAX_BYTES // 1024},
            )
        elif not upload and not pasted:
            self.add_error("upload", gettext("Choose a file, or paste its text below."))
        return values

    @property
    def document(self) -> str:
        """The text; of an upload what can be read of it, so that it can be shown and sent again."""
        upload = self.cleaned_data["upload"]
        if not upload:
            return str(self.cleaned_data["pasted"])
        return upload.read().decode("utf-8-sig", errors="replace")

    @property
    def source(self) -> str:
        """Where the text came from, for the audit trail."""
        upload = self.cleaned_data["upload"]
        return upload.name if upload else "pasted text"
