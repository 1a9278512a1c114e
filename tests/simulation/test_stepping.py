"""The step: exactly one reading of each sample, whatever the messages do."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation import tep
from simulation.models import Plant, PlantError, PlantEvent, Reading
from simulation.signals import plant_sampled
from simulation.stepping import Tick, due_ticks, step_plants

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]
SEED = 4651207995


def tick_of(plant: Plant) -> Tick:
    plant.refresh_from_db()
    return Tick(plant.pk, plant.current_run_id, plant.step)


def take(plant: Plant, steps: int) -> None:
    for _ in range(steps):
        assert step_plants([tick_of(plant)], even_if_early=True) == [plant.pk]


def stored(plant: Plant) -> np.ndarray:
    return np.array([r.values for r in Reading.objects.filter(run=plant.run).order_by("step")])


@pytest.fixture
def running(plant):
    plant.reset(SEED)
    plant.start()
    plant.refresh_from_db()
    return plant


def test_a_step_stores_one_reading_equal_to_the_bit_to_the_simulators_row(running):
    take(running, 5)
    rows, _ = tep.simulate_rows(SEED, 0.25, rng="modern")
    assert np.array_equal(stored(running), rows)
    reading = Reading.objects.get(run=running.run, step=5)
    assert reading.sim_hours == 0.25
    assert reading.xmeas.shape == (41,)
    assert reading.xmv.shape == (12,)


def test_the_same_tick_twice_takes_one_step(running):
    tick = tick_of(running)
    assert step_plants([tick], even_if_early=True) == [running.pk]
    assert step_plants([tick], even_if_early=True) == []
    running.refresh_from_db()
    assert running.step == Reading.objects.filter(run=running.run).count() == 1


def test_a_late_tick_from_an_earlier_step_does_nothing(running):
    late = tick_of(running)
    take(running, 3)
    assert step_plants([late], even_if_early=True) == []
    running.refresh_from_db()
    assert running.step == 3


def test_a_tick_of_the_run_before_the_reset_does_nothing(running):
    old = tick_of(running)
    running.reset(SEED)
    assert step_plants([old], even_if_early=True) == []


def test_a_second_beat_does_not_double_the_rate(running):
    take(running, 1)
    Plant.objects.filter(pk=running.pk).update(next_due=timezone.now() + timedelta(seconds=1))
    assert due_ticks() == []
    assert step_plants([tick_of(running)]) == []


def test_ticks_that_nobody_took_are_not_replayed(running):
    Plant.objects.filter(pk=running.pk).update(next_due=timezone.now() - timedelta(hours=1))
    step_plants([tick_of(running)])
    running.refresh_from_db()
    assert running.step == 1
    assert running.next_due >= running.sampled_at


def test_the_due_time_keeps_the_beat_of_the_interval(running):
    due = timezone.now() - timedelta(milliseconds=300)
    Plant.objects.filter(pk=running.pk).update(next_due=due)
    step_plants([tick_of(running)])
    running.refresh_from_db()
    assert running.next_due == due + timedelta(seconds=1)


def test_a_clock_that_was_set_back_does_not_halt_the_plant(running):
    take(running, 1)
    Plant.objects.filter(pk=running.pk).update(next_due=timezone.now() + timedelta(hours=1))
    (tick,) = due_ticks()
    assert step_plants([tick]) == [running.pk]
    running.refresh_from_db()
    assert running.next_due <= timezone.now() + timedelta(seconds=1)


def test_a_paused_plant_takes_no_step(running):
    tick = tick_of(running)
    running.pause()
    assert step_plants([tick], even_if_early=True) == []


def test_a_step_that_cannot_be_committed_leaves_no_trace(running, monkeypatch):
    take(running, 2)
    # A row that another process is supposed to have written makes the insert fail.
    first = Reading.objects.get(run=running.run, step=1)
    first.pk, first.step = None, 3
    first.save(force_insert=True)
    before = Plant.objects.get(pk=running.pk)
    from django.db import transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        step_plants([tick_of(running)], even_if_early=True)
    after = Plant.objects.get(pk=running.pk)
    assert (after.step, bytes(after.tep_state)) == (before.step, bytes(before.tep_state))


def test_a_plant_whose_state_is_damaged_fails_alone_and_says_why(running):
    other = Plant.objects.create(name="other")
    other.start()
    Plant.objects.filter(pk=running.pk).update(tep_state=b"not a state")
    assert step_plants([tick_of(running), tick_of(other)], even_if_early=True) == [other.pk]
    running.refresh_from_db()
    assert running.state == Plant.State.FAILED
    assert "not a saved plant state" in running.state_reason
    [event] = PlantEvent.objects.filter(plant=running)
    assert (event.kind, event.text) == (PlantEvent.Kind.FAILED, running.state_reason)
    assert not PlantEvent.objects.filter(plant=other).exists()


def test_a_tripped_plant_takes_no_fault(running):
    Plant.objects.filter(pk=running.pk).update(state="tripped", state_reason="too hot")
    running.refresh_from_db()
    with pytest.raises(PlantError, match="tripped"):
        running.inject([1])


@pytest.mark.django_db(transaction=True)
def test_a_row_that_the_database_refuses_halts_its_plant_and_no_other(plant):
    other = Plant.objects.create(name="other")
    for one in (plant, other):
        one.reset(SEED)
        one.start()
    take(plant, 1)
    planted = Reading.objects.get(run=plant.run, step=1)
    planted.pk, planted.step = None, 2
    planted.save(force_insert=True)
    assert step_plants([tick_of(plant), tick_of(other)], even_if_early=True) == [other.pk]
    plant.refresh_from_db()
    assert (plant.state, plant.step) == (Plant.State.FAILED, 1)
    assert "Step 2 could not be taken" in plant.state_reason
    [event] = PlantEvent.objects.all()
    assert (event.plant, event.kind) == (plant, PlantEvent.Kind.FAILED)


def test_listeners_hear_of_a_step_once_it_is_committed(running, django_capture_on_commit_callbacks):
    heard = []

    def listen(plant_ids, **kwargs):
        heard.extend(plant_ids)

    plant_sampled.connect(listen)
    try:
        with django_capture_on_commit_callbacks() as callbacks:
            take(running, 1)
        assert heard == []
        callbacks[0]()
        assert heard == [running.pk]
    finally:
        plant_sampled.disconnect(listen)


def test_a_fault_acts_from_its_start_step_until_before_its_end_step(running):
    running.inject([4], start_step=3, end_step=5)
    state, expected = tep.initial_state(SEED, rng="modern"), []
    for step in range(1, 7):
        flags = np.zeros(20)
        flags[3] = 1.0 if 3 <= step < 5 else 0.0
        state, rows = tep.advance(state.replace(idv=flags), tep.SAMPLE_SECONDS)
        expected.append(rows[0])
    take(running, 6)
    assert np.array_equal(stored(running), np.array(expected))


def test_a_trip_halts_the_plant_and_names_the_limit(running):
    running.inject([6])
    for _ in range(480):
        if not step_plants([tick_of(running)], even_if_early=True):
            break
    running.refresh_from_db()
    assert running.state == Plant.State.TRIPPED
    assert "pressure" in running.state_reason.lower()
    assert Reading.objects.filter(run=running.run).count() == running.step
    [event] = PlantEvent.objects.filter(plant=running)
    assert (event.kind, event.step) == (PlantEvent.Kind.TRIP, running.step)
    assert f"Tripped at {running.sim_hours:.2f} h" in event.text
    assert running.state_reason in event.text
    with pytest.raises(PlantError, match="tripped"):
        running.start()


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    schedule=st.lists(
        st.sampled_from(["tick", "repeat", "late", "pause", "inject", "clear", "speed"]),
        min_size=5,
        max_size=40,
    )
)
def test_any_order_of_messages_and_commands_gives_the_uninterrupted_trajectory(schedule, db):
    Plant.objects.filter(name="any").delete()
    plant = Plant.objects.create(name="any")
    plant.reset(SEED)
    plant.start()
    old = [tick_of(plant)]
    for event in schedule:
        plant.refresh_from_db()
        if event == "tick":
            old.append(tick_of(plant))
            step_plants([old[-1]], even_if_early=True)
        elif event == "repeat":
            step_plants([old[-1], old[-1]], even_if_early=True)
        elif event == "late":
            step_plants([old[0]], even_if_early=True)
        elif event == "pause":
            plant.pause()
            plant.resume()
        elif event == "inject" and 1 not in plant.active_idvs:
            plant.inject([1])
        elif event == "clear":
            plant.clear()
        elif event == "speed":
            plant.set_speed(interval_seconds=0.2)
    plant.refresh_from_db()
    readings = list(Reading.objects.filter(run=plant.run).order_by("step"))
    assert [r.step for r in readings] == list(range(1, plant.step + 1))
    state = tep.initial_state(SEED, rng="modern")
    for reading in readings:
        flags = np.zeros(20)
        for idv in plant.idvs_at(reading.step):
            flags[idv - 1] = 1.0
        state, rows = tep.advance(state.replace(idv=flags), tep.SAMPLE_SECONDS)
        assert np.array_equal(reading.values, rows[0])


def test_of_plants_that_move_together_one_that_cannot_be_moved_halts_alone(running):
    """Not a number in the state, and a clock between two samples: found in the one call."""
    plants = [running]
    for name in ("strange", "between", "good"):
        plants.append(Plant.objects.create(name=name))
        plants[-1].reset(SEED)
        plants[-1].start()
    _, strange, between, good = plants
    state = strange.load_state()
    strange.tep_state = state.replace(y=np.full_like(state.y, np.nan)).to_bytes()
    strange.save()
    between.tep_state = tep.advance(between.load_state(), 7)[0].to_bytes()
    between.save()
    moved = step_plants([tick_of(plant) for plant in plants], even_if_early=True)
    assert set(moved) == {running.pk, good.pk, between.pk}
    strange.refresh_from_db()
    assert strange.state == Plant.State.FAILED
    assert "not a finite number" in strange.state_reason
    assert stored(good).tobytes() == stored(running).tobytes()
