"""The demonstration's page, its strip over the other pages, and what a person does to it."""

import math
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from simulation.models import PlantError
from teplive.demo import tour as tours
from teplive.demo.conditions import links
from teplive.demo.scenes import PLANT, SCENES
from teplive.models import DemoTour

NEEDED = ("simulation.operate_plant", "simulation.inject_fault")
may_show = permission_required(NEEDED, raise_exception=True)
SHOWN = 10


def strip_context(request: HttpRequest, tour: DemoTour | None) -> dict[str, Any]:
    """Return the context of `_demo.html`."""
    return {
        "tour": tour,
        "tour_links": links(tour) if tour is not None else [],
        "tour_left": math.ceil(tour.seconds_left(timezone.now())) if tour is not None else 0,
        "scenes": SCENES,
        "may_show": request.user.has_perms(NEEDED),
    }


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Tell what the demonstration shows, where it stands, and how the last ones went."""
    past = DemoTour.objects.exclude(ended_at=None).select_related("started_by", "plant")[:SHOWN]
    context = {
        "past": past,
        "demo_plant": PLANT,
        "tells_demo": True,
        **strip_context(request, DemoTour.present()),
    }
    return render(request, "teplive/demo.html", context)


@require_safe
def strip(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the strip alone; of a tour that has ended, how it ended."""
    found = DemoTour.objects.select_related("plant", "alarm", "twin").filter(pk=pk).first()
    if found is None:
        return HttpResponse(status=286)  # htmx: stop asking
    return render(request, "teplive/_demo.html", strip_context(request, found))


@require_POST
@may_show
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a tour, and go to its plant."""
    try:
        tour = tours.begin(request.user)
    except PlantError as error:
        messages.error(request, f"{error} {error.hint}")
        return redirect("demo")
    return redirect("monitoring:plant", pk=tour.plant_id)


@require_POST
@may_show
def steer(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Next, pause, resume, stop."""
    try:
        tours.steer(pk, action, request.user)
    except PlantError as error:
        if not request.htmx:  # type: ignore[attr-defined]
            messages.error(request, f"{error} {error.hint}")
    if request.htmx:  # type: ignore[attr-defined]
        return strip(request, pk)
    return redirect("demo")
