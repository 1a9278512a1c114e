"""The diagnosis: ranked causes with calibrated probabilities, and «none of these»."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import ExtraTreesClassifier

from monitoring.detectors import RobustBank
from monitoring.diagnosis import AGES, DiagnosisClassifier, signature
from monitoring.diagnosis.classifier import expected_calibration_error
from monitoring.diagnosis.trees import Trees
from tests.monitoring.detectors.test_bank import LABELS, made

CENTRES = np.array([[4.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]])


def moments(seed: int, count: int = 40, spread: float = 1.2):
    """Moments of events of causes 3, 7 and 12: signatures around their centres."""
    source = np.random.default_rng(seed)
    causes = np.repeat([3, 7, 12], count)
    X = np.repeat(CENTRES, count, axis=0) + spread * source.normal(size=(3 * count, 4))
    return X, causes, np.arange(3 * count)


@pytest.fixture(scope="module")
def bank():
    return RobustBank(LABELS).fit([made(n) for n in range(3)]).calibrate([made(9), made(8)])


@pytest.fixture(scope="module")
def classifier(bank):
    return DiagnosisClassifier(bank).fit(*moments(1), trees=40)


def test_trees_kept_as_arrays_vote_as_scikit_learns_do():
    X, causes, _ = moments(1)
    _, y = np.unique(causes, return_inverse=True)
    fresh, _, _ = moments(2)
    ours = Trees.grown(X, y, 30, seed=3)
    theirs = ExtraTreesClassifier(30, min_samples_leaf=2, max_features=0.1, random_state=3)
    # Shares at leaves are kept in 255 steps.
    expected = theirs.fit(X, y).predict_proba(fresh)
    np.testing.assert_allclose(ours.probabilities(fresh), expected, atol=0.5 / 255 + 1e-9)


def test_the_right_cause_comes_first_and_the_probabilities_add_up_to_one(classifier):
    X, causes, _ = moments(2)
    found = classifier.diagnose(X)
    right = np.mean([one.ranking[0][0] == cause for one, cause in zip(found, causes, strict=True)])
    assert right > 0.9
    for one in found:
        assert sum(p for _, p in one.ranking) == pytest.approx(1.0)
        assert [p for _, p in one.ranking] == sorted((p for _, p in one.ranking), reverse=True)
        assert {idv for idv, _ in one.ranking} == {3, 7, 12}


def test_the_probabilities_are_calibrated_on_events_it_has_not_seen(bank):
    hard = DiagnosisClassifier(bank).fit(*moments(1, 200, spread=2.5), trees=60)
    X, causes, _ = moments(2, 300, spread=2.5)
    found = hard.diagnose(X)
    stated = np.array([one.ranking[0][1] for one in found])
    right = np.array([one.ranking[0][0] for one in found]) == causes
    assert 0.6 < right.mean() < 0.95
    assert expected_calibration_error(stated, right) < 0.07


def test_what_lies_far_from_everything_learnt_is_called_unknown(classifier):
    known, _, _ = moments(3)
    assert np.mean([one.is_unknown for one in classifier.diagnose(known)]) < 0.1
    strange = np.array([[-9.0, -9.0, -9.0, 0.0], [6.0, 6.0, 6.0, 0.0], [0.0, -15.0, 0.0, 9.0]])
    assert all(one.is_unknown for one in classifier.diagnose(strange))


def test_a_classifier_read_back_says_the_same(classifier, bank):
    data = classifier.to_bytes()
    again = DiagnosisClassifier.from_bytes(data)
    X, _, _ = moments(4)
    assert again.diagnose(X) == classifier.diagnose(X)
    assert again.bank.to_bytes() == bank.to_bytes()
    assert again.to_bytes() == data
    with pytest.raises(ValueError, match="not a stored detector"):
        DiagnosisClassifier.from_bytes(b"nonsense")


def test_too_few_events_or_causes_are_refused(bank):
    X, causes, events = moments(1)
    one = causes == 3
    with pytest.raises(ValueError, match="at least two causes"):
        DiagnosisClassifier(bank).fit(X[one], causes[one], events[one])
    few = one | (events < 123) & (causes == 12) | (causes == 7)
    few &= ~((causes == 12) & (events > 82))
    with pytest.raises(ValueError, match="cause 12 has 3 events; at least 4"):
        DiagnosisClassifier(bank).fit(X[few], causes[few], events[few])


@given(st.integers(0, 2**32 - 1))
def test_the_calibration_error_of_what_is_sure_and_right_is_zero(seed):
    count = 1 + seed % 50
    assert expected_calibration_error(np.ones(count), np.ones(count, dtype=bool)) == 0.0
    assert expected_calibration_error(np.ones(count), np.zeros(count, dtype=bool)) == 1.0


class TestSignature:
    def test_it_has_three_windows_of_three_figures_for_each_variable_and_the_age(self, bank):
        found = signature(bank, made(5, 300), age=7)
        assert found.shape == (9 * 5 + 1,)
        assert found[-1] == 7.0
        assert np.isfinite(found).all()

    def test_it_rests_on_the_last_readings_only(self, bank):
        long, other = made(5, 1000), made(6, 1000)
        mixed = np.concatenate([other[:500], long[500:]])
        assert np.array_equal(signature(bank, long, 3), signature(bank, mixed, 3))

    def test_a_shift_shows_in_the_window_that_holds_it(self, bank):
        rows = made(5, 300)
        rows[-4:, 1] += 20.0 * bank.sd_[1]
        z = signature(bank, rows, 3)[5:10]
        assert int(np.argmax(np.abs(z))) == 1

    def test_too_few_readings_are_refused(self, bank):
        with pytest.raises(ValueError, match="needs more than 20 readings"):
            signature(bank, made(5, 20), 0)

    def test_an_alarm_is_diagnosed_at_once_and_four_times_later(self):
        assert AGES == (0, 5, 10, 20, 40)
