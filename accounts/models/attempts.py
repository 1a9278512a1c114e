"""Counts of failures, kept in the database: they hold over several processes and restarts."""

import hashlib
from datetime import timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: How long failures count, from the first of them on.
WINDOW = timedelta(minutes=5)


class Attempts(models.Model):
    """How often something was tried in vain since a time: a row for each name, address or both."""

    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField()
    since = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.count} since {self.since:%H:%M}"

    @staticmethod
    def key_of(*parts: object) -> str:
        """Return the key of what is counted. It is a hash: a name typed wrong may be a password."""
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    @classmethod
    def counted(cls, key: str) -> int:
        """Return how many count at present."""
        counts = cls.objects.filter(key=key, since__gt=timezone.now() - WINDOW)
        return counts.values_list("count", flat=True).first() or 0

    @classmethod
    def add(cls, key: str) -> int:
        """Count one more. Returns how many they are now.

        One transaction with the row locked, so that a hundred tries at once are a hundred.
        """
        now = timezone.now()
        with transaction.atomic():
            cls.objects.filter(since__lt=now - 2 * WINDOW).delete()
            row, made = cls.objects.select_for_update().get_or_create(
                key=key, defaults={"count": 1, "since": now}
            )
            if not made:
                is_old = row.since <= now - WINDOW
                row.count, row.since = (1, now) if is_old else (row.count + 1, row.since)
                row.save(update_fields=["count", "since"])
        return row.count

    @classmethod
    def take_back(cls, key: str) -> None:
        """Count one less: it was no failure."""
        cls.objects.filter(key=key, count__gt=0).update(count=F("count") - 1)
