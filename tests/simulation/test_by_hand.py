"""Valves and set points taken over by hand on a live plant, and given back."""

import numpy as np
import pytest

from simulation import by_hand
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
        ((SETPOINT, 17, 151.0), "The set point of loop 17 is 0 to 150"),
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
