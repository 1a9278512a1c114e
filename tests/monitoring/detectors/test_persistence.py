"""The consecutive rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.detectors import Change, Persistence, PersistenceRule
from monitoring.detectors.persistence import next_streak

points = st.lists(st.booleans(), max_size=60)
ks = st.integers(1, 6)


def play(k, exceeds, state=None):
    state, steps = state or Persistence(), []
    for exceeding in exceeds:
        steps.append(PersistenceRule(k).step(state, exceeding))
        state = steps[-1].state
    return steps


def test_an_alarm_is_raised_at_the_kth_exceedance_in_a_row_and_dated_to_the_first():
    steps = play(3, [True, True, False, True, True, True])
    assert [s.change for s in steps] == [None] * 5 + [Change.RAISED]
    assert steps[-1].onset_lag == 2


def test_an_alarm_is_cleared_by_k_normal_points_in_a_row_and_not_by_fewer():
    steps = play(2, [True, True, False, True, False, False])
    assert [s.change for s in steps] == [None, Change.RAISED, None, None, None, Change.CLEARED]


def test_an_alarm_is_raised_once_however_long_it_lasts():
    assert [s.change for s in play(2, [True] * 9)].count(Change.RAISED) == 1


def test_with_k_of_one_every_change_of_the_point_changes_the_alarm():
    steps = play(1, [False, True, True, False])
    assert [s.change for s in steps] == [None, Change.RAISED, None, Change.CLEARED]
    assert steps[1].onset_lag == 0


def test_a_k_lowered_below_the_present_streak_raises_at_the_next_exceedance():
    state = play(6, [True] * 4)[-1].state
    step = PersistenceRule(3).step(state, True)
    assert step.change is Change.RAISED
    assert step.onset_lag == 4  # still the first exceedance of the streak


def test_a_k_lowered_below_the_present_streak_raises_nothing_if_the_next_point_is_normal():
    state = play(6, [True] * 4)[-1].state
    assert PersistenceRule(3).step(state, False).change is None


def test_a_k_lowered_clears_at_the_next_normal_point():
    state = play(6, [True] * 6 + [False] * 4)[-1].state
    assert PersistenceRule(3).step(state, False).change is Change.CLEARED
    assert PersistenceRule(3).step(state, True).change is None


def test_a_k_raised_during_a_streak_asks_for_the_longer_streak():
    state = play(3, [True] * 2)[-1].state
    assert PersistenceRule(5).step(state, True).change is None


@pytest.mark.parametrize("k", [0, -1, True, 2.5, None, "3"])
def test_a_k_that_is_no_count_is_refused(k):
    with pytest.raises(ValueError, match="k must be a whole number"):
        PersistenceRule(k)


@given(points)
def test_the_streak_is_the_length_of_the_last_run_of_equal_points(exceeds):
    streak = 0
    for exceeding in exceeds:
        streak = next_streak(streak, exceeding)
    tail = 0
    for exceeding in reversed(exceeds):
        if exceeding != exceeds[-1]:
            break
        tail += 1
    assert streak == (tail if exceeds and exceeds[-1] else -tail)


@given(ks, points)
def test_raised_and_cleared_take_turns_and_the_state_knows_which_came_last(k, exceeds):
    alarmed = False
    for step in play(k, exceeds):
        if step.change is not None:
            assert step.change is (Change.CLEARED if alarmed else Change.RAISED)
            alarmed = not alarmed
        assert step.state.alarmed is alarmed


@given(ks, points)
def test_every_alarm_has_k_exceedances_behind_it_from_its_onset_on(k, exceeds):
    for index, step in enumerate(play(k, exceeds)):
        if step.change is Change.RAISED:
            onset = index - step.onset_lag
            assert index - onset + 1 == k
            assert all(exceeds[onset : index + 1])
            assert onset == 0 or not exceeds[onset - 1]


@given(ks, points)
def test_no_streak_of_k_exceedances_passes_without_an_alarm(k, exceeds):
    for step in play(k, exceeds):
        assert step.state.alarmed or step.state.streak < k


@given(ks, points, points)
def test_stopping_and_going_on_from_the_stored_state_changes_nothing(k, before, after):
    whole = play(k, before + after)
    first = play(k, before)
    stored = first[-1].state if first else Persistence()
    again = Persistence(streak=stored.streak, alarmed=stored.alarmed, recent=stored.recent)
    assert first + play(k, after, again) == whole


@given(st.lists(st.tuples(ks, st.booleans()), max_size=60))
def test_whatever_k_does_between_points_an_onset_lies_within_the_streak(steps):
    state = Persistence()
    for index, (k, exceeding) in enumerate(steps):
        step = PersistenceRule(k).step(state, exceeding)
        if step.change is Change.RAISED:
            assert k - 1 <= step.onset_lag <= index
            assert all(e for _, e in steps[index - step.onset_lag : index + 1])
        state = step.state


class TestKOfN:
    @given(st.lists(st.booleans(), max_size=120), st.integers(1, 12), st.integers(0, 60))
    def test_an_alarm_stands_exactly_when_k_of_the_last_n_exceeded_or_have_not_cleared(
        self, points, k, n
    ):
        rule, state, alarmed = PersistenceRule(k, n), Persistence(), False
        for index, exceeds in enumerate(points):
            step = rule.step(state, exceeds)
            last = points[max(0, index + 1 - max(n, k)) : index + 1]
            enough = sum(last) >= k if n > k else len(last) >= k and all(last[-k:])
            calm = index + 1 >= k and not any(points[index + 1 - k : index + 1])
            if not alarmed and exceeds and enough:
                assert step.change is Change.RAISED
                assert points[index - step.onset_lag]
                alarmed = True
            elif alarmed and calm and not enough:
                assert step.change is Change.CLEARED
                alarmed = False
            else:
                assert step.change is None
            assert step.state.alarmed == alarmed
            state = step.state

    @pytest.mark.parametrize("n", [-1, 61, 2.5, True])
    def test_an_impossible_n_is_refused(self, n):
        with pytest.raises(ValueError, match="n must be a whole number of points from 0 to 60"):
            PersistenceRule(3, n)
