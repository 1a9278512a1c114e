"""`/api/logs/<name>`: what became of the rows, and what the stream gave, as lines of text."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from earlier.calls import call
from monitoring.models import Analysis
from simulation.models import Plant

MOST = 200


@call("GET")
def lines(request: Request, plant: Plant, name: str) -> Response:
    """Give at most 200 lines, the newest last."""
    if name == "ingest":
        return Response({"lines": _ingest(plant)})
    if name == "sse":
        return Response({"lines": _points(plant)})
    raise Http404


def _ingest(plant: Plant) -> list[str]:
    """Return the plant's events, and how many rows had each outcome."""
    events = [
        f"{event.at:%Y-%m-%d %H:%M:%S} {event.kind}: {event.text}"
        for event in plant.events.order_by("-at", "-pk")[: MOST // 2]
    ]
    counts = [
        f"{count.last_at:%Y-%m-%d %H:%M:%S} {count.outcome}: {count.count} rows"
        + (f"; the newest: {count.last_detail}" if count.last_detail else "")
        for count in plant.ingest_counts.exclude(last_at=None)[: MOST // 2]
    ]
    return sorted([*events, *counts])


def _points(plant: Plant) -> list[str]:
    """Return the newest points of the run as the stream gives them."""
    found = Analysis.objects.filter(run=plant.current_run).select_related("run")
    newest = found.only("run", "step", "t2", "t2_limit", "exceeds", "analysed_at").order_by("-step")
    newest = newest[:MOST]
    return [
        f"{point.analysed_at:%Y-%m-%d %H:%M:%S} id {point.run.number}:{point.step} "
        f"t2_stat {point.t2:.4g} threshold {point.t2_limit:.4g} anomaly {point.exceeds}"
        for point in reversed(newest)
    ]
