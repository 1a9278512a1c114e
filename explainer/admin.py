"""Explanations for the administrator: to look at, not to change."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest

from explainer.models import Explanation, ProviderSwitch
from explainer.providers import PROVIDERS, REMOTE


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


@admin.register(ProviderSwitch)
class ProviderSwitchAdmin(admin.ModelAdmin):
    """Which language models are asked; a change counts from the next explanation on."""

    list_display = ("provider", "enabled", "changed_at", "changed_by")
    fields = ("provider", "enabled")

    def formfield_for_dbfield(
        self, db_field: Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Offer the providers that can be switched."""
        if db_field.name == "provider":
            return forms.ChoiceField(choices=[(name, PROVIDERS[name].title) for name in REMOTE])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: ProviderSwitch, form: forms.ModelForm, change: bool
    ) -> None:
        """Note who changed it."""
        obj.changed_by = request.user.get_username()
        super().save_model(request, obj, form, change)
