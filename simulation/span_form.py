"""When something that is set in a plant acts."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from simulation.form_fields import NumberField, in_words
from simulation.models.fault_preset import MAX_DELAY_HOURS


class SpanForm(forms.Form):
    """Process hours from now to the start and to the end; both may be left out."""

    start_after_hours = NumberField(
        label=_("Start after (process hours)"),
        help_text=_("Process hours from now; 0 if not given."),
        required=False,
        min_value=0.0,
        max_value=MAX_DELAY_HOURS,
        error_messages=in_words(
            format_lazy(
                _(
                    "start_after_hours must be a number of process hours from 0 to "
                    "{max_delay_hours:g}."
                ),
                max_delay_hours=MAX_DELAY_HOURS,
            )
        ),
    )
    end_after_hours = NumberField(
        label=_("End after (process hours)"),
        help_text=_("Process hours from now, later than the start; without it there is no end."),
        required=False,
        min_value=0.0,
        max_value=MAX_DELAY_HOURS,
        error_messages=in_words(
            format_lazy(
                _(
                    "end_after_hours must be a number of process hours from 0 to "
                    "{max_delay_hours:g}."
                ),
                max_delay_hours=MAX_DELAY_HOURS,
            )
        ),
    )

    def check_span(self, start: float | None, end: float | None) -> None:
        """Say it at the field where the end, in hours, is not later than the start."""
        if end is not None and end <= (start or 0.0):
            self.add_error("end_after_hours", gettext("The end must be later than the start."))
