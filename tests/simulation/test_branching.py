"""Branches of a live plant: the same past to the bit, and only what was changed is different."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.analysing import analyse_plant
from monitoring.models import Alarm, Analysis, AnalysisCursor
from simulation import branching, by_hand
from simulation.branching import Change
from simulation.models import Plant, PlantError, Reading, Run, Snapshot
from simulation.rebuilding import RunDiffers, state_after
from simulation.stepping import step_plants
from simulation.tep.variables import index_of
from tests.simulation.trajectory import assert_trajectory, reference, tick_of

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]
SEED = 4651207995


def move(plant: Plant, steps: int) -> None:
    for _ in range(steps):
        assert step_plants([tick_of(plant)], even_if_early=True) == [plant.pk]
    plant.refresh_from_db()


def finish(made: Plant) -> Plant:
    """Run a branch to its end, as its task does."""
    while branching.run_ahead(made.pk):
        pass
    made.refresh_from_db()
    return made


def rows(run: Run) -> dict[int, bytes]:
    return {r.step: r.values.tobytes() for r in Reading.objects.filter(run=run)}


@pytest.fixture
def running(plant, detector) -> Plant:
    plant.reset(SEED)
    plant.start()
    move(plant, 12)
    plant.inject([6])
    move(plant, 12)
    by_hand.take(plant, by_hand.VALVE, 9, 42.0)
    move(plant, 26)
    return plant


def test_an_unchanged_branch_is_equal_to_the_bit_to_its_original(running):
    for at_step in (0, 7, 12, 13, 24, 40):
        made = finish(branching.branch(running, at_step=at_step, hours=(50 - at_step) * 0.05))
        assert (made.step, made.state) == (50, Plant.State.PAUSED)
        assert rows(made.run) == rows(running.run)
        assert Plant.objects.get(pk=made.pk).tep_state == Plant.objects.get(pk=running.pk).tep_state
        branching.delete(made)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_branch_is_what_its_rows_say_whatever_was_changed_and_wherever(running, data):
    change = Change(
        without_faults=data.draw(st.booleans()),
        faults=data.draw(st.dictionaries(st.sampled_from([1, 4, 6]), st.sampled_from([0.5, 1.0]))),
        valves=data.draw(st.dictionaries(st.sampled_from([3, 9, 10]), st.floats(20, 60))),
        setpoints=data.draw(st.dictionaries(st.sampled_from([8, 17]), st.floats(45, 70))),
    )
    at_step = data.draw(st.integers(0, 50))
    made = finish(branching.branch(running, at_step=at_step, hours=1.0, change=change))
    assert assert_trajectory(made.run) == made.step
    past = rows(running.run)
    assert all(past[step] == value for step, value in rows(made.run).items() if step <= at_step)
    branching.delete(made)


def test_the_twin_is_the_same_before_the_fault_and_without_it_afterwards(running):
    made = finish(branching.twin(running))
    assert (made.step, made.run.branch_step) == (50, 12)
    assert not made.run.injections.exists()
    live, twin = rows(running.run), rows(made.run)
    assert all(live[step] == twin[step] for step in range(1, 13))
    assert live[13] != twin[13]
    # Held against a run from the seed alone, not against what was copied.
    assert twin[12] == reference(made.run, 50)[11].tobytes()
    column = index_of("XMEAS(1)")
    feed = np.frombuffer(live[50])[column], np.frombuffer(twin[50])[column]
    assert feed[0] < 0.05
    assert feed[1] > 0.2


def test_what_if_a_valve_had_been_opened(running):
    change = Change(valves={9: 60.0})
    made = finish(branching.branch(running, at_step=20, hours=1.0, change=change))
    values = {step: np.frombuffer(row)[index_of("XMV(9)")] for step, row in rows(made.run).items()}
    assert set(values) == set(range(1, 41))
    assert values[20] != 60.0
    # At step 25 the original's operator set it to 42 %: not in a branch that is about this valve.
    assert {values[step] for step in range(21, 41)} == {60.0}


def test_a_branch_goes_on_after_its_worker_died_at_any_moment(running):
    made = branching.branch(running, at_step=30, hours=2.0)
    branching._copy_past(running.run, made.run, 17)  # died while copying
    assert len(rows(made.run)) == 17
    finish(made)
    assert assert_trajectory(made.run) == 70


def test_a_branch_that_was_forgotten_is_swept_up(running, monkeypatch):
    monkeypatch.setattr(branching, "FORGOTTEN_SECONDS", 0.0)
    made = branching.branch(running, hours=1.0)
    assert branching.forgotten() == [made.pk]
    finish(made)
    assert branching.forgotten() == []


def test_the_detector_goes_on_after_the_past_and_scores_nothing_twice(running):
    analyse_plant(running.pk)
    theirs = {a.step: (a.t2, a.spe) for a in Analysis.objects.filter(run=running.run)}
    made = finish(branching.branch(running, at_step=40, hours=1.0))
    analyse_plant(made.pk)
    ours = {a.step: (a.t2, a.spe) for a in Analysis.objects.filter(run=made.run)}
    assert set(ours) == set(range(1, 61))
    assert all(ours[step] == theirs[step] for step in theirs if step <= 50)
    assert AnalysisCursor.objects.get(plant=made).step == 60
    assert all(alarm.onset_step > 40 for alarm in Alarm.objects.filter(run=made.run))


class TestSnapshots:
    def test_states_are_kept_every_so_many_steps_and_the_newest_so_many(
        self, plant, settings, detector
    ):
        settings.SNAPSHOT_STEPS, settings.SNAPSHOTS_KEPT = 5, 3
        plant.reset(SEED)
        plant.start()
        move(plant, 32)
        kept = Snapshot.objects.filter(run=plant.run).values_list("step", flat=True)
        assert list(kept) == [20, 25, 30]

    def test_a_state_is_found_again_with_and_without_a_snapshot(self, running):
        wanted = Plant.objects.get(pk=running.pk).load_state()
        assert state_after(running.run, 50) == wanted
        Snapshot.objects.all().delete()
        assert state_after(running.run, 50) == wanted

    @pytest.mark.parametrize("damage", [b"", b"nonsense", None])
    def test_a_damaged_one_is_named_and_passed_over(self, running, damage, caplog):
        newest = Snapshot.objects.filter(run=running.run).latest("step")
        state = bytearray(newest.state)
        state[-1] ^= 1
        newest.state = bytes(state) if damage is None else damage
        newest.save()
        assert state_after(running.run, 50) == running.load_state()
        assert "is passed over" in caplog.text

    def test_one_of_another_version_is_passed_over(self, running, caplog):
        for snapshot in Snapshot.objects.filter(run=running.run):
            state = bytearray(snapshot.state)
            state[4] = 99  # the layout's version follows on the mark
            snapshot.state = bytes(state)
            snapshot.save()
        assert state_after(running.run, 50) == running.load_state()
        assert "version" in caplog.text

    def test_a_run_that_another_simulator_made_is_not_gone_back_to(self, running):
        Snapshot.objects.all().delete()
        reading = Reading.objects.get(run=running.run, step=9)
        reading.values = reading.values * (1 + 1e-15)
        reading.save()
        with pytest.raises(RunDiffers, match="step 9 comes out differently"):
            state_after(running.run, 50)
        made = finish(branching.branch(running, at_step=20, hours=1.0))
        assert made.state == Plant.State.FAILED
        assert "step 9 comes out differently" in made.state_reason


class TestRefusals:
    @pytest.mark.parametrize("hours", [0.0, -1.0, 1e9])
    def test_hours_that_cannot_be(self, running, hours):
        with pytest.raises(PlantError, match=r"0\.05 to 240 h"):
            branching.branch(running, hours=hours)

    @pytest.mark.parametrize("step", [-1, 51])
    def test_a_step_that_was_not_taken(self, running, step):
        with pytest.raises(PlantError, match="has not been taken"):
            branching.branch(running, hours=1.0, at_step=step)

    @pytest.mark.parametrize(
        "change",
        [Change(faults={21: 1.0}), Change(faults={4: 2.0}), Change(valves={13: 1.0}),
         Change(valves={10: 140.0}), Change(setpoints={17: float("nan")})],
    )  # fmt: skip
    def test_a_change_that_cannot_be_leaves_no_branch_behind(self, running, change):
        with pytest.raises(PlantError):
            branching.branch(running, hours=1.0, change=change)
        assert Plant.objects.count() == 1

    def test_a_twin_of_a_plant_without_faults(self, plant, detector):
        plant.reset(SEED)
        plant.start()
        move(plant, 3)
        with pytest.raises(PlantError, match="its own twin"):
            branching.twin(plant)

    def test_a_plant_that_is_fed_from_outside(self):
        fed = Plant.objects.create(name="fed", source=Plant.Source.OUTSIDE)
        fed.start()
        with pytest.raises(PlantError, match="nobody knows its true state"):
            branching.branch(fed, hours=1.0)

    def test_too_many(self, running, monkeypatch):
        monkeypatch.setattr(branching, "MOST_BRANCHES", 1)
        branching.branch(running, hours=1.0)
        with pytest.raises(PlantError, match="1 branches already"):
            branching.branch(running, hours=1.0)

    def test_a_plant_that_is_no_branch_is_not_deleted(self, running):
        with pytest.raises(PlantError, match="is no branch"):
            branching.delete(running)
        assert Plant.objects.filter(pk=running.pk).exists()
