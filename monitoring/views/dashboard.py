"""What the dashboard of a plant shows: the context that its page and its partials share."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from monitoring.charts import GROUPS
from monitoring.forms import DetectorPresetForm, DetectorSettingsForm
from monitoring.live import newest_point
from monitoring.models import Alarm, AnalysisPreset, DetectorSettings
from monitoring.status import status_of
from monitoring.views.hands_context import hands_context
from monitoring.views.stream_context import events_context, feed_context
from monitoring.views.whatif_context import whatif_context
from simulation.forms import InjectionForm, ResetForm, SpeedForm
from simulation.models import FaultPreset, Injection, Plant, SpeedPreset
from simulation.models.reading import hours_at
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import IDV

#: Alarms in the list beside the charts.
ALARMS_SHOWN = 20


@dataclass(frozen=True)
class Switch:
    """One of the 20 disturbances, and whether it is off, on or planned for later."""

    idv: int
    label: str
    description: str
    kind: str
    state: str
    words: str


def find_plant(pk: int) -> Plant:
    """Return the plant with what every page shows of it. Raises Http404."""
    return get_object_or_404(Plant.objects.select_related("current_run", "speed_preset"), pk=pk)


def switches(plant: Plant) -> list[Switch]:
    """Return the plant's 20 disturbances with their present state in words."""
    found: dict[int, Injection] = {}
    if plant.current_run is not None:
        for injection in plant.current_run.injections.open_after(plant.step + 1):
            found.setdefault(injection.idv, injection)
    return [
        Switch(v.number, v.label, v.description, v.kind, *_state(plant, found.get(v.number)))
        for v in IDV
    ]


def _state(plant: Plant, injection: Injection | None) -> tuple[str, str]:
    if injection is None:
        return "off", "off"
    size = "" if injection.magnitude == 1.0 else f" at {injection.magnitude:g}"
    if injection.start_step > plant.step + 1:
        return "planned", f"planned for {hours_at(injection.start_step):.2f} h{size}"
    if injection.end_step is not None:
        return "on", f"on{size} until {hours_at(injection.end_step):.2f} h"
    return "on", f"on{size}"


def alarms_of(plant: Plant) -> QuerySet[Alarm]:
    """Return the alarms of all runs of the plant, newest first, with what a list needs."""
    return (
        Alarm.objects.filter(run__plant=plant)
        .select_related("run", "analysis__detector_model")
        .prefetch_related("diagnoses")
    )


def newest_alarms(plant: Plant) -> QuerySet[Alarm]:
    """Return the newest alarms of the present run, as the live push sends them."""
    return alarms_of(plant).filter(run=plant.current_run_id)[:ALARMS_SHOWN]


def rights(user: User | AnonymousUser) -> dict[str, bool]:
    """Return what the user may do, by the names that the templates use."""
    return {
        "may_operate": user.has_perm("simulation.operate_plant"),
        "may_inject": user.has_perm("simulation.inject_fault"),
        "may_tune": user.has_perm("monitoring.tune_detector"),
        "may_explain": user.has_perm("explainer.request_explanation"),
    }


def controls_context(
    request: HttpRequest, plant: Plant, message: str = "", **bound: BaseForm
) -> dict[str, Any]:
    """Return the context of `_controls.html`; `bound` replaces forms by those with errors."""
    settings = DetectorSettings.of(plant)
    forms: dict[str, BaseForm] = {
        "speed_form": SpeedForm(
            auto_id="speed-%s",
            label_suffix="",
            initial={"interval_seconds": f"{plant.interval_seconds:g}"},
        ),
        "reset_form": ResetForm(auto_id="reset-%s", label_suffix=""),
        "preset_form": InjectionForm(auto_id="preset-%s", label_suffix=""),
        "injection_form": InjectionForm(auto_id="injection-%s", label_suffix=""),
        "detector_form": DetectorSettingsForm(
            auto_id="detector-%s", label_suffix="", instance=settings
        ),
        "detector_preset_form": DetectorPresetForm(auto_id="detector-preset-%s", label_suffix=""),
    }
    return {
        "plant": plant,
        "message": message,
        "settings": settings,
        "detector": settings.detector_in_use(),
        "switches": switches(plant),
        **hands_context(plant),
        "speed_presets": SpeedPreset.objects.all(),
        "fault_presets": FaultPreset.objects.all(),
        "analysis_presets": AnalysisPreset.objects.all(),
        **rights(request.user),
        **forms,
        **bound,
    }


def stages_context(plant: Plant) -> dict[str, Any]:
    """Return the context of `_stages.html`."""
    status = status_of(plant)
    return {"plant": plant, "stages": status.stages, "stall": status.stall, "status": status}


def dashboard_context(request: HttpRequest, plant: Plant, **bound: Any) -> dict[str, Any]:
    """Return the context of the whole page."""
    return {
        **stages_context(plant),
        **controls_context(request, plant, **bound),
        **events_context(plant),
        **({} if plant.is_simulated else feed_context(request, plant)),
        **(whatif_context(request, plant) if plant.is_simulated else {}),
        "alarms": newest_alarms(plant),
        "newest_point": newest_point(plant),
        "groups": GROUPS,
        "plants": Plant.objects.all(),
        "sample_seconds": SAMPLE_SECONDS,
    }
