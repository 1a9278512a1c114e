"""What the operator was shown of alarms, as a trend draws it: from raised to returned."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring.alarms.board import open_board
from monitoring.alarms.moment import Moment
from monitoring.models import AlarmDefinition, AlarmJournalEntry, AlarmOccurrence
from monitoring.trends import operator_alarms
from monitoring.trends.marks import MOST
from monitoring.trends.operator_alarms import stretches_of
from monitoring.trends.tags import TAGS
from simulation.models import Injection, Plant, Reading
from tests.monitoring.alarms.standing import many_definitions
from tests.monitoring.pages import client_of
from tests.monitoring.stored import fill
from tests.monitoring.trends.payloads import decode

HIGH, TRIPPED = "reactor-pressure-hi", "plant-tripped"
TAG = [TAGS["XMEAS(7)"]]


@pytest.fixture
def stored(plant, detector):
    fill(plant, detector, 200, days_old=0)
    return plant


def lived(plant: Plant, code: str, *acts: tuple[str, int]) -> None:
    """Let an alarm live: what happens to it, and at which step."""
    definition = AlarmDefinition.objects.get(code=code)
    for act, step in acts:
        with open_board(plant.pk) as board:
            moment = Moment(plant.run, step)
            if act == "raise":
                board.hold(definition, moment)
            elif act == "return":
                board.give_return(definition, moment)
            elif act == "acknowledge":
                board.acknowledge(board.standing[definition.pk], moment, None, "")
            elif act == "shelve":
                board.shelve(definition, moment, None)
            elif act == "unshelve":
                board.unshelve(definition, moment, AlarmJournalEntry.Kind.UNSHELVED, None)


def told(plant, first=1, last=200, tags=TAG):
    found = stretches_of(plant.run, tags, first, last).told
    return [(one.code, one.start, one.end, one.seen) for one in found]


def test_an_alarm_is_told_from_raised_to_returned_each_time_that_it_comes(stored):
    lived(stored, HIGH, ("raise", 20), ("return", 30), ("raise", 50), ("acknowledge", 55),
          ("return", 70), ("raise", 90))  # fmt: skip
    assert told(stored) == [(HIGH, 90, None, None), (HIGH, 50, 70, 55), (HIGH, 20, 30, None)]


def test_what_began_before_the_span_or_ended_after_it_is_told_with_its_true_ends(stored):
    lived(stored, HIGH, ("raise", 5), ("return", 9), ("raise", 20), ("return", 120))
    assert told(stored, 60, 80) == [(HIGH, 20, 120, None)]
    assert told(stored, 130, 200) == told(stored, 10, 19) == []


def test_only_the_tags_asked_for_and_what_is_of_no_tag_are_told(stored):
    lived(stored, HIGH, ("raise", 20))
    lived(stored, TRIPPED, ("raise", 40))
    assert {code for code, *_ in told(stored)} == {HIGH, TRIPPED}
    assert [code for code, *_ in told(stored, tags=[TAGS["XMEAS(9)"]])] == [TRIPPED]


def test_what_is_kept_from_the_operator_is_not_drawn_while_it_is(stored):
    lived(stored, HIGH, ("raise", 20), ("shelve", 30), ("unshelve", 60), ("return", 80))
    assert told(stored) == [(HIGH, 60, 80, None), (HIGH, 20, 30, None)]


def test_an_alarm_for_the_journal_only_is_none_of_the_operators(stored):
    AlarmDefinition.objects.filter(code=HIGH).update(priority="journal")
    lived(stored, HIGH, ("raise", 20))
    assert told(stored) == []


def test_an_alarm_that_nobody_acknowledged_and_that_comes_again_in_another_run_stays_in_the_first(
    stored, detector
):
    lived(stored, HIGH, ("raise", 20), ("return", 30))
    first_run = stored.run
    fill(stored, detector, 100, days_old=0)
    lived(stored, HIGH, ("raise", 40))
    assert AlarmOccurrence.objects.get(definition__code=HIGH).run == stored.run
    assert told(stored) == [(HIGH, 40, None, None)]
    (one,) = stretches_of(first_run, TAG, 1, 200).told
    assert (one.start, one.end) == (20, 30)


def test_of_a_storm_the_newest_are_told_and_that_there_were_more(stored, monkeypatch):
    monkeypatch.setattr(operator_alarms, "MOST_ENTRIES", 6)
    lived(stored, TRIPPED, ("raise", 2))
    lived(stored, HIGH, *(pair for i in range(10, 90, 10)
                          for pair in (("raise", i), ("return", i + 5))))  # fmt: skip
    found = stretches_of(stored.run, TAG, 1, 200)
    assert found.has_more
    assert told(stored) == [(HIGH, 80, 85, None), (HIGH, 70, 75, None), (HIGH, 60, 65, None),
                            (TRIPPED, 2, None, None)]  # fmt: skip


def test_the_queries_and_the_answer_stay_bounded_in_a_storm(stored, make_user):
    viewer = client_of(make_user("viewer"))
    query = {"plant": stored.pk, "tag": list(TAGS)[:48], "first": 1, "last": 10**6, "marks": 1}

    def asked(**more):
        with CaptureQueriesContext(connection) as queries:
            answer = decode(viewer.get("/trends/data", query | more))
        return answer, len(queries)

    _, calm = asked()
    codes = many_definitions(300, name="An alarm with a name as long as names of alarms may be")
    for code in codes:
        lived(stored, code, ("raise", 50), ("return", 60))
    Injection.objects.bulk_create(
        Injection(run=stored.run, idv=6, start_step=i, end_step=i + 1) for i in range(1, 400)
    )
    Reading.objects.filter(run=stored.run).update(quality="frozen")
    answer, stormy = asked()
    assert stormy <= calm + 1  # the count of bad readings
    marks = answer.head["marks"]
    assert len(marks["operator"]) == MOST and marks["operator_has_more"]
    assert answer.size < 200_000
    bare, _ = asked(bare=1)
    assert len(bare.steps) == 0 and bare.head["marks"] == marks
