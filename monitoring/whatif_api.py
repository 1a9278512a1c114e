"""Branches, twins and forecasts over HTTP."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.bodies import body_of
from accounts.description import PLANT, described
from accounts.errors import NoSuchThing
from accounts.json_schema import of_form
from monitoring import whatif_schemas as schemas
from monitoring.api import OPERATE, sent
from simulation import branching, forecasting, tasks
from simulation.api import plant_named
from simulation.models import ForecastRecord, Plant
from simulation.models.reading import hours_at
from simulation.whatif_forms import BranchForm

BRANCH_IN_PATH = OpenApiParameter(
    "branch",
    {"type": "integer", "minimum": 1},
    OpenApiParameter.PATH,
    description="The branch's own number as a plant.",
    examples=[OpenApiExample("a branch", value=2)],
)
NO_BRANCH = "The plant's present state does not allow it, or it has too many branches."


def branch_as_json(made: Plant) -> dict[str, Any]:
    """Return what the API tells of a branch."""
    run = made.run
    return {
        "id": made.pk,
        "name": made.name,
        "description": made.description,
        "state": made.state,
        "state_reason": made.state_reason,
        "of_plant": run.parent.plant_id if run.parent else None,
        "of_run": run.parent.number if run.parent else None,
        "branch_step": run.branch_step,
        "branch_time_h": hours_at(run.branch_step or 0),
        "step": made.step,
        "sim_time_h": made.sim_hours,
        "until_step": made.run_until_step,
    }


def _listed(plant: Plant) -> Response:
    found = [branch_as_json(made) for made in branching.branches_of(plant)]
    return Response({"plant": plant.pk, "branches": found})


@described(
    "What if",
    schemas.BRANCHES,
    methods=["GET"],
    summary="Give the branches of a plant, oldest first.",
    parameters=[PLANT],
    example=schemas.BRANCHES_EXAMPLE,
)
@described(
    "What if",
    schemas.BRANCH,
    methods=["POST"],
    summary="Begin a branch: a new plant with the same past, and something different from then on.",
    description="It is prepared and run by a task, as fast as it can, and then rests. An unchanged "
    "branch equals its original to the bit.",
    parameters=[PLANT],
    body=of_form(BranchForm),
    examples={
        "a valve": {"hours": 8, "xmv": 10, "position": 45},
        "the fault had not come": {"hours": 8, "at_step": 160, "without_faults": True},
    },
    status=201,
    refuses={409: NO_BRANCH},
)
@api_view(["GET", "POST"])
@permission_classes([OPERATE])
def branches(request: Request, pk: int) -> Response:
    """Give the branches of a plant, or begin one."""
    plant = plant_named(pk)
    if request.method == "GET":
        return _listed(plant)
    return _begun(sent(request, BranchForm).apply(plant, request.user))


def _begun(made: Plant) -> Response:
    tasks.hint_ahead(made.pk)
    found = branching.branches_of(made.run.parent.plant).get(pk=made.pk)  # type: ignore[union-attr]
    return Response(branch_as_json(found), status=201)


@described(
    "What if",
    schemas.BRANCH,
    methods=["POST"],
    summary="Begin the no-fault twin: the same seed and noise without the injections.",
    description="Live minus twin is the effect of the faults alone; exactly zero before the first.",
    parameters=[PLANT],
    status=201,
    refuses={409: "No fault has acted on the run, or the plant has too many branches."},
)
@api_view(["POST"])
@permission_classes([OPERATE])
def twin(request: Request, pk: int) -> Response:
    """Begin the no-fault twin of a plant's run."""
    plant = plant_named(pk)
    body_of(request, ())
    return _begun(branching.twin(plant, by=request.user))


@described(
    "What if",
    schemas.BRANCHES,
    methods=["DELETE"],
    summary="Delete a branch with everything that it stored.",
    parameters=[PLANT, BRANCH_IN_PATH],
)
@api_view(["DELETE"])
@permission_classes([OPERATE])
def branch(request: Request, pk: int, branch: int) -> Response:
    """Delete a branch of a plant."""
    plant = plant_named(pk)
    made = branching.branches_of(plant).filter(pk=branch).first()
    if made is None:
        raise NoSuchThing(
            f"Plant {pk} has no branch {branch}.", f"GET /api/plants/{pk}/branches lists them."
        )
    branching.delete(made, by=request.user)
    return _listed(plant)


@described(
    "What if",
    schemas.NEWEST_FORECAST,
    methods=["GET"],
    summary="Give the newest forecast of a plant.",
    description="The simulator's own knowledge of the plant's true state, faults included: not "
    "something that a detector could know.",
    parameters=[PLANT],
    example={"plant": 1, "forecast": schemas.FORECAST_EXAMPLE},
)
@described(
    "What if",
    schemas.ASKED,
    methods=["POST"],
    summary="Ask for a forecast from the plant's present state.",
    description="Computed by a task, about a second later; GET gives it.",
    parameters=[PLANT],
    status=202,
    refuses={409: "The plant's present state does not allow it."},
)
@api_view(["GET", "POST"])
@permission_classes([OPERATE])
def forecast(request: Request, pk: int) -> Response:
    """Give the newest forecast of a plant, or ask for one."""
    plant = plant_named(pk)
    if request.method == "POST":
        body_of(request, ())
        forecasting.check(plant)
        return Response({"plant": plant.pk, "asked": tasks.hint_forecast(plant.pk)}, status=202)
    record = ForecastRecord.objects.filter(plant=plant).select_related("run").first()
    return Response({"plant": plant.pk, "forecast": record.as_json() if record else None})
