"""Limits on tags: deadband, delays, memory."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alarms.limits import Kind, Limit
from monitoring.alarms.references import HeldSetpoint, references_of
from monitoring.models import AlarmDefinition
from simulation.tep.loops import LOOPS, is_cascaded


def run(limit: Limit, values, references=None):
    return [(c.place, c.active) for c in limit.evaluate((), values, references)[1]]


def test_a_high_limit_alarms_beyond_it_and_returns_within_its_deadband():
    limit = Limit(Kind.HI, 10.0, deadband=2.0)
    assert run(limit, [10, 10.1, 9, 8.1, 8, 11]) == [(1, True), (4, False), (5, True)]


def test_a_low_limit_is_the_mirror_image():
    limit = Limit(Kind.LO, 10.0, deadband=2.0)
    assert run(limit, [10, 9.9, 11, 11.9, 12, 9]) == [(1, True), (4, False), (5, True)]


def test_delays_count_values_in_a_row():
    limit = Limit(Kind.HI, 10.0, on_delay=3, off_delay=2)
    assert run(limit, [11, 11, 9, 11, 11, 11, 9, 11, 9, 9]) == [(5, True), (9, False)]


def test_a_value_that_is_missing_is_not_judged_and_breaks_no_row():
    limit = Limit(Kind.HI, 10.0, on_delay=2)
    assert run(limit, [11, math.nan, 11]) == [(2, True)]


def test_a_rate_is_the_change_over_its_window_in_either_direction():
    limit = Limit(Kind.RATE, 5.0, window=2)
    assert run(limit, [0, 3, 4, 9, 9, 9, 9, 2]) == [(3, True), (4, False), (7, True)]


def test_a_deviation_follows_its_reference():
    limit = Limit(Kind.DEVIATION, 1.0)
    assert run(limit, [5, 5, 8, 8], [5, 8, 8, 8]) == [(1, True), (2, False)]
    assert run(limit, [5.0], [math.nan]) == []


def test_bad_readings_are_counted_in_a_row():
    limit = Limit(Kind.BAD_IN_A_ROW, 2.0)
    _, changes = limit.evaluate((), [1, 1, 0, 1, 1, 1, 1, 0])
    assert [(c.place, c.active, c.value) for c in changes] == [(5, True, 3.0), (7, False, 0.0)]


@pytest.mark.parametrize(
    "values",
    [
        {"deadband": -1.0},
        {"limit": math.nan},
        {"on_delay": 0},
        {"window": 0},
        {"kind": Kind.RATE, "limit": 0.0},
        {"kind": Kind.DEVIATION, "limit": 1.0, "deadband": 1.0},
    ],
)
def test_a_limit_that_makes_no_sense_cannot_be_made(values):
    with pytest.raises(ValueError):
        Limit(**{"kind": Kind.HI, "limit": 1.0, **values})


VALUES = st.lists(
    st.one_of(st.floats(-3, 3), st.sampled_from([0.0, 1.0, math.nan])), min_size=1, max_size=60
)


@st.composite
def limits(draw) -> Limit:
    kind = draw(st.sampled_from(list(Kind)))
    limit = draw(st.floats(0.5, 2.0))
    return Limit(
        kind,
        limit,
        deadband=draw(st.floats(0.0, 0.4)),
        on_delay=draw(st.integers(1, 4)),
        off_delay=draw(st.integers(1, 4)),
        window=draw(st.integers(1, 5)),
    )


@given(limits(), VALUES, st.lists(st.integers(1, 9), min_size=1, max_size=60))
def test_sample_by_sample_in_blocks_of_any_size_and_at_once_are_the_same(limit, values, sizes):
    references = [0.25 * (i % 3) for i in range(len(values))]
    whole, changes = limit.evaluate((), values, references)
    memory, found, begin = (), [], 0
    for size in [*sizes, len(values)]:
        block = slice(begin, begin + size)
        memory, some = limit.evaluate(memory, values[block], references[block])
        found += [change._replace(place=begin + change.place) for change in some]
        begin = min(begin + size, len(values))
    assert (memory, found) == (whole, changes)


@given(limits(), VALUES)
def test_changes_alternate_and_the_memory_knows_the_last(limit, values):
    memory, changes = limit.evaluate((), values, [0.0] * len(values))
    assert [c.active for c in changes] == [i % 2 == 0 for i in range(len(changes))]
    assert limit.is_active(memory) == (len(changes) % 2 == 1)
    assert all(math.isfinite(number) for number in memory)


LEVEL = next(loop for loop in LOOPS if loop.xmeas_number == 8)
INNER = next(loop for loop in LOOPS if is_cascaded(loop.number))


def reference(steps, *hands, tag="XMEAS(8)"):
    definition = AlarmDefinition(tag=tag, kind="deviation", limit=1.0)
    return references_of(definition, steps, [HeldSetpoint(*hand) for hand in hands])


def test_a_set_point_by_hand_is_the_reference_while_it_is_held():
    own = LEVEL.setpoint
    held = (LEVEL.number, 60.0, own, 0, 3, 6)
    assert reference(range(1, 8), held) == [own, own, 60.0, 60.0, 60.0, own, own]
    assert reference([4], (LEVEL.number + 1, 60.0, own, 0, 3, 6)) == [own]


def test_on_a_ramp_the_reference_moves_with_the_set_point():
    held = (LEVEL.number, 60.0, 50.0, 5, 3, None)
    assert reference(range(2, 9), held) == [LEVEL.setpoint, 52.0, 54.0, 56.0, 58.0, 60.0, 60.0]


def test_a_ramp_that_was_planned_begins_where_the_set_point_is_by_then():
    first, second = (LEVEL.number, 50.0, 75.0, 0, 1, 3), (LEVEL.number, 60.0, None, 2, 3, None)
    assert reference(range(1, 6), first, second) == [50.0, 50.0, 55.0, 60.0, 60.0]


def test_a_loop_that_another_one_leads_has_a_known_set_point_only_by_hand():
    tag = f"XMEAS({INNER.xmeas_number})"
    found = reference([1, 2, 3], (INNER.number, 5.0, 1.0, 0, 2, 3), tag=tag)
    assert math.isnan(found[0]) and found[1] == 5.0 and math.isnan(found[2])
