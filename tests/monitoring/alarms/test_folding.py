"""The order and the folding of the alarm summary."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from monitoring.alarms.folding import PRIORITIES, fold, rank, urgency


@dataclass(frozen=True)
class One:
    key: int
    event: int | None
    asks: bool
    priority: str
    at: float
    is_first: bool = False

    @property
    def begun(self):
        return (not self.is_first, self.at, self.key)


@st.composite
def some(draw):
    count = draw(st.integers(0, 25))
    return [
        One(
            key,
            draw(st.sampled_from([None, 1, 2, 3])),
            draw(st.booleans()),
            draw(st.sampled_from(list(PRIORITIES))),
            draw(st.floats(0, 100)),
        )
        for key in range(count)
    ]


@given(some(), st.sets(st.integers(1, 3)))
def test_each_alarm_is_in_exactly_one_line_or_folded_under_one(alarms, opened):
    lines = fold(alarms, opened)
    found = [line.alarm for line in lines] + [one for line in lines for one in line.folded]
    assert sorted(one.key for one in found) == [one.key for one in alarms]


@given(some(), st.sets(st.integers(1, 3)))
def test_a_critical_alarm_is_never_folded_and_an_opened_event_folds_nothing(alarms, opened):
    for line in fold(alarms, opened):
        assert all(one.priority != "critical" for one in line.folded)
        if line.alarm.event in opened:
            assert not line.folded
        assert sum(count for _, count in line.counts) in (0, line.behind)


@given(some())
def test_lines_stand_by_what_they_show_and_show_the_most_that_they_hold(alarms):
    lines = fold(alarms)
    shown = [(not line.asks, rank(line.priority)) for line in lines]
    assert shown == sorted(shown)
    for line in lines:
        held = (line.alarm, *line.folded)
        assert all(rank(line.priority) <= rank(one.priority) for one in held)
        assert line.asks == any(one.asks for one in held)


@given(some())
def test_no_alarm_is_folded_below_a_lesser_one_that_stands_alone(alarms):
    places = {}
    for place, line in enumerate(fold(alarms)):
        places |= {one.key: place for one in (line.alarm, *line.folded)}
    for alone in alarms:
        for one in alarms:
            if alone.event is None and urgency(one)[:2] < urgency(alone)[:2]:
                assert places[one.key] < places[alone.key]


def test_a_high_alarm_that_is_folded_under_a_low_one_lends_it_its_sign_and_its_place():
    first = One(1, 7, True, "low", 1.0, is_first=True)
    high = One(2, 7, False, "high", 2.0)
    medium = One(3, None, True, "medium", 3.0)
    [line, below] = fold([medium, high, first])
    assert (line.alarm, line.priority, line.is_lifted, below.alarm) == (first, "high", True, medium)
    # What asks is the low one: an acknowledged high alarm is not said to ask.
    assert (line.asks, line.sign_is_filled) == (True, False)
    opened = fold([medium, high, first], {7})[0]
    assert (opened.priority, opened.is_lifted) == ("low", False)


def test_an_event_stands_under_its_first_out_at_the_place_of_its_most_urgent():
    first = One(1, 7, False, "low", 1.0, is_first=True)
    urgent = One(2, 7, True, "high", 2.0)
    other = One(3, None, True, "medium", 3.0)
    lines = fold([other, urgent, first])
    assert [(line.alarm.key, line.behind, line.asking) for line in lines] == [(1, 1, 1), (3, 0, 0)]
    opened = fold([other, urgent, first], {7})
    assert [(line.alarm.key, line.is_member) for line in opened] == [
        (1, False), (2, True), (3, False),
    ]  # fmt: skip
