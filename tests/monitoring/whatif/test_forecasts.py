"""Forecasts are made by themselves while an alarm stands, and renewed by what they rest on."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitoring import forecasts
from simulation import by_hand, forecasting, tasks
from simulation.models import ForecastRecord, Plant
from tests.monitoring.pages import SEED, Page, client_of, run_for
from tests.monitoring.whatif.conftest import forget_asking

pytestmark = pytest.mark.django_db


def test_a_forecast_of_the_same_step_is_made_once(running):
    first = forecasting.make(running.pk)
    assert forecasting.make(running.pk).made_at == first.made_at
    run_for(running, 1)
    assert forecasting.make(running.pk).step == 31
    assert ForecastRecord.objects.count() == 1


def test_an_injection_of_the_next_step_is_known_to_it(plant):
    plant.reset(SEED)
    plant.start()
    run_for(plant, 1)
    assert forecasting.make(plant.pk).claims["trips"] == []
    run_for(plant, 1)
    plant.inject([6])
    assert forecasting.make(plant.pk).claims["trips"][0]["quantity"] == "reactor pressure"


def test_one_is_made_while_an_alarm_stands_and_asked_for_once(running):
    assert running.run.alarms.exists()
    assert forecasts.wanted() == [running.pk]
    assert forecasts.wanted() == [], "it was asked for a moment ago"
    forget_asking()
    running.run.alarms.update(cleared_step=30)
    assert forecasts.wanted() == []


@pytest.mark.parametrize(
    ("samples", "seconds_ago", "renewed"),
    [(9, 5, False), (10, 5, True), (1, 61, True), (0, 3600, False)],
)
def test_it_is_renewed_after_some_samples_or_after_a_minute_if_the_plant_has_moved(
    running, samples, seconds_ago, renewed
):
    forecasting.make(running.pk)
    made_at = timezone.now() - timedelta(seconds=seconds_ago)
    ForecastRecord.objects.update(step=30 - samples, made_at=made_at, took_seconds=0.2)
    assert forecasts.wanted() == ([running.pk] if renewed else [])
    forget_asking()
    running.run.alarms.update(cleared_step=30)
    assert forecasts.wanted() == [], "without an alarm age alone renews none"


def test_a_slow_one_rests_nine_times_as_long_as_it_took(running):
    forecasting.make(running.pk)
    made_at = timezone.now() - timedelta(seconds=80)
    ForecastRecord.objects.update(step=10, made_at=made_at, took_seconds=9.0)
    assert forecasts.wanted() == []
    ForecastRecord.objects.update(took_seconds=8.0)
    assert forecasts.wanted() == [running.pk]


@pytest.mark.parametrize("state", ["running", "paused"])
@pytest.mark.parametrize("act", ["inject", "clear", "hold"])
def test_it_is_renewed_at_once_when_something_else_acts_on_the_plant(running, act, state):
    Plant.objects.update(state=state)
    forecasting.make(running.pk)
    running.run.alarms.update(cleared_step=30)
    running.refresh_from_db()
    assert forecasts.wanted() == []
    if act == "inject":
        running.inject([4])
    elif act == "clear":
        running.clear()
    else:
        by_hand.take(running, by_hand.VALVE, 10, 45.0)
    before = ForecastRecord.objects.get()
    assert forecasts.wanted() == [running.pk]
    made = forecasting.make(running.pk)
    assert (made.step, made.series != before.series) == (30, True)
    forget_asking()
    assert forecasts.wanted() == []


def test_a_change_is_asked_for_though_another_was_a_moment_ago(running):
    assert forecasts.wanted() == [running.pk]
    running.inject([4])
    assert forecasts.wanted() == [running.pk]


def test_a_change_of_speed_changes_nothing_that_it_rests_on(running):
    forecasting.make(running.pk)
    running.set_speed(interval_seconds=5.0)
    assert forecasts.wanted() == []


def test_after_a_reset_none_is_shown_and_none_is_made_without_an_alarm(running, operator):
    forecasting.make(running.pk)
    running.reset(SEED)
    running.start()
    assert forecasts.wanted() == []
    page = client_of(operator).get(f"/plants/{running.pk}/")
    assert "no-forecast" in Page(page).ids


def test_the_number_of_queries_does_not_grow_with_the_plants(running):
    forecasting.make(running.pk)
    with CaptureQueriesContext(connection) as one:
        forecasts.wanted()
    for number in range(3):
        other = Plant.objects.create(name=f"Line {number}")
        other.reset(SEED)
        other.start()
        forecasting.make(other.pk)
    with CaptureQueriesContext(connection) as several:
        forecasts.wanted()
    assert len(several) == len(one)


def test_one_of_a_plant_is_on_its_way_at_a_time(running, clean_broker, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks, "has_room", lambda queue: True)
    monkeypatch.setattr(tasks.make_forecast, "delay", sent.append)
    assert tasks.hint_forecast(running.pk) and tasks.hint_forecast(running.pk)
    assert sent == [running.pk]
    tasks.make_forecast(running.pk)
    assert ForecastRecord.objects.exists()
    assert tasks.hint_forecast(running.pk)
    assert sent == [running.pk, running.pk]


def test_one_that_fails_or_finds_no_room_keeps_no_other_away(running, clean_broker, monkeypatch):
    assert not tasks.hint_forecast(running.pk), "there is no room"
    sent = []
    monkeypatch.setattr(tasks, "has_room", lambda queue: True)
    monkeypatch.setattr(tasks.make_forecast, "delay", sent.append)
    monkeypatch.setattr(forecasting, "make", lambda plant_id: 1 / 0)
    assert tasks.hint_forecast(running.pk)
    with pytest.raises(ZeroDivisionError):
        tasks.make_forecast(running.pk)
    assert tasks.hint_forecast(running.pk)
    assert sent == [running.pk, running.pk]


def test_a_tripped_plant_has_none(running):
    Plant.objects.filter(pk=running.pk).update(state=Plant.State.TRIPPED)
    assert forecasting.make(running.pk) is None
