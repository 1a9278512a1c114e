"""The public test sets: what a PCA fitted on 500 normal rows finds in them."""

import numpy as np
import pytest

from monitoring.detectors import PCADetector
from monitoring.detectors.evaluation import detection_delay, far, fdr

ONSET = 160
LABELS_33 = [f"XMEAS({i})" for i in range(1, 23)] + [f"XMV({i})" for i in range(1, 12)]


@pytest.fixture(scope="module")
def textbook(braatz):
    """Fit on d00, limits on d00_te: the one other normal run there is."""
    return PCADetector(LABELS_33).fit([braatz("d00.dat")]).calibrate([braatz("d00_te.dat")])


@pytest.mark.parametrize("fault", [1, 2, 6, 8, 13, 14])
def test_the_plain_faults_are_found_in_nearly_every_sample(textbook, braatz, fault):
    points = textbook.exceeds(braatz(f"d{fault:02d}_te.dat"), 0.01)
    assert fdr(points, ONSET) > 0.93
    assert far(points, ONSET) < 0.06


@pytest.mark.parametrize("fault", [1, 4, 6])
def test_steps_are_found_within_half_an_hour(textbook, braatz, fault):
    points = textbook.exceeds(braatz(f"d{fault:02d}_te.dat"), 0.01)
    assert detection_delay(points, ONSET, k=3) <= 10


def test_the_shift_of_fault_4_is_named_at_the_reactor_cooling_valve(textbook, braatz):
    rows = braatz("d04_te.dat")[ONSET + 50 :]
    found = textbook.contributions(textbook.start(), rows.mean(axis=0))
    assert LABELS_33[int(np.argmax(found["SPE"]))] == "XMV(10)"


def test_the_theoretical_limit_is_optimistic_on_rows_it_was_not_fitted_on(textbook, braatz):
    scores = textbook.score(braatz("d00_te.dat"))
    limits = textbook.theoretical_limits(0.01)
    assert np.mean(scores[:, 1] > limits.spe_limit) > 0.03
