"""When the forecast of a plant is made anew by itself: while an alarm stands."""

import time

from monitoring.models import Alarm
from simulation import forecasting
from simulation.models import Plant

#: A forecast that was asked for is given so long before it is asked for again.
PATIENCE_SECONDS = 10.0
_asked_at: dict[int, float] = {}


def wanted() -> list[int]:
    """Return the running plants with a standing alarm whose forecast is old; each is asked once."""
    running = Plant.objects.filter(
        state=Plant.State.RUNNING, source=Plant.Source.SIMULATOR, run_until_step__isnull=True
    ).select_related("current_run")
    alarmed = Alarm.objects.filter(cleared_step__isnull=True).values("run")
    now = time.monotonic()
    found = []
    for plant in running.filter(current_run__in=alarmed):
        lately = now - _asked_at.get(plant.pk, -PATIENCE_SECONDS) < PATIENCE_SECONDS
        if not lately and forecasting.is_old(plant):
            _asked_at[plant.pk] = now
            found.append(plant.pk)
    return found
