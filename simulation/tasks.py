"""Celery's door to the plant."""

import logging
from typing import Any

from celery import current_app, shared_task
from django.db import DatabaseError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from simulation import branching, forecasting
from simulation.broker import begin_alone, end_alone, queue_length
from simulation.models import Pulse
from simulation.stepping import Tick, note_stepping_failed
from simulation.stepping import step_plants as take_steps

logger = logging.getLogger(__name__)

#: Hints that may wait in a queue; further ones are not sent.
MOST_HINTS = 100
#: A forecast that no worker has taken by then is not made, and the next may be asked for (s).
FORECAST_EXPIRES = 60


@shared_task
def step_plants(ticks: list[list[int]]) -> None:
    """Take one step of each plant named in `ticks`: [plant id, run id, last step]."""
    try:
        take_steps(Tick(*tick) for tick in ticks)
    except DatabaseError as error:
        note_stepping_failed(error)
        raise
    Pulse.beat("simulate")


@shared_task
def run_ahead(plant_id: int) -> None:
    """Run a branch for a moment, and hint the next one."""
    if branching.run_ahead(plant_id):
        hint_ahead(plant_id)


@shared_task
def sweep_ahead() -> None:
    """Take up the branches whose hint was lost, or whose worker died."""
    for plant_id in branching.forgotten():
        run_ahead(plant_id)


@shared_task(expires=FORECAST_EXPIRES)
def make_forecast(plant_id: int) -> None:
    """Compute and store the forecast of a plant."""
    try:
        forecasting.make(plant_id)
    finally:
        if not current_app.conf.task_always_eager:
            end_alone(_forecast_of(plant_id))


def hint_ahead(plant_id: int) -> None:
    """Ask for a branch to be run; the sweep makes good a hint that is not sent."""
    _hint(run_ahead, plant_id)


def hint_forecast(plant_id: int) -> bool:
    """Ask for a forecast, one of a plant at a time. Returns whether one is on its way."""
    try:
        alone = current_app.conf.task_always_eager or begin_alone(
            _forecast_of(plant_id), FORECAST_EXPIRES
        )
    except (RedisError, OSError) as error:
        logger.error("no forecast: the broker is out of reach (%s)", error)
        return False
    if not alone:
        return True
    asked = _hint(make_forecast, plant_id)
    if not asked:
        _forget_forecast(plant_id)
    return asked


def _forecast_of(plant_id: int) -> str:
    return f"forecast:{plant_id}"


def _forget_forecast(plant_id: int) -> None:
    try:
        end_alone(_forecast_of(plant_id))
    except (RedisError, OSError) as error:
        logger.error("the broker keeps the claim to a forecast for a minute (%s)", error)


def _hint(task: Any, plant_id: int) -> bool:
    try:
        if not has_room("explain"):
            return False
        task.delay(plant_id)
    except (BrokerError, RedisError, OSError) as error:
        logger.error("no hint to run ahead: the broker is out of reach (%s)", error)
        return False
    return True


def has_room(queue: str) -> bool:
    """Tell whether a hint may be queued. Raises RedisError.

    False while `MOST_HINTS` wait, which is so only while no worker takes them: what they would
    say is in the database, where the sweeps find it.
    """
    return bool(current_app.conf.task_always_eager) or queue_length(queue) < MOST_HINTS


def run_tasks_inline() -> None:
    """Run queued tasks at once in this process: for commands that work without a broker."""
    current_app.conf.task_always_eager = True
