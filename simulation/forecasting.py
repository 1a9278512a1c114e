"""The forecast of a live plant: computed from its true state, stored, at most one at a time.

Free of Celery.
"""

import logging
import math
import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from simulation import in_force
from simulation.models import ForecastRecord, Plant, PlantError
from simulation.signals import forecast_made
from simulation.tep.variables import LABELS

logger = logging.getLogger(__name__)

#: Of the 3-minute samples every so many is kept for the charts.
KEPT_EVERY = 3
#: While an alarm stands the forecast is made anew after so long, if the plant has moved.
RENEW_SECONDS = 60.0


def check(plant: Plant) -> None:
    """Say why there can be no forecast of a plant (PlantError)."""
    if not plant.is_simulated:
        raise PlantError(
            f"{plant} is fed from outside: nobody knows its true state, so there is no forecast.",
            "Choose a simulated plant.",
        )
    plant.run  # noqa: B018  (raises for a plant that has never run)
    if plant.state == Plant.State.TRIPPED:
        raise PlantError(f"{plant} has tripped: nothing is left to be forecast.", "Reset it.")
    if plant.tep_state is None:
        raise PlantError(f"{plant} is still being prepared.", "Wait until it runs.")


def make(plant_id: int) -> ForecastRecord | None:
    """Compute and store the forecast of a plant as it is now; None where there can be none."""
    from simulation.whatif.forecast import forecast, seed_of  # takes the compiled simulator

    plant = Plant.objects.select_related("current_run").filter(pk=plant_id).first()
    if plant is None:
        return None
    try:
        check(plant)
    except PlantError as error:
        logger.info("no forecast: %s", error)
        return None
    run, step = plant.run, plant.step
    state = in_force.state_at(
        plant.load_state(), step + 1, list(run.injections.all()), list(run.hands.all())
    )
    began = time.monotonic()
    found = forecast(state, seed_of(run.seed, step))
    took = time.monotonic() - began
    kept = slice(KEPT_EVERY - 1, None, KEPT_EVERY)
    fields = {
        "run": run,
        "step": step,
        "made_at": timezone.now(),
        "took_seconds": took,
        "members": found.members,
        "ahead_hours": found.ahead_hours,
        "words": found.words,
        "claims": {
            "trips": [asdict(claim) | {"words": claim.words} for claim in found.trips],
            "ranges": [asdict(claim) | {"words": claim.words} for claim in found.ranges],
        },
        "series": {
            "labels": list(LABELS),
            "hours": [round(float(hour), 4) for hour in found.hours[kept]],
            **{
                name: [[_digits(v) for v in column] for column in values[kept].T]
                for name, values in (
                    ("median", found.median),
                    ("low", found.low),
                    ("high", found.high),
                )
            },
        },
    }
    with transaction.atomic():
        older = ForecastRecord.objects.select_for_update().filter(plant=plant).first()
        if older is not None and (older.run_id, older.step) == (run.pk, step):
            return older
        if older is not None and older.run_id == run.pk and older.step > step:
            return older  # a later one was quicker
        record, _ = ForecastRecord.objects.update_or_create(plant=plant, defaults=fields)
        transaction.on_commit(
            lambda: forecast_made.send(sender=Plant, plant_id=plant_id), robust=True
        )
    return record


def is_old(plant: Plant) -> bool:
    """Tell whether a plant has moved since its forecast, and the forecast has had its time."""
    record = ForecastRecord.objects.filter(plant=plant).only("run", "step", "made_at").first()
    if record is None or record.run_id != plant.current_run_id:
        return True
    past = timezone.now() - timedelta(seconds=RENEW_SECONDS)
    return record.step < plant.step and record.made_at < past


def _digits(value: Any) -> float | None:
    """Return a number with the digits that a chart can show; None for none."""
    number = float(value)
    return (
        float(np.format_float_positional(number, 6, fractional=False))
        if math.isfinite(number)
        else None
    )
