"""Valves and set points taken over by hand on a live plant, and given back."""

import numpy as np
import pytest

from accounts.models import AuditEntry
from simulation import branching, by_hand
from simulation.cancelling import cancel_planned
from simulation.models import Hand, Plant, PlantError, PlantEvent, Reading
from simulation.stepping import step_plants
from tests.simulation.trajectory import assert_trajectory, tick_of

pytestmark = pytest.mark.django_db
VALVE, SETPOINT = by_hand.VALVE, by_hand.SETPOINT
SEED = 4651207995


@pytest.fixture
def running(plant) -> Plant:
    plant.reset(SEED)
    plant.start()
    move(plant, 4)
    return plant


def move(plant: Plant, steps: int) -> None:
    for _ in range(steps):
        assert step_plants([tick_of(plant)], even_if_early=True) == [plant.pk]
    plant.refresh_from_db()


def column(plant: Plant, label: str) -> np.ndarray:
    from simulation.tep.variables import index_of

    rows = Reading.objects.filter(run=plant.run).order_by("step")
    return np.array([row.values[index_of(label)] for row in rows])


def test_a_valve_stays_where_it_is_held_and_its_loop_has_it_back_afterwards(running):
    by_hand.take(running, VALVE, 10, 45.0)
    move(running, 3)
    assert list(column(running, "XMV(10)")[4:7]) == [45.0] * 3
    assert by_hand.give_back(running, VALVE, 10) == 1
    move(running, 3)
    assert 45.0 not in column(running, "XMV(10)")[7:]
    assert_trajectory(running.run)


def test_a_valve_taken_where_it_is_does_not_move(running):
    before = column(running, "XMV(10)")[-1]
    hand = by_hand.take(running, VALVE, 10, None)
    assert hand.value == before
    move(running, 2)
    assert list(column(running, "XMV(10)")[4:]) == [before] * 2


def test_a_set_point_is_held_and_goes_back_to_its_published_value(running):
    by_hand.take(running, SETPOINT, "XMEAS(8)", 70.0)
    move(running, 20)
    assert running.load_state().setpoints[16] == 70.0
    assert column(running, "XMEAS(8)")[-5:].mean() < 74.0
    by_hand.give_back(running, SETPOINT, 17)
    move(running, 1)
    assert running.load_state().setpoints[16] == 75.0
    assert_trajectory(running.run)


def test_taking_a_held_valve_anew_ends_the_hand_before(running):
    by_hand.take(running, VALVE, 10, 40.0)
    move(running, 2)
    by_hand.take(running, VALVE, 10, 42.0)
    move(running, 2)
    assert list(column(running, "XMV(10)")[4:]) == [40.0, 40.0, 42.0, 42.0]
    first, second = Hand.objects.filter(run=running.run)
    assert (first.start_step, first.end_step) == (5, 7)
    assert (second.start_step, second.end_step) == (7, None)


def test_two_takes_before_a_step_leave_the_second_only(running):
    by_hand.take(running, VALVE, 10, 40.0)
    by_hand.take(running, VALVE, 10, 42.0)
    assert Hand.objects.get(run=running.run).value == 42.0


def test_a_hand_can_be_planned_with_its_end(running):
    by_hand.take(running, VALVE, 10, 44.0, start_after_hours=0.1, end_after_hours=0.2)
    move(running, 6)
    values = column(running, "XMV(10)")[4:]
    assert [value == 44.0 for value in values] == [False, False, True, True, False, False]


