"""Celery's door to the plant."""

from celery import current_app, shared_task
from django.db import DatabaseError

from simulation.models import Pulse
from simulation.stepping import Tick, note_stepping_failed
from simulation.stepping import step_plants as take_steps


@shared_task
def step_plants(ticks: list[list[int]]) -> None:
    """Take one step of each plant named in `ticks`: [plant id, run id, last step]."""
    try:
        take_steps(Tick(*tick) for tick in ticks)
    except DatabaseError as error:
        note_stepping_failed(error)
        raise
    Pulse.beat("simulate")


def run_tasks_inline() -> None:
    """Run queued tasks at once in this process: for commands that work without a broker."""
    current_app.conf.task_always_eager = True
