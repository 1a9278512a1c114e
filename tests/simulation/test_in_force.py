"""What acts at a step is a function of the rows, whatever their order."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation import tep
from simulation.in_force import SETPOINT, VALVE, flags_at, state_at, with_hands_at


@dataclass(frozen=True)
class Row:
    kind: str
    number: int
    value: float
    start_step: int
    end_step: int | None
    ramp_steps: int = 0


@dataclass(frozen=True)
class Fault:
    idv: int
    start_step: int
    end_step: int | None = None
    magnitude: float = 1.0


@pytest.fixture(scope="module")
def base():
    return tep.advance(tep.initial_state(4711), 3600)[0]


def by_hand(state):
    return [n + 1 for n in np.flatnonzero(state.record[0]["by_hand"])]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_order_of_the_rows_does_not_matter(base, data):
    rows = data.draw(
        st.lists(
            st.builds(
                Row,
                st.sampled_from([VALVE, SETPOINT]),
                st.sampled_from([1, 9, 10]),
                st.floats(0, 100),
                st.sampled_from([3, 4]),
                st.sampled_from([None, 4, 5]),
            ),
            max_size=6,
            unique_by=lambda row: (row.kind, row.number),
        )
    )
    one = with_hands_at(base, rows, 4)
    other = with_hands_at(base, data.draw(st.permutations(rows)), 4)
    assert one == other


def test_a_hand_is_taken_at_its_step_and_given_back_at_its_end(base):
    rows = [Row(VALVE, 10, 30.0, 5, 7)]
    state = base
    held = {}
    for step in range(4, 9):
        state = with_hands_at(state, rows, step)
        held[step] = by_hand(state)
    assert held == {4: [], 5: [10], 6: [10], 7: [], 8: []}


def test_a_hand_that_follows_on_another_takes_the_valve_over_without_giving_it_back(base):
    rows = [Row(VALVE, 10, 30.0, 5, 7), Row(VALVE, 10, 50.0, 7, None)]
    state = with_hands_at(base, rows, 5)
    state = with_hands_at(state, rows, 7)
    assert by_hand(state) == [10]
    assert state.xmv[9] == 50.0


def test_a_hand_that_was_cancelled_before_it_began_does_nothing(base):
    assert with_hands_at(base, [Row(VALVE, 10, 30.0, 5, 5)], 5) == base


def test_a_free_set_point_goes_back_to_its_published_value_and_a_cascaded_one_to_its_cascade(base):
    rows = [Row(SETPOINT, 17, 70.0, 5, 6), Row(SETPOINT, 10, 90.0, 5, 6)]
    state = with_hands_at(base, rows, 5)
    assert (state.setpoints[16], state.setpoints[9]) == (70.0, 90.0)
    assert state.record[0]["local"][9] == 1
    state = with_hands_at(state, rows, 6)
    assert state.setpoints[16] == 75.0
    assert state.record[0]["local"][9] == 0


def test_flags_carry_the_magnitude_while_the_fault_is_in_force():
    faults = [Fault(4, 3, 5, 0.5), Fault(6, 4)]
    assert [flags_at(faults, step)[3] for step in (2, 3, 4, 5)] == [0.0, 0.5, 0.5, 0.0]
    assert [flags_at(faults, step)[5] for step in (3, 4, 99)] == [0.0, 1.0, 1.0]


def test_without_rows_nothing_changes(base):
    assert state_at(base, 9, [], []) == base


RAMPED = [(VALVE, 10, 100.0), (SETPOINT, 17, 100.0), (SETPOINT, 18, 150.0)]


def value_of(state, kind, number):
    return float((state.xmv if kind == VALVE else state.setpoints)[number - 1])


@settings(max_examples=30)
@given(what=st.sampled_from(RAMPED), share=st.floats(0, 1), steps=st.integers(2, 12))
def test_a_ramp_goes_straight_to_its_value_in_so_many_steps_and_ends_at_it_exactly(
    base, what, share, steps
):
    kind, number, top = what
    row = Row(kind, number, share * top, 4, None, steps)
    state, start, seen = base, value_of(base, kind, number), []
    for step in range(4, 4 + steps + 3):
        state = with_hands_at(state, [row], step)
        seen.append(value_of(state, kind, number))
    line = start + (row.value - start) * np.arange(1, steps + 1) / steps
    np.testing.assert_allclose(seen[:steps], line, rtol=1e-12, atol=1e-12)
    assert seen[steps - 1 :] == [row.value] * 4
    low, high = sorted([start, row.value])
    assert all(low <= value <= high for value in seen)


@given(what=st.sampled_from(RAMPED), share=st.floats(0, 1), steps=st.integers(0, 1))
def test_a_ramp_of_no_step_or_one_equals_a_hold(base, what, share, steps):
    kind, number, top = what
    ramp, hold = (
        Row(kind, number, share * top, 4, None, steps),
        Row(kind, number, share * top, 4, None),
    )
    for step in (4, 5):
        assert with_hands_at(base, [ramp], step) == with_hands_at(base, [hold], step)


def test_a_ramp_that_ends_early_is_given_back_where_it_stands(base):
    row = Row(VALVE, 10, 80.0, 4, 6, 4)
    state = with_hands_at(with_hands_at(base, [row], 4), [row], 5)
    stood = state.xmv[9]
    state = with_hands_at(state, [row], 6)
    assert (by_hand(state), state.xmv[9]) == ([], stood)
