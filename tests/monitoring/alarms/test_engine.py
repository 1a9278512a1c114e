"""From readings, claims and states to the life of alarms: each transition once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.alarms import holding, settling, stalls
from monitoring.alarms.holding import hold_against_limits
from monitoring.alarms.settling import settle
from monitoring.analysing import analyse_plant
from monitoring.models import (
    Alarm,
    AlarmDefinition,
    AlarmJournalEntry,
    AlarmOccurrence,
    EventFrame,
    LimitCursor,
)
from monitoring.tasks import analyse_waiting
from simulation.models import Plant, Run
from simulation.tep.variables import LABELS
from tests.monitoring.alarms.plants import defined, give, journal
from tests.monitoring.test_analysing import take

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]
SEED = 4651207995
HIGH = {"XMEAS(7)": 2760.0}
VERY_HIGH = {"XMEAS(7)": 2990.0}


@pytest.fixture
def running(plant):
    plant.reset(SEED)
    plant.start()
    return plant


def standing(plant, **fields):
    return AlarmOccurrence.objects.filter(plant=plant, closed_at__isnull=True, **fields)


def test_a_limit_begins_one_life_and_ends_it(running):
    give(running, [{}, HIGH, HIGH, HIGH, {}, {}])
    assert hold_against_limits(running.pk) == 6
    assert hold_against_limits(running.pk) == 0
    one = AlarmOccurrence.objects.get(definition__code="reactor-pressure-hi")
    assert (one.activated_step, one.value, one.limit) == (3, 2760.0, 2750.0)
    assert (one.returned_step, one.state, one.is_standing) == (6, "returned", True)
    assert journal(code="reactor-pressure-hi") == [("activated", 3), ("returned", 6)]


def test_an_alarm_that_comes_again_unacknowledged_goes_on_with_the_same_life(running):
    give(running, [HIGH, HIGH, {}, {}, HIGH, HIGH])
    hold_against_limits(running.pk)
    one = standing(running).get(definition__code="reactor-pressure-hi")
    assert (one.activations, one.state, one.activated_step) == (2, "unacknowledged", 2)
    assert (one.last_activated_step, one.returned_step) == (6, None)


def test_normal_operation_raises_nothing(running):
    take(running, 40)
    hold_against_limits(running.pk)
    assert not AlarmOccurrence.objects.filter(priority__in=["critical", "high", "medium"]).exists()


def test_bad_readings_are_held_against_no_limit_but_counted(running):
    give(running, [HIGH, "frozen", "frozen", HIGH, "not finite", "not finite", "not finite", {}])
    hold_against_limits(running.pk)
    assert journal(code="reactor-pressure-hi") == [("activated", 4)]
    assert journal(code="bad-data") == [("activated", 7), ("returned", 8)]
    assert AlarmJournalEntry.objects.filter(code="bad-data").first().value == 0.0


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(st.sampled_from([{}, HIGH, VERY_HIGH, "bad"]), min_size=1, max_size=25),
    cuts=st.sets(st.integers(1, 25)),
    at_once=st.integers(1, 30),
)
def test_however_the_readings_are_cut_the_journal_is_the_same(plant, rows, cuts, at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holding, "PAUSE_SECONDS", 0.0)
        told = []
        for size in (len(rows), at_once):
            patch.setattr(holding, "READINGS_AT_ONCE", size)
            AlarmOccurrence.objects.all().delete()
            EventFrame.objects.all().delete()
            AlarmJournalEntry.objects.all().delete()
            LimitCursor.objects.all().delete()
            plant.runs.all().delete()
            plant.reset(1)
            for i, row in enumerate(rows, 1):
                give(plant, [row])
                if size == at_once and i in cuts:
                    hold_against_limits(plant.pk)
            hold_against_limits(plant.pk)
            entries = AlarmJournalEntry.objects.order_by("pk")
            fields = ("code", "kind", "step", "value", "limit", "state", "is_announced", "text")
            events = EventFrame.objects.order_by("pk")
            told.append(
                (
                    list(entries.values_list(*fields)),
                    list(events.values_list("opened_step", "last_step", "closed_step")),
                )
            )
        assert told[0] == told[1]


def test_the_claim_of_the_detector_and_the_alarm_begin_in_one_transaction(running, detector):
    running.inject([6])
    take(running, 30)
    analyse_plant(running.pk)
    claim = Alarm.objects.get(run=running.run)
    one = claim.occurrence
    assert one.definition.code == "detector"
    assert (one.activated_step, one.state) == (claim.raised_step, "unacknowledged")
    assert journal(code="detector") == [("activated", claim.raised_step)]
    assert one.journal.get().claim == claim
    running.reset(SEED)
    take(running, 2)
    analyse_plant(running.pk)
    one.refresh_from_db()
    assert (one.is_active, one.state) == (False, "returned")
    claim.refresh_from_db()
    assert claim.cleared_step is None


def test_a_failed_alarm_takes_the_claim_with_it(running, detector, monkeypatch):
    running.inject([6])
    take(running, 30)
    with monkeypatch.context() as patch:
        patch.setattr(
            "monitoring.alarms.board.Board.save", lambda self: (_ for _ in ()).throw(ValueError())
        )
        analyse_plant(running.pk)
    assert not Alarm.objects.exists()
    analyse_plant(running.pk)
    assert Alarm.objects.get().occurrence is not None


def test_a_trip_is_an_alarm_once_and_returns_with_the_reset(running):
    Plant.objects.filter(pk=running.pk).update(state="tripped", state_reason="pressure")
    for _ in range(2):
        settle(running.pk)
    assert settling.unsettled() == set()
    one = standing(running).get()
    assert (one.definition.code, one.priority, one.detail) == (
        "plant-tripped",
        "critical",
        "pressure",
    )
    Plant.objects.filter(pk=running.pk).update(state="running")
    assert settling.unsettled() == {running.pk}
    analyse_waiting()
    assert journal(code="plant-tripped") == [("activated", 0), ("returned", 0)]


def test_a_reset_lets_the_limits_return_and_begins_with_clean_ones(running):
    give(running, [HIGH, HIGH])
    hold_against_limits(running.pk)
    give(running, [HIGH])
    running.reset(SEED)
    give(running, [HIGH])
    hold_against_limits(running.pk)
    one = standing(running).get()
    assert (one.is_active, one.state, one.returned_step) == (False, "returned", 3)
    cursor = LimitCursor.objects.get(plant=running)
    assert (cursor.run, cursor.step) == (running.run, 1)
    give(running, [HIGH])
    hold_against_limits(running.pk)
    one.refresh_from_db()
    assert (one.state, one.run, one.last_activated_step) == ("unacknowledged", running.run, 2)


def test_a_stopped_plant_has_no_active_alarm(running):
    give(running, [HIGH, HIGH])
    running.stop()
    assert not standing(running).exists()
    analyse_waiting()
    assert standing(running).get(definition__source="limit").state == "returned"
    assert settling.unsettled() == set()


def test_alarms_of_one_event_are_grouped_and_the_first_is_first_out(running):
    give(running, [HIGH, HIGH, VERY_HIGH, {}, {}, *[{}] * 41, HIGH, HIGH])
    hold_against_limits(running.pk)
    first, second = EventFrame.objects.order_by("pk")
    assert first.first_out.definition.code == "reactor-pressure-hi"
    codes = set(AlarmJournalEntry.objects.values_list("code", flat=True))
    assert {"reactor-pressure-hi", "reactor-pressure-hihi"} <= codes
    assert (first.opened_step, first.closed_step) == (2, first.last_step)
    assert (second.opened_step, second.closed_step) == (48, None)
    again = standing(running).get(definition__code="reactor-pressure-hi")
    assert again.event == second and again.is_first_out


def test_suppression_by_a_tag_keeps_an_alarm_away_and_brings_it_back(running):
    hi = defined("reactor-pressure-hi")
    hi.suppress_while, hi.suppress_tag, hi.suppress_value = "tag-below", "XMEAS(1)", 0.1
    hi.full_clean()
    hi.save()
    low = {"XMEAS(1)": 0.05}
    give(running, [low, low | HIGH, low | HIGH, HIGH, {}, {}])
    hold_against_limits(running.pk)
    assert journal(code="reactor-pressure-hi") == [
        *(("suppressed", 1), ("activated", 3), ("unsuppressed", 4), ("returned", 6))
    ]
    announced = AlarmJournalEntry.objects.filter(code="reactor-pressure-hi", is_announced=True)
    assert [entry.step for entry in announced] == [4]


def test_suppression_by_another_alarm_follows_it(running):
    hi = defined("reactor-pressure-hi")
    hi.suppress_while, hi.suppress_alarm = "alarm-active", defined("reactor-pressure-hihi")
    hi.save()
    give(running, [VERY_HIGH, VERY_HIGH, HIGH, HIGH, {}, {}])
    hold_against_limits(running.pk)
    assert journal(code="reactor-pressure-hi") == [
        *(("suppressed", 1), ("activated", 2), ("unsuppressed", 4), ("returned", 6))
    ]


def test_the_stall_is_written_by_whoever_sees_it_and_once(running):
    from monitoring.status import plants_with_status

    Run.objects.update(started_at=timezone.now() - timedelta(hours=1))
    found = plants_with_status()
    assert found[0].stall, "nothing steps this plant"
    for _ in range(2):
        stalls.note(found)
    one = standing(running).get(definition__code="stream-stalled")
    assert one.detail.startswith("Stalled")
    Plant.objects.filter(pk=running.pk).update(state="paused", next_due=None)
    stalls.watch()
    assert [kind for kind, _ in journal(code="stream-stalled")] == ["activated", "returned"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_a_sweep_at_once_write_each_transition_once(plant):
    plant.reset(SEED)
    plant.start()
    give(plant, [{}, HIGH, HIGH, VERY_HIGH, {}, {}, "bad", "bad", "bad", {}] * 6)
    Plant.objects.filter(pk=plant.pk).update(state="tripped", state_reason="pressure")
    errors: list[Exception] = []
    barrier = threading.Barrier(4)

    def work(what) -> None:
        try:
            barrier.wait()
            for _ in range(3):
                what(plant.pk)
        except Exception as error:  # noqa: BLE001  (told by the main thread)
            errors.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=[what])
        for what in (hold_against_limits, hold_against_limits, settle, settle)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    hold_against_limits(plant.pk)
    assert journal(code="plant-tripped", kind="activated") == [("activated", 60)]
    hi = journal(code="reactor-pressure-hi")
    assert hi == [(k, 10 * i + s) for i in range(6) for k, s in (("activated", 3), ("returned", 6))]
    bad = journal(code="bad-data")
    assert bad == [
        (k, 10 * i + s) for i in range(6) for k, s in (("activated", 9), ("returned", 10))
    ]
    assert standing(plant, definition__code="reactor-pressure-hi").count() == 1


def test_a_transaction_that_dies_leaves_nothing_and_is_made_good(running, monkeypatch):
    give(running, [HIGH, HIGH, VERY_HIGH])
    with monkeypatch.context() as patch:
        patch.setattr(
            AlarmJournalEntry.objects.__class__,
            "bulk_create",
            lambda *a, **k: (_ for _ in ()).throw(RuntimeError("killed")),
            raising=False,
        )
        with pytest.raises(RuntimeError):
            hold_against_limits(running.pk)
    assert not AlarmOccurrence.objects.exists() and not AlarmJournalEntry.objects.exists()
    assert LimitCursor.objects.filter(plant=running, step__gt=0).count() == 0
    hold_against_limits(running.pk)
    assert journal(code="reactor-pressure-hi") == [("activated", 2)]


def test_a_storm_of_500_alarms_in_one_sample_loses_nothing(running, django_assert_max_num_queries):
    others = [Plant.objects.create(name=f"Storm {i}") for i in range(10)]
    everything = dict.fromkeys(LABELS, 1e6)
    count = 0
    for one in others:
        one.reset(SEED)
        give(one, [everything, everything])
        with django_assert_max_num_queries(30):
            hold_against_limits(one.pk)
        count += standing(one).count()
    assert count == AlarmJournalEntry.objects.filter(kind="activated").count()
    assert count == 10 * standing(others[0]).count() >= 300


def test_a_branch_begins_after_the_past_it_shares(running):
    from monitoring import branches

    give(running, [HIGH, HIGH, HIGH])
    hold_against_limits(running.pk)
    branch = Plant.objects.create(name="Branch")
    branch.reset(SEED)
    give(branch, [HIGH, HIGH, HIGH])
    branch.run.parent, branch.run.branch_step = running.run, 3
    branch.run.save()
    branches.take_over(branch.pk)
    assert hold_against_limits(branch.pk) == 0
    give(branch, [HIGH, HIGH])
    assert hold_against_limits(branch.pk) == 2
    assert standing(branch).get().activated_step == 5


def test_built_in_limits_that_cannot_work_are_out_of_service_with_their_reason(db):
    flagged = AlarmDefinition.objects.exclude(cannot_work="")
    assert set(flagged.values_list("in_service", flat=True)) == {False}
    assert {"steam-flow-hi", "steam-flow-lo"} <= set(flagged.values_list("code", flat=True))
    for definition in AlarmDefinition.objects.filter(in_service=True):
        definition.full_clean()
    for definition in flagged:
        assert definition.out_of_service_why == definition.cannot_work
