"""Exactly one of each sample: whatever clock, messages, workers and people do, and in any order.

`TEPLIVE_EXAMPLES=500 pytest tests/monitoring/test_exactly_once.py` tries more schedules.
"""

import os
import random
import threading
from contextlib import suppress
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.analysing import analyse_plant, plants_with_waiting_readings
from monitoring.models import Analysis, AnalysisCursor, DetectorModel, DetectorSettings
from monitoring.models.detector_settings import DEFAULT_ALPHA
from monitoring.tasks import analyse_waiting
from monitoring.watched import WATCHED
from simulation import by_hand
from simulation.models import Plant, PlantError, Reading, Run
from simulation.stepping import Tick, due_ticks, step_plants
from simulation.tep.loops import nominal_setpoint
from simulation.tep.variables import XMV
from tests.simulation.trajectory import assert_trajectory, tick_of

pytestmark = [pytest.mark.datapath]
EXAMPLES = int(os.environ.get("TEPLIVE_EXAMPLES", "25"))
quickly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

HELD = [*(("valve", number) for number in (3, 6, 10)), ("setpoint", 10), ("setpoint", 17)]
EVENTS = st.one_of(
    st.just(("tick",)),
    st.tuples(st.just("ticks"), st.integers(2, 12)),
    st.just(("repeat",)),
    st.tuples(st.just("late"), st.integers(0, 1000)),
    st.tuples(st.just("shuffled"), st.integers(0, 1000)),
    st.just(("two beats",)),
    st.tuples(st.just("outage"), st.sampled_from(["skip", "run"]), st.floats(0.0, 30.0)),
    st.just(("pause",)),
    st.just(("reset",)),
    st.tuples(
        st.just("inject"),
        st.lists(st.integers(1, 20), min_size=1, max_size=3, unique=True),
        st.integers(0, 4),
        st.integers(1, 60),
        st.sampled_from([0.25, 1.0]),
    ),
    st.just(("clear",)),
    st.tuples(
        st.just("take"),
        st.sampled_from(
            [*(("valve", n) for n in (3, 6, 10, 12)), ("setpoint", 10), ("setpoint", 17)]
        ),
        st.integers(0, 3),
        st.one_of(st.none(), st.integers(1, 20)),
        st.floats(0.8, 1.2),
    ),
    st.tuples(
        st.just("give back"),
        st.sampled_from(
            [("valve", 3), ("valve", 6), ("valve", 10), ("setpoint", 10), ("setpoint", 17)]
        ),
    ),
    st.tuples(st.just("speed"), st.floats(0.2, 5.0)),
    st.tuples(st.just("decimation"), st.integers(1, 4)),
    st.just(("analyse",)),
    st.just(("analyse twice",)),
    st.just(("sweep",)),
)


NO_STATE = np.zeros(0)
OPERATIONS = ["inject", "clear", "take", "give back", "reset", "speed", "outage"]


