"""Valves and set points by hand, over HTTP."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.description import PLANT, described, query_of
from accounts.errors import NoSuchThing
from accounts.json_schema import of_form
from monitoring import schemas
from monitoring.api import NOT_NOW, OPERATE, sent, status_response
from simulation import by_hand
from simulation.api import PageForm, page_of, plant_named, run_named
from simulation.hand_forms import HandForm, SetpointForm, ValveForm
from simulation.models import Hand, Plant
from simulation.tep.loops import LOOPS
from simulation.tep.variables import N_XMV

HELD_ALREADY = "It is planned already, or the plant's present state does not allow it."
LOOP_NUMBERS = sorted(loop.number for loop in LOOPS)
VALVE_IN_PATH = OpenApiParameter(
    "number",
    {"type": "integer", "minimum": 1, "maximum": N_XMV},
    OpenApiParameter.PATH,
    description="The number of the XMV.",
    examples=[OpenApiExample("XMV(10)", value=10)],
)
LOOP_IN_PATH = OpenApiParameter(
    "number",
    {"type": "integer", "minimum": 1, "maximum": max(LOOP_NUMBERS)},
    OpenApiParameter.PATH,
    description="The number of the control loop.",
    examples=[OpenApiExample("reactor level", value=17)],
)


def _take(request: Request, pk: int, number: int, form_class: type[HandForm]) -> Response:
    plant = plant_named(pk)
    _must_exist(form_class.kind, number)
    sent(request, form_class).apply(plant, number, request.user)
    return status_response(plant)


def _give_back(request: Request, pk: int, number: int, kind: str) -> Response:
    plant = plant_named(pk)
    _must_exist(kind, number)
    if not by_hand.give_back(plant, kind, number, by=request.user):
        raise NoSuchThing(
            f"It is not held by hand on plant {pk}, nor planned to be.",
            f"GET /api/plants/{pk}/hands lists what was held.",
        )
    return status_response(plant)


def _must_exist(kind: str, number: int) -> None:
    if kind == by_hand.VALVE and not 1 <= number <= N_XMV:
        raise NoSuchThing(f"There is no XMV({number}).", f"Valves are 1 to {N_XMV}.")
    if kind == by_hand.SETPOINT and number not in LOOP_NUMBERS:
        numbers = ", ".join(map(str, LOOP_NUMBERS))
        raise NoSuchThing(f"There is no loop {number}.", f"Loops are {numbers}.")


def _hands_of(plant: Plant, number: int | None) -> "QuerySet[Hand]":
    run = run_named(plant, number)
    return Hand.objects.filter(run=run).select_related("made_by")


@described(
    "Reading",
    schemas.HANDS,
    parameters=[PLANT, *query_of(PageForm, "run")],
    example=schemas.HANDS_EXAMPLE,
)
@api_view(["GET"])
def hands(request: Request, pk: int) -> Response:
    """Give what was held by hand in a run: valves and set points, with who and when."""
    plant = plant_named(pk)
    number = page_of(request)["run"]
    run = run_named(plant, number)
    return Response(
        {
            "plant": plant.pk,
            "run": run.number if run else None,
            "hands": [hand.as_json() for hand in _hands_of(plant, number)],
        }
    )


@described(
    "Operating",
    schemas.STATUS,
    methods=["POST"],
    summary="Take a valve over by hand.",
    description="Without a position it is held where it is; with `ramp_minutes` it goes to the "
    "position in equal steps. Its loop stands by.",
    parameters=[PLANT, VALVE_IN_PATH],
    body=of_form(ValveForm, required=()),
    examples={
        "position": {"position": 38},
        "ramp": {"position": 35, "ramp_minutes": 20},
        "where it is": {},
    },
    refuses={409: HELD_ALREADY},
)
@described(
    "Operating",
    schemas.STATUS,
    methods=["DELETE"],
    summary="Give a valve back to its loop.",
    description="The loop goes on without a bump. XMV(12) has no loop: a 409.",
    parameters=[PLANT, VALVE_IN_PATH],
    refuses={409: NOT_NOW},
)
@api_view(["POST", "DELETE"])
@permission_classes([OPERATE])
def valve(request: Request, pk: int, number: int) -> Response:
    """Take a valve over by hand, or give it back."""
    if request.method == "DELETE":
        return _give_back(request, pk, number, by_hand.VALVE)
    return _take(request, pk, number, ValveForm)


@described(
    "Operating",
    schemas.STATUS,
    methods=["POST"],
    summary="Hold the set point of a loop by hand.",
    description="Without a value it is held where it is; with `ramp_minutes` it goes to the value "
    "in equal steps. A cascade that sets it is opened.",
    parameters=[PLANT, LOOP_IN_PATH],
    body=of_form(SetpointForm, required=()),
    examples={
        "value": {"value": 70},
        "ramp": {"value": 70, "ramp_minutes": 60},
        "where it is": {},
    },
    refuses={409: HELD_ALREADY},
)
@described(
    "Operating",
    schemas.STATUS,
    methods=["DELETE"],
    summary="Give a set point back to its cascade, or to its published value.",
    parameters=[PLANT, LOOP_IN_PATH],
    refuses={409: NOT_NOW},
)
@api_view(["POST", "DELETE"])
@permission_classes([OPERATE])
def setpoint(request: Request, pk: int, number: int) -> Response:
    """Hold a set point by hand, or give it back."""
    if request.method == "DELETE":
        return _give_back(request, pk, number, by_hand.SETPOINT)
    return _take(request, pk, number, SetpointForm)
