"""The forms of the account page."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, Attempts
from accounts.models.attempts import WINDOW

MOST_TOKENS = 20
#: Wrong passwords or codes that somebody at an open page may try.
MOST_TRIES = 10


class CodeForm(forms.Form):
    """A code of the phone, or a recovery code."""

    code = forms.CharField(
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
        help_text=_("Six digits from the authenticator app, or one of your recovery codes."),
    )


class FirstCodeForm(forms.Form):
    """The first code of a device that is being set up."""

    code = forms.CharField(
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text=_("The six digits that the app shows now."),
    )


class TokenForm(forms.Form):
    """The name of a new API token."""

    name = forms.CharField(
        max_length=60, help_text=_("What will use it, for example plant-historian.")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """Bound their number."""
        if ApiToken.objects.filter(user=self.user, revoked_at=None).count() >= MOST_TOKENS:
            raise ValidationError(
                gettext("%(most_tokens)s tokens are enough: revoke one that is not used.")
                % {"most_tokens": MOST_TOKENS}
            )
        return dict(self.cleaned_data)


class PasswordForm(forms.Form):
    """The user's password, asked again before something grave."""

    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Check it."""
        given = self.cleaned_data["password"]
        check_present_password(self.user, given)
        return str(given)


def check_present_password(user: User, given: str) -> None:
    """Check the password of whoever sits at an open page. Raises ValidationError."""
    key = Attempts.key_of("password", user.pk)
    if Attempts.counted(key) >= MOST_TRIES or Attempts.add(key) > MOST_TRIES:
        minutes = int(WINDOW.total_seconds() // 60)
        raise ValidationError(
            gettext("Too many wrong passwords. Wait %(minutes)s minutes and try again.")
            % {"minutes": minutes}
        )
    if not user.check_password(given):
        raise ValidationError(gettext("This is not your present password."))
    Attempts.take_back(key)
