"""What our middlewares have in common: they stand around a view, be it sync or async."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse


class AroundMiddleware:
    """Runs the rest of the chain within `around`, then hands its answer to `finished`."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Pass the request on."""
        if self.is_async:
            return self._later(request)
        with self.around(request):
            response = self.finished(request, self.get_response(request))
            if self.has_to_store(request):
                self.store(request)
            return response

    async def _later(self, request: HttpRequest) -> HttpResponse:
        with self.around(request):
            response = self.finished(request, await self.get_response(request))
            if self.has_to_store(request):
                await sync_to_async(self.store)(request)
            return response

    @contextmanager
    def around(self, request: HttpRequest) -> Iterator[None]:
        """Hold what is to be in force while the request is answered; must not wait."""
        yield

    def finished(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Return what is answered; must not wait."""
        return response

    def has_to_store(self, request: HttpRequest) -> bool:
        """Tell whether `store` is to be called once the answer is there."""
        return False

    def store(self, request: HttpRequest) -> None:
        """Write what the request leaves behind; may wait for the database."""
