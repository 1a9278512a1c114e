"""The alarm bar at the foot of every page of a plant, and of the pages over all plants."""

from typing import Any

from django import template
from django.urls import reverse

from monitoring.alarms.alarm_bar import AlarmBar
from monitoring.views.alarm_list import bar_context
from simulation.models import Plant

register = template.Library()


@register.inclusion_tag("monitoring/_alarm_frame.html", takes_context=True)
def alarm_frame(context: template.Context, plant: Plant | None = None) -> dict[str, Any]:
    """Show the bar of a plant, or of all plants, and the switch of the alarm sound."""
    request = context["request"]
    plant = plant if isinstance(plant, Plant) else None
    known = context.get("bar")  # the alarm list has read it already
    known = known if isinstance(known, AlarmBar) and known.plant == plant else None
    return {
        **bar_context(request, plant, known),
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def journal_address(plant: Plant | None = None) -> str:
    """Return the address of the alarm journal, narrowed down to a plant where there is one."""
    address = reverse("monitoring:alarm-journal")
    return f"{address}?plant={plant.pk}" if isinstance(plant, Plant) else address
