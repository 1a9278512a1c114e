"""The Celery application, and its beat as the clock of the plants."""

import logging
import math
import os
import threading
import time
from typing import Any

from celery import Celery
from celery.beat import Scheduler
from celery.schedules import crontab, schedule
from celery.signals import setup_logging, worker_init
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from simulation.broker import queue_length

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teplive.settings")

app = Celery("teplive")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

logger = logging.getLogger(__name__)


class PlantScheduler(Scheduler):
    """Beat that asks the database which plants are due, so a new interval holds from the next tick.

    A tick is a hint with the expected step of each plant. While the same plant at the same step
    stays due, the hint is repeated after `REPEAT_SECONDS` if the queue is empty (the hint was
    lost, or the worker that took it died), else only once the waiting one has expired. So at most
    one live tick of a plant waits, and a dead worker finds no heap when it comes back.
    """

    POLL_SECONDS = 0.2
    REPEAT_SECONDS = 1.0
    TICK_EXPIRES_SECONDS = 5.0
    MAX_WAITING = 20
    MAX_WAITING_SWEEPS = 200
    #: How often the workers are asked for a sign of life, and what was lost is swept up.
    SWEEP_SECONDS = 2.0
    #: How often the demonstration is asked whether its scene is over.
    TOUR_SECONDS = 1.0
    PULSE_SECONDS = 1.0
    #: After a pause of this length the workers get time anew to answer the sweeps.
    STEADY_GAP_SECONDS = 3.0
    PLANTS_PER_TASK = 100
    #: Short of the due time the last stretch is slept precisely instead of polled.
    EARLIEST_SECONDS = 0.001

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._sent: dict[tuple[int, int, int], float] = {}
        self._pulse_at = -math.inf
        self._is_steady = False
        kwargs["max_interval"] = self.POLL_SECONDS
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Besides the plants: sweep up what a lost message left behind, prune at night."""
        from django.conf import settings

        self.merge_inplace(
            {
                "sweep-explanations": {
                    "task": "explainer.tasks.sweep_explanations",
                    "schedule": schedule(self.SWEEP_SECONDS),
                    "options": {"expires": 2 * self.SWEEP_SECONDS},
                },
                "sweep-analyses": {
                    "task": "monitoring.tasks.analyse_waiting",
                    "schedule": schedule(self.SWEEP_SECONDS),
                    "options": {"expires": 2 * self.SWEEP_SECONDS},
                },
                # On the other worker: the one that steps the plants cannot write that it is dead.
                "watch-alarms": {
                    "task": "monitoring.tasks.watch_alarms",
                    "schedule": schedule(self.SWEEP_SECONDS),
                    "options": {"expires": 2 * self.SWEEP_SECONDS},
                },
                "sweep-ahead": {
                    "task": "simulation.tasks.sweep_ahead",
                    "schedule": schedule(self.SWEEP_SECONDS),
                    "options": {"expires": 2 * self.SWEEP_SECONDS},
                },
                "advance-tours": {
                    "task": "teplive.tasks.advance_tours",
                    "schedule": schedule(self.TOUR_SECONDS),
                    "options": {"expires": 2 * self.TOUR_SECONDS},
                },
                # Twice, so that a restart of beat at the wrong moment does not miss a night.
                "prune": {
                    "task": "monitoring.tasks.prune_plants",
                    "schedule": crontab(hour=settings.PRUNE_HOUR, minute="10,40"),
                    "options": {"expires": 1800.0},
                },
                "prune-explanations": {
                    "task": "explainer.tasks.prune_explanations",
                    "schedule": crontab(hour=settings.PRUNE_HOUR, minute="20,50"),
                    "options": {"expires": 1800.0},
                },
            }
        )
        self.install_default_entries(self.schedule)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Queue what is due and return the seconds until there may be more."""
        from django.db import DatabaseError, close_old_connections

        try:
            wait = self._tick_plants()
        except DatabaseError:
            logger.exception("the clock cannot read the plants; trying again in a second")
            close_old_connections()
            self._is_steady = False
            wait = 1.0
        except (RedisError, BrokerError) as error:
            logger.error("the clock cannot reach the broker (%s); trying again in a second", error)
            self._is_steady = False
            wait = 1.0
        return max(min(wait, self._tick_sweeps(*args, **kwargs)), self.EARLIEST_SECONDS)

    def _tick_sweeps(self, *args: Any, **kwargs: Any) -> float:
        """Queue the periodic tasks, unless nobody takes them; forget times of a clock set back."""
        now = app.now()
        for entry in self.schedule.values():
            if entry.last_run_at > now:
                entry.last_run_at = now
        try:
            waiting = max(queue_length("analyse"), queue_length("explain"))
        except RedisError:
            self._is_steady = False
            return self.POLL_SECONDS
        if waiting > self.MAX_WAITING_SWEEPS:
            return self.POLL_SECONDS
        return float(super().tick(*args, **kwargs))

    def _tick_plants(self) -> float:
        from django.utils import timezone

        from simulation.models import Plant
        from simulation.stepping import due_ticks

        now = time.monotonic()
        if now - self._pulse_at >= self.PULSE_SECONDS:
            self._beat(now)
        ticks = due_ticks()
        keys = [(tick.plant_id, tick.run_id, tick.after_step) for tick in ticks]
        fresh = [k for k in keys if now - self._sent.get(k, -1e9) >= self.REPEAT_SECONDS]
        waiting = self._waiting() if fresh else 0
        if waiting:
            expired = now - self.TICK_EXPIRES_SECONDS
            fresh = [k for k in fresh if self._sent.get(k, -1e9) <= expired]
        if fresh and waiting < self.MAX_WAITING:
            for first in range(0, len(fresh), self.PLANTS_PER_TASK):
                app.send_task(
                    "simulation.tasks.step_plants",
                    args=[fresh[first : first + self.PLANTS_PER_TASK]],
                    queue="simulate",
                    expires=self.TICK_EXPIRES_SECONDS,
                )
            self._sent = {k: self._sent.get(k, now) for k in keys} | dict.fromkeys(fresh, now)
        next_due = (
            Plant.objects.filter(state=Plant.State.RUNNING, next_due__gt=timezone.now())
            .order_by("next_due")
            .values_list("next_due", flat=True)
            .first()
        )
        if next_due is None:
            return self.POLL_SECONDS
        return min(self.POLL_SECONDS, (next_due - timezone.now()).total_seconds())

    def _beat(self, now: float) -> None:
        """Show that the clock works, and since when without a break.

        A worker that was not asked cannot answer: its silence is counted from there.
        """
        from simulation.models import Pulse

        is_steady = self._is_steady and now - self._pulse_at <= self.STEADY_GAP_SECONDS
        Pulse.beat("clock")
        self._pulse_at, self._is_steady = now, False
        if not is_steady:
            self._waiting()  # raises for a broker that is still away
            Pulse.beat("clock-steady")
        self._is_steady = True

    def _waiting(self) -> int:
        """Return how many ticks no worker has taken yet."""
        return queue_length("simulate")


@setup_logging.connect
def _use_django_logging(**kwargs: Any) -> None:
    """Keep the logging that Django's settings describe."""


@worker_init.connect
def _warm_up(options: dict[str, Any] | None = None, **kwargs: Any) -> None:
    """Let the worker that steps the plants load the compiled simulator before its first tick."""
    queues = (options or {}).get("queues") or "simulate"
    if "simulate" in queues:
        from simulation.tep import warm_up, warm_up_abreast

        warm_up()
        # The first time it is compiled for ten seconds; the plants do not wait for it.
        threading.Thread(target=warm_up_abreast, daemon=True).start()


def workers_by_queue(timeout_seconds: float) -> dict[str, list[str]]:
    """Ask all workers which queues they take; one that hangs or is dead does not answer.

    Raises RedisError or ConnectionError for a broker that is away.
    """
    try:
        answers = app.control.inspect(timeout=timeout_seconds).active_queues() or {}
    except BrokerError as error:
        raise ConnectionError("the broker is out of reach") from error
    found: dict[str, list[str]] = {}
    for worker, queues in answers.items():
        for queue in queues:
            found.setdefault(queue["name"], []).append(worker)
    return found
