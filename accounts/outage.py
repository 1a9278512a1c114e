"""Telling that the database is out of reach, and what to do about it."""

import logging
import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

OUTAGES = (OperationalError, InterfaceError)
RETRY_AFTER_SECONDS = 5
#: Where programs ask; every other address is a page.
JSON_PREFIXES = ["/api/", "/healthz", "/metrics"]
JSON_ADDRESSES = ["/last_analysis"]


def words_for(outage: BaseException) -> tuple[str, str]:
    """Return cause and remedy. They name the setting, never its value, which holds a password."""
    said = str(outage).lower()
    if "locked" in said or "busy" in said:
        return (
            "The database is busy: another process holds its lock.",
            "Try again in a few seconds. If it stays so, use PostgreSQL (setting DATABASE_URL).",
        )
    if "no such table" in said or "no such column" in said:
        return (
            "The database lacks a table or column of this version.",
            "Run `python manage.py migrate`, and check the setting DATABASE_URL.",
        )
    return (
        "The database cannot be reached.",
        "Check that the database runs and that the setting DATABASE_URL names it; "
        "the service goes on by itself when it is back.",
    )


def outage_in(error: BaseException | None) -> BaseException | None:
    """Return the database's outage if an exception is one or came of one."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, OUTAGES):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def notice(sender: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Mark a request that is about to become a 500 because of an outage.

    Django turns an exception of a middleware into a response before any outer middleware sees it;
    this signal, sent on the way, is the one place where the exception can still be met.
    """
    outage = outage_in(sys.exc_info()[1])
    if request is not None and outage is not None:
        request.database_outage = outage  # type: ignore[attr-defined]


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks, not a browser."""
    return (
        request.path.startswith(tuple(JSON_PREFIXES))
        or request.path in JSON_ADDRESSES
        or "application/json" in request.headers.get("Accept", "")
    )


def answer(request: HttpRequest, outage: BaseException) -> HttpResponse:
    """Return the 503, which needs neither session nor user nor database."""
    error, hint = words_for(outage)
    logger.error("%s %s: %s (%s)", request.method, request.path, error, type(outage).__name__)
    if wants_json(request):
        response: HttpResponse = JsonResponse({"error": error, "hint": hint}, status=503)
    else:
        # Without the request: with it the page would ask the database who is logged in.
        page = render_to_string("503.html", {"message": error, "hint": hint})
        response = HttpResponse(page, status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
