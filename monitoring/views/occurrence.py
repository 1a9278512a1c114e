"""The page of one occurrence: its life, its definition, its event, its trend, what can be done."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from monitoring import shown
from monitoring.alarms.shown import STEPS_BEFORE, Shown
from monitoring.models import AlarmJournalEntry, AlarmOccurrence, Shelving
from monitoring.tag_window import TagWindow, trend_named
from monitoring.trend_picture import trend_picture
from monitoring.views.alarm_list import acts_context, alarm_rights, occurrence_or_404

#: Entries of its life, and alarms of its event, that the page shows.
ENTRIES, BESIDE = 200, 50


def occurrence_context(request: HttpRequest, one: AlarmOccurrence) -> dict[str, Any]:
    """Return the context of the page."""
    definition = one.definition
    entries = AlarmJournalEntry.objects.filter(occurrence=one).order_by("at", "pk")
    entries = entries.select_related("definition")
    beside = AlarmOccurrence.objects.filter(event=one.event_id) if one.event_id else None
    beside = beside.select_related("definition", "plant", "run") if beside is not None else None
    shelving = Shelving.objects.filter(
        plant=one.plant_id, definition=one.definition_id, ended_at__isnull=True
    ).select_related("by")
    earlier = AlarmOccurrence.objects.filter(
        plant=one.plant_id, definition=one.definition_id, activated_at__lt=one.activated_at
    )
    return {
        **acts_context(one),
        "plant": one.plant,
        "shown": Shown(one),
        "one": one,
        "definition": definition,
        "journal": list(entries[:ENTRIES]),
        "entries": ENTRIES,
        "beside": []
        if beside is None
        else [
            Shown(other)
            for other in beside.exclude(pk=one.pk).order_by("activated_at", "pk")[:BESIDE]
        ],
        "shelving": shelving.first(),
        "earlier_count": earlier.count(),
        "picture": _picture(one),
        "claims": list(one.claims.order_by("raised_step")[:ENTRIES]),
        "back": request.get_full_path() if request.method == "GET" else "",
        **alarm_rights(request),
    }


def _picture(one: AlarmOccurrence) -> SafeString | None:
    """Return the trend of its tag around its last activation; None where there is nothing."""
    trend = trend_named(one.definition.tag) if one.definition.tag else None
    if trend is None or one.run is None:
        return None
    last = max(1, one.last_activated_step)
    found = TagWindow.of(one.run, trend, max(1, last - STEPS_BEFORE), last)
    if not found.values:
        return None
    steps, values = found.arrays()
    normal = found.normal and (
        shown.number_in_units(found.normal[0], trend.label),
        shown.number_in_units(found.normal[1], trend.label, difference=True),
    )
    return trend_picture(
        steps,
        shown.vector_in_units(values, trend.label),
        label=f"{trend.label} {trend.name}",
        unit=shown.unit_in_units(trend.label),
        decimals=shown.decimals_in_units(trend.label),
        normal=normal,
        window=(last, min(one.returned_step or last, found.span[1])),
        span=found.span,
        alarm_step=last,
    )


@require_safe
def occurrence(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one life of an alarm."""
    one = occurrence_or_404(pk)
    return render(request, "monitoring/occurrence.html", occurrence_context(request, one))
