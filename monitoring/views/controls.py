"""What a user does to a plant and to its detector.

Every form posts to one of these views. A page with htmx gets the control panel back; one without
gets a redirect to the dashboard, or the dashboard with the form's errors.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.forms import Form, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.models import AuditEntry
from monitoring.forms import DetectorPresetForm, DetectorSettingsForm
from monitoring.models import DetectorSettings
from monitoring.views.asking import ask, is_confirmed
from monitoring.views.audit_context import is_of, lines_of
from monitoring.views.dashboard import controls_context, dashboard_context, find_plant
from monitoring.views.fault_choice import keep_fault_chosen
from monitoring.views.questions import emergency_question, reset_question, stop_question
from simulation.forms import ClearForm, InjectionForm, ResetForm, SpeedForm
from simulation.models import Plant, PlantError
from simulation.models.reading import hours_at

DONE_WORDS = {
    "start": "The plant is running.",
    "pause": "The plant is paused.",
    "resume": "The plant is running again.",
    "stop": "The plant is stopped. The next start begins a new run.",
}


@require_safe
def controls(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the control panel alone."""
    return render(request, "monitoring/_controls.html", controls_context(request, find_plant(pk)))


def answer(
    request: HttpRequest, plant: Plant, message: str, done: Iterable[AuditEntry] = ()
) -> HttpResponse:
    """Tell that it is done, and offer to undo it."""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, message)
        return redirect("monitoring:plant", pk=plant.pk)
    plant.refresh_from_db()
    context = controls_context(request, plant, message=message)
    context["done_lines"] = lines_of([one for one in done if is_of(one, plant)], request.user)
    return render(request, "monitoring/_controls.html", context)


def refuse(request: HttpRequest, plant: Plant, name: str, form: Form | ModelForm) -> HttpResponse:
    """Show the form again with its errors beside the fields."""
    plant.refresh_from_db()
    bound: dict[str, Any] = {name: form}
    if request.htmx:  # type: ignore[attr-defined]
        context = controls_context(request, plant, **bound)
        return render(request, "monitoring/_controls.html", context, status=422)
    context = dashboard_context(request, plant, **bound)
    return render(request, "monitoring/plant.html", context, status=422)


def carry_out(
    request: HttpRequest, plant: Plant, name: str, form: Form, act: Callable[[], str]
) -> HttpResponse:
    """Do what a valid form asks; what the plant refuses becomes an error of the form."""
    if form.is_valid():
        try:
            with audit.noting() as done:
                message = act()
            return answer(request, plant, message, done)
        except PlantError as error:
            form.add_error(None, f"{error} {error.hint}")
        except ValidationError as error:
            form.add_error(None, error)
    return refuse(request, plant, name, form)


@require_POST
@permission_required("simulation.operate_plant", raise_exception=True)
def operate(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Start, pause, resume, stop or reset; what ends a run is asked first."""
    plant = find_plant(pk)
    form = ResetForm(request.POST, auto_id="reset-%s", label_suffix="")
    if action in {"stop", "reset"} and form.is_valid() and not is_confirmed(request):
        question = stop_question(request, plant)
        if action == "reset":
            question = reset_question(request, plant, form.cleaned_data["seed"])
        return ask(request, plant, question, form.fields)

    def act() -> str:
        if action != "reset":
            getattr(plant, action)(by=request.user)
            return DONE_WORDS[action]
        form.apply(plant, request.user)
        return f"Run {plant.run.number} has begun from the base case, without faults."

    return carry_out(request, plant, "reset_form", form, act)


@require_POST
@permission_required("simulation.operate_plant", raise_exception=True)
def emergency_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring the plant back to normal operation; asked twice."""
    plant = find_plant(pk)
    if not is_confirmed(request):
        return ask(request, plant, emergency_question(request, plant))

    def act() -> str:
        plant.emergency_reset(by=request.user)
        return f"Run {plant.run.number} runs from the base case: no fault, nothing by hand."

    return carry_out(request, plant, "emergency_form", Form({}), act)


@require_POST
@permission_required("simulation.operate_plant", raise_exception=True)
def speed(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the interval between samples."""
    plant = find_plant(pk)
    form = SpeedForm(request.POST, auto_id="speed-%s", label_suffix="")

    def act() -> str:
        form.apply(plant, request.user)
        words = plant.speed_words
        return f"{words[0].upper()}{words[1:]} from the next one on."

    return carry_out(request, plant, "speed_form", form, act)


@require_POST
@permission_required("simulation.inject_fault", raise_exception=True)
def inject(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch faults on, now or later."""
    plant = find_plant(pk)
    name = "preset_form" if "preset" in request.POST else "injection_form"
    form = InjectionForm(request.POST, auto_id=f"{name.removesuffix('_form')}-%s", label_suffix="")

    def act() -> str:
        made = form.apply(plant, request.user)
        keep_fault_chosen(request, plant, form)
        labels = ", ".join(f"IDV({injection.idv})" for injection in made)
        start = made[0].start_step
        when = "the next step" if start == plant.step + 1 else f"{hours_at(start):.2f} h"
        return f"{labels} injected, in force from {when} on."

    return carry_out(request, plant, name, form, act)


@require_POST
@permission_required("simulation.inject_fault", raise_exception=True)
def clear(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch one fault off, or all of them."""
    plant = find_plant(pk)
    form = ClearForm(request.POST, auto_id="clear-%s", label_suffix="")

    def act() -> str:
        count = form.apply(plant, request.user)
        idv = form.cleaned_data["idv"]
        if idv is not None:
            return f"IDV({idv}) is off." if count else f"IDV({idv}) was off already."
        return f"{count} fault{'s' if count != 1 else ''} cleared." if count else "No fault was on."

    return carry_out(request, plant, "clear_form", form, act)


@require_POST
@permission_required("monitoring.tune_detector", raise_exception=True)
def detector(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the detector's settings."""
    plant = find_plant(pk)
    form: Any = DetectorSettingsForm(
        request.POST, auto_id="detector-%s", label_suffix="", instance=DetectorSettings.of(plant)
    )

    def act() -> str:
        form.save(by=request.user)
        return "Detector settings saved; they hold from the next scored point on."

    return carry_out(request, plant, "detector_form", form, act)


@require_POST
@permission_required("monitoring.tune_detector", raise_exception=True)
def detector_preset(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over a named set of detector settings."""
    plant = find_plant(pk)
    form = DetectorPresetForm(request.POST, auto_id="detector-preset-%s", label_suffix="")

    def act() -> str:
        form.apply(DetectorSettings.of(plant), request.user)
        return f"Detector preset {form.cleaned_data['preset'].name} is set."

    return carry_out(request, plant, "detector_preset_form", form, act)
