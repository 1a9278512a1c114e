"""What a public link shows: one plant's dashboard, to be looked at."""

from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from monitoring.alarms.alarm_bar import alarm_bar
from monitoring.alarms.shown import Shown
from monitoring.alarms.summary import summary
from monitoring.charts import GROUPS
from monitoring.live import frame_of, newest_point
from monitoring.models import PublicLink
from monitoring.public_access import by_link
from monitoring.public_frames import public_injection, public_message
from monitoring.status import status_of
from monitoring.views.dashboard import FEW, newest_alarms
from simulation.models import Plant, Reading
from simulation.tep import SAMPLE_SECONDS

READINGS_A_REQUEST = 1000


def _now(link: PublicLink) -> dict[str, Any]:
    """Return what the page says of the present moment."""
    status, bar = status_of(link.plant), alarm_bar(link.plant)
    return {
        "link": link,
        "plant": link.plant,
        "stages": status.stages,
        "is_stalled": bool(status.shown_stall),
        "is_starting": status.starting is not None,
        "bar": bar,
        "newest": None if bar.newest is None else Shown(bar.newest),
        "few": summary(link.plant, {}, most=FEW),
        "alarms": newest_alarms(link.plant),
        "newest_point": newest_point(link.plant),
    }


def _values(plant: Plant) -> list[dict[str, Any]]:
    """Return the newest value of every variable, for a browser without JavaScript."""
    reading = Reading.objects.filter(run=plant.current_run_id).order_by("-step").first()
    rows = []
    for group in GROUPS:
        for trend in group.trends:
            value = None if reading is None else float(reading.values[trend.column])
            known = value is not None and np.isfinite(value)
            text = f"{value:z.{trend.decimals}f}" if known else "–"
            rows.append({"trend": trend, "text": text})
    return rows


@by_link
def page(request: HttpRequest, link: PublicLink) -> HttpResponse:
    """Show the dashboard."""
    link.note_visit()
    context = {
        **_now(link),
        "groups": GROUPS,
        "values": _values(link.plant),
        "sample_seconds": SAMPLE_SECONDS,
    }
    return render(request, "monitoring/public/page.html", context)


@by_link
def now(request: HttpRequest, link: PublicLink) -> HttpResponse:
    """Show stages and alarms alone, as the page asks for them again and again."""
    return render(request, "monitoring/public/_now.html", _now(link))


@by_link
def data(request: HttpRequest, link: PublicLink) -> HttpResponse:
    """Give what follows on a step, in the form of a push, and what was injected if it may be told.

    `?run=R&after=N`; of another run, or without them, the newest readings.
    """
    plant = link.plant
    if plant.current_run is None:
        return JsonResponse({"frame": None, "injections": []})
    same = request.GET.get("run") == str(plant.run.number)
    least = max(0, plant.step - READINGS_A_REQUEST)
    after = max(_step(request, "after"), least) if same else least
    frame = frame_of(plant, after, after, limit=READINGS_A_REQUEST)
    injections = plant.run.injections.order_by("pk") if link.shows_truth else []
    return JsonResponse(
        {
            "frame": public_message(frame, link.shows_truth),
            "injections": [public_injection(one.as_json()) for one in injections],
        }
    )


def _step(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0
