"""The control room as JSON: status, what the detector found, and the calls that operate a plant."""

from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import outage
from accounts.bodies import body_of
from accounts.description import PLANT, described, query_of
from accounts.errors import NoSuchThing
from accounts.json_schema import of_form
from accounts.permissions import may
from monitoring import schemas, status
from monitoring.alarms import stalls
from monitoring.forms import DetectorPresetForm, DetectorSettingsForm
from monitoring.models import Alarm, Analysis, DetectorSettings
from simulation.api import PageForm, page_of, plant_named, rows_of, run_named
from simulation.forms import ClearForm, InjectionForm, ResetForm, SpeedForm
from simulation.models import Injection, Plant
from simulation.tep.variables import N_IDV

FormOf = TypeVar("FormOf", bound="forms.Form | forms.ModelForm[Any]")
OPERATE, INJECT = may("simulation.operate_plant"), may("simulation.inject_fault")
TUNE = may("monitoring.tune_detector")
NOT_NOW = "The plant's present state does not allow it."
IDV_IN_PATH = OpenApiParameter(
    "idv",
    {"type": "integer", "minimum": 1, "maximum": N_IDV},
    OpenApiParameter.PATH,
    description="The number of the fault.",
    examples=[OpenApiExample("IDV(4)", value=4)],
)
ACTION_IN_PATH = OpenApiParameter(
    "action",
    {"type": "string", "enum": ["start", "pause", "resume", "stop"]},
    OpenApiParameter.PATH,
    description="What the plant is to do.",
    examples=[OpenApiExample("start", value="start")],
)


def valid(form: forms.BaseForm) -> Any:
    """Return the form if its values will do. Raises ValidationError."""
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return form


def sent(request: Request, form_class: type[FormOf]) -> FormOf:
    """Return the form of what was sent, if its values will do and nothing else was sent.

    Raises ParseError, ValidationError.
    """
    valid(form := form_class(body_of(request, form_class.base_fields)))
    return form


def status_response(plant: Plant) -> Response:
    """Answer with the plant as it is now."""
    return Response(status.plant_statuses([plant_named(plant.pk)])[0])


@described(
    "Watching",
    schemas.HEALTHY,
    answers={503: ("Something stands still; `culprit` says what.", schemas.UNHEALTHY)},
    example={"status": "ok", "plants": 1, "stages": {"clock": "ok", "simulate": "ok"}},
)
@never_cache
@api_view(["GET"])
@authentication_classes([])
@permission_classes([])
def healthz(request: Request) -> Response:
    """Tell whoever watches the service whether everything moves, and else what does not."""
    try:
        found = status.plants_with_status()
        stalls.note(found)
        healthy, facts = status.health(found)
    except outage.OUTAGES as error:
        said, hint = outage.words_for(error)
        healthy = False
        facts = {"status": "down", "culprit": "database", "error": said, "hint": hint}
    return Response(facts, status=200 if healthy else 503)


@described("Reading", schemas.STATUSES, example=schemas.STATUSES_EXAMPLE)
@never_cache
@api_view(["GET"])
def plants(request: Request) -> Response:
    """Give the status of every plant."""
    found = list(Plant.objects.select_related("current_run", "speed_preset"))
    return Response(
        {
            "plants": status.plant_statuses(found),
            "time": timezone.now().isoformat(),
        }
    )


@described(
    "Reading",
    schemas.ANALYSES,
    parameters=[PLANT, *query_of(PageForm)],
    example=schemas.ANALYSES_EXAMPLE,
)
@api_view(["GET"])
def analyses(request: Request, pk: int) -> Response:
    """Give the scored points of a run in order, from after a step on."""
    page = page_of(request)
    plant = plant_named(pk)
    run = run_named(plant, page["run"])
    # Prefetched, not joined: a detector's parameters are large and the same for every row.
    found = (
        Analysis.objects.filter(run=run)
        .select_related("detector_model")
        .defer("detector_model__parameters")
    )
    rows, more = rows_of(found, page)
    return Response(
        {
            "plant": plant.pk,
            "run": run.number if run else None,
            "analyses": [analysis.as_json() for analysis in rows],
            "more": more,
        }
    )


@described(
    "Reading",
    schemas.ALARMS,
    parameters=[PLANT, *query_of(PageForm, "run")],
    example=schemas.ALARMS_EXAMPLE,
)
@api_view(["GET"])
def alarms(request: Request, pk: int) -> Response:
    """Give the alarms of a run, newest first."""
    plant = plant_named(pk)
    run = run_named(plant, page_of(request)["run"])
    found = Alarm.objects.filter(run=run).select_related("run")
    return Response(
        {
            "plant": plant.pk,
            "run": run.number if run else None,
            "alarms": [alarm.as_json() for alarm in found],
        }
    )


