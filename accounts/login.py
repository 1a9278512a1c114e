"""The login forms, which tire of wrong passwords."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.models import Attempts
from accounts.models.attempts import WINDOW
from accounts.origin import address_of

#: Wrong passwords for one name from one address, and from one address for any names. They count
#: for `WINDOW`, in the database: several web processes have one count.
MAX_FAILURES = 10
MAX_FROM_ADDRESS = 50


class LoginForm(AuthenticationForm):
    """Refuses further tries after `MAX_FAILURES` wrong passwords, before it checks another one."""

    def clean(self) -> dict[str, Any]:
        """Check name and password. Raises ValidationError."""
        name = str(self.cleaned_data.get("username", ""))[:150]
        address = address_of(self.request) if self.request else None
        limits = {
            Attempts.key_of("login", name.lower(), address): MAX_FAILURES,
            Attempts.key_of("login", address): MAX_FROM_ADDRESS,
        }
        if any(Attempts.counted(key) >= most for key, most in limits.items()):
            raise self._too_many()
        # Counted before it is checked: of tries at the same time no more than these get through.
        counts = {key: Attempts.add(key) for key in limits}
        if any(counts[key] > most for key, most in limits.items()):
            raise self._too_many()
        try:
            cleaned = super().clean()
        except ValidationError as error:
            is_last = any(counts[key] == most for key, most in limits.items())
            _record_failure(name, error.code or "", is_last)
            raise
        for key in limits:
            Attempts.take_back(key)
        return cleaned

    def _too_many(self) -> ValidationError:
        minutes = int(WINDOW.total_seconds() // 60)
        return ValidationError(
            gettext(
                "Too many wrong passwords. Wait %(minutes)s minutes and try again; an admin "
                "can set a new password."
            )
            % {"minutes": minutes},
            code="throttled",
        )


class AdminLoginForm(LoginForm, AdminAuthenticationForm):
    """The same at the admin's own door, which lets staff in only."""


def _record_failure(name: str, reason: str, is_last: bool) -> None:
    """Write down a login that failed.

    A name that no account has is not written down: it may be a password in the wrong field.
    """
    users = get_user_model()
    known = users._default_manager.filter(**{users.USERNAME_FIELD: name}).first()
    subject = known or users(**{users.USERNAME_FIELD: "(no such account)"})
    with transaction.atomic():
        after = {"reason": reason, "locked": is_last}
        audit.record("login-failed", subject, by=None, after=after)