def test_who_took_what_is_an_event(running, make_user):
    by_hand.take(running, VALVE, 10, 40.0, by=make_user("operator"))
    by_hand.give_back(running, VALVE, 10, by=make_user("engineer"))
    texts = list(
        PlantEvent.objects.filter(plant=running, kind="by-hand").values_list("text", flat=True)
    )
    assert "XMV(10) automatic again from step 5 on by engineer." in texts
    assert "XMV(10) by hand at 40 % from step 5 on by operator." in texts


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((VALVE, 13, 10.0), "There is no XMV(13)"),
        ((VALVE, 10, 140.0), "XMV(10) is set to 0 to 100 %"),
        ((VALVE, 10, float("nan")), "XMV(10) is set to 0 to 100 %"),
        ((SETPOINT, 12, 1.0), "There is no loop 12"),
        ((SETPOINT, "XMEAS(7)", 1.0), "No loop controls XMEAS(7)"),
        ((SETPOINT, 17, float("inf")), "finite number"),
        ((SETPOINT, 17, 101.0), "The set point of loop 17 is 0 to 100"),
    ],
)
def test_what_cannot_be_held_is_refused_in_words(running, arguments, words):
    with pytest.raises(PlantError, match=words.replace("(", r"\(").replace(")", r"\)")):
        by_hand.take(running, *arguments)
    assert not Hand.objects.exists()


def test_the_agitator_has_no_loop_to_go_back_to(running):
    by_hand.take(running, VALVE, 12, 60.0)
    move(running, 1)
    with pytest.raises(PlantError, match="no loop to go back to"):
        by_hand.give_back(running, VALVE, 12)
    with pytest.raises(PlantError, match="no loop to go back to"):
        by_hand.take(running, VALVE, 12, 50.0, end_after_hours=1.0)


def test_a_planned_hand_stands_in_the_way_of_another(running):
    by_hand.take(running, VALVE, 10, 44.0, start_after_hours=1.0)
    with pytest.raises(PlantError, match="planned already"):
        by_hand.take(running, VALVE, 10, 50.0)


@pytest.mark.parametrize("end", [None, 2.0])
def test_what_was_held_goes_on_when_the_hand_that_was_to_replace_it_is_cancelled(running, end):
    held = by_hand.take(running, VALVE, 10, 40.0, end_after_hours=end)
    planned = by_hand.take(running, VALVE, 10, 44.0, start_after_hours=0.1, end_after_hours=end)
    first_end = held.end_step
    held.refresh_from_db()
    assert held.end_step == planned.start_step
    assert cancel_planned(running, "hand", planned.pk) == 1
    held.refresh_from_db()
    assert held.end_step == first_end
    move(running, 4)
    assert list(column(running, "XMV(10)")[4:]) == [40.0] * 4
    assert_trajectory(running.run)
    text = PlantEvent.objects.filter(kind="by-hand").latest("pk").text
    assert text == "XMV(10): what was planned by hand is cancelled; it stays by hand at 40 %."


def test_it_goes_on_until_the_next_that_is_planned(running):
    by_hand.take(running, VALVE, 10, 40.0)
    first = by_hand.take(running, VALVE, 10, 44.0, start_after_hours=0.1)
    second = by_hand.take(running, VALVE, 10, 42.0, start_after_hours=0.2)
    cancel_planned(running, "hand", first.pk)
    move(running, 6)
    assert list(column(running, "XMV(10)")[4:]) == [40.0] * 4 + [42.0] * 2
    assert second.start_step == 9


def test_a_later_start_needs_a_value(running):
    with pytest.raises(PlantError, match="not known"):
        by_hand.take(running, VALVE, 10, None, start_after_hours=1.0)


def test_a_plant_that_is_fed_or_has_no_run_holds_nothing(plant):
    with pytest.raises(PlantError, match="has not been started"):
        by_hand.take(plant, VALVE, 10, 40.0)
    fed = Plant.objects.create(name="fed", source=Plant.Source.OUTSIDE)
    fed.start()
    with pytest.raises(PlantError, match="fed from outside"):
        by_hand.take(fed, VALVE, 10, 40.0)


def test_a_reset_begins_without_hands(running):
    by_hand.take(running, VALVE, 10, 45.0)
    running.reset(SEED)
    running.start()
    move(running, 2)
    assert running.hands == []
    assert 45.0 not in column(running, "XMV(10)")


def test_a_plant_that_has_tripped_gives_nothing_back_and_says_so(running):
    by_hand.take(running, VALVE, 10, 45.0)
    Plant.objects.filter(pk=running.pk).update(state=Plant.State.TRIPPED)
    with pytest.raises(PlantError, match="no further step"):
        by_hand.give_back(running, VALVE, 10)
    assert Hand.objects.get(run=running.run).end_step is None