class History:
    """A plant, all the ticks that were ever sent for it, and what may happen to them."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.sent: list[Tick] = [tick_of(plant)]

    def tick(self) -> None:
        self.sent.append(tick_of(self.plant))
        self.take(self.sent[-1])

    def take(self, *ticks: Tick) -> None:
        """A step is taken if, and only if, a tick names where the running plant stands."""
        before = tick_of(self.plant)
        due = self.plant.state == Plant.State.RUNNING and before in ticks
        step_plants(ticks, even_if_early=True)
        assert tick_of(self.plant).after_step == before.after_step + due

    def happen(self, event: str, *values) -> None:
        plant = self.plant
        plant.refresh_from_db()
        if plant.state != Plant.State.RUNNING:  # a fault may have tripped it
            plant.reset(seed=17 + plant.pk)
            plant.start()
        if event == "tick":
            self.tick()
        elif event == "ticks":
            for _ in range(values[0]):
                self.tick()
        elif event == "repeat":
            self.take(self.sent[-1], self.sent[-1])
        elif event == "late":
            self.take(self.sent[values[0] % len(self.sent)])
        elif event == "shuffled":
            old = [*self.sent[-8:], tick_of(plant)]
            random.Random(values[0]).shuffle(old)
            for tick in old:
                self.take(tick)
        elif event == "two beats":
            hints = [*due_ticks(), *due_ticks()]
            for hint in hints:
                step_plants([hint])
        elif event == "outage":
            due = timezone.now() - timedelta(seconds=values[1])
            Plant.objects.filter(pk=plant.pk).update(next_due=due, catch_up=values[0])
            while ticks := [tick for tick in due_ticks() if tick.plant_id == plant.pk]:
                step_plants([*ticks, *ticks])
        elif event == "pause":
            plant.pause()
            self.take(tick_of(plant))
            plant.resume()
        elif event == "reset":
            plant.reset(seed=4651207995 + plant.runs.count())
        elif event == "inject":
            with suppress(PlantError):  # set already
                first = plant.step + 1 + values[1]
                plant.inject(
                    values[0], start_step=first, end_step=first + values[2], magnitude=values[3]
                )
        elif event == "take":
            with suppress(PlantError):  # planned already, or the agitator with an end
                first = plant.step + 1 + values[1]
                end = None if values[2] is None else first + values[2]
                kind, number = values[0]
                near = XMV[number - 1].nominal if kind == "valve" else nominal_setpoint(number)
                by_hand.take(plant, kind, number, near * values[3], start_step=first, end_step=end)
        elif event == "give back":
            by_hand.give_back(plant, *values[0])
        elif event == "clear":
            plant.clear()
        elif event == "speed":
            plant.set_speed(interval_seconds=values[0])
        elif event == "decimation":
            chosen = DetectorSettings.of(plant)
            chosen.decimation = values[0]
            chosen.save()
        elif event == "sweep":
            analyse_waiting()
        else:
            for _ in range(event.count("twice") + 1):
                analyse_plant(plant.pk)


def assert_analyses(run: Run, readings: int) -> None:
    """Each reading is in one block, in order; each score is that of the stored readings."""
    values = {r.step: r.values for r in Reading.objects.filter(run=run)}
    after = 0
    bank = DetectorModel.objects.get(kind="robust").detector
    shadow = DetectorModel.objects.get(kind="sharp").detector
    state, shadow_state = bank.start(), shadow.start()
    for analysis in Analysis.objects.filter(run=run).order_by("step"):
        assert analysis.first_step == after + 1, "a gap or a double in the analyses"
        after = analysis.step
        block = [values[step][WATCHED] for step in range(analysis.first_step, after + 1)]
        classic = analysis.classic_model.detector
        _, again = classic.update(NO_STATE, np.mean(block, axis=0))
        assert (analysis.t2, analysis.spe) == (again[0], again[1])
        for x in block:  # the bank sees every reading, whatever the decimation
            state, statistics = bank.update(state, x)
            shadow_state, said = shadow.update(shadow_state, x)
        assert np.array_equal(analysis.statistics, statistics)
        limits = shadow.limits(DEFAULT_ALPHA)
        assert analysis.shadows[0]["ratio"] == shadow.leading(said, limits)[1]
    assert 0 <= readings - after < 4, "only an incomplete block may be left"


@pytest.mark.django_db
@quickly
@given(schedule=st.lists(EVENTS, min_size=6, max_size=40))
def test_any_schedule_of_ticks_commands_and_analyses_stores_each_sample_once(schedule, team):
    Plant.objects.filter(name="any").delete()
    plant = Plant.objects.create(name="any")
    plant.reset(4651207995)
    plant.start()
    history = History(plant)
    for event in schedule:
        history.happen(*event)
    analyse_plant(plant.pk)
    for run in plant.runs.all():
        assert_analyses(run, assert_trajectory(run))


@pytest.mark.django_db(transaction=True)
@settings(parent=quickly, max_examples=max(4, EXAMPLES // 6))
@given(
    schedule=st.lists(
        st.sampled_from(
            [
                "work",
                "work",
                "work",
                "inject",
                "clear",
                "take",
                "give back",
                "reset",
                "speed",
                "outage",
            ]
        ),
        min_size=3,
        max_size=8,
    ),
    catch_up=st.sampled_from(["skip", "run"]),
)
def test_two_beats_and_two_workers_on_one_plant_store_each_sample_once(
    schedule, catch_up, fitted_team
):
    """Threads with connections of their own; the locks within a process are taken away, so that
    they meet in the database as processes do."""
    if not DetectorModel.objects.exists():
        for values in fitted_team:
            DetectorModel.objects.create(**values)
    Plant.objects.all().delete()
    plant = Plant.objects.create(name="any", catch_up=catch_up, interval_seconds=0.2)
    plant.reset(4651207995)
    plant.start()
    errors: list[Exception] = []
    over = threading.Event()

    def work() -> None:
        """Beat and worker in one: hints what is due, takes it twice, analyses."""
        try:
            while not over.wait(0.01):
                hints = due_ticks()
                step_plants(hints)
                step_plants(hints)
                analyse_plant(plant.pk)
        except Exception as error:  # noqa: BLE001  (told by the main thread)
            errors.append(error)
        finally:
            connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitoring.analysing._busy", Unlocked())
        patch.setattr("simulation.stepping._in_hand", Forgetful())
        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for event in schedule:
            operate(plant, event)
            over.wait(0.15)
        over.set()
        for worker in workers:
            worker.join()
    assert errors == []
    analyse_plant(plant.pk)
    taken = sum(assert_trajectory(run) for run in plant.runs.all())
    assert taken, "the threads have moved the plant"
    for run in plant.runs.all():
        assert_analyses(run, Reading.objects.filter(run=run).count())
    assert AnalysisCursor.objects.get(plant=plant).last_error == ""
    assert plants_with_waiting_readings() == []


def operate(plant: Plant, event: str) -> None:
    """What people and outages do meanwhile."""
    plant.refresh_from_db()
    with suppress(PlantError):
        if event == "inject":
            plant.inject([1, 4, 11])
        elif event == "take":
            by_hand.take(plant, "valve", 10, 41.0)
        elif event == "give back":
            by_hand.give_back(plant, "valve", 10)
        elif event == "clear":
            plant.clear()
        elif event == "reset":
            plant.reset()
        elif event == "speed":
            plant.set_speed(interval_seconds=0.2)
        elif event == "outage":
            due = timezone.now() - timedelta(seconds=5)
            Plant.objects.filter(pk=plant.pk, state="running").update(next_due=due)


class Forgetful(dict):
    """Has no plant in hand, whoever asks: as in another process."""

    def __contains__(self, key: object) -> bool:
        return False


class Unlocked(dict):
    """A lock for each plant that lets everybody in."""

    def __missing__(self, key: int) -> "Unlocked":
        return self

    def acquire(self, blocking: bool = True) -> bool:
        return True

    def release(self) -> None:
        """Nothing to release."""
