"""The plants, for engineers, and never in the worker's way."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import AuditedAdmin
from simulation.form_fields import NumberField
from simulation.models import Plant, PlantError, Reading, Run


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
            raise ValidationError(gettext("Choose a new preset or write a new interval, not both."))
        return values


#: What each action does, as the question before it says it.
MEANING = {
    "start": "A stopped plant begins a new run from the base case and runs by the clock.",
    "pause": "The plants hold where they are and take no samples until they are resumed.",
    "resume": "The plants go on with the next step of their runs.",
    "stop": "The runs end. Their readings, alarms and explanations stay; the next start begins "
    "a new run.",
    "reset": "A reset begins a new run from the base case, without faults and with a fresh seed. "
    "The readings, alarms and explanations of the present run stay. A plant that runs goes on "
    "running.",
}


@admin.register(Plant)
class PlantAdmin(AuditedAdmin):
    """The plants. Nothing here writes what the worker writes: step, state of the simulator."""

    about = "The plants: simulated, or fed from outside; speed, what an outage means, what is kept."
    form = PlantForm
    list_filter = ("state", "source", "speed_preset", "catch_up")
    search_fields = ("name", "description")
    list_display = (
        "name",
        "source",
        "state",
        "step",
        "interval_seconds",
        "speed_preset",
        "run_number",
        "sampled_at",
    )
    list_select_related = ("speed_preset", "current_run")
    readonly_fields = ("state", "state_reason", "run_number", "step", "sampled_at", "created_at")
    actions = ("start", "pause", "resume", "stop", "reset")
    fieldsets = (
        (None, {"fields": ("name", "description", "source", "variables")}),
        ("Speed", {
            "fields": ("speed_preset", "interval_seconds"),
            "description": "A preset, or wall seconds of its own. It holds from the next sample "
            "on; a running plant need not be stopped.",
        }),
        ("After an outage, and what is kept", {
            "fields": ("catch_up", "keep_days", "keep_readings"),
        }),
        ("As it is now", {
            "fields": ("state", "state_reason", "run_number", "step", "sampled_at", "created_at"),
        }),
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Plant | None = None) -> Any:
        """Keep source and variables as they were chosen: the stored readings rest on them."""
        fixed = () if obj is None else ("source", "variables")
        return (*super().get_readonly_fields(request, obj), *fixed)

    @admin.display(description=_("run"))
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
            self.record_change(request, obj, form, only=words)
        if "speed_preset" in form.changed_data and preset is not None:
            obj.set_speed(preset=preset, by=request.user)
        elif {"speed_preset", "interval_seconds"} & set(form.changed_data):
            obj.set_speed(interval_seconds=interval, by=request.user)

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

    @admin.action(description=_("Start (asks first)"), permissions=["operate"])
    def start(self, request: HttpRequest, queryset: "QuerySet[Plant]") -> HttpResponse | None:
        """Start the plants."""
        return self._asked(request, queryset, "start", "started", Plant.start)

    @admin.action(description=_("Pause (asks first)"), permissions=["operate"])
    def pause(self, request: HttpRequest, queryset: "QuerySet[Plant]") -> HttpResponse | None:
        """Pause the plants."""
        return self._asked(request, queryset, "pause", "paused", Plant.pause)

    @admin.action(description=_("Resume (asks first)"), permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: "QuerySet[Plant]") -> HttpResponse | None:
        """Resume the plants."""
        return self._asked(request, queryset, "resume", "resumed", Plant.resume)

    @admin.action(description=_("Stop (asks first)"), permissions=["operate"])
    def stop(self, request: HttpRequest, queryset: "QuerySet[Plant]") -> HttpResponse | None:
        """End the runs of the plants."""
        return self._asked(request, queryset, "stop", "stopped", Plant.stop)

    @admin.action(description=_("Reset (asks first)"), permissions=["operate"])
    def reset(self, request: HttpRequest, queryset: "QuerySet[Plant]") -> HttpResponse | None:
        """Begin a new run of the plants."""
        return self._asked(request, queryset, "reset", "reset", Plant.reset)

    def _asked(
        self,
        request: HttpRequest,
        plants: "QuerySet[Plant]",
        action: str,
        done: str,
        operate: Callable[..., None],
    ) -> HttpResponse | None:
        """Ask, and operate the plants once the question is answered."""
        if request.POST.get("confirmed"):
            self._each(request, plants, done, operate)
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{action.capitalize()} the selected plants?",
            "action": action,
            "meaning": MEANING[action],
            "plants": plants,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/simulation/plant/operate.html", context)

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
