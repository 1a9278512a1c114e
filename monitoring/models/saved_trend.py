"""A trend view that somebody keeps under a name."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SavedTrendQuerySet(models.QuerySet["SavedTrend"]):
    """Saved views by who may see them."""

    def seen_by(self, user: Any) -> "SavedTrendQuerySet":
        """Those of the user, and those that others share."""
        return self.filter(Q(owner_id=user.pk) | Q(shared=True))


class SavedTrend(models.Model):
    """The query of a trend's address, with a name; only its owner may change it."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_trends"
    )
    name = models.CharField(max_length=80)
    query = models.CharField(
        max_length=4000, help_text=_("What stands in the address after the ?.")
    )
    shared = models.BooleanField(
        _("shared with everyone"),
        default=False,
        help_text=_("Whether others see it in their lists."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = SavedTrendQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="saved_trend_unique_by_owner_name",
                violation_error_message="You have saved a view under this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def as_json(self) -> dict[str, Any]:
        """Return what the audit trail keeps of it."""
        return {"name": self.name, "query": self.query, "shared": self.shared}