@described(
    "Reading",
    schemas.INJECTIONS,
    methods=["GET"],
    summary="Give the injections of a run: what was done to the plant.",
    description="The truth that the detector's alarms are held against.",
    parameters=[PLANT, *query_of(PageForm, "run")],
    example=schemas.INJECTIONS_EXAMPLE,
)
@described(
    "Operating",
    schemas.STATUS,
    methods=["POST"],
    summary="Inject one fault, several, or those of a preset.",
    description="Of several faults all are injected or none.",
    parameters=[PLANT],
    body=of_form(InjectionForm),
    examples={
        "one": {"idv": 4},
        "several": {"idvs": [1, 6], "start_after_hours": 1, "end_after_hours": 5},
        "preset": {"preset": "idv-4"},
    },
    refuses={409: "A fault is set already, or the plant has not been started."},
)
@described(
    "Operating",
    schemas.STATUS,
    methods=["DELETE"],
    summary="Clear all faults, in force or planned.",
    description="A plant without faults stays as it is.",
    parameters=[PLANT],
    refuses={409: NOT_NOW},
)
@api_view(["GET", "POST", "DELETE"])
@permission_classes([INJECT])
def injections(request: Request, pk: int) -> Response:
    """Give the injections of a run, inject, or clear all faults."""
    plant = plant_named(pk)
    if request.method == "POST":
        form = sent(request, InjectionForm)
        form.apply(plant, request.user)
        return status_response(plant)
    if request.method == "DELETE":
        plant.clear(by=request.user)
        return status_response(plant)
    run = run_named(plant, page_of(request)["run"])
    found = Injection.objects.filter(run=run).select_related("preset", "injected_by")
    return Response(
        {
            "plant": plant.pk,
            "run": run.number if run else None,
            "injections": [injection.as_json() for injection in found],
        }
    )


@described(
    "Operating",
    schemas.STATUS,
    methods=["DELETE"],
    example=schemas.STATUS_EXAMPLE,
    parameters=[PLANT, IDV_IN_PATH],
    refuses={400: "There is no such IDV.", 409: NOT_NOW},
)
@api_view(["DELETE"])
@permission_classes([INJECT])
def injection(request: Request, pk: int, idv: int) -> Response:
    """Clear one fault, in force or planned."""
    plant = plant_named(pk)
    if not valid(ClearForm({"idv": idv})).apply(plant, request.user):
        raise NoSuchThing(
            f"IDV({idv}) is neither in force nor planned on plant {pk}.",
            f"GET /api/plants/{pk}/injections lists the injections.",
        )
    return status_response(plant)


@described(
    "Operating",
    schemas.STATUS,
    methods=["POST"],
    example=schemas.STATUS_EXAMPLE,
    parameters=[PLANT, ACTION_IN_PATH],
    refuses={409: NOT_NOW},
)
@api_view(["POST"])
@permission_classes([OPERATE])
def operate(request: Request, pk: int, action: str) -> Response:
    """Start, pause, resume or stop a plant."""
    plant = plant_named(pk)
    body_of(request, ())
    getattr(plant, action)(by=request.user)  # the address admits these four words only
    return status_response(plant)


@described(
    "Operating",
    schemas.STATUS,
    methods=["POST"],
    example=schemas.STATUS_EXAMPLE,
    parameters=[PLANT],
    body=of_form(ResetForm),
    examples={"seed": {"seed": 4651207995}, "fresh": {}},
    refuses={409: NOT_NOW},
)
@api_view(["POST"])
@permission_classes([OPERATE])
def reset(request: Request, pk: int) -> Response:
    """Begin a new run, with a seed if one is given."""
    plant = plant_named(pk)
    sent(request, ResetForm).apply(plant, request.user)
    return status_response(plant)


@described(
    "Operating",
    schemas.STATUS,
    methods=["POST"],
    summary="Clear all faults, give all hands back, begin a new run from the base case, and run.",
    description="Whatever state the plant is in, tripped or failed as well. One act with one entry "
    "in the audit trail; the readings of the run before stay.",
    example=schemas.STATUS_EXAMPLE,
    parameters=[PLANT],
    refuses={409: "The plant is fed from outside."},
)
@api_view(["POST"])
@permission_classes([OPERATE])
def emergency_reset(request: Request, pk: int) -> Response:
    """Bring a plant back to normal operation at once."""
    plant = plant_named(pk)
    body_of(request, ())
    plant.emergency_reset(by=request.user)
    return status_response(plant)


@described(
    "Operating",
    schemas.STATUS,
    methods=["POST"],
    example=schemas.STATUS_EXAMPLE,
    parameters=[PLANT],
    body=of_form(SpeedForm),
    examples={
        "interval": {"interval_seconds": 2.5},
        "factor": {"factor": 50},
        "preset": {"preset": "demo"},
    },
)
@api_view(["POST"])
@permission_classes([OPERATE])
def speed(request: Request, pk: int) -> Response:
    """Set the speed: a preset, an interval, or a factor to real time; from the next tick on."""
    plant = plant_named(pk)
    sent(request, SpeedForm).apply(plant, request.user)
    return status_response(plant)


@described(
    "Operating",
    schemas.STATUS,
    methods=["POST"],
    example=schemas.STATUS_EXAMPLE,
    parameters=[PLANT],
    body={
        "oneOf": [
            {**of_form(DetectorSettingsForm, required=()), "minProperties": 1},
            of_form(DetectorPresetForm, required=["preset"]),
        ]
    },
    examples={"values": {"decimation": 4, "alpha": 0.001}, "preset": {"preset": "balanced"}},
)
@api_view(["POST"])
@permission_classes([TUNE])
def detector(request: Request, pk: int) -> Response:
    """Set some of the detector's settings, or all by a preset; used from the next point on."""
    plant = plant_named(pk)
    body = body_of(request, ["preset", *DetectorSettingsForm.base_fields])
    settings = DetectorSettings.of(plant)
    given = [name for name in DetectorSettingsForm.base_fields if name in body]
    if ("preset" in body) == bool(given):
        raise ValidationError(gettext("Give either preset or some of the settings."), code="one_of")
    if given:
        valid(DetectorSettingsForm(body, instance=settings, partial=True)).save(by=request.user)
    else:
        valid(DetectorPresetForm(body)).apply(settings, request.user)
    return status_response(plant)
