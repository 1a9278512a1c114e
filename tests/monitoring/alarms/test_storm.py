"""One plant with hundreds of alarms within a minute: nothing lost, doubled, or late."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitoring.alarms.flood_line import AT_ONCE, flood_line
from monitoring.alarms.holding import hold_against_limits
from monitoring.alarms.normal_operation import NORMAL
from monitoring.analysing import analyse_plant
from monitoring.models import (
    AlarmDefinition,
    AlarmJournalEntry,
    AlarmOccurrence,
    Analysis,
    EventFrame,
    LimitCursor,
)
from simulation.models import Reading
from tests.alarm_truth import contradictions
from tests.monitoring.alarms.plants import give

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]

UP = {tag: normal.mean + 4.0 for tag, normal in NORMAL.items()}
DOWN = {tag: normal.mean - 4.0 for tag, normal in NORMAL.items()}
#: A minute of samples at one a second, most of them without a change.
MINUTE = [UP, UP, {}, {}, DOWN, {}, *[{}] * 20, DOWN, DOWN, *[UP] * 10, *[{}] * 22]


@pytest.fixture
def stormy(plant, detector):
    """A plant with six limits of its own on each of the 53 tags, 1 to 3 units from normal."""
    plant.reset(4651207995)
    plant.start()
    AlarmDefinition.objects.bulk_create(
        AlarmDefinition(
            code=f"storm-{number}-{kind}", name=f"{tag} {kind}", plant=plant, tag=tag, kind=kind,
            limit=offset if kind in {"rate", "deviation"} else normal.mean + offset,
            reference=normal.mean if kind == "deviation" else None,
        )
        for number, (tag, normal) in enumerate(NORMAL.items(), 1)
        for kind, offset in {
            "hihi": 2.0, "hi": 1.0, "lo": -1.0, "lolo": -2.0, "rate": 3.0, "deviation": 3.0,
        }.items()
    )  # fmt: skip
    return plant


def test_500_alarms_of_one_plant_in_a_minute_are_all_there_once(stormy):
    begin, most = timezone.now(), 0
    for row in MINUTE:
        give(stormy, [row])
        analyse_plant(stormy.pk)
        with CaptureQueriesContext(connection) as asked:
            assert hold_against_limits(stormy.pk) == 1
        most = max(most, len(asked))
    stormy.refresh_from_db()
    activated = AlarmJournalEntry.objects.filter(kind="activated", source="limit")
    assert activated.count() >= 500
    assert contradictions(stormy) == []
    assert most <= 70, "statements of one sample, whether it brings 200 alarms or none"

    flood = flood_line(stormy)
    announced = AlarmJournalEntry.objects.filter(is_announced=True)
    assert flood.count == announced.count() >= 500
    assert flood.since >= begin

    assert LimitCursor.objects.get(plant=stormy).step == stormy.step == len(MINUTE)
    scored = Analysis.objects.filter(run=stormy.run).order_by("step")
    assert list(scored.values_list("step", flat=True)) == list(range(1, stormy.step + 1))
    assert EventFrame.objects.filter(plant=stormy).count() == 1
    assert AlarmOccurrence.objects.filter(plant=stormy, is_first_out=True).count() == 1


def test_the_storm_read_at_once_writes_the_same_journal(stormy):
    for row in MINUTE[:30]:
        give(stormy, [row])
        hold_against_limits(stormy.pk)
    one_by_one = sorted(journal_of_limits())
    AlarmOccurrence.objects.update(event=None)
    for model in (EventFrame, AlarmJournalEntry, AlarmOccurrence, LimitCursor):
        model.objects.all().delete()
    assert Reading.objects.filter(run=stormy.run).count() == 30
    hold_against_limits(stormy.pk)
    assert sorted(journal_of_limits()) == one_by_one
    assert len(one_by_one) > 500


def journal_of_limits() -> list[tuple]:
    found = AlarmJournalEntry.objects.filter(source="limit")
    return list(found.values_list("code", "kind", "step", "value", "limit", "state"))


def test_a_flood_ends_with_time_and_is_said_no_more(stormy):
    give(stormy, [UP])
    hold_against_limits(stormy.pk)
    assert flood_line(stormy) is not None
    AlarmJournalEntry.objects.update(at=timezone.now() - timedelta(minutes=11))
    assert flood_line(stormy) is None


def announce(plant, seconds_ago, now):
    """Write announcements by hand, as many as there are times."""
    AlarmJournalEntry.objects.bulk_create(
        AlarmJournalEntry(
            plant=plant, kind="activated", code="x", name=f"x {ago}", source="limit",
            priority="low", is_announced=True, at=now - timedelta(seconds=ago),
        )
        for ago in seconds_ago
    )  # fmt: skip


def test_a_flood_over_the_edge_of_the_window_is_said_since_its_first_alarm(plant):
    now = timezone.now()
    announce(plant, [7000, *range(20, 3920, 100), *range(3921, 3935)], now)
    line = flood_line(plant, now)
    assert line is not None and line.first.name == "x 3934"
    assert line.count == 6, "no more than ten in the window, and it lasts"


def test_many_alarms_before_the_last_calm_are_not_read(plant):
    now = timezone.now()
    announce(plant, [*range(10, 70, 10), *(2000 + ago for ago in range(1500))], now)
    with CaptureQueriesContext(connection) as asked:
        assert flood_line(plant, now) is None
    assert len(asked) == 2
    assert f"LIMIT {AT_ONCE}" in asked[1]["sql"]


def test_a_flood_that_is_longer_than_what_is_read_at_once_is_read_on(plant):
    now = timezone.now()
    announce(plant, range(1, 2 * AT_ONCE + 50), now)
    line = flood_line(plant, now)
    assert line is not None and line.first.name == f"x {2 * AT_ONCE + 49}"
