"""What may be asked of a plant; pages and API use the same forms, so a rule is stated once.

The values come from a posted HTML form or from a JSON object, so a field meets lists, booleans
and numbers without end as well as text.
"""

import re
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict

from accounts.json_schema import INTEGER, STRING, within
from simulation import by_hand
from simulation.models import FaultPreset, Hand, Injection, Plant, SpeedPreset
from simulation.models.speed_preset import INTERVAL_VALIDATORS
from simulation.tep.rng import SEED_LIMIT
from simulation.tep.variables import N_IDV

#: Longest delay of a fault, in process hours; a run of a year has fewer.
MAX_DELAY_HOURS = 10_000.0
#: What Django calls the ways in which a number can be wrong.
WRONG_NUMBER = ("required", "invalid", "min_value", "max_value")
SLUG = re.compile(r"[-\w]{1,50}", re.ASCII)


def in_words(sentence: str) -> dict[str, str]:
    """Return a number field's messages: one sentence, whatever is wrong with the number."""
    return dict.fromkeys(WRONG_NUMBER, sentence)


class NumberField(forms.FloatField):
    """A finite number; not a truth value, and not one too large for a float."""

    def to_python(self, value: Any) -> Any:
        """Return the number. Raises ValidationError."""
        if isinstance(value, bool):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            return super().to_python(value)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class WholeNumberField(forms.IntegerField):
    """A whole number; not a list that happens to print as one."""

    def to_python(self, value: Any) -> int | None:
        """Return the number. Raises ValidationError."""
        if value is not None and not isinstance(value, int | float | str):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class PresetField(forms.ModelChoiceField):
    """A preset by its slug. An unknown one is answered with the slugs there are."""

    def __init__(self, queryset: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(queryset, to_field_name="slug", required=False, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the preset. Raises ValidationError."""
        presets: Any = self.queryset
        if value in self.empty_values or isinstance(value, presets.model):
            return super().to_python(value)
        # The pattern keeps from the database what it may refuse with an error, such as a NUL.
        if isinstance(value, str) and SLUG.fullmatch(value):
            found = presets.filter(slug=value).first()
            if found is not None:
                return found
            message = f"There is no preset {value}."
        else:
            message = "A preset is named by its slug."
        slugs = ", ".join(presets.values_list("slug", flat=True)) or "none"
        raise ValidationError(
            "%(message)s",
            code="invalid_choice",
            params={"message": message, "hint": f"Presets: {slugs}."},
        )


@within(1, N_IDV)
def validate_idv(value: int) -> None:
    """Refuse a number that is no IDV."""
    if not 1 <= value <= N_IDV:
        shown = value if abs(value) < 10**9 else "that number"
        raise ValidationError(
            "There is no IDV(%(idv)s).",
            code="no_such_idv",
            params={"idv": shown, "hint": f"IDVs are 1 to {N_IDV}."},
        )


class IdvListInput(forms.TextInput):
    """Takes one text "1,6", a JSON list, or several values of the same name (check boxes)."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return the single value, or the list of several."""
        if isinstance(data, QueryDict):
            values = data.getlist(name)
            return values if len(values) > 1 else data.get(name)
        return data.get(name)


class IdvListField(forms.Field):
    """A list of different IDV numbers, given as a list or as text such as "1,6"."""

    widget = IdvListInput
    json_schema = {
        "anyOf": [
            {
                "type": "array",
                "items": {**INTEGER, "minimum": 1, "maximum": N_IDV},
                "minItems": 1,
                "uniqueItems": True,
            },
            {**STRING, "pattern": r"^[0-9]{1,2}(,[0-9]{1,2})*$"},
        ]
    }
    default_error_messages = {
        "invalid": f"Give IDV numbers from 1 to {N_IDV}, for example 4 or 1,6.",
        "twice": "Name each IDV once.",
    }

    def prepare_value(self, value: Any) -> Any:
        """Return a list as the text of an input."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[int]:
        """Return the numbers. Raises ValidationError."""
        if value in self.empty_values:
            return []
        items = value.strip(" []").split(",") if isinstance(value, str) else value
        if not isinstance(items, list):
            items = [items]
        words = in_words(str(self.error_messages["invalid"]))
        number = WholeNumberField(error_messages=words, validators=[validate_idv])
        idvs = [number.clean(item) for item in items]
        if len(set(idvs)) != len(idvs):
            raise ValidationError(self.error_messages["twice"], code="twice")
        return idvs


class SpeedForm(forms.Form):
    """A speed preset, or an interval in wall seconds per sample."""

    one_of = ("preset", "interval_seconds")

    preset = PresetField(SpeedPreset.objects.all(), help_text="The slug of a speed preset.")
    interval_seconds = NumberField(
        label="Interval (s)",
        help_text="Wall seconds per sample.",
        required=False,
        validators=INTERVAL_VALIDATORS,
        error_messages={"invalid": "The interval must be a number of seconds."},
    )

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one of the two."""
        values = super().clean() or self.cleaned_data
        if not self.errors and (values["preset"] is None) == (values["interval_seconds"] is None):
            raise ValidationError("Give either preset or interval_seconds.", code="one_of")
        return values

    def apply(self, plant: Plant) -> None:
        """Set the plant's speed, effective with the next tick."""
        plant.set_speed(**self.cleaned_data)


class InjectionForm(forms.Form):
    """One IDV, several, or a fault preset; the times of a preset may be given anew."""

    one_of = ("preset", "idv", "idvs")

    preset = PresetField(FaultPreset.objects.all(), help_text="The slug of a fault preset.")
    idv = WholeNumberField(
        label="IDV",
        help_text="One fault.",
        required=False,
        validators=[validate_idv],
        error_messages={"invalid": f"An IDV is a whole number from 1 to {N_IDV}."},
    )
    idvs = IdvListField(
        label="IDVs", required=False, help_text="Several faults; all are injected or none."
    )
    start_after_hours = NumberField(
        label="Start after (process hours)",
        help_text="Process hours from now; 0 if not given. Overrides a preset's.",
        required=False,
        min_value=0.0,
        max_value=MAX_DELAY_HOURS,
        error_messages=in_words(
            f"start_after_hours must be a number of process hours from 0 to {MAX_DELAY_HOURS:g}."
        ),
    )
    end_after_hours = NumberField(
        label="End after (process hours)",
        help_text="Process hours from now, later than the start; if not given the fault stays.",
        required=False,
        min_value=0.0,
        max_value=MAX_DELAY_HOURS,
        error_messages=in_words(
            f"end_after_hours must be a number of process hours from 0 to {MAX_DELAY_HOURS:g}."
        ),
    )

    magnitude = NumberField(
        label="Magnitude",
        help_text="Over 0 to 1; 1, the published fault, if not given.",
        required=False,
        min_value=0.001,
        max_value=1.0,
        error_messages=in_words("magnitude must be a number from 0.001 to 1."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one way of naming the faults, and for an end after the start."""
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        preset, idv, idvs = values["preset"], values["idv"], values["idvs"]
        if sum([preset is not None, idv is not None, bool(idvs)]) != 1:
            raise ValidationError("Give one of idv, idvs and preset.", code="one_of")
        values["idvs"] = preset.idvs if preset else idvs or [idv]
        start, end = values["start_after_hours"], values["end_after_hours"]
        if preset:
            start = preset.start_after_hours if start is None else start
            end = preset.end_after_hours if end is None else end
        values["start_after_hours"], values["end_after_hours"] = start or 0.0, end
        if max(start or 0.0, end or 0.0) > MAX_DELAY_HOURS:
            raise ValidationError(
                f"The preset waits longer than {MAX_DELAY_HOURS:g} process hours.", code="max_value"
            )
        if end is not None and end <= (start or 0.0):
            self.add_error("end_after_hours", "The end must be later than the start.")
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


class HandForm(forms.Form):
    """A value to hold something at, and when; the kinds differ in what the value is."""

    kind = ""
    value_name = "value"

    start_after_hours = NumberField(
        label="Start after (process hours)",
        help_text="Process hours from now; 0 if not given.",
        required=False,
        min_value=0.0,
        max_value=MAX_DELAY_HOURS,
        error_messages=in_words(
            f"start_after_hours must be a number of process hours from 0 to {MAX_DELAY_HOURS:g}."
        ),
    )
    end_after_hours = NumberField(
        label="End after (process hours)",
        help_text="Process hours from now, later than the start; if not given it stays by hand.",
        required=False,
        min_value=0.0,
        max_value=MAX_DELAY_HOURS,
        error_messages=in_words(
            f"end_after_hours must be a number of process hours from 0 to {MAX_DELAY_HOURS:g}."
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for an end after the start."""
        values = super().clean() or self.cleaned_data
        start, end = values.get("start_after_hours"), values.get("end_after_hours")
        if end is not None and end <= (start or 0.0):
            self.add_error("end_after_hours", "The end must be later than the start.")
        return values

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
        )


class ValveForm(HandForm):
    """A valve by hand."""

    kind = by_hand.VALVE
    value_name = "position"

    position = NumberField(
        label="Position (%)",
        help_text="0 to 100 %; where it is now if not given.",
        required=False,
        min_value=0.0,
        max_value=100.0,
        error_messages=in_words("position must be a number of percent from 0 to 100."),
    )


class SetpointForm(HandForm):
    """A set point by hand."""

    kind = by_hand.SETPOINT

    value = NumberField(
        label="Set point",
        help_text="In the unit of what the loop controls; where it is now if not given.",
        required=False,
        error_messages=in_words("value must be a finite number, in the unit of the loop."),
    )


class ResetForm(forms.Form):
    """The seed of the new run; a fresh one if empty."""

    seed = WholeNumberField(
        required=False,
        help_text="Repeats the run that had it; without it a fresh one is drawn.",
        min_value=1,
        max_value=SEED_LIMIT - 1,
        error_messages=in_words(f"A seed is a whole number from 1 to {SEED_LIMIT - 1}."),
    )

    def apply(self, plant: Plant, user: User | AnonymousUser | None = None) -> None:
        """Begin a new run from the base case."""
        plant.reset(seed=self.cleaned_data["seed"], by=user)


class ClearForm(forms.Form):
    """The IDV to clear; all if empty."""

    idv = WholeNumberField(
        label="IDV",
        required=False,
        validators=[validate_idv],
        error_messages={"invalid": f"An IDV is a whole number from 1 to {N_IDV}."},
    )

    def apply(self, plant: Plant) -> int:
        """End the faults in force and cancel the planned ones. Returns how many."""
        idv = self.cleaned_data["idv"]
        return plant.clear(None if idv is None else [idv])
