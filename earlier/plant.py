"""The one plant that the earlier interface serves."""

from http import HTTPStatus

from django.conf import settings
from django.utils.translation import gettext
from rest_framework.exceptions import APIException

from simulation.models import Plant, PlantError

SETTING = "TEPLIVE_LEGACY_PLANT"


class NoPlant(APIException):
    """The interface is on, but its setting names no plant."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def legacy_plant() -> Plant:
    """Return the plant that TEPLIVE_LEGACY_PLANT names. Raises NoPlant."""
    name = settings.LEGACY_PLANT
    plants = Plant.objects.select_related("current_run", "speed_preset")
    found = plants.filter(name=name).first() if name else None
    if found is not None:
        return found
    names = list(Plant.objects.values_list("name", flat=True)[:10])
    there = f"There are: {', '.join(names)}." if names else "There is no plant yet."
    said = f"There is no plant {name!r}" if name else f"{SETTING} is not set"
    raise NoPlant(
        f"{said}, so the earlier interface serves no plant.",
        f"Set {SETTING} to the name of a plant and restart. {there}",
    )


def must_be_simulated(plant: Plant, what: str) -> None:
    """Raise PlantError for a plant that is fed from outside, which has no simulator to command."""
    if not plant.is_simulated:
        raise PlantError(
            gettext("%(plant)s is fed from outside: %(what)s is not ours to set.")
            % {"plant": plant, "what": what},
            gettext("Name a simulated plant in %(setting)s.") % {"setting": SETTING},
        )


def must_be_fed(plant: Plant) -> None:
    """Raise PlantError for a simulated plant, which takes no rows."""
    if plant.is_simulated:
        raise PlantError(
            gettext("%(plant)s is simulated: it takes no rows from outside.") % {"plant": plant},
            gettext("Name a plant that is fed from outside in %(setting)s; the admin makes one.")
            % {"setting": SETTING},
        )
