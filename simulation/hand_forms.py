"""What may be asked of a valve or a set point by hand."""

from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from simulation import by_hand
from simulation.form_fields import NumberField, in_words
from simulation.models import Hand, Plant
from simulation.models.plant import steps_in
from simulation.span_form import SpanForm

#: Longest ramp of a hand, in process minutes: two days.
MAX_RAMP_MINUTES = 2880.0


class HandForm(SpanForm):
    """A value to hold something at, and when; the kinds differ in what the value is."""

    kind = ""
    value_name = "value"

    ramp_minutes = NumberField(
        label=_("Ramp (process minutes)"),
        help_text=_(
            "How long it takes to get there, in equal steps of 3 minutes; at once if not given."
        ),
        required=False,
        min_value=0.0,
        max_value=MAX_RAMP_MINUTES,
        error_messages=in_words(
            format_lazy(
                _(
                    "ramp_minutes must be a number of process minutes from 0 to "
                    "{max_ramp_minutes:g}."
                ),
                max_ramp_minutes=MAX_RAMP_MINUTES,
            )
        ),
    )

    @property
    def value_field(self) -> forms.BoundField:
        """The field of the value, whatever its kind calls it."""
        return self[self.value_name]

    @property
    def ramp_steps(self) -> int:
        """The ramp in samples; the shortest one is a single step, which is at once."""
        minutes = self.cleaned_data["ramp_minutes"] or 0.0
        return max(1, steps_in(minutes / 60)) if minutes else 0

    @property
    def is_for_later(self) -> bool:
        """Whether it begins later than with the next sample."""
        return steps_in(self.cleaned_data["start_after_hours"] or 0.0) > 0

    def clean(self) -> dict[str, Any]:
        """Ask for an end after the start, and for a value where there has to be one."""
        values = super().clean() or self.cleaned_data
        self.check_span(values.get("start_after_hours"), values.get("end_after_hours"))
        if not self.errors:
            self._check_value_and_ramp(values)
        return values

    def _check_value_and_ramp(self, values: dict[str, Any]) -> None:
        """Say at its field what cannot be, before anybody is asked to confirm it."""
        first, end = steps_in(values["start_after_hours"] or 0.0), values["end_after_hours"]
        if values[self.value_name] is None and first:
            self.add_error(
                self.value_name,
                _("Name a value for a later start: where it will be is not known."),
            )
        elif values[self.value_name] is None and self.ramp_steps:
            self.add_error(self.value_name, _("A ramp needs a value to go to."))
        if end is not None and steps_in(end) < first + self.ramp_steps:
            self.add_error("ramp_minutes", _("The hand would end before its ramp is through."))

    def apply(self, plant: Plant, number: int, user: User | AnonymousUser) -> Hand:
        """Take it over. Raises PlantError where that cannot be."""
        values = self.cleaned_data
        return by_hand.take(
            plant,
            self.kind,
            number,
            values[self.value_name],
            by=user,
            start_after_hours=values["start_after_hours"] or 0.0,
            end_after_hours=values["end_after_hours"],
            ramp_steps=self.ramp_steps,
        )


class ValveForm(HandForm):
    """A valve by hand."""

    kind = by_hand.VALVE
    value_name = "position"

    position = NumberField(
        label=_("Position (%)"),
        help_text=_("0 to 100 %; where it is now if not given."),
        required=False,
        min_value=0.0,
        max_value=100.0,
        error_messages=in_words(_("position must be a number of percent from 0 to 100.")),
    )


class SetpointForm(HandForm):
    """A set point by hand."""

    kind = by_hand.SETPOINT

    value = NumberField(
        label=_("Set point"),
        help_text=_("In the unit of what the loop controls; where it is now if not given."),
        required=False,
        error_messages=in_words(_("value must be a finite number, in the unit of the loop.")),
    )