@pytest.mark.datapath
def test_a_ramp_on_a_live_plant_comes_out_the_same_from_seed_and_rows(running):
    start = column(running, "XMV(4)")[-1]
    hand = by_hand.take(running, VALVE, 4, 75.0, ramp_steps=5)
    assert (hand.from_value, hand.ramp_minutes) == (start, 15.0)
    by_hand.take(running, SETPOINT, 17, 70.0, start_after_hours=0.1, ramp_steps=4)
    move(running, 8)
    values = column(running, "XMV(4)")[4:]
    np.testing.assert_allclose(values[:5], start + (75.0 - start) * np.arange(1, 6) / 5)
    assert list(values[4:]) == [75.0] * 4
    assert running.load_state().setpoints[16] == 70.0
    by_hand.give_back(running, VALVE, 4)
    move(running, 2)
    assert_trajectory(running.run)


@pytest.mark.datapath
def test_a_branch_in_the_middle_of_a_ramp_goes_on_with_it_to_the_bit(running):
    by_hand.take(running, VALVE, 4, 75.0, ramp_steps=6)
    move(running, 3)
    made = branching.branch(running, hours=0.5)
    past = branching.branch(running, hours=0.5, at_step=running.step - 2)
    move(running, 6)
    for other in (made, past):
        while branching.run_ahead(other.pk):
            pass
        theirs = dict(Reading.objects.filter(run__plant=other).values_list("step", "values"))
        ours = dict(Reading.objects.filter(run=running.run).values_list("step", "values"))
        common = set(theirs) & set(ours)
        assert max(common) >= running.step - 1
        assert all(theirs[step].tobytes() == ours[step].tobytes() for step in common)


def test_a_ramp_that_leads_nowhere_is_refused(running):
    with pytest.raises(PlantError, match="needs a value"):
        by_hand.take(running, VALVE, 10, None, ramp_steps=3)
    with pytest.raises(PlantError, match="before its ramp is through"):
        by_hand.take(running, VALVE, 10, 50.0, ramp_steps=9, end_after_hours=0.2)
    assert not Hand.objects.exists()


def test_no_set_point_can_be_set_beyond_what_its_loop_can_measure():
    from simulation.tep.loops import LOOPS, nominal_setpoint, setpoint_range

    for loop in LOOPS:
        low, high = setpoint_range(loop.number)
        assert low < nominal_setpoint(loop.number) < high
    assert setpoint_range(18)[1] < 175.0, "a reactor above 175 °C trips"
    assert setpoint_range(17)[1] == 100.0


@pytest.mark.parametrize("state", ["running", "paused", "stopped", "tripped", "failed"])
def test_an_emergency_reset_brings_a_plant_back_from_any_state(running, make_user, state):
    by_hand.take(running, VALVE, 10, 45.0)
    running.inject([6])
    old = running.run
    if state == "stopped":
        running.stop()
    elif state != "running":
        Plant.objects.filter(pk=running.pk).update(state=state)
    AuditEntry.objects.all().delete()
    running.emergency_reset(by=make_user("operator"))
    assert (running.state, running.step, running.run.number) == ("running", 0, old.number + 1)
    assert running.active_idvs == []
    assert running.hands == []
    old.refresh_from_db()
    assert old.ended_at is not None
    assert Reading.objects.filter(run=old).count() == 4
    entry = AuditEntry.objects.get()
    assert entry.action == "plant-emergency-reset"
    assert (entry.before["run"], entry.after["run"]) == (old.number, old.number + 1)
    ended = 0 if state == "stopped" else 1
    assert (entry.after["cleared_faults"], entry.after["given_back"]) == (ended, ended)
    move(running, 1)
    assert_trajectory(running.run)


def test_a_plant_that_is_fed_has_no_emergency_reset():
    fed = Plant.objects.create(name="fed", source=Plant.Source.OUTSIDE)
    with pytest.raises(PlantError, match="fed from outside"):
        fed.emergency_reset()
