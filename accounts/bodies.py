"""What a client sent with an API call."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from accounts.errors import TooLarge

MAX_BODY_BYTES = 64 * 1024
CSRF_FIELD = "csrfmiddlewaretoken"


def body_of(request: Request, allowed: Iterable[str]) -> Any:
    """Return the body as a mapping: of JSON, or of a form's fields.

    Raises ParseError for what is no JSON object, ValidationError for a key that means nothing
    here, so that a misspelt setting is not passed over in silence.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        raise TooLarge(f"The body has {length} bytes; {MAX_BODY_BYTES} are taken.")
    try:
        data = request.data
    except RecursionError as error:
        raise ParseError("The JSON of the body is nested too deeply.") from error
    if not isinstance(data, Mapping | QueryDict):
        raise ParseError("The body must be a JSON object, not a list or a single value.")
    refuse_unknown(data, allowed)
    return data


def refuse_unknown(names: Iterable[str], allowed: Iterable[str]) -> None:
    """Raise ValidationError if a name is not among the allowed ones."""
    allowed = list(allowed)
    unknown = [key for key in names if key not in allowed and key != CSRF_FIELD]
    if unknown:
        listed = ", ".join(allowed)
        hint = f"Allowed here: {listed}." if listed else "This call takes no values."
        raise ValidationError(
            {
                printable(key): ValidationError(
                    gettext("%(name)s means nothing here."),
                    code="unknown",
                    params={"name": printable(key), "hint": hint},
                )
                for key in unknown
            }
        )


def printable(key: str) -> str:
    """Return a key that can be shown: short, and without what has no encoding."""
    return key.encode("ascii", "backslashreplace").decode()[:60]
