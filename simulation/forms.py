"""What may be asked of a plant; pages and API use the same forms, so a rule is stated once."""

from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from simulation.form_fields import (
    IdvListField,
    NumberField,
    PresetField,
    WholeNumberField,
    in_words,
    validate_idv,
)
from simulation.models import FaultPreset, Injection, Plant, SpeedPreset
from simulation.models.fault_preset import MAX_DELAY_HOURS
from simulation.models.speed_preset import (
    INTERVAL_VALIDATORS,
    MAX_SPEED_FACTOR,
    MIN_SPEED_FACTOR,
    interval_of,
)
from simulation.span_form import SpanForm
from simulation.tep.rng import SEED_LIMIT
from simulation.tep.variables import N_IDV


class SpeedForm(forms.Form):
    """A speed preset, or an interval in wall seconds per sample."""

    one_of = ("preset", "interval_seconds", "factor")

    preset = PresetField(SpeedPreset.objects.all(), help_text=_("The slug of a speed preset."))
    interval_seconds = NumberField(
        label=_("Interval (s)"),
        help_text=_("Wall seconds per sample."),
        required=False,
        validators=INTERVAL_VALIDATORS,
        error_messages={"invalid": _("The interval must be a number of seconds.")},
    )
    factor = NumberField(
        label=_("Speed (× real time)"),
        help_text=_("How many times as fast as the plant itself: 1 is a sample every 180 s."),
        required=False,
        min_value=MIN_SPEED_FACTOR,
        max_value=MAX_SPEED_FACTOR,
        error_messages=in_words(
            format_lazy(
                _(
                    "factor must be a number from {min_speed_factor:g} to {max_speed_factor:g}; "
                    "an interval goes further."
                ),
                min_speed_factor=MIN_SPEED_FACTOR,
                max_speed_factor=MAX_SPEED_FACTOR,
            )
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one of the three."""
        values = super().clean() or self.cleaned_data
        if not self.errors and sum(values[name] is not None for name in self.one_of) != 1:
            raise ValidationError(
                gettext("Give one of preset, interval_seconds and factor."), code="one_of"
            )
        return values

    def apply(self, plant: Plant, user: User | AnonymousUser | None = None) -> None:
        """Set the plant's speed, effective with the next tick."""
        values = self.cleaned_data
        interval = values["interval_seconds"]
        if values["factor"] is not None:
            interval = interval_of(values["factor"])
        plant.set_speed(preset=values["preset"], interval_seconds=interval, by=user)


class InjectionForm(SpanForm):
    """One IDV, several, or a fault preset; the times of a preset may be given anew."""

    one_of = ("preset", "idv", "idvs")

    preset = PresetField(FaultPreset.objects.all(), help_text=_("The slug of a fault preset."))
    idv = WholeNumberField(
        label=_("IDV"),
        help_text=_("One fault."),
        required=False,
        validators=[validate_idv],
        error_messages={
            "invalid": format_lazy(_("An IDV is a whole number from 1 to {last}."), last=N_IDV)
        },
    )
    idvs = IdvListField(
        label=_("IDVs"), required=False, help_text=_("Several faults; all are injected or none.")
    )
    magnitude = NumberField(
        label=_("Magnitude"),
        help_text=_("Over 0 to 1; 1, the published fault, if not given."),
        required=False,
        min_value=0.001,
        max_value=1.0,
        error_messages=in_words(_("magnitude must be a number from 0.001 to 1.")),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one way of naming the faults, and for an end after the start."""
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        preset, idv, idvs = values["preset"], values["idv"], values["idvs"]
        if sum([preset is not None, idv is not None, bool(idvs)]) != 1:
            raise ValidationError(gettext("Give one of idv, idvs and preset."), code="one_of")
        values["idvs"] = preset.idvs if preset else idvs or [idv]
        start, end = values["start_after_hours"], values["end_after_hours"]
        if preset:
            start = preset.start_after_hours if start is None else start
            end = preset.end_after_hours if end is None else end
        values["start_after_hours"], values["end_after_hours"] = start or 0.0, end
        if max(start or 0.0, end or 0.0) > MAX_DELAY_HOURS:
            raise ValidationError(
                gettext("The preset waits longer than %(max_delay_hours)s process hours.")
                % {"max_delay_hours": f"{MAX_DELAY_HOURS:g}"},
                code="max_value",
            )
        self.check_span(start, end)
        return values

    def apply(self, plant: Plant, user: User | AnonymousUser) -> list[Injection]:
        """Inject. Raises PlantError where the plant's state does not allow it."""
        values = self.cleaned_data
        return plant.inject(
            values["idvs"],
            by=user,
            preset=values["preset"],
            start_after_hours=values["start_after_hours"],
            end_after_hours=values["end_after_hours"],
            magnitude=1.0 if values["magnitude"] is None else values["magnitude"],
        )


class ResetForm(forms.Form):
    """The seed of the new run; a fresh one if empty."""

    seed = WholeNumberField(
        required=False,
        help_text=_("Repeats the run that had it; without it a fresh one is drawn."),
        min_value=1,
        max_value=SEED_LIMIT - 1,
        error_messages=in_words(
            format_lazy(_("A seed is a whole number from 1 to {value}."), value=SEED_LIMIT - 1)
        ),
    )

    def apply(self, plant: Plant, user: User | AnonymousUser | None = None) -> None:
        """Begin a new run from the base case."""
        plant.reset(seed=self.cleaned_data["seed"], by=user)


class ClearForm(forms.Form):
    """The IDV to clear; all if empty."""

    idv = WholeNumberField(
        label=_("IDV"),
        required=False,
        validators=[validate_idv],
        error_messages={
            "invalid": format_lazy(_("An IDV is a whole number from 1 to {last}."), last=N_IDV)
        },
    )

    def apply(self, plant: Plant, user: User | AnonymousUser | None = None) -> int:
        """End the faults in force and cancel the planned ones. Returns how many."""
        idv = self.cleaned_data["idv"]
        return plant.clear(None if idv is None else [idv], by=user)
