"""Explanations to look at; providers, prompts, budget and asking to set up."""

import difflib
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Field, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.admin import AuditedAdmin
from explainer.answers import NotAnAnswer
from explainer.budget import OverBudget
from explainer.models import (
    AskingSettings,
    Assessment,
    Budget,
    Explanation,
    PromptVersion,
    ProviderConfig,
    Question,
    Spending,
)
from explainer.providers import ProviderError
from explainer.trial import try_out


@admin.register(Explanation)
class ExplanationAdmin(AuditedAdmin):
    """What was asked, what came of it, and what it cost."""

    about = "What was asked of whom, what came of it, what it cost."
    list_display = (
        "pk", "run", "step", "alarm", "provider", "model", "trigger", "status", "seconds",
        "tokens_in", "tokens_out", "short_error",
    )  # fmt: skip
    list_filter = ("status", "provider", "trigger", "run__plant")
    list_select_related = ("run__plant", "alarm__run__plant")
    search_fields = ("error", "text", "request_key")
    date_hierarchy = "created_at"

    @admin.display(description=_("error"))
    def short_error(self, explanation: Explanation) -> str:
        """Return the beginning of the error."""
        return explanation.error[:80]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Explanations are made by alarms and requests."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Explanation | None = None) -> bool:
        """What a model said stays as it was said."""
        return False


