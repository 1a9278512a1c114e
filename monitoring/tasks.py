"""Celery's door to the control room."""

import logging

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from monitoring import diagnosing, forecasts, live, pruning
from monitoring.alarms import settling, stalls
from monitoring.alarms.holding import hold_against_limits
from monitoring.analysing import analyse_plant, note_error, plants_with_waiting_readings
from monitoring.models import Alarm
from simulation.models import Plant, Pulse
from simulation.tasks import has_room, hint_forecast

logger = logging.getLogger(__name__)


def hint_analyse(plant_ids: list[int]) -> None:
    """Queue `analyse_plants`; a hint that is not sent is made good by the sweep or the next.

    None is sent while many wait: a dead worker must not let the queue grow.
    """
    try:
        if has_room("analyse"):
            analyse_plants.delay(plant_ids)
    except (BrokerError, RedisError) as error:
        logger.error("no hint to the detector: the broker is out of reach (%s)", error)
        Pulse.fail("analyse", f"The broker is out of reach: {error}")


@shared_task(expires=60)
def analyse_plants(plant_ids: list[int]) -> None:
    """Score every reading of the plants that has not been scored, and push what is new."""
    for plant_id in plant_ids:
        try:
            analyse_plant(plant_id)
        except DatabaseError as error:
            logger.exception("plant %s could not be analysed", plant_id)
            note_error(plant_id, f"{type(error).__name__}: {error}")
        hold_limits(plant_id)
        live.push_frame(plant_id)
        Pulse.beat("analyse")


def hold_limits(plant_id: int) -> None:
    """Hold what is new against the plant's limits; the sweep tries again what fails."""
    try:
        hold_against_limits(plant_id)
    except DatabaseError as error:
        logger.exception("the readings of plant %s were not held against its limits", plant_id)
        Pulse.fail("analyse", f"The alarm limits: {type(error).__name__}: {error}")


def hint_diagnose(alarm_id: int) -> None:
    """Queue a diagnosis; the sweep makes a lost hint good."""
    try:
        if has_room("explain"):
            diagnose_alarm.delay(alarm_id)
    except (BrokerError, RedisError, OSError) as error:
        logger.error("no hint to diagnose: the broker is out of reach (%s)", error)


@shared_task
def diagnose_alarm(alarm_id: int) -> None:
    """Store what is due of an alarm's diagnoses, and show it."""
    if diagnosing.diagnose(alarm_id):
        plant_id = Alarm.objects.values_list("run__plant", flat=True).get(pk=alarm_id)
        live.push_frame(plant_id)


@shared_task
def prune_plants() -> None:
    """Delete what lies beyond the limits of each plant."""
    for plant in Plant.objects.all():
        pruned = pruning.prune(plant, pruning.Limits.of(plant))
        if pruned.readings:
            logger.info("pruned %s", pruned)
    if gone := pruning.prune_journal(settings.KEEP_JOURNAL_DAYS):
        logger.info("pruned %s entries of the alarm journal", gone)


@shared_task
def analyse_waiting() -> None:
    """Sweep: hint once more for plants whose readings wait, and show that a worker is alive."""
    Pulse.beat("analyse")
    for plant_id in forecasts.wanted():
        hint_forecast(plant_id)
    for alarm_id in diagnosing.due():
        hint_diagnose(alarm_id)
    waiting = plants_with_waiting_readings()
    if waiting:
        analyse_plants(waiting)
    for plant_id in settling.plants_behind():
        hold_limits(plant_id)
    watch_alarms()


@shared_task
def watch_alarms() -> None:
    """Sweep: write the alarms that follow from state, time and silence.

    Both workers are asked to, since one that is dead cannot write that it is.
    """
    try:
        settling.sweep()
        stalls.watch()
    except DatabaseError as error:
        logger.exception("the alarms could not be swept")
        Pulse.fail("analyse", f"The alarms: {type(error).__name__}: {error}")
