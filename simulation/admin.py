"""Plants and presets for engineers; runs, readings and injections to look at."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from accounts.admin import ReadOnlyAdmin, table_of
from simulation.forms import MAX_DELAY_HOURS, IdvListField, NumberField
from simulation.models import (
    FaultPreset,
    Hand,
    IngestCount,
    Injection,
    Plant,
    PlantError,
    PlantEvent,
    Reading,
    Run,
    SpeedPreset,
)
from simulation.tep.variables import XMEAS, XMV, Xmeas, Xmv


@admin.register(SpeedPreset)
class SpeedPresetAdmin(admin.ModelAdmin):
    """Named speeds. A change reaches the plants that run at the preset."""

    list_display = ("name", "slug", "interval_seconds", "description")
    prepopulated_fields = {"slug": ("name",)}

    def save_model(
        self, request: HttpRequest, obj: SpeedPreset, form: forms.ModelForm, change: bool
    ) -> None:
        """Save, and give the new interval to the plants under the preset's name."""
        super().save_model(request, obj, form, change)
        if "interval_seconds" in form.changed_data:
            for plant in Plant.objects.filter(speed_preset=obj):
                plant.set_speed(preset=obj)
                self.message_user(
                    request, f"{plant} now takes a sample every {obj.interval_seconds:g} s."
                )


class FaultPresetForm(forms.ModelForm):
    """A fault preset whose IDVs are written as "1, 6"."""

    idvs = IdvListField(label="IDVs", help_text="For example 4, or 1, 6.")

    class Meta:
        model = FaultPreset
        fields = ("name", "slug", "description", "idvs", "start_after_hours", "end_after_hours")
        field_classes = {"start_after_hours": NumberField, "end_after_hours": NumberField}

    def clean(self) -> dict[str, Any]:
        """Refuse a delay that no run would see the end of."""
        values = super().clean() or self.cleaned_data
        for name in ("start_after_hours", "end_after_hours"):
            if (values.get(name) or 0.0) > MAX_DELAY_HOURS:
                self.add_error(name, f"At most {MAX_DELAY_HOURS:g} process hours.")
        return values


@admin.register(FaultPreset)
class FaultPresetAdmin(admin.ModelAdmin):
    """Named faults."""

    form = FaultPresetForm
    list_display = ("name", "slug", "idvs", "start_after_hours", "end_after_hours")
    search_fields = ("name", "slug", "description")
    prepopulated_fields = {"slug": ("name",)}


class PlantForm(forms.ModelForm):
    """Name and speed of a plant."""

    class Meta:
        model = Plant
        fields = (
            "name",
            "description",
            "source",
            "variables",
            "speed_preset",
            "interval_seconds",
            "catch_up",
            "keep_days",
            "keep_readings",
        )
        field_classes = {"interval_seconds": NumberField}

    def clean(self) -> dict[str, Any]:
        """Refuse a new preset together with a new interval of another length."""
        values = super().clean() or self.cleaned_data
        preset, interval = values.get("speed_preset"), values.get("interval_seconds")
        both = {"speed_preset", "interval_seconds"} <= set(self.changed_data)
        changes = self.instance.pk is not None and both
        if changes and preset and interval != preset.interval_seconds:
            raise ValidationError("Choose a new preset or write a new interval, not both.")
        return values


