"""The values of a call, wherever the client put them: query, form or JSON."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from rest_framework.request import Request

from accounts.bodies import body_of, refuse_unknown


def values_of(request: Request, *allowed: str) -> dict[str, Any]:
    """Return the values by name; the body's win over the query's. Raises ValidationError."""
    refuse_unknown(request.query_params, allowed)
    body = body_of(request, allowed)
    query = request.query_params
    names = [name for name in allowed if name in query or name in body]
    return {name: body[name] if name in body else query[name] for name in names}


def cleaned(form: forms.BaseForm) -> Any:
    """Return the form's values. Raises ValidationError."""
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return form.cleaned_data


def renamed(error: ValidationError, names: Mapping[str, str]) -> ValidationError:
    """Return the error with our names of the fields replaced by the earlier ones."""
    found: dict[str, list[ValidationError]] = {}
    for ours, errors in error.error_dict.items():
        theirs = names.get(ours, ours)
        found[theirs] = [
            ValidationError(message.replace(ours, theirs)) for e in errors for message in e.messages
        ]
    return ValidationError(found)
