"""What goes of the alarms with age, and which readings stay because a limit was passed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring import pruning
from monitoring.alarms.acknowledging import acknowledge
from monitoring.alarms.holding import hold_against_limits
from monitoring.models import (
    AlarmDefinition,
    AlarmJournalEntry,
    AlarmOccurrence,
    AnalysisCursor,
    EventFrame,
    LimitCursor,
    LogEntry,
)
from monitoring.pruning import Limits, prune, prune_journal
from monitoring.tasks import prune_plants
from simulation.models import Reading
from tests.monitoring.alarms.plants import give, journal

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]
HIGH = {"XMEAS(7)": 2760.0}
CODE = "reactor-pressure-hi"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(pruning, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(pruning, "AT_ONCE", 3)
    monkeypatch.setattr(pruning, "ALWAYS_KEPT", 2)


@pytest.fixture
def alarmed(plant, make_user):
    """Ten alarms that came and went and were acknowledged, in ten events; another one stands."""
    plant.reset(1)
    plant.start()
    operator = make_user("operator")
    for _ in range(10):
        give(plant, [HIGH, HIGH, {}, {}, *[{}] * 21])
        hold_against_limits(plant.pk)
        acknowledge(AlarmOccurrence.objects.get(closed_at__isnull=True), by=operator)
    give(plant, [HIGH, HIGH])
    hold_against_limits(plant.pk)
    return plant


def make_older(days: float) -> None:
    """Everything that has happened so far happened so many days earlier."""
    by = timedelta(days=days)
    for entry in AlarmJournalEntry.objects.all():
        AlarmJournalEntry.objects.filter(pk=entry.pk).update(at=entry.at - by)
    for one in AlarmOccurrence.objects.filter(closed_at__isnull=False):
        AlarmOccurrence.objects.filter(pk=one.pk).update(closed_at=one.closed_at - by)
    for event in EventFrame.objects.filter(closed_at__isnull=False):
        EventFrame.objects.filter(pk=event.pk).update(closed_at=event.closed_at - by)


def test_what_is_over_goes_with_age_and_what_stands_keeps_its_whole_history(alarmed):
    make_older(800)
    assert EventFrame.objects.filter(closed_at__isnull=False).count() == 10
    assert prune_journal(730) == 30, "ten times activated, returned, acknowledged"
    [standing] = AlarmOccurrence.objects.all()
    assert standing.is_standing
    assert journal() == [("activated", standing.activated_step)]
    assert [event.pk for event in EventFrame.objects.all()] == [standing.event_id]
    assert prune_journal(730) == 0


def test_what_is_younger_stays(alarmed):
    make_older(729)
    assert prune_journal(730) == 0
    assert AlarmOccurrence.objects.count() == EventFrame.objects.count() == 11
    assert AlarmJournalEntry.objects.count() == 31


def test_without_a_limit_nothing_goes(alarmed):
    make_older(10_000)
    assert prune_journal(None) == 0
    assert AlarmJournalEntry.objects.count() == 31


def test_entries_that_belong_to_no_alarm_go_as_well(plant):
    AlarmJournalEntry.objects.create(
        plant=plant, at=timezone.now() - timedelta(days=800), kind="shelved", code=CODE, name="x"
    )
    assert prune_journal(730) == 1


def test_a_note_on_an_event_outlives_it(alarmed, make_user):
    event = EventFrame.objects.filter(closed_at__isnull=False).first()
    note = LogEntry.objects.create(
        plant=alarmed, event=event, text="Valve replaced.", username="ann"
    )
    make_older(800)
    prune_journal(730)
    note.refresh_from_db()
    assert (note.text, note.event_id) == ("Valve replaced.", None)


def test_an_alarm_that_came_back_after_the_pruning_goes_on_with_its_own_life(alarmed):
    make_older(800)
    prune_journal(730)
    give(alarmed, [{}, {}, HIGH, HIGH])
    hold_against_limits(alarmed.pk)
    [one] = AlarmOccurrence.objects.all()
    assert one.activations == 2
    assert [kind for kind, _ in journal()] == ["activated", "returned", "activated"]


def test_the_nightly_task_prunes_the_journal(alarmed, settings):
    settings.KEEP_JOURNAL_DAYS = 30
    make_older(31)
    prune_plants()
    assert AlarmJournalEntry.objects.count() == 1


def read_by_all(plant) -> None:
    """As if the detector had read everything; the readings are a year old."""
    AnalysisCursor.objects.update_or_create(
        plant=plant, defaults={"run": plant.current_run, "step": plant.step}
    )
    Reading.objects.update(sampled_at=timezone.now() - timedelta(days=365))


def kept_steps(run) -> list[int]:
    return list(Reading.objects.filter(run=run).order_by("step").values_list("step", flat=True))


def test_the_readings_that_passed_a_limit_stay_with_what_the_delay_and_the_window_saw(plant):
    plant.reset(1)
    plant.start()
    run = plant.run
    give(plant, [*[{}] * 20, HIGH, HIGH, *[{}] * 20])
    hold_against_limits(plant.pk)
    assert journal(code=CODE) == [("activated", 22), ("returned", 24)]
    plant.refresh_from_db()
    read_by_all(plant)
    pruned = prune(plant, Limits(days=30))
    # An on-delay of 2 and a window of 1, and the two newest of the present run.
    assert kept_steps(run) == [19, 20, 21, 22, 41, 42]
    assert pruned.kept_for_alarms == 4
    assert prune(plant, Limits(days=30)).readings == 0


def test_a_rates_whole_window_stays(plant):
    plant.reset(1)
    plant.start()
    run = plant.run
    # Beyond 2 % an hour and a half before the trip; the high limit would keep only its own.
    AlarmDefinition.objects.exclude(code="reactor-pressure-rate").update(in_service=False)
    rate = AlarmDefinition.objects.get(code="reactor-pressure-rate")
    give(plant, [*[{}] * 20, *[{"XMEAS(7)": 2704.0 + rate.limit + 5.0}] * 20])
    hold_against_limits(plant.pk)
    plant.refresh_from_db()
    read_by_all(plant)
    prune(plant, Limits(days=30))
    [(_, step)] = journal(code=rate.code, kind="activated")
    assert step == 21
    kept = kept_steps(run)
    assert set(range(step - rate.window, step + 1)) <= set(kept)
    assert kept[-2:] == [39, 40]


def test_what_the_limits_have_not_read_is_never_pruned(plant):
    plant.reset(1)
    plant.start()
    give(plant, [{}] * 10)
    hold_against_limits(plant.pk)
    give(plant, [HIGH] * 10)
    plant.refresh_from_db()
    read_by_all(plant)
    prune(plant, Limits(days=30))
    assert kept_steps(plant.run)[0] == 11
    LimitCursor.objects.all().delete()
    assert prune(plant, Limits(days=30)).readings == 0


@pytest.mark.parametrize(
    ("islands", "merged"),
    [
        ([], []),
        ([(5, 9)], [(5, 9)]),
        ([(5, 9), (1, 3), (8, 12), (2, 4)], [(1, 4), (5, 12)]),
        ([(1, 20), (3, 4), (21, 22)], [(1, 20), (21, 22)]),
    ],
)
def test_islands_that_overlap_are_one(islands, merged):
    assert pruning.merged(islands) == merged
    for step in range(25):
        is_kept = any(first <= step <= last for first, last in islands)
        assert pruning.lies_on(merged, step) == is_kept
