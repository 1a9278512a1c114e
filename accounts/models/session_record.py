"""What is told of a login: from which program, from where, since when, last seen."""

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST_AGENT = 300


class SessionRecord(models.Model):
    """Stands beside a session of Django and goes with it: at logout, at expiry, when it is ended.

    The page names it by its own number, never by the session's key, which opens the session.
    """

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="record")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="session_records"
    )
    address = models.GenericIPAddressField(null=True, blank=True)
    agent = models.CharField(max_length=LONGEST_AGENT, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text=_("To the minute."))

    class Meta:
        ordering = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"session {self.pk}"
