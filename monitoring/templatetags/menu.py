"""The plant that the menu's flow sheet is of, on pages that are of no plant, too."""

from django import template

from simulation.models import Plant

register = template.Library()
#: Where a session keeps the number of the plant whose page was opened last.
LAST_PLANT = "last_plant"


@register.simple_tag(takes_context=True)
def plant_of_menu(context: template.Context) -> Plant | None:
    """Return the page's plant, else the one that was last looked at, else the first there is."""
    session = context["request"].session
    plant = context.get("plant")
    if isinstance(plant, Plant) and plant.pk is not None:
        if session.get(LAST_PLANT) != plant.pk:
            session[LAST_PLANT] = plant.pk
        return plant
    last = session.get(LAST_PLANT)
    known = Plant.objects.filter(pk=last).first() if last is not None else None
    return known or Plant.objects.order_by("pk").first()
