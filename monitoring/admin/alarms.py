"""Alarm definitions for engineers; occurrences, journal, events and the shelf to look at."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin
from accounts.presets.admin import PresetAdmin
from monitoring.alarms import service
from monitoring.alarms.life import LifeError
from monitoring.models import (
    AlarmDefinition,
    AlarmJournalEntry,
    AlarmOccurrence,
    EventFrame,
    Shelving,
)


class CanWorkFilter(admin.SimpleListFilter):
    """Whether a limit can work at all."""

    title = _("can work")
    parameter_name = "works"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Yes, or flagged."""
        return [("yes", "yes"), ("no", "flagged: cannot work")]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[AlarmDefinition]"
    ) -> "QuerySet[AlarmDefinition]":
        """Filter by the flag."""
        if self.value() == "yes":
            return queryset.filter(cannot_work="")
        return queryset.exclude(cannot_work="") if self.value() == "no" else queryset


class RationalisedFilter(admin.SimpleListFilter):
    """Whether it says why it is an alarm."""

    title = _("rationalised")
    parameter_name = "rationalised"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Yes, or not."""
        return [("yes", "yes"), ("no", "not rationalised")]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[AlarmDefinition]"
    ) -> "QuerySet[AlarmDefinition]":
        """Filter by whether cause, consequence and response are there."""
        missing = Q(cause="") | Q(consequence="") | Q(response="")
        if self.value() == "yes":
            return queryset.exclude(missing)
        return queryset.filter(missing) if self.value() == "no" else queryset


class ServiceActionForm(ActionForm):
    """The reason that taking an alarm out of service asks for."""

    reason = forms.CharField(
        required=False, max_length=service.MAX_REASON, label=_("Reason (to take out of service)")
    )


@admin.register(AlarmDefinition)
class AlarmDefinitionAdmin(PresetAdmin):
    """What begins an alarm. A change is used from the next reading on.

    Built-in definitions that are deleted come back with the next migration: take them out of
    service instead.
    """

    action_form = ServiceActionForm
    actions = ("take_out_of_service", "return_to_service", "export_chosen")
    list_display = (
        *("name", "plant", "source", "kind", "tag", "limit", "deadband"),
        *("priority", "is_latching", "in_service", "works"),
    )
    list_filter = (
        *("in_service", CanWorkFilter, RationalisedFilter),
        *("source", "kind", "priority", "plant", "tag"),
    )
    list_select_related = ("plant",)
    search_fields = ("name", "code", "tag")
    readonly_fields = (
        *("in_service", "out_of_service_why", "out_of_service_by", "out_of_service_since"),
        *("out_of_service_until", "cannot_work", "updated_at"),
    )
    fieldsets = (
        (None, {"fields": ("name", "code", "plant", "source", "kind", "tag")}),
        (
            "Why it is an alarm",
            {
                "fields": ("cause", "consequence", "response", "time_to_respond"),
                "description": "The rationalisation of ISA-18.2 / IEC 62682. Without cause, "
                "consequence and response the pages say «not rationalised».",
            },
        ),
        (
            "When it begins and ends",
            {"fields": ("limit", "reference", "deadband", "on_delay", "off_delay", "window")},
        ),
        ("How it is treated", {"fields": ("priority", "is_latching")}),
        (
            "When it means nothing",
            {"fields": ("suppress_while", "suppress_tag", "suppress_value", "suppress_alarm")},
        ),
        ("Service", {"fields": readonly_fields}),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: AlarmDefinition | None = None
    ) -> tuple[str, ...]:
        """What an alarm is about stays: its journal and what stands refer to it."""
        fixed = ("code", "plant", "source", "kind", "tag") if obj is not None else ()
        return (*fixed, *self.readonly_fields)

    @admin.display(description=_("can work"), boolean=True)
    def works(self, definition: AlarmDefinition) -> bool:
        """Whether normal operation and the trips leave it a meaning."""
        return not definition.cannot_work

    def save_model(
        self, request: HttpRequest, obj: AlarmDefinition, form: forms.ModelForm, change: bool
    ) -> None:
        """Save, and say it where the limit cannot work."""
        super().save_model(request, obj, form, change)
        if obj.cannot_work and obj.in_service:
            self.message_user(request, obj.cannot_work, messages.WARNING)

    def has_service_permission(self, request: HttpRequest) -> bool:
        """Engineers."""
        return request.user.has_perm("monitoring.manage_alarms")

    @admin.action(description=_("Take the selected alarms out of service"), permissions=["service"])
    def take_out_of_service(
        self, request: HttpRequest, queryset: "QuerySet[AlarmDefinition]"
    ) -> None:
        """Take them out for the reason that was typed beside the action."""
        why = request.POST.get("reason", "")
        self._each(request, queryset, lambda one: service.take_out(one, why=why, by=request.user))

    @admin.action(description=_("Return the selected alarms to service"), permissions=["service"])
    def return_to_service(
        self, request: HttpRequest, queryset: "QuerySet[AlarmDefinition]"
    ) -> None:
        """Put them back; one that cannot work is refused."""
        self._each(request, queryset, lambda one: service.put_back(one, by=request.user))

    def _each(self, request: HttpRequest, queryset: "QuerySet[AlarmDefinition]", act: Any) -> None:
        done = 0
        for definition in queryset:
            try:
                act(definition)
                done += 1
            except LifeError as error:
                self.message_user(request, f"{error} {error.hint}", messages.ERROR)
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)
                return
        if done:
            self.message_user(
                request, gettext("Alarms changed: %(done)s.") % {"done": done}, messages.SUCCESS
            )


@admin.register(AlarmOccurrence)
class AlarmOccurrenceAdmin(ReadOnlyAdmin):
    """The lives of alarms."""

    list_display = (
        *("definition", "plant", "priority", "state", "activated_at", "activated_step"),
        *("activations", "acknowledged_by", "closed_at"),
    )
    list_filter = (
        *("plant", "priority", "state", "definition__source"),
        ("closed_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("definition", "plant", "acknowledged_by")
    search_fields = ("definition__name", "definition__tag", "comment")
    date_hierarchy = "activated_at"


@admin.register(AlarmJournalEntry)
class AlarmJournalEntryAdmin(ReadOnlyAdmin):
    """Every transition of every alarm."""

    list_display = ("at", "step", "name", "plant", "kind", "priority", "value", "limit", "username")
    list_filter = ("plant", "kind", "priority", "source", "is_announced")
    list_select_related = ("plant",)
    search_fields = ("name", "tag", "comment", "username")
    date_hierarchy = "at"


@admin.register(EventFrame)
class EventFrameAdmin(ReadOnlyAdmin):
    """Alarms that belong together."""

    list_display = ("__str__", "opened_at", "closed_at", "first_out")
    list_filter = ("plant", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("run__plant", "first_out__definition", "first_out__plant")


@admin.register(Shelving)
class ShelvingAdmin(ReadOnlyAdmin):
    """What is, and was, on the shelf."""

    list_display = ("definition", "plant", "by", "reason", "shelved_at", "until", "ended_at")
    list_filter = ("plant", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("definition", "plant", "by")
