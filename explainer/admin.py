"""Explanations for the administrator: to look at, not to change."""

from django.contrib import admin
from django.http import HttpRequest

from explainer.models import Explanation


@admin.register(Explanation)
class ExplanationAdmin(admin.ModelAdmin):
    """What was asked, what came of it, and what it cost."""

    list_display = (
        "pk", "run", "step", "alarm", "provider", "model", "trigger", "status", "seconds",
        "tokens_in", "tokens_out", "short_error",
    )  # fmt: skip
    list_filter = ("status", "provider", "trigger", "run__plant")
    list_select_related = ("run__plant", "alarm__run__plant")
    search_fields = ("error", "text", "request_key")
    date_hierarchy = "created_at"

    @admin.display(description="error")
    def short_error(self, explanation: Explanation) -> str:
        """Return the beginning of the error."""
        return explanation.error[:80]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Explanations are made by alarms and requests."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Explanation | None = None) -> bool:
        """What a model said stays as it was said."""
        return False
