"""Middleware of the accounts application."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts import display, origin, outage
from accounts.around import AroundMiddleware
from accounts.models import Preferences


class DatabaseOutageMiddleware(AroundMiddleware):
    """Answers 503 instead of 500 while the database is out of reach.

    An outage in a view comes here as an exception; one in another middleware (reading the session
    or the user, say) comes as the 500 that Django has made of it, marked by `outage.notice`; one in
    the error page itself comes out of `get_response`.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """Pass the request on and look at what comes back."""
        if self.is_async:
            return self._later(request)
        try:
            return super().__call__(request)
        except outage.OUTAGES as error:
            return outage.answer(request, error)

    async def _later(self, request: HttpRequest) -> HttpResponse:
        try:
            return await super()._later(request)
        except outage.OUTAGES as error:
            return outage.answer(request, error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view that met the outage."""
        met = outage.outage_in(exception)
        return None if met is None else outage.answer(request, met)

    def finished(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Answer for what another middleware met."""
        met = getattr(request, "database_outage", None)
        if met is None or response.status_code < 500:
            return response
        return outage.answer(request, met)


class OriginMiddleware(AroundMiddleware):
    """Lets the audit trail know which door a request came through, and from where."""

    @contextmanager
    def around(self, request: HttpRequest) -> Iterator[None]:
        """Name the door."""
        with origin.acting_from(origin.origin_of(request)):
            yield


class PreferencesMiddleware(AroundMiddleware):
    """Lets a page be shown as its user has chosen: `request.preferences`, zone and units.

    They are looked up when a page first asks; what programs read never does.
    """

    @contextmanager
    def around(self, request: HttpRequest) -> Iterator[None]:
        """Have them at hand."""
        chosen = SimpleLazyObject(lambda: Preferences.of(request.user))
        request.preferences = chosen  # type: ignore[attr-defined]
        browser_zone = request.COOKIES.get(display.ZONE_COOKIE, "")
        with display.showing(cache(lambda: chosen.display(browser_zone))):
            yield
