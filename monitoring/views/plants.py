"""The list of plants, the dashboard of one, and its stage strip."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitoring.overview import POINTS, overview
from monitoring.views.dashboard import dashboard_context, find_plant, stages_context
from simulation.models import Plant


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the dashboard of the only plant, or the list of all."""
    plants = list(Plant.objects.select_related("current_run", "speed_preset"))
    if len(plants) == 1:
        return render(request, "monitoring/plant.html", dashboard_context(request, plants[0]))
    return render(request, "monitoring/plants.html", {"rows": overview(plants), "points": POINTS})


@require_safe
def plant(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the dashboard of a plant."""
    return render(request, "monitoring/plant.html", dashboard_context(request, find_plant(pk)))


@require_safe
def stages(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the stage strip alone, as the live push sends it."""
    return render(request, "monitoring/_stages.html", stages_context(find_plant(pk)))
