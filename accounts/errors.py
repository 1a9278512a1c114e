"""The form of every API error: {"error": sentence, "hint": sentence, "fields": {name: [...]}}.

`error` says what is wrong, `hint` what to do, `fields` (where there are some) which value.
"""

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    BadRequest,
    DisallowedHost,
    SuspiciousOperation,
)
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts import outage

logger = logging.getLogger(__name__)

#: The name in `fields` of what concerns several values or none.
WHOLE_BODY = "body"
HINTS: dict[type[exceptions.APIException], str] = {
    exceptions.NotAuthenticated: "Send the header Authorization: Bearer <token>; "
    "`manage.py token USERNAME` makes a token. A browser can log in at /accounts/login/.",
    exceptions.AuthenticationFailed: "`manage.py token USERNAME` makes a new token.",
    exceptions.PermissionDenied: "Ask an admin for the role that may do this.",
    exceptions.ParseError: 'Send one JSON object, for example {"interval_seconds": 2.5}, '
    "with Content-Type: application/json.",
    exceptions.UnsupportedMediaType: "Send JSON with Content-Type: application/json.",
    exceptions.NotAcceptable: "The API answers JSON only: ask for Accept: application/json.",
    exceptions.Throttled: "Wait as long as the header Retry-After says.",
    exceptions.NotFound: "docs/api.md lists the calls; GET /api/status lists the plants.",
}
DEFAULT_HINT = "docs/api.md describes the calls."


class NoSuchThing(exceptions.NotFound):
    """Something named in the address does not exist; `hint` says where to find what does."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class MayNot(exceptions.PermissionDenied):
    """The user lacks a permission; `hint` names the role that has it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class TooLarge(exceptions.APIException):
    """The body is larger than any body of this API."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    hint = "The calls of this API take a few numbers."


def as_json(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return an exception of a view as a response; None for one that is a defect of ours."""
    headers: dict[str, str] = {}
    status: int
    met = outage.outage_in(error) if not isinstance(error, exceptions.APIException) else None
    if met is not None:
        status, headers = HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "5"}
        said, hint = outage.words_for(met)
        logger.error("%s (%s)", said, type(met).__name__)
        body: dict[str, Any] = {"error": said, "hint": hint}
    elif isinstance(error, DjangoValidationError):
        status, body = HTTPStatus.BAD_REQUEST, _of_validation(error)
    elif isinstance(error, Http404 | DjangoPermissionDenied | exceptions.APIException):
        known = _as_api_exception(error)
        status, body = known.status_code, _of_api_exception(known, context)
        if challenge := getattr(known, "auth_header", None):
            headers["WWW-Authenticate"] = challenge
        if (wait := getattr(known, "wait", None)) is not None:
            headers["Retry-After"] = str(int(wait))
    elif isinstance(error, BadRequest | SuspiciousOperation):
        status = HTTPStatus.BAD_REQUEST
        body = {"error": "The request cannot be read.", "hint": HINTS[exceptions.ParseError]}
    elif isinstance(getattr(error, "hint", None), str):
        # An exception of the domain that says what would help: the thing's state does not allow it.
        status, body = HTTPStatus.CONFLICT, {"error": str(error), "hint": error.hint}  # type: ignore[attr-defined]
    else:
        return None
    set_rollback()
    return Response(body, status=int(status), headers=headers)


def _as_api_exception(error: Exception) -> exceptions.APIException:
    if isinstance(error, Http404):
        return exceptions.NotFound("There is nothing at this address.")
    if isinstance(error, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    return error  # type: ignore[return-value]


def _of_api_exception(error: exceptions.APIException, context: dict[str, Any]) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return _of_validation(_as_django(error))
    said = str(error.detail)
    hint = getattr(error, "hint", None) or _hint_for(error)
    if isinstance(error, exceptions.MethodNotAllowed):
        allowed = sorted(set(getattr(context.get("view"), "allowed_methods", ())) - {"OPTIONS"})
        hint = f"Allowed here: {', '.join(allowed)}."
    elif isinstance(error, exceptions.ParseError):
        said = said.replace("JSON parse error - ", "The body is not valid JSON: ")
    elif said.startswith("CSRF Failed"):
        hint = "Send the cookie csrftoken's value in the header X-CSRFToken, or use a bearer token."
    return {"error": said if said.endswith(".") else f"{said}.", "hint": hint}


def _hint_for(error: exceptions.APIException) -> str:
    return next((hint for kind, hint in HINTS.items() if isinstance(error, kind)), DEFAULT_HINT)


def _as_django(error: exceptions.ValidationError) -> DjangoValidationError:
    detail = error.detail
    if isinstance(detail, dict):
        return DjangoValidationError({str(name): _flat(said) for name, said in detail.items()})
    return DjangoValidationError(_flat(detail))


def _flat(said: Any) -> list[str]:
    """Return all sentences in a nested structure of lists and dicts."""
    if isinstance(said, dict):
        said = list(said.values())
    if isinstance(said, list):
        return [sentence for part in said for sentence in _flat(part)]
    return [str(said)]


def _of_validation(error: DjangoValidationError) -> dict[str, Any]:
    by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: [error]}
    fields: dict[str, list[str]] = {}
    hint = ""
    for name, errors in by_field.items():
        for each in errors:
            for leaf in each.error_list:
                hint = hint or str((leaf.params or {}).get("hint", ""))
            key = WHOLE_BODY if name == NON_FIELD_ERRORS else name
            fields.setdefault(key, []).extend(each.messages)
    sentences = [sentence for said in fields.values() for sentence in said]
    return {
        "error": " ".join(sentences),
        "hint": hint or "Correct the values named in fields and send them again.",
        "fields": fields,
    }


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 (handler404): JSON for a program, the page for a browser."""
    if outage.wants_json(request):
        hint = HINTS[exceptions.NotFound]
        return JsonResponse({"error": f"There is no {request.path}.", "hint": hint}, status=404)
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 (handler400) to what no view has seen: JSON for a program, the page else."""
    if not outage.wants_json(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, DisallowedHost):
        said = "This service does not go by the host name of the request."
        hint = "Use a name of the setting TEPLIVE_ALLOWED_HOSTS, or add this one to it."
    else:
        said, hint = "The request cannot be read.", HINTS[exceptions.ParseError]
    return JsonResponse({"error": said, "hint": hint}, status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 (handler500): JSON for a program, the page for a browser."""
    if outage.wants_json(request):
        return JsonResponse(
            {
                "error": "The server failed at this request; this is a defect of TEP Live.",
                "hint": "The server's log has the traceback of this moment.",
            },
            status=500,
        )
    return defaults.server_error(request)
