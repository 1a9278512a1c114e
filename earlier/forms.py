"""What the earlier system's calls take."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from simulation.form_fields import NumberField, WholeNumberField, in_words, validate_idv
from simulation.models.speed_preset import (
    MAX_INTERVAL_SECONDS,
    MAX_SPEED_FACTOR,
    MIN_SPEED_FACTOR,
)
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import N_IDV, N_XMV


class SwitchField(forms.Field):
    """On or off, as JSON, form or query write it."""

    WORDS = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}

    def to_python(self, value: Any) -> bool | None:
        """Return whether it is on. Raises ValidationError."""
        if value in self.empty_values:
            return None
        found = self.WORDS.get(str(value).strip().lower()) if not isinstance(value, list) else None
        if found is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found


class SpeedModeForm(forms.Form):
    """`demo` with the seconds between samples, or `real`: as slow as the plant itself."""

    mode = forms.ChoiceField(
        choices=[("demo", "demo"), ("real", "real")],
        error_messages=dict.fromkeys(("required", "invalid_choice"), "mode is demo or real."),
    )
    seconds = NumberField(
        required=False,
        min_value=1,
        max_value=10,
        error_messages=in_words(_("seconds is a number from 1 to 10; mode demo takes it.")),
    )


class SpeedFactorForm(forms.Form):
    """How many times as fast as the plant itself."""

    speed_factor = NumberField(
        min_value=MIN_SPEED_FACTOR,
        max_value=MAX_SPEED_FACTOR,
        error_messages=in_words(
            format_lazy(
                _(
                    "speed_factor is a number from {min_speed_factor:g} to {max_speed_factor:g}: "
                    "a sample every {max_interval_seconds:g} s to {value:g} s."
                ),
                min_speed_factor=MIN_SPEED_FACTOR,
                max_speed_factor=MAX_SPEED_FACTOR,
                max_interval_seconds=MAX_INTERVAL_SECONDS,
                value=SAMPLE_SECONDS / MAX_SPEED_FACTOR,
            )
        ),
    )


class IdvForm(forms.Form):
    """A fault and whether it is on."""

    idv_num = WholeNumberField(
        validators=[validate_idv],
        error_messages=in_words(
            format_lazy(_("idv_num is a whole number from 1 to {last}."), last=N_IDV)
        ),
    )
    value = SwitchField(
        error_messages=dict.fromkeys(("required", "invalid"), "value is 1 (on) or 0 (off).")
    )


class XmvForm(forms.Form):
    """A manipulated variable and its value."""

    xmv_num = WholeNumberField(
        min_value=1,
        max_value=N_XMV,
        error_messages=in_words(
            format_lazy(_("xmv_num is a whole number from 1 to {last}."), last=N_XMV)
        ),
    )
    value = NumberField(
        min_value=0,
        max_value=100,
        error_messages=in_words(_("value is a number from 0 to 100.")),
    )


class ToggleForm(forms.Form):
    """A model and whether it is asked."""

    model_name = forms.CharField(
        max_length=80, error_messages={"required": _("model_name names the model.")}
    )
    enabled = SwitchField(
        error_messages=dict.fromkeys(("required", "invalid"), "enabled is true or false.")
    )


class LimitForm(forms.Form):
    """How many analyses are wanted."""

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = f"limit is a whole number from 1 to {most}."
        self.fields["limit"] = WholeNumberField(
            required=False, min_value=1, max_value=most, error_messages=in_words(words)
        )


class FitForm(forms.Form):
    """How much simulated normal operation a new fit is given; the usual amount if empty."""

    runs = WholeNumberField(
        required=False,
        min_value=1,
        max_value=50,
        error_messages=in_words(_("runs is a whole number from 1 to 50.")),
    )
    limit_runs = WholeNumberField(
        required=False,
        min_value=1,
        max_value=200,
        error_messages=in_words(_("limit_runs is a whole number from 1 to 200.")),
    )
    hours = NumberField(
        required=False,
        min_value=1,
        max_value=200,
        error_messages=in_words(_("hours is a number from 1 to 200.")),
    )
