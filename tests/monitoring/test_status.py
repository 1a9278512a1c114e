"""The judgement of each stage: a stall is named, with since when, why and what to do."""

import sqlite3
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from monitoring.alarms import stalls
from monitoring.analysing import analyse_plant
from monitoring.models import AlarmOccurrence, DetectorModel, DetectorSettings
from monitoring.status import health, plant_statuses, status_of
from simulation.models import Plant, Pulse, Reading, Run
from simulation.stepping import Tick, step_plants
from simulation.tasks import step_plants as step_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(plant, detector):
    plant.reset(4651207995)
    plant.start()
    for stage in ("clock", "simulate", "analyse", "explain"):
        Pulse.beat(stage)
    return plant


@pytest.fixture(autouse=True)
def nobody_else_in_the_broker(clean_broker):
    """Queues and notes of other tests would be judged, too."""


def queue_a_tick() -> None:
    """A tick that no worker takes: there is none in these tests."""
    step_task.delay([])


def take(plant: Plant, steps: int = 1) -> None:
    for _ in range(steps):
        plant.refresh_from_db()
        step_plants([Tick(plant.pk, plant.current_run_id, plant.step)], even_if_early=True)
    plant.refresh_from_db()


def states(plant: Plant) -> dict[str, str]:
    return {stage.name: stage.state for stage in status_of(plant).stages}


def test_a_plant_that_runs_is_ok_at_every_stage(running):
    take(running)
    analyse_plant(running.pk)
    assert states(running) == {
        "clock": "ok",
        "simulate": "ok",
        "analyse": "ok",
        "push": "idle",
        "explain": "idle",
    }
    assert status_of(running).stall is None
    assert health()[0]


def test_a_worker_that_takes_no_steps_is_a_stall_at_simulate(running):
    take(running)
    analyse_plant(running.pk)
    late = timezone.now() - timedelta(seconds=1.6)
    Plant.objects.filter(pk=running.pk).update(
        next_due=late, sampled_at=late - timedelta(seconds=1)
    )
    queue_a_tick()
    running.refresh_from_db()
    stall = status_of(running).stall
    assert stall.startswith("Stalled for 3 s at simulate: step 2 was due at")
    assert "celery -A teplive worker" in stall
    ok, facts = health()
    assert not ok
    assert "simulate" in facts["culprit"]


def test_a_beat_that_is_gone_is_a_stall_at_the_clock_not_at_the_worker(running):
    old = timezone.now() - timedelta(seconds=30)
    Pulse.objects.filter(stage="clock").update(beaten_at=old)
    Plant.objects.filter(pk=running.pk).update(next_due=old)
    running.refresh_from_db()
    assert "at clock" in status_of(running).stall


def test_readings_that_nobody_scores_are_a_stall_at_analyse(running):
    take(running, 14)
    Reading.objects.filter(run=running.run).update(sampled_at=timezone.now() - timedelta(seconds=5))
    running.refresh_from_db()
    status = status_of(running)
    assert "at analyse" in status.stall
    assert "simulate is at step 14, analyse at 0" in status.stall


def test_a_silent_worker_is_named_long_before_a_slow_plant_is_due(running):
    running.set_speed(interval_seconds=180)
    take(running)
    analyse_plant(running.pk)
    Pulse.objects.filter(stage="analyse").update(beaten_at=timezone.now() - timedelta(seconds=20))
    assert "Stalled for 20 s at simulate: no plant worker" in status_of(running).stall


def test_a_silent_explain_worker_is_named_before_there_is_anything_to_explain(running):
    take(running)
    analyse_plant(running.pk)
    Pulse.objects.filter(stage="explain").update(beaten_at=timezone.now() - timedelta(seconds=20))
    assert "Stalled for 20 s at explain" in status_of(running).stall


def test_an_unreadable_detector_is_a_stall_and_breaks_no_status(running):
    DetectorModel.objects.update(parameters=b"damaged", created_at=timezone.now())
    take(running, 2)
    analyse_plant(running.pk)
    Reading.objects.filter(run=running.run).update(sampled_at=timezone.now() - timedelta(seconds=5))
    status = status_of(running)
    assert "at analyse" in status.stall
    assert status.as_json()["t2_threshold"] is None


