"""The login forms, which tire of wrong passwords."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache
from django.core.exceptions import ValidationError

#: Wrong passwords for one name from one address, and how long they count.
MAX_FAILURES = 10
WINDOW_SECONDS = 300


class LoginForm(AuthenticationForm):
    """Refuses further tries after `MAX_FAILURES` wrong passwords, before it checks another one."""

    def clean(self) -> dict[str, Any]:
        """Check name and password. Raises ValidationError."""
        name = str(self.cleaned_data.get("username", ""))[:150].lower()
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        key = f"login-failures:{address}:{name!r}".replace(" ", "_")
        if cache.get(key, 0) >= MAX_FAILURES:
            raise ValidationError(
                f"Too many wrong passwords. Wait {WINDOW_SECONDS // 60} minutes and try again.",
                code="throttled",
            )
        try:
            return super().clean()
        except ValidationError:
            cache.add(key, 0, WINDOW_SECONDS)
            cache.incr(key)
            raise


class AdminLoginForm(LoginForm, AdminAuthenticationForm):
    """The same at the admin's own door, which lets staff in only."""
