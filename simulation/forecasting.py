"""The forecast of a live plant: computed from its true state, stored, at most one at a time.

Free of Celery.
"""

import logging
import math
import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from simulation import in_force
from simulation.models import ForecastRecord, Hand, Injection, Plant, PlantError
from simulation.signals import forecast_made
from simulation.tep.variables import LABELS

logger = logging.getLogger(__name__)

#: Of the 3-minute samples every so many is kept for the charts.
KEPT_EVERY = 3
#: While an alarm stands the forecast is made anew after so many samples: half an hour of process
#: time, a sixteenth of what it looks ahead, and the span within which its hour of a trip five hours
#: ahead proved right. In samples, so that it is as fresh at every speed ...
RENEW_SAMPLES = 10
#: ... or after so long, if the plant has moved: a plant in real time takes a sample in 180 s.
RENEW_SECONDS = 60.0
#: It takes a tenth of one processor at most, however long it takes and however fast the plant is.
REST_PER_SECOND = 9.0


def check(plant: Plant) -> None:
    """Say why there can be no forecast of a plant (PlantError)."""
    if not plant.is_simulated:
        raise PlantError(
            gettext(
                "%(plant)s is fed from outside: nobody knows its true state, so there is no "
                "forecast."
            )
            % {"plant": plant},
            gettext("Choose a simulated plant."),
        )
    plant.run  # noqa: B018  (raises for a plant that has never run)
    if plant.state == Plant.State.TRIPPED:
        raise PlantError(
            gettext("%(plant)s has tripped: nothing is left to be forecast.") % {"plant": plant},
            gettext("Reset it."),
        )
    if plant.tep_state is None:
        raise PlantError(
            gettext("%(plant)s is still being prepared.") % {"plant": plant},
            gettext("Wait until it runs."),
        )


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
    injections, hands = list(run.injections.all()), list(run.hands.all())
    state = in_force.state_at(plant.load_state(), step + 1, injections, hands)
    rests_on = in_force_at(step + 1, injections, hands)
    began = time.monotonic()
    found = forecast(state, seed_of(run.seed, step))
    took = time.monotonic() - began
    kept = slice(KEPT_EVERY - 1, None, KEPT_EVERY)
    fields = {
        "run": run,
        "step": step,
        "rests_on": rests_on,
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
            if older.rests_on == rests_on:
                return older
        elif older is not None and older.run_id == run.pk and older.step > step:
            return older  # a later one was quicker
        record, _ = ForecastRecord.objects.update_or_create(plant=plant, defaults=fields)
        transaction.on_commit(
            lambda: forecast_made.send(sender=Plant, plant_id=plant_id), robust=True
        )
    return record


def in_force_at(step: int, injections: Iterable[Injection], hands: Iterable[Hand]) -> list[Any]:
    """Return what acts on a plant at a step, as a forecast keeps what it rests on.

    A hand on its way to its value is one act: where it is by now is part of the state.
    """
    faults = [["IDV", one.idv, one.magnitude] for one in injections if in_force.covers(one, step)]
    held = [[one.kind, one.number, one.value] for one in hands if in_force.covers(one, step)]
    return sorted(faults) + sorted(held)


def is_old(record: ForecastRecord, plant: Plant, now: datetime) -> bool:
    """Tell whether a plant has moved on so far that its forecast should be made anew."""
    samples, seconds = plant.step - record.step, (now - record.made_at).total_seconds()
    if samples < 1 or seconds < REST_PER_SECOND * record.took_seconds:
        return False
    return samples >= RENEW_SAMPLES or seconds > RENEW_SECONDS


def _digits(value: Any) -> float | None:
    """Return a number with the digits that a chart can show; None for none."""
    number = float(value)
    return (
        float(np.format_float_positional(number, 6, fractional=False))
        if math.isfinite(number)
        else None
    )
