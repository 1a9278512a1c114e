"""Who changed what, from what, to what, when and from where."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One act of a person or a program. Written with the change itself, and never changed.

    `accounts.audit.record` writes it, inside the transaction that carries the change out: there is
    no change without its entry, and no entry without its change.
    """

    class Channel(models.TextChoices):
        """The door that the act came through."""

        PAGE = "page", _("page")
        API = "api", _("API")
        EARLIER = "earlier", _("earlier interface")
        ADMIN = "admin", _("admin")
        COMMAND = "command", _("command line")
        SERVER = "server", _("the server itself")

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="audit_entries",
    )
    username = models.CharField(
        max_length=150,
        blank=True,
        help_text=_("As it was then; empty: no account. Of a command: the account on the machine."),
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.GenericIPAddressField(
        null=True, blank=True, help_text=_("The caller's network address; empty: this machine.")
    )
    action = models.SlugField(max_length=60, help_text=_("What was done, e.g. plant-speed."))
    subject_type = models.CharField(
        max_length=60, help_text=_("Kind of what was changed, e.g. plant.")
    )
    subject_id = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=200, help_text=_("Its name, as it was then."))
    before: "models.JSONField[Any, Any]" = models.JSONField(
        null=True, blank=True, help_text=_("What was; null: nothing.")
    )
    after: "models.JSONField[Any, Any]" = models.JSONField(
        null=True, blank=True, help_text=_("What is since; null: nothing.")
    )
    comment = models.TextField(blank=True)
    undoes = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_by",
        help_text=_("The entry that this act took back."),
    )

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = _("audit entries")
        indexes = [models.Index(fields=["subject_type", "subject_id", "-at"])]

    def __str__(self) -> str:
        who = self.username or self.get_channel_display()
        return f"{who}: {self.action} of {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new entry. Raises TypeError for one that is stored already."""
        if not self._state.adding:
            raise TypeError("an audit entry is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise TypeError: nobody deletes an entry."""
        raise TypeError("an audit entry is never deleted")

    @property
    def is_undone(self) -> bool:
        """Whether a later act took it back."""
        return hasattr(self, "undone_by")

    def as_json(self) -> dict[str, Any]:
        """Return the entry as exports and the API give it."""
        return {
            "id": self.pk,
            "at": self.at.isoformat(),
            "username": self.username or None,
            "channel": self.channel,
            "address": self.address,
            "action": self.action,
            "subject_type": self.subject_type,
            "subject_id": self.subject_id,
            "subject": self.subject,
            "before": self.before,
            "after": self.after,
            "comment": self.comment,
            "undoes": self.undoes_id,
        }
