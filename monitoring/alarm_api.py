"""The life of alarms over HTTP: the list, what operators do, the journal, figures."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.description import PLANT, described, query_of
from accounts.errors import NoSuchThing
from accounts.json_schema import of_form
from accounts.permissions import may
from monitoring import alarm_figure_schemas as figures
from monitoring import alarm_schemas as schemas
from monitoring.alarm_forms import (
    DEFAULT_LIMIT,
    AcknowledgeForm,
    AlarmFilterForm,
    CommentForm,
    JournalForm,
    KpiForm,
    ShelveForm,
)
from monitoring.alarms import acknowledging, latches, queries, shelf
from monitoring.api import sent, valid
from monitoring.models import AlarmOccurrence, Shelving
from simulation.api import plant_named
from simulation.models import Plant

ACKNOWLEDGE, SHELVE = may("monitoring.acknowledge_alarm"), may("monitoring.shelve_alarm")
ALARM_IN_PATH = OpenApiParameter(
    "number",
    {"type": "integer", "minimum": 1},
    OpenApiParameter.PATH,
    description="The alarm's number; GET /api/alarms lists alarms.",
    examples=[OpenApiExample("alarm 12", value=12)],
)
CODE_IN_PATH = OpenApiParameter(
    "code",
    {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,60}$"},
    OpenApiParameter.PATH,
    description="The code of a definition; GET /api/alarm-definitions lists them.",
    examples=[OpenApiExample("high pressure", value="reactor-pressure-hi")],
)
NO_PLANT = "There is no such plant."
NOT_IN_THIS_STATE = "The alarm's state does not allow it."


def _asked(request: Request, form: type[forms.Form]) -> dict[str, Any]:
    return dict(valid(form(request.query_params)).cleaned_data)


def _plant(asked: dict[str, Any]) -> Plant | None:
    return None if asked["plant"] is None else plant_named(asked["plant"])


def _page(found: "QuerySet[Any]", asked: dict[str, Any]) -> tuple[list[Any], bool]:
    limit = asked["limit"] or DEFAULT_LIMIT
    rows: list[Model] = list(found[: limit + 1])
    return rows[:limit], len(rows) > limit


def _alarm(pk: int) -> AlarmOccurrence:
    found = queries.occurrences(only_standing=False).filter(pk=pk).first()
    if found is None:
        raise NoSuchThing(f"There is no alarm {pk}.", "GET /api/alarms lists alarms.")
    return found


@described(
    "Alarms",
    schemas.OCCURRENCES,
    parameters=query_of(AlarmFilterForm),
    refuses={404: NO_PLANT},
    example=schemas.OCCURRENCES_EXAMPLE,
)
@api_view(["GET"])
def alarm_occurrences(request: Request) -> Response:
    """Give the alarms of all plants or one: by default those of which something is left."""
    asked = _asked(request, AlarmFilterForm)
    chosen = queries.Filter(
        _plant(asked), asked["state"], asked["priority"], asked["source"], asked["text"]
    )
    if asked["scope"] == "shown":
        found = queries.shown(chosen)
    else:
        found = queries.occurrences(chosen, only_standing=asked["scope"] != "all")
    if asked["before"] is not None:
        found = found.filter(pk__lt=asked["before"])
    rows, more = _page(found.order_by("-pk"), asked)
    return Response({"alarms": [one.as_json() for one in rows], "more": more})


@described(
    "Alarms",
    schemas.OCCURRENCE,
    parameters=[ALARM_IN_PATH],
    example=schemas.OCCURRENCE_EXAMPLE,
)
@api_view(["GET"])
def alarm(request: Request, number: int) -> Response:
    """Give one life of one alarm."""
    return Response(_alarm(number).as_json())


@described(
    "Alarms",
    schemas.ACKNOWLEDGED,
    methods=["POST"],
    description="Name those that were seen; one that asks for nothing is passed over.",
    body=of_form(AcknowledgeForm, required=["alarms"]),
    examples={"two": {"alarms": [12, 13], "comment": "Seen; the feed was changed."}},
    example={"alarms": [schemas.OCCURRENCE_EXAMPLE]},
)
@api_view(["POST"])
@permission_classes([ACKNOWLEDGE])
def acknowledge_several(request: Request) -> Response:
    """Acknowledge several alarms."""
    done = sent(request, AcknowledgeForm).apply(request.user)
    found = queries.occurrences(only_standing=False).filter(pk__in=[one.pk for one in done])
    return Response({"alarms": [one.as_json() for one in found]})


def _act_on_an_alarm(comment: str) -> Callable[[Any], Any]:
    """Describe a call that does something to one alarm, with an example of a comment to it."""
    return described(
        "Alarms",
        schemas.OCCURRENCE,
        methods=["POST"],
        parameters=[ALARM_IN_PATH],
        body=of_form(CommentForm, required=()),
        examples={"comment": {"comment": comment}, "none": {}},
        example=schemas.OCCURRENCE_EXAMPLE,
        refuses={409: NOT_IN_THIS_STATE},
    )


def _acted(request: Request, number: int, act: Callable[..., Any]) -> Response:
    one = _alarm(number)
    act(one, by=request.user, comment=sent(request, CommentForm).cleaned_data["comment"])
    return Response(_alarm(number).as_json())


@_act_on_an_alarm("Seen; the feed was changed.")
@api_view(["POST"])
@permission_classes([ACKNOWLEDGE])
def acknowledge(request: Request, number: int) -> Response:
    """Acknowledge one alarm."""
    return _acted(request, number, acknowledging.acknowledge)


@_act_on_an_alarm("The valve was replaced.")
@api_view(["POST"])
@permission_classes([ACKNOWLEDGE])
def reset_alarm(request: Request, number: int) -> Response:
    """Reset a latched alarm whose condition has gone."""
    return _acted(request, number, latches.reset_latch)


def _shelf_of(plant: Plant) -> Response:
    rows = [
        {
            "plant": plant.pk,
            "definition": one.definition.code,
            "name": one.definition.name,
            "reason": one.reason,
            "by": one.by.get_username() if one.by else None,
            "shelved_at": one.shelved_at.isoformat(),
            "until": one.until.isoformat(),
        }
        for one in queries.shelvings(plant)
    ]
    return Response({"plant": plant.pk, "shelf": rows})


@described(
    "Alarms",
    schemas.SHELF,
    methods=["GET"],
    summary="Give what is on a plant's shelf.",
    parameters=[PLANT],
    example=schemas.SHELF_EXAMPLE,
)
@described(
    "Alarms",
    schemas.SHELF,
    methods=["POST"],
    summary="Put an alarm of a plant on the shelf.",
    description="It comes back by itself; the answer is the whole shelf.",
    parameters=[PLANT],
    body=of_form(ShelveForm),
    examples={"two hours": {"alarm": "purge-rate-hi", "hours": 2, "reason": "Calibration."}},
    example=schemas.SHELF_EXAMPLE,
    refuses={409: "It is on the shelf already, or out of service."},
)
@api_view(["GET", "POST"])
@permission_classes([SHELVE])
def plant_shelf(request: Request, pk: int) -> Response:
    """Give what is on a plant's shelf, or put an alarm there."""
    plant = plant_named(pk)
    if request.method == "POST":
        sent(request, ShelveForm).apply(plant, request.user)
    return _shelf_of(plant)


