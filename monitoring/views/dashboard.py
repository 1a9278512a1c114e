"""What the dashboard of a plant shows: the context that its page and its partials share."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts import hidden_truth
from monitoring.alarms.summary import summary
from monitoring.forms import DetectorPresetForm, DetectorSettingsForm
from monitoring.live import newest_point
from monitoring.models import Alarm, AnalysisPreset, DetectorSettings
from monitoring.status import status_of
from monitoring.views.audit_context import latest_actions
from monitoring.views.fault_choice import fault_chosen
from monitoring.views.first_paint import first_paint
from monitoring.views.hands_context import hands_context
from monitoring.views.schedule_context import schedule_context
from monitoring.views.stream_context import events_context, feed_context
from monitoring.views.whatif_context import whatif_context
from simulation.forms import InjectionForm, ResetForm, SpeedForm
from simulation.models import FaultPreset, Injection, Plant, SpeedPreset
from simulation.models.reading import hours_at
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import IDV

#: Alarms in the list beside the charts.
ALARMS_SHOWN = 20
#: Lines of the panel of standing alarms.
FEW = 6


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


def switches(request: HttpRequest, plant: Plant) -> list[Switch]:
    """Return the plant's 20 disturbances with their present state in words.

    Where the session hides what is injected, only what the user has injected has a state.
    """
    found: dict[int, Injection] = {}
    if plant.current_run is not None:
        injections = plant.current_run.injections.open_after(plant.step + 1)
        for injection in hidden_truth.injections_told(request, injections):
            found.setdefault(injection.idv, injection)
    none = ("hidden", "not shown") if hidden_truth.is_hidden(request) else ("off", "off")
    return [
        Switch(
            v.number,
            v.label,
            v.description,
            v.kind,
            *(_state(plant, found[v.number]) if v.number in found else none),
        )
        for v in IDV
    ]


def _state(plant: Plant, injection: Injection) -> tuple[str, str]:
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
        "may_share": user.has_perm("monitoring.share_dashboard"),
        "may_explain": user.has_perm("explainer.request_explanation"),
    }


def controls_context(
    request: HttpRequest, plant: Plant, message: str = "", **bound: BaseForm
) -> dict[str, Any]:
    """Return the context of `_controls.html`; `bound` replaces forms by those with errors."""
    settings, chosen = DetectorSettings.of(plant), fault_chosen(request, plant)
    bad = bound.get("preset_form")
    forms: dict[str, BaseForm] = {
        "speed_form": SpeedForm(
            auto_id="speed-%s",
            label_suffix="",
            initial={"interval_seconds": f"{plant.interval_seconds:g}"},
        ),
        "reset_form": ResetForm(auto_id="reset-%s", label_suffix=""),
        "preset_form": InjectionForm(auto_id="preset-%s", label_suffix=""),
        "injection_form": InjectionForm(
            auto_id="injection-%s", label_suffix="", initial={"idvs": chosen.get("idvs", "")}
        ),
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
        "switches": switches(request, plant),
        **hands_context(plant, bound.get("hand_form")),
        **schedule_context(request, plant),
        **latest_actions(request, plant),
        "speed_presets": SpeedPreset.objects.all(),
        "preset_chosen": chosen.get("preset", "") if bad is None else bad.data.get("preset", ""),
        "fault_presets": FaultPreset.objects.all(),
        "analysis_presets": AnalysisPreset.objects.all(),
        **rights(request.user),
        "truth_hidden": hidden_truth.is_hidden(request),
        **forms,
        **bound,
    }


def stages_context(plant: Plant) -> dict[str, Any]:
    """Return the context of `_stages.html`."""
    return {"plant": plant, "status": status_of(plant)}


def dashboard_context(request: HttpRequest, plant: Plant, **bound: Any) -> dict[str, Any]:
    """Return the context of the whole page."""
    return {
        **stages_context(plant),
        **controls_context(request, plant, **bound),
        **events_context(plant),
        **({} if plant.is_simulated else feed_context(request, plant)),
        **(whatif_context(request, plant) if plant.is_simulated else {}),
        "alarms": newest_alarms(plant),
        "few": summary(plant, {}, most=FEW),
        "newest_point": newest_point(plant),
        **first_paint(plant),
        "plants": Plant.objects.all(),
        "sample_seconds": SAMPLE_SECONDS,
    }
