"""Celery's door to the earlier interface."""

import logging
from typing import Any

from celery import shared_task
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from earlier.models import Retraining
from monitoring.fitting import fit_detector

logger = logging.getLogger(__name__)


def queue_retraining(pk: int) -> bool:
    """Queue a fit. Returns whether the broker took it."""
    try:
        retrain.delay(pk)
    except (BrokerError, RedisError, OSError):
        logger.exception("the fit cannot be queued")
        return False
    return True


@shared_task
def retrain(pk: int) -> None:
    """Fit a detector; it becomes the active one when it is stored, and not before.

    It runs on the queue of the explanations, in another process than the plants' clock and steps.
    """
    asked = Retraining.objects.get(pk=pk)
    if not asked.take():
        return
    try:
        model = fit_detector(asked.plan, lambda what, done, of: asked.note_progress(done))
    except ValueError as error:
        end: dict[str, Any] = {
            "status": Retraining.Status.FAILED,
            "error": f"{error} Ask for more runs or hours.",
        }
    except Exception as error:
        logger.exception("the fit failed")
        end = {
            "status": Retraining.Status.FAILED,
            "error": f"A defect of TEP Live ({type(error).__name__}); the log of the explain "
            "worker has its traceback.",
        }
    else:
        end = {"status": Retraining.Status.DONE, "detector": model}
    Retraining.objects.filter(pk=pk).update(**end)
