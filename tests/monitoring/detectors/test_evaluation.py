"""Figures of merit, on sequences short enough to count by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.detectors import PCADetector
from monitoring.detectors.evaluation import (
    alarms,
    detection_delay,
    false_alarms_per_1000h,
    far,
    fdr,
)


def exceeds(text):
    """Points as text: x exceeds, . does not."""
    return np.array([c == "x" for c in text])


def test_a_point_exceeds_when_a_deciding_statistic_is_above_its_limit():
    # T², SPE and the combined index, which does not decide.
    scores = np.array([[1.0, 1.0, 9.0], [3.0, 1.0, 0.0], [1.0, 9.0, 0.0], [2.0, 5.0, 0.0]])
    found = PCADetector(["a", "b"]).exceed(scores, np.array([2.0, 5.0, 1.0]))
    assert found.tolist() == [False, True, True, False]


def test_under_k_of_n_exceedances_need_not_be_consecutive():
    assert list(alarms(exceeds("x.x.x....x"), k=3, n=5)) == [(4, 0)]
    assert list(alarms(exceeds("x.x..x...x"), k=3, n=5)) == []
    assert detection_delay(exceeds("..x.x.x"), 2, k=3, n=5) == 4


def test_far_counts_before_the_onset_and_fdr_from_it_on():
    points = exceeds("..x.xxx.")
    assert far(points, onset=4) == 0.25
    assert fdr(points, onset=4) == 0.75
    assert far(points) == 0.5


def test_rates_without_points_are_not_a_number():
    assert math.isnan(far(exceeds(""), onset=0))
    assert math.isnan(fdr(exceeds("xx"), onset=2))
    assert math.isnan(false_alarms_per_1000h([], 1, 0.05))


@pytest.mark.parametrize(
    ("text", "onset", "k", "delay"),
    [
        ("....xxx", 4, 1, 0),
        ("....xxx", 4, 3, 2),
        ("....x.xxx", 4, 3, 4),
        ("xxxx.xxx", 4, 3, 3),
        ("..xxxx..", 4, 3, None),  # the streak's beginning was before the fault: it is luck
        (".......", 4, 1, None),
    ],
)
def test_the_delay_is_counted_from_the_onset_with_a_fresh_rule(text, onset, k, delay):
    assert detection_delay(exceeds(text), onset, k) == delay


def test_alarms_are_dated_to_their_first_exceedance():
    assert list(alarms(exceeds(".xxx..x.xx...xx"), k=2)) == [(2, 1), (9, 8), (14, 13)]


def test_false_alarm_events_are_counted_over_all_the_hours_of_all_runs():
    runs = [exceeds("xx..xx.." * 25), exceeds("." * 200)]
    assert false_alarms_per_1000h(runs, k=2, point_hours=0.05) == pytest.approx(50 / 20 * 1000)


def test_the_runs_are_not_joined():
    assert false_alarms_per_1000h([exceeds(".x"), exceeds("x.")], k=2, point_hours=1.0) == 0.0


@given(st.lists(st.booleans(), max_size=80), st.integers(1, 5))
def test_a_larger_k_never_finds_a_fault_sooner(points, k):
    shorter, longer = (detection_delay(np.array(points, dtype=bool), 0, n) for n in (k, k + 1))
    if longer is not None:
        assert shorter is not None
        assert shorter < longer
