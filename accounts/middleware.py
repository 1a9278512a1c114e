"""Middleware of the accounts application."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse

from accounts import outage


class DatabaseOutageMiddleware:
    """Answers 503 instead of 500 while the database is out of reach.

    An outage in a view comes here as an exception; one in another middleware (reading the session
    or the user, say) comes as the 500 that Django has made of it, marked by `outage.notice`; one in
    the error page itself comes out of `get_response`.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Pass the request on and look at what comes back."""
        if self.is_async:
            return self._later(request)
        try:
            return self._checked(request, self.get_response(request))
        except outage.OUTAGES as error:
            return outage.answer(request, error)

    async def _later(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._checked(request, await self.get_response(request))
        except outage.OUTAGES as error:
            return outage.answer(request, error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view that met the outage."""
        met = outage.outage_in(exception)
        return None if met is None else outage.answer(request, met)

    def _checked(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        met = getattr(request, "database_outage", None)
        if met is None or response.status_code < 500:
            return response
        return outage.answer(request, met)
