"""The overview of all plants, the dashboard of one, and its stage strip."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitoring.overview import POINTS, overview
from monitoring.overview_order import CHOICES, ORDERS, arranged
from monitoring.status.gathering import surroundings
from monitoring.views.dashboard import dashboard_context, find_plant, stages_context
from simulation.models import Plant

#: Letters of a search that are looked at.
MOST_LETTERS = 100


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the dashboard of the only plant, or the overview of all."""
    plants = list(Plant.objects.select_related("current_run", "speed_preset")[:2])
    if len(plants) == 1:
        return render(request, "monitoring/plant.html", dashboard_context(request, plants[0]))
    return render(request, "monitoring/plants.html", _overview_context(request))


@require_safe
def plants(request: HttpRequest) -> HttpResponse:
    """Show the overview, of a single plant as well."""
    return render(request, "monitoring/plants.html", _overview_context(request))


def _overview_context(request: HttpRequest) -> dict[str, Any]:
    search = request.GET.get("q", "").strip()[:MOST_LETTERS]
    order = request.GET.get("sort", "attention")
    choice = request.GET.get("show", "all")
    found = Plant.objects.select_related("current_run", "speed_preset")
    if search:
        found = found.filter(name__icontains=search)
    rows = overview(list(found))
    return {
        "rows": arranged(rows, order, choice),
        "matching": len(rows),
        "abnormal_count": sum(row.is_abnormal for row in rows),
        "there_are_plants": bool(rows) or (bool(search) and Plant.objects.exists()),
        "broker_error": surroundings([]).broker_error,
        "search": search,
        "order": order if order in ORDERS else "attention",
        "choice": choice if choice in CHOICES else "all",
        "orders": {name: words for name, (words, _) in ORDERS.items()},
        "choices": {name: words for name, (words, _) in CHOICES.items()},
        "points": POINTS,
        "now": timezone.now(),
    }


@require_safe
def plant(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the dashboard of a plant."""
    return render(request, "monitoring/plant.html", dashboard_context(request, find_plant(pk)))


@require_safe
def stages(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the stage strip alone, as the live push sends it."""
    return render(request, "monitoring/_stages.html", stages_context(find_plant(pk)))
