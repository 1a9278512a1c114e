"""After an outage: the plant goes on from now, or runs what was missed; either way it is said."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from simulation import outage, stepping
from simulation.models import Plant, PlantEvent, Pulse, Reading
from simulation.stepping import Tick, due_ticks, step_plants
from tests.simulation.trajectory import assert_trajectory, tick_of

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]
SEED = 4651207995


@pytest.fixture
def running(plant):
    plant.reset(SEED)
    plant.start()
    return plant


def away(plant: Plant, seconds: float, **values) -> None:
    """As if nobody had stepped the plant for so long."""
    due = timezone.now() - timedelta(seconds=seconds)
    Plant.objects.filter(pk=plant.pk).update(next_due=due, **values)


def drain(plant: Plant) -> int:
    """Let the clock hint the plant until it owes nothing. Returns the number of tasks."""
    tasks = 0
    while any(tick.plant_id == plant.pk for tick in due_ticks()):
        step_plants([tick_of(plant)])
        tasks += 1
        plant.refresh_from_db()
    return tasks


def test_a_plant_that_skips_goes_on_from_now_and_says_how_many_samples_were_not_taken(running):
    away(running, 60.5)
    step_plants([tick_of(running)])
    running.refresh_from_db()
    assert running.step == 1
    assert running.next_due >= running.sampled_at
    (event,) = PlantEvent.objects.filter(plant=running)
    assert (event.kind, event.step) == (PlantEvent.Kind.SKIPPED, 1)
    assert "59 samples were not taken" in event.text
    assert "60 s late" in event.text or "61 s late" in event.text


def test_a_new_plant_that_waited_for_the_product_to_start_has_missed_nothing(running):
    away(running, 20.5)
    Pulse.beat(Pulse.START)
    step_plants([tick_of(running)])
    running.refresh_from_db()
    assert running.step == 1 and not PlantEvent.objects.exists()
    assert running.next_due > running.sampled_at
    away(running, 20.5)  # the second sample is no first one
    step_plants([tick_of(running)])
    assert PlantEvent.objects.get().kind == PlantEvent.Kind.SKIPPED


def test_a_short_delay_is_no_event(running):
    for seconds in (0.5, 1.9, 4.0):
        away(running, seconds)
        step_plants([tick_of(running)])
    assert not PlantEvent.objects.exists()


def test_a_plant_that_runs_what_it_missed_takes_each_step_and_says_when_it_is_done(running):
    running.inject([4], start_step=20, end_step=31)
    away(running, 60.5, catch_up="run")
    tasks = drain(running)
    assert running.step in (61, 62)
    assert tasks < 20, "several steps a task"
    assert_trajectory(running.run)
    (event,) = PlantEvent.objects.filter(plant=running)
    assert event.kind == PlantEvent.Kind.CAUGHT_UP
    assert f"steps 1 to {running.step}" in event.text
    assert running.catching_up_from is None
    assert running.next_due > timezone.now() - timedelta(seconds=1)


def test_more_than_the_most_is_skipped_and_said_so(running, monkeypatch):
    monkeypatch.setattr(outage, "MOST_CAUGHT_UP", 30)
    away(running, 100.5, catch_up="run")
    drain(running)
    assert running.step in (32, 33)
    kinds = list(PlantEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [PlantEvent.Kind.SKIPPED, PlantEvent.Kind.CAUGHT_UP]


def test_a_task_is_bounded_so_that_other_plants_have_their_turn(running, monkeypatch):
    monkeypatch.setattr(stepping, "CATCH_UP_SECONDS", 0.0)
    away(running, 3600, catch_up="run")
    step_plants([tick_of(running)])
    running.refresh_from_db()
    assert running.step == stepping.STEPS_AT_ONCE
    assert running.as_json()["is_catching_up"] is True
    assert [tick.after_step for tick in due_ticks()] == [running.step]  # hinted again at once


def test_a_plant_that_catches_up_does_not_hold_back_the_plants_of_the_same_task(running):
    other = Plant.objects.create(name="other")
    other.start()
    away(running, 3600, catch_up="run")
    away(other, 0.0)
    step_plants([tick_of(running), tick_of(other)])
    other.refresh_from_db()
    assert other.step == 1
    assert other.next_due > other.sampled_at


def test_a_pause_is_no_outage(running):
    Plant.objects.filter(pk=running.pk).update(catch_up="run")
    running.pause()
    running.resume()
    drain(running)
    running.refresh_from_db()
    assert running.step == 1
    assert not PlantEvent.objects.exists()


@pytest.mark.parametrize("change", ["pause", "reset", "stop"])
def test_who_pauses_or_resets_a_plant_ends_its_catching_up(running, monkeypatch, change):
    monkeypatch.setattr(stepping, "CATCH_UP_SECONDS", 0.0)
    away(running, 3600, catch_up="run")
    step_plants([tick_of(running)])
    running.refresh_from_db()
    assert running.catching_up_from == 0
    getattr(running, change)()
    running.refresh_from_db()
    assert running.catching_up_from is None
    assert running.samples_owed(timezone.now()) <= 1


def test_the_status_of_a_plant_that_catches_up_is_late_and_no_stall(running, monkeypatch):
    from monitoring.status import status_of

    monkeypatch.setattr(stepping, "CATCH_UP_SECONDS", 0.0)
    away(running, 3600, catch_up="run")
    step_plants([tick_of(running)])
    running.refresh_from_db()
    (stage,) = (s for s in status_of(running).stages if s.name == "simulate")
    assert stage.state == "late"
    assert "catching up" in stage.reason


@pytest.mark.django_db(transaction=True)
def test_a_tick_for_a_plant_in_hand_waits_for_no_lock_and_is_not_lost(plant):
    """While one thread has the plant, the next tick is left to it instead of blocking another."""
    plant.reset(SEED)
    plant.start()
    inside, go_on = threading.Event(), threading.Event()
    original = stepping._step_each
    calls = []

    def held_up(ticks, even_if_early):
        calls.append(ticks)
        moved = original(ticks, even_if_early)
        if len(calls) == 1:
            inside.set()
            assert go_on.wait(10)
        return moved

    def first() -> None:
        try:
            step_plants([Tick(plant.pk, plant.current_run_id, 0)], even_if_early=True)
        finally:
            connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepping, "_step_each", held_up)
        thread = threading.Thread(target=first)
        thread.start()
        assert inside.wait(10)
        assert step_plants([Tick(plant.pk, plant.current_run_id, 1)], even_if_early=True) == []
        assert len(calls) == 1, "the second caller did not touch the database"
        go_on.set()
        thread.join()
    plant.refresh_from_db()
    assert plant.step == 2, "the thread that had the plant took the tick that came meanwhile"
    assert stepping._in_hand == {}
    assert Reading.objects.filter(run=plant.run).count() == 2


def test_a_step_that_fails_leaves_no_plant_in_hand(running, monkeypatch):
    def broken(ticks, even_if_early):
        raise RuntimeError("the machine is on fire")

    monkeypatch.setattr(stepping, "_step_each", broken)
    with pytest.raises(RuntimeError):
        step_plants([tick_of(running)])
    assert stepping._in_hand == {}
