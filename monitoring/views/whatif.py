"""Branches, twins and forecasts: what a user asks for on a plant's page."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from monitoring.views.asking import ask, is_confirmed
from monitoring.views.dashboard import dashboard_context, find_plant
from monitoring.views.questions import branch_question
from monitoring.views.whatif_context import whatif_context
from simulation import branching, forecasting, tasks
from simulation.models import Plant, PlantError
from simulation.whatif_forms import BranchForm

may_operate = permission_required("simulation.operate_plant", raise_exception=True)
NO_ROOM = "The queue is full or the broker is away; the stages say which. Try again."


@require_safe
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the panel alone."""
    return _panel(request, _simulated(pk))


@require_POST
@may_operate
def branch(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a branch."""
    plant = _simulated(pk)
    form = BranchForm(request.POST, auto_id="branch-%s", label_suffix="")

    def act() -> str:
        made = form.apply(plant, request.user)
        tasks.hint_ahead(made.pk)
        return f"{made.name} is being prepared."

    return _carry_out(request, plant, form, act)


@require_POST
@may_operate
def twin(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the no-fault twin."""
    plant = _simulated(pk)

    def act() -> str:
        made = branching.twin(plant, by=request.user)
        tasks.hint_ahead(made.pk)
        return f"{made.name} is being prepared."

    return _carry_out(request, plant, Form({}), act)


@require_POST
@may_operate
def forecast(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a forecast."""
    plant = _simulated(pk)

    def act() -> str:
        forecasting.check(plant)
        return "The forecast is being made." if tasks.hint_forecast(plant.pk) else NO_ROOM

    return _carry_out(request, plant, Form({}), act)


@require_POST
@may_operate
def delete(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Delete a branch."""
    plant = _simulated(pk)
    made = branching.branches_of(plant).filter(pk=other).first()
    if made is None:
        raise Http404("there is no such branch")

    if not is_confirmed(request):
        return ask(request, plant, branch_question(made), target="#whatif")

    def act() -> str:
        branching.delete(made, by=request.user)
        return f"{made.name} is deleted."

    return _carry_out(request, plant, Form({}), act)


def _simulated(pk: int) -> Plant:
    plant = find_plant(pk)
    if not plant.is_simulated:
        raise Http404("a plant that is fed from outside has no branches")
    return plant


def _panel(
    request: HttpRequest, plant: Plant, *, status: int = 200, **told: object
) -> HttpResponse:
    context = whatif_context(request, plant, **told)  # type: ignore[arg-type]
    return render(request, "monitoring/_whatif.html", context, status=status)


def _carry_out(
    request: HttpRequest, plant: Plant, form: Form, act: Callable[[], str]
) -> HttpResponse:
    """Do what is asked; what the plant refuses is said in the panel."""
    if form.is_valid():
        try:
            message = act()
        except PlantError as error:
            form.add_error(None, f"{error} {error.hint}")
        else:
            if request.htmx:  # type: ignore[attr-defined]
                return _panel(request, plant, message=message)
            messages.success(request, message)
            return redirect("monitoring:plant", pk=plant.pk)
    shown = form if isinstance(form, BranchForm) else None
    told = "" if shown is not None else " ".join(map(str, form.non_field_errors()))
    if request.htmx:  # type: ignore[attr-defined]
        return _panel(request, plant, status=422, message=told, form=shown)
    context = dashboard_context(request, plant) | whatif_context(request, plant, told, shown)
    return render(request, "monitoring/plant.html", context, status=422)
