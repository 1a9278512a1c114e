"""What is looked at in every session: the second step of its login, and when it was last seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import second_step, sessions
from accounts.around import AroundMiddleware


class SessionMiddleware(AroundMiddleware):
    """Makes a session that lacks the second step nobody's, and notes when each was last seen.

    Stands after AuthenticationMiddleware and before LoginRequiredMiddleware: views, API and admin
    all ask `request.user`.
    """

    @contextmanager
    def around(self, request: HttpRequest) -> Iterator[None]:
        """Let everything behind see the user of a whole login only."""
        self._look_at_second_step(request)
        yield

    def has_to_store(self, request: HttpRequest) -> bool:
        """Tell whether the session's last sight is old enough to be noted anew."""
        return sessions.is_due(request)

    def store(self, request: HttpRequest) -> None:
        """Note when it was seen."""
        sessions.note_sight(request)

    @staticmethod
    def _look_at_second_step(request: HttpRequest) -> None:
        user, later = request.user, request.auser

        async def auser() -> Any:
            found = await later()
            return await sync_to_async(second_step.whoever)(found, request.session)

        request.user = SimpleLazyObject(  # type: ignore[assignment]
            partial(second_step.whoever, user, request.session)
        )
        request.auser = auser
