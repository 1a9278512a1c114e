"""The tasks, and what happens to hints when the broker is dead."""

import pytest
import redis
from django.conf import settings as django_settings
from kombu.exceptions import OperationalError

from explainer import tasks
from explainer.models import Explanation
from monitoring.signals import alarm_raised, status_requested
from simulation.models import Plant, Pulse

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]


def queued() -> int:
    client = redis.Redis.from_url(django_settings.BROKER_DATABASE_URL)
    try:
        return client.llen("explain")
    finally:
        client.close()


def test_a_raised_alarm_queues_its_explanation(alarm_of, clean_broker):
    alarm = alarm_of(4)
    before = queued()
    alarm_raised.send(sender=None, alarm_id=alarm.pk)
    assert queued() == before + 2  # a diagnosis and an explanation
    assert not Explanation.objects.exists()  # not in the caller's time


def test_the_tasks_lead_from_the_alarm_to_the_text(alarm_of, clean_broker):
    alarm = alarm_of(4)
    tasks.request_explanations(alarm.pk)
    made = Explanation.objects.get()
    assert queued() == 1
    tasks.run_explanation(made.pk)
    made.refresh_from_db()
    assert made.status == "done"
    assert Pulse.age("explain") is not None


def test_an_explanation_that_must_wait_is_left_to_the_sweep(alarm_of, clean_broker):
    from datetime import timedelta

    from django.utils import timezone

    alarm = alarm_of(4)
    tasks.request_explanations(alarm.pk)
    Explanation.objects.update(not_before=timezone.now() + timedelta(hours=1))
    before = queued()
    tasks.request_explanations(alarm.pk)
    tasks.sweep_explanations()
    assert queued() == before
    Explanation.objects.update(not_before=timezone.now())
    tasks.sweep_explanations()
    assert queued() == before + 1


@pytest.mark.parametrize("trouble", [OperationalError("no broker"), redis.ConnectionError("gone")])
def test_a_dead_broker_does_not_break_the_detector_and_is_noted(alarm_of, monkeypatch, trouble):
    def dead(*arguments, **options):
        raise trouble

    alarm = alarm_of(4)
    monkeypatch.setattr(tasks.request_explanations, "delay", dead)
    alarm_raised.send(sender=None, alarm_id=alarm.pk)
    assert "broker is out of reach" in Pulse.objects.get(pk="explain").error


def test_the_sweep_shows_that_a_worker_is_alive(db, clean_broker):
    tasks.sweep_explanations()
    assert Pulse.age("explain").total_seconds() < 5


def test_the_status_tells_counts_time_and_error(alarm_of, explained):
    alarm = alarm_of(4)
    made = explained(alarm)["embedded"]
    idle = Plant.objects.create(name="idle")
    plants = [Plant.objects.get(pk=alarm.run.plant_id), idle]
    answers = [facts for _, facts in status_requested.send(sender=Plant, plants=plants) if facts]
    facts = next(facts for facts in answers if alarm.run.plant_id in facts)
    assert facts[alarm.run.plant_id] == {
        "explanations": 1,
        "explanations_waiting": 0,
        "explanations_in_an_hour": 1,
        "last_explanation_at": made.finished_at.isoformat(),
        "last_explanation_step": made.step,
        "explanation_error": None,
        "explanation_error_at": None,
        "explanation_lag_seconds": 0.0,
    }
    assert idle.pk not in facts
    Explanation.objects.update(status="failed", error="The key was refused.")
    answers = status_requested.send(sender=Plant, plants=plants)
    facts = next(facts for _, facts in answers if facts and alarm.run.plant_id in facts)
    assert facts[alarm.run.plant_id]["explanation_error"] == "The key was refused."
