"""The row in a call of `/ingest`, in whichever of its shapes it came."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from accounts.bodies import CSRF_FIELD, MAX_BODY_BYTES
from accounts.errors import TooLarge
from simulation.ingest.rows import shown

#: What a call may hold beside the row.
BESIDE = ("id", "step")
#: The body of another bridge, which the earlier `/ingest` did not take either.
OTHER_BRIDGE = {"measurements", "idv_values"}
RIGHT_SHAPE = (
    'Send {"data_point": {"A Feed": 0.25, ...}} with the names of the 22 measurements; '
    '"id" or "step" beside it make a retry harmless.'
)


class WrongShape(Exception):
    """The call holds no row that could be looked at."""


@dataclass(frozen=True)
class SentRow:
    """A row as it was sent: names and values, and what it is called."""

    values: Mapping[str, Any]
    is_text: bool
    step: int | None
    key: str


def row_of(request: Request) -> SentRow:
    """Return the row of a call: under `data_point`, or name by name in body or query.

    Raises WrongShape for a call without one, ParseError for a body that cannot be read.
    """
    given, is_text = _given(request)
    if OTHER_BRIDGE & set(given) and "data_point" not in given:
        raise WrongShape("This is the body of another bridge: measurements by their place.")
    beside = {name: given.pop(name) for name in BESIDE if name in given}
    if "data_point" in given:
        row = given.pop("data_point")
        if isinstance(row, str):
            row = _read(row)
        if not isinstance(row, Mapping):
            raise WrongShape("data_point must be an object of names and values.")
        if given:
            names = ", ".join(sorted(map(shown, given))[:5])
            raise WrongShape(f"Beside data_point stands what means nothing here: {names}.")
    else:
        row = given
    if not row:
        raise WrongShape("The call holds no row.")
    return SentRow(row, is_text, _step(beside.get("step")), _key(beside.get("id")))


def _given(request: Request) -> tuple[dict[str, Any], bool]:
    """Return everything by name, and whether all values are text (form or query)."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        raise TooLarge(f"The body has {length} bytes; {MAX_BODY_BYTES} are taken.")
    try:
        body = request.data
    except RecursionError as error:
        raise ParseError("The JSON of the body is nested too deeply.") from error
    if not isinstance(body, Mapping | QueryDict):
        raise WrongShape("The body must be a JSON object, not a list or a single value.")
    is_text = isinstance(body, QueryDict) or not body
    query = request.query_params
    given = {name: query[name] for name in query} | {name: body[name] for name in body}
    given.pop(CSRF_FIELD, None)
    return given, is_text


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise WrongShape("data_point is text that is not JSON.") from None


def _step(value: Any) -> int | None:
    if value in (None, ""):
        return None
    text = str(value)
    whole = text.isascii() and text.isdecimal() and 1 <= len(text) < 11
    if isinstance(value, bool | float) or not whole:
        raise WrongShape("step must be a whole number from 1 on.")
    return int(text)


def _key(value: Any) -> str:
    """Return the row's name. Raises WrongShape for one that cannot be kept."""
    if value in (None, ""):
        return ""
    text = str(value)
    if not isinstance(value, str | int) or len(text) > 90 or not text.isascii():
        raise WrongShape("id must be a number or at most 90 plain characters.")
    if not text.isprintable():
        raise WrongShape("id must be printable.")
    return f"id:{text}"
