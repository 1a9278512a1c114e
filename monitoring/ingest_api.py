"""Feeding a plant from outside, over HTTP; and what became of the rows."""

import json
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.decorators import (
    api_view,
    parser_classes,
    permission_classes,
    throttle_classes,
)
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import audit
from accounts.description import PLANT, described, query_of
from accounts.errors import TooLarge
from accounts.json_schema import of_form
from accounts.permissions import may
from monitoring import ingest_schemas, schemas
from monitoring.api import sent, status_response
from monitoring.ingest_throttle import IngestThrottle, tell_refusals
from monitoring.models import AnalysisCursor, DetectorSettings
from simulation.api import PageForm, page_of, plant_named, run_named
from simulation.ingest import Outcome, StepConflict, count_refused, required_labels, store_rows
from simulation.ingest.bodies import MAX_ROWS, ROWS_NAMED, BodyRefused, TooManyRows, feed_of
from simulation.models import IngestCount, Plant, PlantEvent, Reading

#: A thousand rows of 52 values fit into it.
MAX_INGEST_BYTES = 1024 * 1024
FEED, ADD = may("simulation.feed_plant"), may("simulation.add_plant")


class RowsParser(JSONParser):
    """JSON that hides nothing: a key given twice is an error; NaN comes through, to be refused."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the value of the body. Raises ParseError."""
        try:
            return json.loads(stream.read().decode("utf-8-sig"), object_pairs_hook=_each_once)
        except RecursionError as error:
            raise ParseError("The JSON of the body is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        shown = twice[:60].encode("ascii", "backslashreplace").decode()
        raise ValueError(f"the name {shown!r} is given twice in one object")
    return found


@described(
    "Feeding",
    ingest_schemas.FEED_STATUS,
    methods=["GET"],
    summary="Tell what a row must hold, the last step, and what became of the rows sent.",
    description="A sender that begins anew goes on after `last_step`.",
    parameters=[PLANT],
    example=ingest_schemas.FEED_STATUS_EXAMPLE,
)
@described(
    "Feeding",
    ingest_schemas.RECEIPT,
    methods=["POST"],
    summary="Send one row or a batch to a plant that is fed from outside.",
    description="What is answered with 202 is stored; of a batch all rows are stored or none. "
    "A row with the step or the key of a stored one and the same values changes nothing.",
    parameters=[PLANT, ingest_schemas.IDEMPOTENCY_KEY],
    body=ingest_schemas.BODY,
    forms_too=False,
    status=202,
    example=ingest_schemas.RECEIPT_EXAMPLE,
    examples=ingest_schemas.BODY_EXAMPLES,
    answers={
        409: (
            "A row contradicts what is stored, or the plant does not take rows now.",
            ingest_schemas.CONFLICT,
        ),
        422: ("Rows are refused; nothing was stored.", ingest_schemas.REFUSED),
    },
    refuses={429: "More posts in a second than are taken; `Retry-After` says when to come back."},
)
@api_view(["GET", "POST"])
@parser_classes([RowsParser])
@permission_classes([FEED])
@throttle_classes([IngestThrottle])
def ingest(request: Request, pk: int) -> Response:
    """Take rows for a plant that is fed from outside; or tell what it takes and has counted."""
    plant = plant_named(pk)
    if request.method == "GET":
        return Response(feed_status(plant))
    tell_refusals(plant.pk, at_once=True)
    if not plant.is_simulated:
        feed = _feed_in(request, plant)
        if isinstance(feed, Response):
            return feed
        rows, run = feed.rows, feed.run
    else:
        rows, run = [], None  # store_rows says why
    try:
        receipt = store_rows(plant, rows, run=run)
    except StepConflict as error:
        rows_said = [{"row": place, "error": said} for place, said in error.conflicts.items()]
        body = {"error": f"{error}", "hint": error.hint, "rows": rows_said[:ROWS_NAMED]}
        return Response(body, status=409)
    answer = {
        "accepted": receipt.accepted,
        "duplicate": receipt.duplicates,
        "bad": receipt.bad,
        "last_step": receipt.last_step,
        "aggregating": aggregating(plant),
    }
    return Response(answer, status=202)


def _feed_in(request: Request, plant: Plant) -> Any:
    """Return the rows of the body, or the answer that refuses them. Raises TooLarge, ParseError."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    try:
        if not length.isdecimal() or int(length) > MAX_INGEST_BYTES:
            raise TooManyRows(f"The body has {length} bytes; {MAX_INGEST_BYTES} are taken.")
        key = request.headers.get("Idempotency-Key", "").strip()
        return feed_of(request.data, plant.variables, key)
    except TooManyRows as error:
        IngestCount.add(plant.pk, Outcome.TOO_LARGE, 1, str(error))
        refused = TooLarge(str(error))
        refused.hint = f"Send at most {MAX_ROWS} rows and {MAX_INGEST_BYTES} bytes at once."
        raise refused from error
    except ParseError as error:
        IngestCount.add(plant.pk, Outcome.MALFORMED, 1, str(error.detail))
        raise
    except BodyRefused as error:
        count_refused(plant, error.refusals.values(), error.held_back)
        return Response(error.as_json(), status=422)


def aggregating(plant: Plant) -> dict[str, int] | None:
    """Return how many good readings of how many wait for a scored point; None if none do."""
    need = DetectorSettings.of(plant).decimation
    if need == 1:
        return None
    cursor = AnalysisCursor.objects.filter(plant=plant, run=plant.current_run_id).first()
    after = cursor.step if cursor else 0
    waiting = Reading.objects.filter(run=plant.current_run_id, step__gt=after, quality="")
    have = waiting.count() % need
    return {"have": have, "need": need} if have else None


def feed_status(plant: Plant) -> dict[str, Any]:
    """Return what a sender needs to know: the present run, the last step, what a row must hold."""
    counts = plant.ingest_counts.all()
    return {
        "plant": plant.pk,
        "name": plant.name,
        "source": plant.source,
        "state": plant.state,
        "run": plant.current_run.number if plant.current_run else None,
        "last_step": plant.step,
        "required": [] if plant.is_simulated else list(required_labels(plant.variables)),
        "counts": {count.outcome: count.as_json() for count in counts},
        "limits": {
            "rows": MAX_ROWS,
            "bytes": MAX_INGEST_BYTES,
            "posts_per_second": settings.INGEST_RATE,
        },
    }


@described(
    "Reading",
    ingest_schemas.EVENTS,
    parameters=[PLANT, *query_of(PageForm, "limit", "run")],
    example=ingest_schemas.EVENTS_EXAMPLE,
)
@api_view(["GET"])
def events(request: Request, pk: int) -> Response:
    """Give what happened to a plant, newest first: of all runs, or of the one asked for."""
    page = page_of(request)
    plant = plant_named(pk)
    found = PlantEvent.objects.filter(plant=plant).select_related("run")
    if page["run"] is not None:
        found = found.filter(run=run_named(plant, page["run"]))
    newest = found[: page["limit"]]
    return Response({"plant": plant.pk, "events": [event.as_json() for event in newest]})


class FedPlantForm(forms.ModelForm):
    """A plant that is fed from outside."""

    variables = forms.TypedChoiceField(
        choices=Plant.Variables.choices,
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": _("variables must be 22, 33 or 52.")},
    )

    class Meta:
        model = Plant
        fields = ("name", "description", "variables")

    def clean_variables(self) -> int:
        """Take the 33 where nothing is said."""
        return self.cleaned_data["variables"] or Plant.Variables.CONTINUOUS


@described(
    "Feeding",
    schemas.STATUS,
    status=201,
    methods=["POST"],
    example=schemas.STATUS_EXAMPLE,
    body=of_form(FedPlantForm),
    examples={"small": {"name": "Unit 3", "variables": 22}},
)
@api_view(["POST"])
@permission_classes([ADD])
def add_plant(request: Request) -> Response:
    """Make a plant that is fed from outside, and start it."""
    form = sent(request, FedPlantForm)
    plant = form.save(commit=False)
    plant.source = Plant.Source.OUTSIDE
    with transaction.atomic():
        plant.save()
        after = {"source": plant.source, "variables": plant.variables}
        audit.record("plant-add", plant, by=request.user, after=after)
    plant.start(by=request.user)
    response = status_response(plant)
    response.status_code = 201
    return response