@admin.register(Plant)
class PlantAdmin(admin.ModelAdmin):
    """The plants. Nothing here writes what the worker writes: step, state of the simulator."""

    form = PlantForm
    list_display = (
        "name",
        "source",
        "state",
        "step",
        "interval_seconds",
        "speed_preset",
        "run_number",
    )
    list_select_related = ("speed_preset", "current_run")
    readonly_fields = ("state", "state_reason", "run_number", "step", "sampled_at", "created_at")
    actions = ("start", "pause", "resume", "reset")

    def get_readonly_fields(self, request: HttpRequest, obj: Plant | None = None) -> Any:
        """Keep source and variables as they were chosen: the stored readings rest on them."""
        fixed = () if obj is None else ("source", "variables")
        return (*super().get_readonly_fields(request, obj), *fixed)

    @admin.display(description="run")
    def run_number(self, plant: Plant) -> int | None:
        """The number of the present run."""
        return plant.current_run.number if plant.current_run else None

    def save_model(
        self, request: HttpRequest, obj: Plant, form: forms.ModelForm, change: bool
    ) -> None:
        """Save the fields of the form only: the worker may have stepped since the page was made."""
        values = form.cleaned_data
        preset, interval = values["speed_preset"], values["interval_seconds"]
        if not change:
            obj.interval_seconds = preset.interval_seconds if preset else interval
            super().save_model(request, obj, form, change)
            return
        written = ("name", "description", "catch_up", "keep_days", "keep_readings")
        words = [name for name in written if name in form.changed_data]
        if words:
            obj.save(update_fields=words)
        if "speed_preset" in form.changed_data and preset is not None:
            obj.set_speed(preset=preset)
        elif {"speed_preset", "interval_seconds"} & set(form.changed_data):
            obj.set_speed(interval_seconds=interval)

    def get_deleted_objects(
        self, objs: Iterable[Plant], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Say what goes with the plants in numbers: the default lists every single reading."""
        plants = list(objs)
        counts = {
            "runs": Run.objects.filter(plant__in=plants).count(),
            "readings": Reading.objects.filter(run__plant__in=plants).count(),
        }
        return [str(plant) for plant in plants], {"plants": len(plants), **counts}, set(), []

    # -- actions ------------------------------------------------------------------------------

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Operators and above."""
        return request.user.has_perm("simulation.operate_plant")

    @admin.action(description="Start", permissions=["operate"])
    def start(self, request: HttpRequest, queryset: "QuerySet[Plant]") -> None:
        """Start the plants."""
        self._each(request, queryset, "started", Plant.start)

    @admin.action(description="Pause", permissions=["operate"])
    def pause(self, request: HttpRequest, queryset: "QuerySet[Plant]") -> None:
        """Pause the plants."""
        self._each(request, queryset, "paused", Plant.pause)

    @admin.action(description="Resume", permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: "QuerySet[Plant]") -> None:
        """Resume the plants."""
        self._each(request, queryset, "resumed", Plant.resume)

    @admin.action(description="Reset (asks first)", permissions=["operate"])
    def reset(self, request: HttpRequest, queryset: "QuerySet[Plant]") -> HttpResponse | None:
        """Begin a new run of the plants, after a question."""
        if request.POST.get("confirmed"):
            self._each(request, queryset, "reset", Plant.reset)
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Reset the selected plants?",
            "plants": queryset,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/simulation/plant/reset.html", context)

    def _each(
        self,
        request: HttpRequest,
        plants: "QuerySet[Plant]",
        done: str,
        operate: Callable[..., None],
    ) -> None:
        for plant in plants:
            try:
                operate(plant, by=request.user)
            except PlantError as error:
                self.message_user(request, f"{error} {error.hint}", messages.ERROR)
            else:
                self.log_change(request, plant, f"{done.capitalize()}.")
                self.message_user(request, f"{plant}: {done}.", messages.SUCCESS)


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """What was run, with the seed that repeats it."""

    list_display = ("plant", "number", "seed", "rng", "started_at", "ended_at")
    list_filter = ("plant", "rng")
    list_select_related = ("plant",)
    ordering = ("-pk",)


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin):
    """The samples, with the values of one on its page."""

    list_display = ("run", "step", "sim_hours", "sampled_at", "quality")
    list_filter = ("run__plant",)
    list_select_related = ("run__plant",)
    fields = ("run", "step", "sim_hours", "sampled_at", "source_time", "quality", "measured")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Reading]":
        """Leave the values out of lists; the page of one reading fetches its own."""
        return super().get_queryset(request).defer("values")

    @admin.display(description="values")
    def measured(self, reading: Reading) -> SafeString:
        """All 53 values with names and units."""
        variables: list[Xmeas | Xmv] = [*XMEAS, *XMV]
        return table_of(
            [
                (variable.label, variable.description, f"{value:.6g}", variable.unit)
                for variable, value in zip(variables, reading.values, strict=True)
            ]
        )


@admin.register(Injection)
class InjectionAdmin(ReadOnlyAdmin):
    """What was done to the plants, and by whom."""

    list_display = (
        "run",
        "idv",
        "magnitude",
        "start_step",
        "end_step",
        "preset",
        "injected_by",
        "injected_at",
    )
    list_filter = ("run__plant", "idv")
    list_select_related = ("run__plant", "preset", "injected_by")
    ordering = ("-injected_at",)


@admin.register(Hand)
class HandAdmin(ReadOnlyAdmin):
    """What was held by hand, and by whom."""

    list_display = ("run", "label", "value", "unit", "start_step", "end_step", "made_by", "made_at")
    list_filter = ("run__plant", "kind", "number")
    list_select_related = ("run__plant", "made_by")
    ordering = ("-made_at",)


@admin.register(IngestCount)
class IngestCountAdmin(ReadOnlyAdmin):
    """What became of the rows that were sent."""

    list_display = ("plant", "outcome", "count", "last_at", "last_detail")
    list_filter = ("plant", "outcome")
    list_select_related = ("plant",)


@admin.register(PlantEvent)
class PlantEventAdmin(ReadOnlyAdmin):
    """Trips, failures, bad readings and gaps."""

    list_display = ("at", "plant", "kind", "run", "step", "text")
    list_filter = ("plant", "kind")
    list_select_related = ("plant", "run__plant")
