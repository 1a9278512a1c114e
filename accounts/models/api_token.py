"""Tokens for programs that use the API in a user's name."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

TOKEN_PREFIX = "tep_"  # noqa: S105 - it marks a token, it is none
SHOWN_CHARACTERS = 10
USE_NOTED_EVERY = timedelta(minutes=1)


def digest(plain: str) -> str:
    """Return what is stored of a token. It has 256 random bits, so it needs no salt."""
    return hashlib.sha256(plain.encode()).hexdigest()


class ApiToken(models.Model):
    """One token of a user. The plain token is shown when it is made and cannot be read again."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(
        max_length=60, help_text=_("What uses it, for example plant-historian.")
    )
    prefix = models.CharField(
        max_length=SHOWN_CHARACTERS, help_text=_("The token's beginning, to tell it from others.")
    )
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(
        null=True, blank=True, help_text=_("To the minute; empty: never used.")
    )
    revoked_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: it is good."))

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("API token")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}...)"

    @classmethod
    def issue(cls, user: models.Model, name: str) -> tuple["ApiToken", str]:
        """Make a token. Returns it with the plain text, which is not kept."""
        plain = TOKEN_PREFIX + secrets.token_urlsafe(32)
        made = cls.objects.create(
            user=user, name=name, prefix=plain[:SHOWN_CHARACTERS], sha256=digest(plain)
        )
        return made, plain

    @classmethod
    def find(cls, plain: str) -> "ApiToken | None":
        """Return the token of a plain text.

        The search is for the hash, so the time it takes tells nothing of how close a guess was.
        """
        return cls.objects.select_related("user").filter(sha256=digest(plain)).first()

    @property
    def is_revoked(self) -> bool:
        """Whether it is good no more."""
        return self.revoked_at is not None

    def revoke(self) -> None:
        """Make it useless from now on; revoking it again changes nothing."""
        if self.revoked_at is None:
            self.revoked_at = timezone.now()
            self.save(update_fields=["revoked_at"])

    def note_use(self) -> None:
        """Note the time of use, at most once a minute, so that reading the API writes little."""
        now = timezone.now()
        before = now - USE_NOTED_EVERY
        if self.last_used_at is not None and self.last_used_at > before:
            return
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
        ApiToken.objects.filter(stale, pk=self.pk).update(last_used_at=now)
        self.last_used_at = now
