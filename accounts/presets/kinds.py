"""What kinds of presets there are, as their applications declare them."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext


@dataclass(frozen=True, eq=False)
class PresetKind:
    """One kind of named settings: which model holds them, and which of its fields make them up."""

    name: str
    model: type[models.Model]
    fields: tuple[str, ...]
    #: The fields that tell one from the other, in a file as in the database.
    key: tuple[str, ...] = ("slug",)
    #: Of a field that points to another row: by which of its fields a file names that row.
    references: Mapping[str, str] = field(default_factory=dict)
    #: Gives new values of a stored preset to those that use it, in the name of whoever changed it;
    #: returns what it did, in sentences.
    spread: Callable[[Any, Any], list[str]] = lambda preset, by: []
    #: Says in sentences what holds presets, so that they cannot be deleted.
    holders: Callable[[Iterable[Any]], list[str]] = lambda presets: []

    @property
    def title(self) -> str:
        """The kind in words, many of them."""
        return str(self.model._meta.verbose_name_plural)

    @property
    def permissions(self) -> tuple[str, str]:
        """What an import needs: to add, and to change."""
        app, model = self.model._meta.app_label, self.model._meta.model_name
        return f"{app}.add_{model}", f"{app}.change_{model}"

    def values_of(self, preset: models.Model) -> dict[str, Any]:
        """Return a preset as a file holds it."""
        return {name: self._value_of(preset, name) for name in self.fields}

    def _value_of(self, preset: models.Model, name: str) -> Any:
        value = getattr(preset, name)
        if name in self.references and value is not None:
            return getattr(value, self.references[name])
        return value

    def take(self, preset: models.Model, values: Mapping[str, Any]) -> None:
        """Give a preset the values of a file. Raises ValidationError with messages by field."""
        problems: dict[str, str] = {}
        for name in values:
            if name not in self.fields:
                problems[name] = f"There is no such field; there are {', '.join(self.fields)}."
        for name in self.fields:
            if name not in values:
                continue
            try:
                setattr(preset, name, self._taken(name, values[name]))
            except ValidationError as error:
                problems[name] = " ".join(error.messages)
        if problems:
            raise ValidationError(problems)

    def _taken(self, name: str, value: Any) -> Any:
        column = self.model._meta.get_field(name)
        assert isinstance(column, models.Field)  # noqa: S101  (kinds name columns only)
        if value is None:
            if not column.null:
                raise ValidationError(gettext("null is not possible here."))
            return None
        if name in self.references:
            return self._referred(column, self.references[name], value)
        if isinstance(column, models.JSONField):
            return value
        wanted, words = _type_of(column)
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
            raise ValidationError(gettext("Must be %(words)s.") % {"words": words})
        if isinstance(value, str):
            require_text(value)
        elif isinstance(column, models.FloatField):
            return _as_float(value)
        return value

    def _referred(self, column: models.Field, lookup: str, value: Any) -> models.Model:
        if not isinstance(value, str):
            raise ValidationError(gettext("Must be text."))
        require_text(value)
        target: Any = column.related_model
        found = target._default_manager.filter(**{lookup: value}).first()
        if found is None:
            shown = repr(value[:60])
            raise ValidationError(
                gettext("There is no %(verbose_name)s %(shown)s.")
                % {"verbose_name": target._meta.verbose_name, "shown": shown}
            )
        return found


def require_text(value: str) -> None:
    """Refuse what no database keeps as text. Raises ValidationError."""
    if "\x00" in value:
        raise ValidationError(gettext("The character NUL is not possible in a text."))
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValidationError(gettext("Half a character is no text.")) from error


def _as_float(value: Any) -> float:
    try:
        number = float(value)
    except OverflowError as error:
        raise ValidationError(gettext("The number is too large.")) from error
    if not math.isfinite(number):
        raise ValidationError(gettext("Must be a finite number."))
    return number


def _type_of(column: models.Field) -> tuple[tuple[type, ...], str]:
    if isinstance(column, models.BooleanField):
        return (bool,), "true or false"
    if isinstance(column, models.IntegerField):
        return (int,), "a whole number"
    if isinstance(column, models.FloatField):
        return (int, float), "a number"
    return (str,), "text"


_KINDS: dict[str, PresetKind] = {}


def register(kind: PresetKind) -> None:
    """Make a kind known to export, import and the admin."""
    _KINDS[kind.name] = kind


def all_kinds() -> list[PresetKind]:
    """Return every kind, in the order of their names."""
    return [_KINDS[name] for name in sorted(_KINDS)]


def kind_named(name: str) -> PresetKind | None:
    """Return the kind of a name in a file."""
    return _KINDS.get(name)


def kind_of(model: type[models.Model]) -> PresetKind:
    """Return the kind that a model holds."""
    return next(kind for kind in _KINDS.values() if kind.model is model)
