"""Queues stay short, whoever is dead: beat's ticks, the detector's and the explainer's hints."""

from datetime import timedelta

import pytest
import redis
from celery.schedules import crontab
from django.conf import settings
from django.utils import timezone

from explainer.tasks import hint_runs
from monitoring.analysing import plants_with_waiting_readings
from monitoring.models import Analysis
from monitoring.tasks import analyse_waiting, hint_analyse
from simulation import tasks
from simulation.broker import queue_length
from simulation.models import Plant
from simulation.stepping import Tick, step_plants
from teplive.celery import PlantScheduler, app

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]


@pytest.fixture
def broker(clean_broker):
    client = redis.Redis.from_url(settings.BROKER_DATABASE_URL)
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def beat(broker):
    return PlantScheduler(app=app, lazy=True)


@pytest.fixture
def running(plant):
    plant.start()
    plant.refresh_from_db()
    return plant


def test_a_tick_that_nobody_takes_is_not_repeated_while_it_lives(running, beat, monkeypatch):
    monkeypatch.setattr(beat, "REPEAT_SECONDS", 0.0)
    for _ in range(5):
        beat._tick_plants()
    assert queue_length("simulate") == 1
    monkeypatch.setattr(beat, "TICK_EXPIRES_SECONDS", 0.0)
    beat._tick_plants()
    assert queue_length("simulate") == 2, "the first one has expired"


def test_a_tick_that_was_lost_with_its_worker_or_broker_is_repeated(running, beat, broker):
    beat._tick_plants()
    broker.delete("simulate")
    beat._tick_plants()
    assert queue_length("simulate") == 0, "it may be under way"
    beat.REPEAT_SECONDS = 0.0
    beat._tick_plants()
    assert queue_length("simulate") == 1


def test_a_plant_that_was_stepped_is_hinted_at_once_with_its_next_step(running, beat):
    beat._tick_plants()
    step_plants([Tick(running.pk, running.current_run_id, 0)])
    Plant.objects.filter(pk=running.pk).update(next_due=timezone.now() - timedelta(minutes=5))
    beat._tick_plants()
    assert queue_length("simulate") == 2, "it is another step: the plant has moved"
    assert [key[2] for key in beat._sent] == [1]


def test_a_dead_analyse_worker_finds_few_hints_and_the_sweep_reads_everything(
    running, detector, broker, monkeypatch
):
    monkeypatch.setattr(tasks, "MOST_HINTS", 5)
    for step in range(12):
        assert step_plants([Tick(running.pk, running.current_run_id, step)], even_if_early=True)
        hint_analyse([running.pk])
    assert queue_length("analyse") == 5
    broker.delete("analyse")
    assert plants_with_waiting_readings() == [running.pk]
    analyse_waiting()
    assert Analysis.objects.filter(run=running.run).count() == 12


def test_a_dead_explain_worker_finds_few_hints(broker, monkeypatch):
    monkeypatch.setattr(tasks, "MOST_HINTS", 5)
    assert hint_runs(range(4))
    assert not hint_runs(range(100))
    assert queue_length("explain") == 5


def test_old_data_is_pruned_in_the_quiet_hour(beat):
    beat.setup_schedule()
    entry = beat.schedule["prune"]
    assert isinstance(entry.schedule, crontab)
    assert entry.schedule.hour == {settings.PRUNE_HOUR}
    assert entry.task in app.tasks