def test_a_slow_plant_waits_for_its_interval_without_being_called_stalled(running):
    running.set_speed(interval_seconds=180)
    take(running)
    analyse_plant(running.pk)
    assert states(running)["simulate"] == "ok"


def test_waiting_is_told_in_words(running):
    settings = DetectorSettings.of(running)
    settings.decimation = 4
    settings.save()
    take(running, 3)
    analyse_plant(running.pk)
    analyse = status_of(running).stages[2]
    assert (analyse.state, analyse.reason) == ("waiting", "aggregating 3 of 4 readings")
    assert plant_statuses([running])[0]["aggregated_count"] == 3


def test_a_paused_plant_is_idle_and_no_stall(running):
    running.pause()
    running.refresh_from_db()
    assert states(running)["simulate"] == "idle"
    assert status_of(running).stall is None


def test_a_missing_detector_is_named_with_the_command_that_helps(plant):
    plant.start()
    for stage in ("clock", "analyse", "explain"):
        Pulse.beat(stage)
    take(plant)
    assert "manage.py fitdetector" in status_of(plant).stall


@pytest.mark.parametrize("rest", [Plant.pause, Plant.stop])
def test_readings_of_a_plant_at_rest_wait_for_a_detector_and_nothing_stalls(plant, rest):
    plant.start()
    for stage in ("clock", "analyse", "explain"):
        Pulse.beat(stage)
    take(plant)
    rest(plant)
    plant.refresh_from_db()
    status = status_of(plant)
    stage = status.stages[2]
    assert (stage.name, stage.state) == ("analyse", "waiting")
    assert stage.reason == "1 readings wait, and no detector has been fitted"
    assert "manage.py fitdetector" in stage.remedy
    assert status.stall is None
    stalls.note([status])
    assert not AlarmOccurrence.objects.exists()
    assert health()[0]


def test_healthz_judges_each_plant_once_and_writes_the_stall(running, client, monkeypatch):
    take(running)
    analyse_plant(running.pk)
    Run.objects.update(started_at=timezone.now() - timedelta(hours=1))
    Pulse.objects.filter(stage="clock").update(beaten_at=timezone.now() - timedelta(seconds=30))
    judged = []
    from monitoring.status import gathering, plant_status

    real = plant_status.analyse
    monkeypatch.setattr(plant_status, "analyse", lambda facts: judged.append(facts) or real(facts))
    surveyed = []
    survey = gathering.delivery.survey
    monkeypatch.setattr(
        gathering.delivery, "survey", lambda plants: surveyed.append(1) or survey(plants)
    )
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["stage"]) == (503, "clock")
    assert (len(judged), len(surveyed)) == (1, 1)
    assert AlarmOccurrence.objects.get().definition.code == "stream-stalled"


def test_a_tripped_plant_says_which_limit_stopped_it(running):
    Plant.objects.filter(pk=running.pk).update(
        state="tripped", next_due=None, state_reason="reactor pressure 3001 kPa is above 3000 kPa"
    )
    running.refresh_from_db()
    assert "reactor pressure" in status_of(running).stages[1].reason


def test_the_status_holds_what_clients_of_the_earlier_system_read(running):
    take(running, 2)
    analyse_plant(running.pk)
    status = plant_statuses([running])[0]
    wanted = {
        "state", "step", "sim_time_h", "interval_seconds", "speed_preset", "analysis_preset",
        "active_idvs", "readings", "analyses", "explanations", "aggregated_count", "t2_threshold",
    }  # fmt: skip
    assert wanted <= set(status)
    assert (status["readings"], status["analyses"]) == (2, 2)
    assert status["t2_threshold"] > 0


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has one lock for all")
@pytest.mark.django_db(transaction=True)
def test_a_lock_that_nobody_lets_go_is_the_cause_and_not_beat_which_waits_for_it(running):
    take(running)
    Pulse.objects.filter(stage="clock").update(beaten_at=timezone.now() - timedelta(seconds=5))
    assert "at clock" in status_of(running).stall
    holder = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        status = status_of(running)
        assert status.stalled_stage == "database"
        assert "a process holds its lock" in status.stall
        assert health()[1]["stage"] == "database"
    finally:
        holder.close()
    Pulse.beat("clock")  # the usual patience with locks is back, and nothing was left open
    assert status_of(running).stall is None
