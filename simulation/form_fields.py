"""The fields of the forms: numbers, presets and lists of IDVs, and what is said of wrong ones.

The values come from a posted HTML form or from a JSON object, so a field meets lists, booleans
and numbers without end as well as text.
"""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.json_schema import INTEGER, STRING, within
from simulation.tep.variables import N_IDV

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

#: What Django calls the ways in which a number can be wrong.
WRONG_NUMBER = ("required", "invalid", "min_value", "max_value")
SLUG = re.compile(r"[-\w]{1,50}", re.ASCII)


def in_words(sentence: "str | _StrPromise") -> dict[str, "str | _StrPromise"]:
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
            gettext("%(message)s"),
            code="invalid_choice",
            params={"message": message, "hint": f"Presets: {slugs}."},
        )


@within(1, N_IDV)
def validate_idv(value: int) -> None:
    """Refuse a number that is no IDV."""
    if not 1 <= value <= N_IDV:
        shown = value if abs(value) < 10**9 else "that number"
        raise ValidationError(
            gettext("There is no IDV(%(idv)s)."),
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
        "invalid": format_lazy(
            _("Give IDV numbers from 1 to {last}, for example 4 or 1,6."), last=N_IDV
        ),
        "twice": _("Name each IDV once."),
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
