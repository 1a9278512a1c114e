"""When the forecast of a plant is made anew by itself.

While an alarm stands: when there is none, and as it grows old (`simulation.forecasting.is_old`).
Whenever there is one of the present run: as soon as something else acts on the plant than what it
rests on (a fault, a hand). The speed is no such thing: a forecast is in process time.
"""

import time
from collections import defaultdict
from typing import Any

from django.utils import timezone

from monitoring.models import Alarm
from simulation import forecasting
from simulation.models import ForecastRecord, Hand, Injection, Plant

#: A forecast that was asked for is given so long before the same is asked for again.
PATIENCE_SECONDS = 10.0
#: When the forecast of a plant was asked for, and what the plant was at then.
_asked: dict[int, tuple[float, Any]] = {}


def wanted() -> list[int]:
    """Return the plants whose forecast should be made; each is asked for once. Five queries."""
    found = Plant.objects.filter(
        state__in=[Plant.State.RUNNING, Plant.State.PAUSED],
        source=Plant.Source.SIMULATOR,
        run_until_step__isnull=True,
        current_run__isnull=False,
    )
    plants = {plant.pk: plant for plant in found}
    runs = {plant.current_run_id: plant.pk for plant in plants.values()}
    alarms = Alarm.objects.filter(cleared_step__isnull=True, run__in=runs)
    alarmed = {runs[run] for run in alarms.values_list("run", flat=True)}
    records = {
        one.plant_id: one
        for one in ForecastRecord.objects.filter(plant__in=plants, run__in=runs).defer("series")
        if one.run_id == plants[one.plant_id].current_run_id
    }
    acts = _in_force([plants[pk] for pk in alarmed | set(records)])
    now, told = timezone.now(), []
    for pk, rests_on in acts.items():
        plant, record = plants[pk], records.get(pk)
        if record is None or record.rests_on == rests_on:
            if pk not in alarmed or plant.state != Plant.State.RUNNING:
                continue
            if record is not None and not forecasting.is_old(record, plant, now):
                continue
        if _is_news(pk, (plant.current_run_id, rests_on)):
            told.append(pk)
    return told


def _in_force(plants: list[Plant]) -> dict[int, list[Any]]:
    """Return what acts on each plant in its next step."""
    runs = {plant.pk: plant.current_run_id or 0 for plant in plants}
    injections: defaultdict[int, list[Injection]] = defaultdict(list)
    hands: defaultdict[int, list[Hand]] = defaultdict(list)
    if plants:
        for injection in Injection.objects.filter(run__in=runs.values()):
            injections[injection.run_id].append(injection)
        for hand in Hand.objects.filter(run__in=runs.values()):
            hands[hand.run_id].append(hand)
    return {
        plant.pk: forecasting.in_force_at(
            plant.step + 1, injections[runs[plant.pk]], hands[runs[plant.pk]]
        )
        for plant in plants
    }


def _is_news(plant_id: int, state: Any) -> bool:
    """Tell whether a forecast of this has not been asked for lately, and note that it is now."""
    now = time.monotonic()
    asked_at, asked = _asked.get(plant_id, (-PATIENCE_SECONDS, None))
    if asked == state and now - asked_at < PATIENCE_SECONDS:
        return False
    _asked[plant_id] = (now, state)
    return True
