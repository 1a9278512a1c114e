"""Celery's door to the control room."""

import logging

from celery import shared_task
from django.db import DatabaseError
from kombu.exceptions import OperationalError as BrokerError

from monitoring import live
from monitoring.analysing import analyse_plant, note_error, plants_with_waiting_readings
from simulation.models import Pulse

logger = logging.getLogger(__name__)


def hint_analyse(plant_ids: list[int]) -> None:
    """Queue `analyse_plants`; a hint that cannot be sent is made good by the sweep or the next."""
    try:
        analyse_plants.delay(plant_ids)
    except BrokerError as error:
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
        live.push_frame(plant_id)
        Pulse.beat("analyse")


@shared_task
def analyse_waiting() -> None:
    """Sweep: hint once more for plants whose readings wait, and show that a worker is alive."""
    Pulse.beat("analyse")
    waiting = plants_with_waiting_readings()
    if waiting:
        analyse_plants(waiting)
