"""A login between its two steps: the password was right, the code is still to come.

It is kept in the session of a browser that is nobody yet: no user is logged in meanwhile.
"""

import time
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

KEY = "pending_login"
GOOD_SECONDS = 600


@dataclass(frozen=True)
class PendingLogin:
    """Who gave the right password, and where they wanted to go."""

    user: User
    backend: str
    next_url: str

    @classmethod
    def begin(cls, request: HttpRequest, user: User, next_url: str) -> None:
        """Keep that the password was right."""
        request.session.cycle_key()
        request.session[KEY] = {
            "user": user.pk,
            "backend": user.backend,
            "hash": user.get_session_auth_hash(),
            "at": time.time(),
            "next": next_url,
        }

    @classmethod
    def of(cls, request: HttpRequest) -> "PendingLogin | None":
        """Return the login that is under way; None after ten minutes, or with a new password."""
        kept = request.session.get(KEY)
        if kept is None or not 0 <= time.time() - kept["at"] <= GOOD_SECONDS:
            return None
        users = get_user_model()._default_manager
        user = users.filter(pk=kept["user"], is_active=True).first()
        if user is None or not constant_time_compare(user.get_session_auth_hash(), kept["hash"]):
            return None
        return cls(user, kept["backend"], kept["next"])

    @staticmethod
    def forget(request: HttpRequest) -> None:
        """It is over."""
        request.session.pop(KEY, None)
