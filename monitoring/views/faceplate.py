"""The faceplate of one variable, beside the flow sheet, and what a person does at it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from monitoring.views import hands
from monitoring.views.asking import ask
from monitoring.views.dashboard import find_plant, rights
from monitoring.views.faceplate_context import SPANS, faceplate_context
from monitoring.views.flowsheet import sheet_context
from monitoring.views.schedule_context import HAND
from simulation import by_hand
from simulation.cancelling import cancel_planned
from simulation.hand_forms import HandForm
from simulation.models import Plant, PlantError
from simulation.tep.variables import LABELS


@require_safe
def faceplate(request: HttpRequest, pk: int, column: int) -> HttpResponse:
    """Show one variable: alone for htmx, else beside the flow sheet."""
    return _shown(request, _plant_with(pk, column), column)


@require_POST
@permission_required("simulation.operate_plant", raise_exception=True)
def hold(request: HttpRequest, pk: int, column: int, kind: str, number: int) -> HttpResponse:
    """Take the valve or the set point of a faceplate over by hand."""
    plant = _plant_with(pk, column)
    auto_id = f"plate-{kind}-{number}-%s"
    form = hands.form_class_of(kind)(request.POST, auto_id=auto_id, label_suffix="")
    question = hands.question_before(request, plant, number, form)
    if question is not None:
        back = reverse("monitoring:faceplate", args=[plant.pk, column])
        return ask(request, plant, question, form.fields, target="#faceplate", back=back)
    if form.is_valid():
        try:
            words = hands.hold(plant, number, form, request.user)
        except PlantError as error:
            form.add_error(None, f"{error} {error.hint}")
        else:
            return _done(request, plant, column, words)
    return _shown(request, plant, column, status=422, refused=(kind, number, form))


@require_POST
@permission_required("simulation.operate_plant", raise_exception=True)
def give_back(request: HttpRequest, pk: int, column: int, kind: str, number: int) -> HttpResponse:
    """Give the valve or the set point of a faceplate back to its loop."""
    plant = _plant_with(pk, column)
    form = hands.form_class_of(kind)({}, auto_id=f"plate-{kind}-{number}-%s", label_suffix="")
    form.is_valid()
    try:
        count = by_hand.give_back(plant, kind, number, by=request.user)
    except PlantError as error:
        form.add_error(None, f"{error} {error.hint}")
        return _shown(request, plant, column, status=422, refused=(kind, number, form))
    words = "It is automatic again." if count else "It was automatic already."
    return _done(request, plant, column, words)


@require_POST
@permission_required("simulation.operate_plant", raise_exception=True)
def cancel(request: HttpRequest, pk: int, column: int, row: int) -> HttpResponse:
    """Cancel what is planned by hand at a faceplate; what has begun stays as it is."""
    plant = _plant_with(pk, column)
    try:
        words = hands.cancel_words(cancel_planned(plant, HAND, row, by=request.user))
    except PlantError as error:
        return _shown(request, plant, column, status=422, message=f"{error} {error.hint}")
    return _done(request, plant, column, words)


def _plant_with(pk: int, column: int) -> Plant:
    if column >= len(LABELS):
        raise Http404("no such variable")
    return find_plant(pk)


def _done(request: HttpRequest, plant: Plant, column: int, words: str) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        plant.refresh_from_db()
        return _shown(request, plant, column, message=words)
    messages.success(request, words)
    return redirect("monitoring:faceplate", pk=plant.pk, column=column)


def _shown(
    request: HttpRequest,
    plant: Plant,
    column: int,
    *,
    status: int = 200,
    message: str = "",
    refused: tuple[str, int, HandForm] | None = None,
) -> HttpResponse:
    context = {
        **faceplate_context(plant, column, _hours(request)),
        **rights(request.user),
        "message": message,
    }
    if refused is not None:
        kind, number, form = refused
        context |= {"refused": f"{kind}-{number}", "form": form}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "monitoring/_faceplate.html", context, status=status)
    whole = {**sheet_context(plant), **context}
    return render(request, "monitoring/flowsheet.html", whole, status=status)


def _hours(request: HttpRequest) -> int:
    asked = request.GET.get("hours", "")
    return next((hours for hours in SPANS if str(hours) == asked), SPANS[1])