@described(
    "Alarms",
    schemas.SHELF,
    methods=["DELETE"],
    parameters=[PLANT, CODE_IN_PATH],
    example=schemas.SHELF_EXAMPLE,
    refuses={409: "Its time was over meanwhile."},
)
@api_view(["DELETE"])
@permission_classes([SHELVE])
def shelved(request: Request, pk: int, code: str) -> Response:
    """Take an alarm of a plant off the shelf."""
    plant = plant_named(pk)
    found = Shelving.objects.filter(plant=plant, definition__code=code, ended_at__isnull=True)
    one = found.select_related("definition").first()
    if one is None:
        raise NoSuchThing(
            f"{code} is not on the shelf of plant {pk}.",
            f"GET /api/plants/{pk}/shelf lists what is.",
        )
    shelf.unshelve(one, by=request.user)
    return _shelf_of(plant)


@described(
    "Alarms",
    schemas.JOURNAL,
    parameters=query_of(JournalForm),
    refuses={404: NO_PLANT},
    example=schemas.JOURNAL_EXAMPLE,
)
@api_view(["GET"])
def journal(request: Request) -> Response:
    """Give the alarm journal: every transition of every alarm, the newest first."""
    asked = _asked(request, JournalForm)
    since = timezone.now() - timedelta(hours=asked["hours"] or 168.0)
    search = queries.Search(
        plant=_plant(asked),
        since=since,
        kind=asked["kind"],
        priority=asked["priority"],
        source=asked["source"],
        text=asked["text"],
        username=asked["username"],
        occurrence=asked["occurrence"],
        event=asked["event"],
        before=asked["before"],
    )
    rows, more = _page(queries.journal(search), asked)
    return Response({"entries": [one.as_json() for one in rows], "more": more})


@described(
    "Alarms",
    figures.KPIS,
    parameters=query_of(KpiForm),
    refuses={404: NO_PLANT},
    example=figures.KPIS_EXAMPLE,
)
@api_view(["GET"])
def kpis(request: Request) -> Response:
    """Give the alarm system's figures against ISA-18.2 and EEMUA 191."""
    asked, now = _asked(request, KpiForm), timezone.now()
    since = now - timedelta(hours=asked["hours"] or 24.0)
    told = queries.kpis(since, now, _plant(asked), asked["operators"] or 1)
    return Response(queries.report_as_json(told))
