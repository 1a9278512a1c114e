"""Whether beat works and every queue has a worker that answers."""

from django.conf import settings
from django.utils import timezone

from monitoring.status.judging import (
    CLOCK_SILENCE_SECONDS,
    START_BEAT,
    START_EXPLAIN_WORKER,
    START_PLANT_WORKER,
)
from simulation.models import Pulse
from teplive.celery import workers_by_queue
from teplive.doctor.database import impatient
from teplive.doctor.examination import Finding
from teplive.doctor.runner import START, is_running

ASK_SECONDS = 2.0
REMEDIES = {
    "simulate": START_PLANT_WORKER,
    "analyse": START_PLANT_WORKER,
    "explain": START_EXPLAIN_WORKER,
}


@impatient()
def look_at_beat() -> list[Finding]:
    """Judge beat by its pulse in the database."""
    pulse = Pulse.objects.filter(stage="clock").first()
    if pulse is None or pulse.beaten_at is None:
        return [Finding("beat", "fail", "has never given a sign of life", _remedy(START_BEAT))]
    age = (timezone.now() - pulse.beaten_at).total_seconds()
    if age > CLOCK_SILENCE_SECONDS:
        said = f"the plants' clock has given no sign of life for {age:.0f} s"
        return [Finding("beat", "fail", said, _remedy(START_BEAT))]
    return [Finding("beat", "ok", "the plants' clock beats")]


def look_at_workers() -> list[Finding]:
    """Ask all workers which queues they take."""
    found = workers_by_queue(ASK_SECONDS)
    return [_finding(queue, found.get(queue, [])) for queue in REMEDIES]


def _finding(queue: str, workers: list[str]) -> Finding:
    name = f"worker of {queue}"
    if workers:
        return Finding(name, "ok", f"{', '.join(workers)} answers")
    said = f"no worker answers on the queue {queue} within {ASK_SECONDS:g} s"
    return Finding(name, "fail", said, _remedy(REMEDIES[queue]))


def _remedy(words: str) -> str:
    if settings.BROKER_IS_EMBEDDED and not is_running():
        return f"TEP Live does not run on {settings.DATA_DIR}. {START}"
    return words
