"""Whatever is sent, in whatever order and how often: stored once, exactly, and counted."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation.ingest import IngestRow, Outcome, StepConflict, store_rows
from simulation.ingest.storing import MAX_SKIP, outcomes_of
from simulation.models import Plant, PlantError, PlantEvent, Reading
from simulation.signals import plant_sampled
from tests.simulation.ingest.feeds import fed_plant, simulated_rows

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]


@pytest.fixture
def plant(db):
    return fed_plant()


def rows(count: int, first: int | None = None, key: str = "") -> list[IngestRow]:
    return [
        IngestRow(
            values,
            step=None if first is None else first + i,
            key=f"{key}{i}" if key else "",
        )
        for i, values in enumerate(simulated_rows()[:count])
    ]


def steps_of(plant) -> list[int]:
    return list(
        Reading.objects.filter(run=plant.run).order_by("step").values_list("step", flat=True)
    )


def test_accepted_rows_are_readings_with_their_values_to_the_bit(plant):
    receipt = store_rows(plant, rows(5))
    assert (receipt.accepted, receipt.duplicates, receipt.last_step) == (5, 0, 5)
    assert receipt.steps == (1, 2, 3, 4, 5)
    stored = Reading.objects.filter(run=plant.run).order_by("step")
    assert [r.values.tobytes() for r in stored] == [v.tobytes() for v in simulated_rows()[:5]]
    plant.refresh_from_db()
    assert (plant.step, plant.rows, plant.reading_count) == (5, 5, 5)
    assert plant.sampled_at is not None


def test_a_retry_of_the_same_steps_is_a_duplicate_and_changes_nothing(plant):
    store_rows(plant, rows(5, first=1))
    receipt = store_rows(plant, rows(7, first=1))
    assert (receipt.accepted, receipt.duplicates, receipt.last_step) == (2, 5, 7)
    assert steps_of(plant) == list(range(1, 8))


def test_a_retry_of_the_same_keys_is_a_duplicate_without_steps(plant):
    store_rows(plant, rows(3, key="k"))
    receipt = store_rows(plant, rows(5, key="k"))
    assert (receipt.accepted, receipt.duplicates, receipt.steps) == (2, 3, (1, 2, 3, 4, 5))


def test_a_step_with_other_values_is_a_conflict_and_nothing_of_the_batch_is_stored(plant):
    store_rows(plant, rows(3, first=1))
    other = IngestRow(simulated_rows()[9], step=2)
    with pytest.raises(StepConflict, match="Step 2 is stored with XMEAS") as refused:
        store_rows(plant, [*rows(5, first=1), other])
    assert list(refused.value.conflicts) == [5]
    assert steps_of(plant) == [1, 2, 3]
    assert outcomes_of(plant) == {Outcome.ACCEPTED: 3, Outcome.CONFLICT: 1, Outcome.HELD_BACK: 5}


def test_a_key_with_other_values_or_another_step_is_a_conflict(plant):
    store_rows(plant, rows(3, first=1, key="k"))
    with pytest.raises(StepConflict, match="key k1 is stored at step 2 with"):
        store_rows(plant, [IngestRow(simulated_rows()[8], key="k1")])
    with pytest.raises(StepConflict, match="key k1 names step 2, not step 9"):
        store_rows(plant, [IngestRow(simulated_rows()[1], step=9, key="k1")])


def test_skipped_steps_are_a_gap_that_is_noted_and_stays_one(plant):
    store_rows(plant, rows(2))
    store_rows(plant, rows(2, first=7))
    assert steps_of(plant) == [1, 2, 7, 8]
    [event] = PlantEvent.objects.filter(plant=plant, kind=PlantEvent.Kind.GAP)
    assert event.text == "Steps 3 to 6 were not sent (4 missing)."
    with pytest.raises(StepConflict, match="Step 4 was passed over"):
        store_rows(plant, rows(1, first=4))
    plant.refresh_from_db()
    assert (plant.step, plant.rows) == (8, 4)


def test_a_step_far_ahead_is_taken_for_a_mistake(plant):
    store_rows(plant, rows(1))
    with pytest.raises(StepConflict, match="more than 10000 after the last"):
        store_rows(plant, rows(1, first=MAX_SKIP + 3))
    assert store_rows(plant, rows(1, first=MAX_SKIP + 2)).accepted == 1


def test_a_feed_may_begin_at_any_step(plant):
    assert store_rows(plant, rows(2, first=500_000)).last_step == 500_001


def test_the_senders_time_is_kept_beside_the_time_of_arrival(plant):
    moment = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    store_rows(plant, [IngestRow(simulated_rows()[0], time=moment)])
    reading = Reading.objects.get(run=plant.run)
    assert reading.source_time == moment
    assert reading.sampled_at.year > 2020
    assert reading.as_json()["source_time"] == "2001-02-03T04:05:06+00:00"


@pytest.mark.parametrize("operate", ["pause", "stop"])
def test_a_plant_that_does_not_run_stores_nothing_and_says_why(plant, operate):
    getattr(plant, operate)()
    with pytest.raises(PlantError, match="rows are not stored"):
        store_rows(plant, rows(2))
    assert steps_of(plant) == []
    assert outcomes_of(plant) == {Outcome.NOT_RUNNING: 2}


def test_a_simulated_plant_takes_no_rows(db):
    plant = Plant.objects.create(name="Simulated")
    plant.start()
    with pytest.raises(PlantError, match="is simulated"):
        store_rows(plant, rows(1))
    assert not Reading.objects.exists()


def test_rows_for_another_run_are_a_conflict(plant):
    store_rows(plant, rows(2), run=1)
    plant.reset()
    with pytest.raises(StepConflict, match="for run 1"):
        store_rows(plant, rows(2), run=1)
    assert store_rows(plant, rows(2), run=2).steps == (1, 2)


def test_listeners_hear_of_new_readings_once_they_are_committed(
    plant, django_capture_on_commit_callbacks
):
    heard = []

    def listen(sender, plant_ids, **kwargs):
        heard.append(plant_ids)

    plant_sampled.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            store_rows(plant, rows(3, first=1))
            assert heard == []
        with django_capture_on_commit_callbacks(execute=True):
            store_rows(plant, rows(3, first=1))
    finally:
        plant_sampled.disconnect(listen)
    assert heard == [[plant.pk]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": 0},
        {"step": 2**31},
        {"time": datetime(2026, 1, 1)},
        {"key": "k" * 101},
        {"key": "\0"},
    ],
)
def test_a_row_that_no_reading_can_hold_cannot_be_made(wrong):
    with pytest.raises(ValueError, match=r"step|time|key"):
        IngestRow(simulated_rows()[0], **wrong)


a_row = st.tuples(
    st.integers(0, 5),  # which values
    st.one_of(st.none(), st.integers(1, 9)),  # step
    st.sampled_from(["", "", "a", "b", "c"]),  # key
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches=st.lists(st.lists(a_row, min_size=1, max_size=4), max_size=8))
def test_any_sequence_of_batches_stores_each_accepted_row_once_with_its_values(plant, batches):
    plant.reset()
    before = outcomes_of(plant)
    held: dict[int, int] = {}  # step -> which values
    sent = accepted = duplicates = refused = 0
    for batch in batches:
        sent += len(batch)
        made = [IngestRow(simulated_rows()[v], step=step, key=key) for v, step, key in batch]
        try:
            receipt = store_rows(plant, made)
        except StepConflict:
            refused += len(batch)
            continue
        accepted += receipt.accepted
        duplicates += receipt.duplicates
        for (which, _, _), step in zip(batch, receipt.steps, strict=True):
            assert held.setdefault(step, which) == which
        assert receipt.last_step == max(held)
    stored = Reading.objects.filter(run=plant.run).order_by("step")
    assert [r.step for r in stored] == sorted(held)
    for reading in stored:
        assert np.array_equal(reading.values, simulated_rows()[held[reading.step]])
    plant.refresh_from_db()
    assert (plant.rows, plant.step) == (len(held), max(held, default=0))
    assert accepted == len(held)
    counts = outcomes_of(plant) - before
    assert counts[Outcome.ACCEPTED] == accepted
    assert counts[Outcome.DUPLICATE] == duplicates
    assert counts[Outcome.CONFLICT] + counts[Outcome.HELD_BACK] == refused
    assert accepted + duplicates + refused == sent
