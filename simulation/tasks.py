"""Celery's door to the plant."""

from celery import current_app, shared_task
from django.db import DatabaseError

from simulation.broker import queue_length
from simulation.models import Pulse
from simulation.stepping import Tick, note_stepping_failed
from simulation.stepping import step_plants as take_steps

#: Hints that may wait in a queue; further ones are not sent.
MOST_HINTS = 100


@shared_task
def step_plants(ticks: list[list[int]]) -> None:
    """Take one step of each plant named in `ticks`: [plant id, run id, last step]."""
    try:
        take_steps(Tick(*tick) for tick in ticks)
    except DatabaseError as error:
        note_stepping_failed(error)
        raise
    Pulse.beat("simulate")


def has_room(queue: str) -> bool:
    """Tell whether a hint may be queued. Raises RedisError.

    False while `MOST_HINTS` wait, which is so only while no worker takes them: what they would
    say is in the database, where the sweeps find it.
    """
    return bool(current_app.conf.task_always_eager) or queue_length(queue) < MOST_HINTS


def run_tasks_inline() -> None:
    """Run queued tasks at once in this process: for commands that work without a broker."""
    current_app.conf.task_always_eager = True
