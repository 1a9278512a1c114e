"""Plants with real readings of simulated faults, and a server in Claude's place."""

import numpy as np
import pytest
from django.utils import timezone

from explainer import explaining
from explainer.asking import explain_alarm
from monitoring.analysing import analyse_plant
from monitoring.models import Alarm
from simulation import tep
from simulation.models import Plant, Reading
from simulation.models.reading import hours_at
from tests.explainer.llm_server import language_server

KEY = "sk-ant-test-0123456789-secret"
ONSET_HOURS = 4.0


@pytest.fixture
def claude(settings):
    """A server that answers in Claude's place; it is configured."""
    with language_server() as server:
        settings.ANTHROPIC_API_KEY = KEY
        settings.ANTHROPIC_BASE_URL = server.url
        settings.ANTHROPIC_MODEL = "claude-configured"
        yield server


def fill(plant: Plant, rows: np.ndarray) -> None:
    """Give a plant a run with these readings, and let the detector read them."""
    plant.reset(4651207995)
    plant.refresh_from_db()
    now = timezone.now()
    Reading.objects.bulk_create(
        Reading(run=plant.run, step=i, sim_hours=hours_at(i), sampled_at=now, values=row)
        for i, row in enumerate(rows, start=1)
    )
    Plant.objects.filter(pk=plant.pk).update(step=len(rows), sampled_at=now)
    plant.refresh_from_db()
    analyse_plant(plant.pk)


@pytest.fixture
def ran(plant, detector):
    """Let the plant run normally: ran() gives it two hours."""

    def run(hours: float = 2.0) -> Plant:
        rows, _ = tep.simulate_rows(4651207995, hours)
        fill(plant, rows)
        return plant

    return run


@pytest.fixture
def alarm_of(plant, detector):
    """Let a fault happen: alarm_of(4) is the first alarm after IDV 4 was switched on at 4 h."""

    def fault(idv: int, hours: float = 2.0, seed: int = 4651207995) -> Alarm:
        rows, stop = tep.simulate_rows(seed, ONSET_HOURS + hours, {idv: ONSET_HOURS})
        fill(plant, rows if stop < 0 else rows[: stop // tep.SAMPLE_SECONDS])
        onset = round(ONSET_HOURS * 3600 / tep.SAMPLE_SECONDS)
        found = Alarm.objects.filter(run=plant.run, raised_step__gt=onset).order_by("raised_step")
        return found[0]

    return fault


@pytest.fixture
def explained():
    """Enter and write all explanations of an alarm, as the tasks do."""

    def explain(alarm: Alarm):
        made = explain_alarm(alarm.pk)
        for one in made:
            explaining.run(one.pk)
            one.refresh_from_db()
        return {one.provider: one for one in made}

    return explain
