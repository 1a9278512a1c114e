"""JSON Schemas made of Django's forms, models and of dataclasses, so that a rule is stated once."""

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

Schema = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])

STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}

_OF_PYTHON: dict[Any, Schema] = {
    str: STRING,
    int: INTEGER,
    float: NUMBER,
    bool: BOOLEAN,
    datetime: MOMENT,
    Any: {},
}
_OF_MODEL_FIELD: list[tuple[tuple[type[Any], ...], Schema]] = [
    ((models.BooleanField,), BOOLEAN),
    ((models.PositiveIntegerField, models.PositiveSmallIntegerField), {**INTEGER, "minimum": 0}),
    ((models.IntegerField, models.AutoField, models.ForeignKey), INTEGER),
    ((models.FloatField,), NUMBER),
    ((models.DateTimeField,), MOMENT),
]
_OF_FORM_FIELD: list[tuple[type[forms.Field], Schema]] = [
    (forms.FloatField, NUMBER),
    (forms.IntegerField, INTEGER),
    (forms.BooleanField, BOOLEAN),
    (forms.ModelChoiceField, {**STRING, "pattern": r"^[-\w]{1,50}$"}),
]


def within(minimum: float, maximum: float) -> Callable[[F], F]:
    """Mark a validator that is a function with the bounds it keeps, for the description."""

    def mark(validator: F) -> F:
        validator.json_schema = {"minimum": minimum, "maximum": maximum}  # type: ignore[attr-defined]
        return validator

    return mark


def nullable(schema: Schema) -> Schema:
    """Return the schema that takes null besides."""
    kind = schema.get("type")
    if isinstance(kind, str) and "enum" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def said(schema: Schema, description: str) -> Schema:
    """Return the schema with a description."""
    return {**schema, "description": description}


def array(items: Schema, description: str = "") -> Schema:
    """Return the schema of a list."""
    schema: Schema = {"type": "array", "items": items}
    return said(schema, description) if description else schema


def record(
    description: str, properties: Mapping[str, Schema], optional: Iterable[str] = ()
) -> Schema:
    """Return the schema of an object, all properties of which are there but the optional ones."""
    optional = set(optional)
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
    }


def of_model(model: type[models.Model], *names: str) -> dict[str, Schema]:
    """Return the schemas of fields of a model that its JSON gives under their own names."""
    return {name: _of_model_field(model._meta.get_field(name)) for name in names}


def _of_model_field(field: Any) -> Schema:
    kinds = (schema for types_, schema in _OF_MODEL_FIELD if isinstance(field, types_))
    schema = dict(next(kinds, STRING))
    if field.choices:
        schema["enum"] = [value for value, _ in field.choices]
    if field.null:
        schema = nullable(schema)
    description = str(field.help_text or field.verbose_name)
    return said(schema, description[:1].upper() + description[1:])


def of_dataclass(
    kind: type[Any], description: str, renamed: Mapping[str, str] | None = None
) -> Schema:
    """Return the schema of a dataclass as `asdict` gives it; some fields may go by other names."""
    hints, renamed = get_type_hints(kind), renamed or {}
    names = [field.name for field in dataclasses.fields(kind)]
    return record(description, {renamed.get(name, name): _of_hint(hints[name]) for name in names})


def _of_hint(hint: Any) -> Schema:
    if hint in _OF_PYTHON:
        return dict(_OF_PYTHON[hint])
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin in (Union, types.UnionType) and type(None) in arguments:
        rest = [argument for argument in arguments if argument is not type(None)]
        if len(rest) == 1:
            return nullable(_of_hint(rest[0]))
    if origin in (list, tuple):
        return array(_of_hint(arguments[0]))
    if origin is dict:
        return {"type": "object", "additionalProperties": _of_hint(arguments[1])}
    raise TypeError(f"No schema is known for {hint}.")


def of_form(form: type[forms.BaseForm], required: Iterable[str] | None = None) -> Schema:
    """Return the schema of a body that a form reads.

    A form's `one_of` names the fields of which exactly one must be given. `required` names the
    fields that must be there, where that is not for the form's fields themselves to say.
    """
    properties = {name: of_form_field(field, form, name) for name, field in _fields(form)}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required is None:
        required = [name for name, field in _fields(form) if field.required]
    if needed := list(required):
        schema["required"] = needed
    if ways := getattr(form, "one_of", ()):
        schema["oneOf"] = [{"required": [name]} for name in ways]
    return schema


def _fields(form: type[forms.BaseForm]) -> Iterable[tuple[str, forms.Field]]:
    return form.base_fields.items()  # type: ignore[attr-defined]


def of_form_field(field: forms.Field, form: type[forms.BaseForm], name: str) -> Schema:
    """Return the schema of a form's field: its kind, its bounds, and its rule in words.

    A field says its schema itself in `json_schema`, if it is of no kind known here.
    """
    known = (schema for kind, schema in _OF_FORM_FIELD if isinstance(field, kind))
    schema = dict(getattr(field, "json_schema", None) or next(known, STRING))
    validators = list(field.validators)
    if model := getattr(getattr(form, "_meta", None), "model", None):
        validators += model._meta.get_field(name).validators
    for validator in validators:
        schema |= _bounds(validator)
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        choices: Any = field.choices
        values = [value for value, _ in choices if value not in field.empty_values]
        schema = {"type": "integer" if isinstance(values[0], int) else "string", "enum": values}
    if (longest := getattr(field, "max_length", None)) is not None:
        schema["maxLength"] = longest
    return said(schema, str(field.help_text)) if field.help_text else schema


def _bounds(validator: Any) -> Schema:
    if isinstance(validator, MinValueValidator):
        return {"minimum": validator.limit_value}
    if isinstance(validator, MaxValueValidator):
        return {"maximum": validator.limit_value}
    return getattr(validator, "json_schema", {})
