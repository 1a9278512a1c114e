"""The list of events, the page of one, and both as files."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Min, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.hidden_truth import shows_truth as truth_is_shown
from monitoring.alarms.folding import PRIORITIES
from monitoring.models import EventFrame, LogEntry
from monitoring.shift_log.forms import EntryForm
from simulation.models import Plant
from teplive.events.missed import missed_faults
from teplive.events.pictures import leading_tags, pictures_of
from teplive.events.scoring import answers_of, detections_of
from teplive.events.timeline import (
    claims_of,
    explanations_of,
    injections_of,
    span_of,
    timeline_of,
)

_PAGE = 50
#: Alarms of an event that its page lists; a storm's others are in the journal.
MOST_ALARMS = 100
#: From 1, the most urgent: so that a high alarm is seen where a low one came first.
RANK_OF_ITS_ALARMS = Case(
    *(When(occurrences__priority=name, then=Value(rank)) for name, rank in PRIORITIES.items()),
    output_field=IntegerField(),
)
PRIORITY_OF_RANK = Case(
    *(When(highest=rank, then=Value(name)) for name, rank in PRIORITIES.items()),
    default=Value(""),
)


def events_found(plant: Plant | None) -> "QuerySet[EventFrame]":
    """Return the events, newest first, with what a list needs."""
    found = EventFrame.objects.select_related("plant", "run", "first_out__definition")
    if plant is not None:
        found = found.filter(plant=plant)
    found = found.annotate(alarm_count=Count("occurrences"), highest=Min(RANK_OF_ITS_ALARMS))
    return found.annotate(priority=PRIORITY_OF_RANK).order_by("-opened_at", "-pk")


def highest_priority(event: EventFrame) -> str | None:
    """Return the highest priority of an event's alarms; None where none is left of them."""
    found = set(event.occurrences.order_by().values_list("priority", flat=True).distinct())
    return next((name for name in PRIORITIES if name in found), None)


def _plant_asked_for(request: HttpRequest) -> Plant | None:
    asked = request.GET.get("plant", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 10):
        return None
    return get_object_or_404(Plant.objects.select_related("current_run"), pk=int(asked))


@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """List the events of all plants, or of ?plant=."""
    plant = _plant_asked_for(request)
    page = Paginator(events_found(plant), _PAGE).get_page(request.GET.get("page"))
    shows_truth = truth_is_shown(request)
    context = {
        "plant": plant,
        "plants": Plant.objects.all(),
        "page": page,
        "shows_truth": shows_truth,
        "missed": missed_faults(plant) if plant is not None and shows_truth else [],
    }
    return render(request, "teplive/events.html", context)


def event_context(event: EventFrame, *, shows_truth: bool) -> dict[str, Any]:
    """Return what the page of an event shows; without the truth nothing of it is read."""
    alarms = claims_of(event)
    injections = injections_of(event) if shows_truth else []
    explanations = explanations_of(alarms)
    occurrences = list(
        event.occurrences.select_related("definition").order_by("activated_at", "pk")[:MOST_ALARMS]
    )
    return {
        "event": event,
        "plant": event.plant,
        "span": span_of(event),
        "shows_truth": shows_truth,
        "alarms": alarms,
        "occurrences": occurrences,
        "priority": highest_priority(event),
        "occurrence_count": event.occurrences.count(),
        "explanations": explanations,
        "timeline": timeline_of(event, alarms, injections, shows_truth=shows_truth),
        "detections": detections_of(injections, alarms),
        "answers": answers_of(alarms, explanations) if shows_truth else [],
        "notes": LogEntry.objects.filter(event=event).select_related("plant", "run", "event__run"),
    }


def _find(pk: int) -> EventFrame:
    found = EventFrame.objects.select_related("plant__current_run", "run", "first_out__definition")
    return get_object_or_404(found, pk=pk)


@require_safe
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one event: its timeline, trends, alarms, explanations, scores and notes."""
    found = _find(pk)
    shows_truth = truth_is_shown(request)
    context = event_context(found, shows_truth=shows_truth)
    if request.GET.get("format") == "json":
        return _json(context)
    tags = leading_tags(context["alarms"], context["occurrences"])
    context |= {
        "pictures": pictures_of(found, tags, context["alarms"]),
        "may_write": request.user.has_perm("monitoring.write_log"),
        "entry_form": EntryForm(auto_id="entry-%s", label_suffix=""),
        "on_event": True,
    }
    return render(request, "teplive/event.html", context)


def _json(context: dict[str, Any]) -> HttpResponse:
    event = context["event"]
    response = JsonResponse(
        {
            "id": event.pk,
            "plant": {"id": event.plant_id, "name": event.plant.name},
            "run": event.run.number,
            "opened_step": event.opened_step,
            "opened_at": event.opened_at.isoformat(),
            "last_step": event.last_step,
            "closed_step": event.closed_step,
            "closed_at": event.closed_at.isoformat() if event.closed_at else None,
            "first_out": str(event.first_out.definition) if event.first_out else None,
            "priority": context["priority"],
            "alarms": [one.as_json() for one in context["occurrences"]],
            "alarm_count": context["occurrence_count"],
            "timeline": [one.as_json() for one in context["timeline"]],
            "detections": [
                {
                    "idv": one.injection.idv,
                    "start_step": one.injection.start_step,
                    "alarm": one.alarm.pk if one.alarm else None,
                    "delay_steps": one.delay_steps,
                    "delay_h": one.delay_hours,
                }
                for one in context["detections"]
            ],
            "answers": [
                {
                    "name": one.name,
                    "ranked": one.ranked,
                    "rank_of_truth": one.rank,
                    "citations": one.cited,
                    "citations_supported": one.supported,
                }
                for one in context["answers"]
            ],
            "notes": [one.as_json() for one in context["notes"]],
        }
    )
    response["Content-Disposition"] = f'attachment; filename="event-{event.pk}.json"'
    return response