@admin.register(ProviderConfig)
class ProviderConfigAdmin(AuditedAdmin):
    """Who explains; a change counts from the next explanation on."""

    about = "Who explains: models, addresses, prices, limits, health, a test."
    change_form_template = "admin/explainer/providerconfig/change_form.html"
    list_display = (
        "title", "protocol", "asked_model", "enabled", "health", "budget_per_day", "changed_at",
        "changed_by",
    )  # fmt: skip
    list_filter = ("protocol", "enabled")
    search_fields = ("name", "title", "model_name")
    readonly_fields = ("health", "changed_at", "changed_by")
    fieldsets = (
        (None, {"fields": ("name", "title", "enabled", "health")}),
        ("Where", {"fields": ("protocol", "model_name", "base_url", "key_variable")}),
        ("How it is asked", {"fields": (
            "prompt_style", "answer_form", "with_diagnosis", "timeout_seconds", "max_tokens",
        )}),
        ("What it may cost", {"fields": (
            "price_in", "price_out", "budget_per_day", "tokens_per_day",
        )}),
        ("Changed", {"fields": ("changed_at", "changed_by")}),
    )  # fmt: skip
    #: Whoever sets these decides where a key is sent.
    FOR_ADMINS = ("name", "protocol", "base_url", "key_variable")

    @admin.display(description=_("model"))
    def asked_model(self, config: ProviderConfig) -> str:
        """Return the model; its own name would be taken for the admin's."""
        return config.model

    def get_readonly_fields(
        self, request: HttpRequest, obj: ProviderConfig | None = None
    ) -> tuple[str, ...]:
        """Leave address and key to those who may add providers."""
        mine = self.has_add_permission(request)
        fixed = () if obj is None else ("name",)
        return (*self.readonly_fields, *(fixed if mine else self.FOR_ADMINS))

    def formfield_for_dbfield(
        self, db_field: Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Offer the styles that there are."""
        if db_field.name == "prompt_style":
            styles = PromptVersion.objects.order_by("style").values_list("style", flat=True)
            return forms.ChoiceField(
                choices=[(style, style) for style in styles.distinct()],
                help_text=db_field.help_text,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: ProviderConfig, form: forms.ModelForm, change: bool
    ) -> None:
        """Note who changed it; a change gives a paused one a fresh start."""
        obj.changed_by = request.user.get_username()
        obj.failures, obj.open_until = 0, None
        super().save_model(request, obj, form, change)

    def has_delete_permission(
        self, request: HttpRequest, obj: ProviderConfig | None = None
    ) -> bool:
        """The embedded one stays."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.is_remote)

    def get_urls(self) -> list[Any]:
        """Add the test's address."""
        test = path(
            "<int:pk>/test/",
            self.admin_site.admin_view(require_POST(self.test)),
            name="explainer_providerconfig_test",
        )
        return [test, *super().get_urls()]

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the provider one short question, and say what came of it."""
        config = get_object_or_404(ProviderConfig, pk=pk)
        if not self.has_change_permission(request, config):
            raise PermissionDenied("Your account may not change providers.")
        try:
            self.message_user(request, try_out(config), messages.SUCCESS)
        except (ProviderError, NotAnAnswer, OverBudget) as problem:
            self.message_user(request, f"{config.title}: {problem}", messages.ERROR)
        return redirect("admin:explainer_providerconfig_change", pk)


@admin.register(PromptVersion)
class PromptVersionAdmin(AuditedAdmin):
    """What models are asked: add a version to change it; each says how it differs from the last."""

    about = "What models are asked: versions with their differences; one is in use."
    change_form_template = "admin/explainer/promptversion/change_form.html"
    list_display = ("__str__", "is_active", "note", "created_at", "created_by")
    list_filter = ("style", "is_active")
    actions = ("use",)
    fields = ("style", "note", "system", "user")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a new version with the words of the active one."""
        style = request.GET.get("style", "engineer")
        active = PromptVersion.active(style)
        words = {} if active is None else {"system": active.system, "user": active.user}
        return {"style": style, **words}

    def has_change_permission(self, request: HttpRequest, obj: PromptVersion | None = None) -> bool:
        """Allow the list's action; a version itself never changes."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: PromptVersion | None = None) -> bool:
        """What was sent once stays to be read."""
        return False

    def save_model(
        self, request: HttpRequest, obj: PromptVersion, form: forms.ModelForm, change: bool
    ) -> None:
        """Give the new version its number."""
        numbers = PromptVersion.objects.filter(style=obj.style).aggregate(last=Max("number"))
        obj.number = (numbers["last"] or 0) + 1
        obj.created_by = request.user.get_username()
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Use this version from now on"), permissions=["change"])
    def use(self, request: HttpRequest, queryset: "QuerySet[PromptVersion]") -> None:
        """Activate one version of each style."""
        chosen = list(queryset)
        if len({one.style for one in chosen}) < len(chosen):
            self.message_user(request, gettext("Choose one version of a style."), messages.ERROR)
            return
        for one in chosen:
            with transaction.atomic():
                one.activate()
                audit.record("promptversion-use", one, by=request.user)
                self.log_change(request, one, "In use from now on.")
        self.message_user(
            request,
            gettext("In use: %(names)s.") % {"names": ", ".join(map(str, chosen))},
            messages.SUCCESS,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show how the version differs from the one before it."""
        version = (
            PromptVersion.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        )
        before = (
            version
            and PromptVersion.objects.filter(style=version.style, number__lt=version.number).first()
        )
        context = {"before": before, "difference": difference(before, version)}
        return super().change_view(request, object_id, form_url, context)


def difference(before: PromptVersion | None, after: PromptVersion | None) -> list[tuple[str, str]]:
    """Return the lines of two versions' difference, each with `added`, `removed` or `same`."""
    if before is None or after is None:
        return []
    kinds = {"+": "added", "-": "removed", " ": "same"}
    old, new = (f"{v.system}\n--- user ---\n{v.user}".splitlines() for v in (before, after))
    return [(kinds[line[0]], line[2:]) for line in difflib.ndiff(old, new) if line[0] in kinds]


@admin.register(AskingSettings)
class AskingSettingsAdmin(AuditedAdmin):
    """When alarms are explained, and when again."""

    about = "Of each plant: when alarms are explained, and when again."
    list_display = ("plant", "delay_seconds", "shift_jaccard", "shift_min_seconds")
    list_editable = ("delay_seconds", "shift_jaccard", "shift_min_seconds")
    list_select_related = ("plant",)
    search_fields = ("plant__name",)


@admin.register(Budget)
class BudgetAdmin(AuditedAdmin):
    """The limits of the whole installation."""

    about = "What all explanations of a day may cost."
    list_display = ("__str__", "per_day", "per_plant_and_day", "keep_days")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Budget | None = None) -> bool:
        """There is one."""
        return False


@admin.register(Spending)
class SpendingAdmin(AuditedAdmin):
    """What was spent, to look at."""

    about = "What was spent, by day, provider and plant."
    list_display = ("day", "provider", "plant", "estimate", "cost", "tokens")
    list_filter = ("provider", "plant")
    date_hierarchy = "day"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Made by exchanges."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Spending | None = None) -> bool:
        """What was spent was spent."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Spending | None = None) -> bool:
        """Without it the day's budget would begin anew."""
        return False


@admin.register(Assessment)
class AssessmentAdmin(AuditedAdmin):
    """Verdicts, to look at; their authors change them on the page."""

    about = "Verdicts of people on explanations."
    list_display = ("explanation", "verdict", "username", "changed_at", "note")
    list_filter = ("verdict",)
    list_select_related = ("explanation__run__plant",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Made on the page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        """Changed on the page, by whom it is."""
        return False


@admin.register(Question)
class QuestionAdmin(AuditedAdmin):
    """Conversations, to look at."""

    about = "Questions that were asked about alarms, and the answers."
    list_display = ("pk", "alarm", "username", "provider", "status", "created_at", "text")
    list_filter = ("status", "provider")
    list_select_related = ("alarm__run__plant",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Asked on the page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """What was asked and said stays."""
        return False
