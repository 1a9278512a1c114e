"""Celery's door to the engineer."""

import logging
from collections.abc import Iterable
from typing import Any

from celery import shared_task
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from explainer import conversing, explaining
from explainer.asking import explain_alarm
from explainer.history import delete_old
from simulation.models import Pulse
from simulation.tasks import has_room

logger = logging.getLogger(__name__)


def queue_hint(task: Any, *args: int) -> bool:
    """Queue a task; a hint that is not sent is made good by the sweep. Returns whether it was.

    Never raises for a dead broker: the caller is the detector or a page. None is sent while many
    wait: a dead worker must not let the queue grow.
    """
    try:
        if not has_room("explain"):
            return False
        task.delay(*args)
    except (BrokerError, RedisError, OSError) as error:
        logger.error("no hint to the explainer: the broker is out of reach (%s)", error)
        Pulse.fail("explain", f"The broker is out of reach: {error}")
        return False
    return True


def hint_alarm(alarm_id: int) -> None:
    """Ask for the explanations of an alarm."""
    queue_hint(request_explanations, alarm_id)


def hint_runs(pks: Iterable[int]) -> bool:
    """Ask for explanations to be written. Returns whether all hints were sent."""
    return all(queue_hint(run_explanation, pk) for pk in pks)


@shared_task
def request_explanations(alarm_id: int) -> None:
    """Enter an alarm's explanations and start those that need not wait."""
    hint_runs(made.pk for made in explain_alarm(alarm_id) if made.is_due)


@shared_task
def run_explanation(pk: int) -> None:
    """Write one explanation, unless it is done, not due, or being written."""
    if explaining.run(pk):
        Pulse.beat("explain")
        hint_runs(explaining.next_remote())  # one may have waited for this one's place


def hint_question(pk: int) -> None:
    """Ask for a question to be answered; the sweep makes good a hint that is lost."""
    queue_hint(answer_question, pk)


@shared_task
def answer_question(pk: int) -> None:
    """Answer one question, unless it is answered or being answered."""
    if conversing.run(pk):
        Pulse.beat("explain")


@shared_task
def prune_explanations() -> None:
    """Delete explanations that are older than the retention allows."""
    if deleted := delete_old():
        logger.info("deleted %d old explanations", deleted)


@shared_task
def sweep_explanations() -> None:
    """Take up what a lost message or a dead worker left, and show that a worker is alive."""
    Pulse.beat("explain")
    hint_runs(explaining.sweep())
    for pk in conversing.due():
        hint_question(pk)
