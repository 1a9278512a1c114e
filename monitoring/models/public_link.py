"""Links that show one plant's dashboard to whoever has them, for a while."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import digest
from simulation.models import Plant

LONGEST = timedelta(days=30)


class PublicLink(models.Model):
    """One link. Its token is shown when it is made and cannot be read again."""

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="public_links")
    name = models.CharField(
        max_length=60, help_text=_("Whom it is for, for example visitors' hall.")
    )
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    shows_truth = models.BooleanField(
        default=False,
        help_text=_("Whether it shows what was injected, which nobody could measure."),
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="public_links",
    )
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    visits = models.PositiveIntegerField(default=0)
    visited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        permissions = [("share_dashboard", "Can make public links to a dashboard")]

    def __str__(self) -> str:
        return f"{self.name} ({self.plant})"

    @classmethod
    def issue(cls, plant: Plant, lasts: timedelta, **values: Any) -> tuple["PublicLink", str]:
        """Make a link. Returns it with its token of 256 random bits, which is not kept."""
        if not timedelta() < lasts <= LONGEST:
            raise ValueError(f"a link lasts {LONGEST.days} days at most")
        token = secrets.token_urlsafe(32)
        expires = timezone.now() + lasts
        return cls.objects.create(
            plant=plant, sha256=digest(token), expires_at=expires, **values
        ), token

    @classmethod
    def find(cls, token: str) -> "PublicLink | None":
        """Return the link of a token, good or not; the search is for the hash."""
        found = cls.objects.select_related("plant__current_run", "plant__speed_preset")
        return found.filter(sha256=digest(token)).first()

    @property
    def is_good(self) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and timezone.now() < self.expires_at

    @property
    def ended_at(self) -> datetime:
        """When it stopped, or will stop, to open anything."""
        return self.expires_at if self.revoked_at is None else min(self.revoked_at, self.expires_at)

    @property
    def state(self) -> str:
        """What it is, in a word."""
        if self.revoked_at is not None:
            return "revoked"
        return "good" if self.is_good else "expired"

    def note_visit(self) -> None:
        """Count a visit."""
        now = timezone.now()
        PublicLink.objects.filter(pk=self.pk).update(visits=F("visits") + 1, visited_at=now)
