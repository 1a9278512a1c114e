"""PCA: scores against scikit-learn, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from monitoring.detectors import PCADetector
from tests.monitoring.detectors.gaussian import LABELS, N_VARIABLES, gaussian_runs


@pytest.mark.parametrize("n_components", [0.5, 0.9, 0.999, 1, 3, N_VARIABLES - 1])
def test_scores_are_those_of_scikit_learn(n_components):
    rows = np.concatenate(gaussian_runs(1, 2))
    fresh = gaussian_runs(2, 1)[0]
    scaler = StandardScaler().fit(rows)
    pca = PCA(n_components=n_components, svd_solver="full").fit(scaler.transform(rows))
    z = scaler.transform(fresh)
    scores = pca.transform(z)
    t2 = np.sum(scores**2 / pca.explained_variance_, axis=1)
    spe = np.sum((z - pca.inverse_transform(scores)) ** 2, axis=1)

    detector = PCADetector(LABELS, n_components=n_components).fit([rows])
    assert detector.n_components_ == pca.n_components_
    ours = detector.score(fresh)
    np.testing.assert_allclose(ours.t2, t2, rtol=1e-9)
    np.testing.assert_allclose(ours.spe, spe, rtol=1e-9)


@given(st.integers(0, 599))
def test_a_point_scored_alone_scores_as_it_does_among_others(detector, row):
    rows = gaussian_runs(3, 1)[0]
    together = detector.score(rows)
    alone = detector.score(rows[row : row + 1])
    expected = pytest.approx((together.t2[row], together.spe[row]), rel=1e-12)
    assert (alone.t2[0], alone.spe[0]) == expected
    assert detector.score_one(rows[row]) == expected


def test_with_all_components_t2_and_spe_share_the_mahalanobis_distance():
    # As n_components grows, T² takes over what SPE held: at m - 1 one direction is left.
    rows = np.concatenate(gaussian_runs(1, 2))
    fresh = gaussian_runs(2, 1)[0]
    detector = PCADetector(LABELS, n_components=N_VARIABLES - 1).fit([rows])
    centred = fresh - rows.mean(axis=0)
    precision = np.linalg.inv(np.cov(rows, rowvar=False))
    mahalanobis = np.einsum("ni,ij,nj->n", centred, precision, centred)
    scores = detector.score(fresh)
    np.testing.assert_allclose(scores.t2 + scores.spe / detector.variances_[-1], mahalanobis)


@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_the_unit_of_a_variable_does_not_matter(scale, shift):
    fit, fresh = gaussian_runs(1, 1)[0], gaussian_runs(2, 1, 5)[0]
    # A shift is counted in standard deviations, or rounding would be all that is left.
    offset = shift * fit[:, 2].std() * scale
    other_fit, other_fresh = fit.copy(), fresh.copy()
    for rows in (other_fit, other_fresh):
        rows[:, 2] = rows[:, 2] * scale + offset
    ours = PCADetector(LABELS).fit([fit]).score(fresh)
    theirs = PCADetector(LABELS).fit([other_fit]).score(other_fresh)
    np.testing.assert_allclose(theirs.t2, ours.t2, rtol=1e-6)
    np.testing.assert_allclose(theirs.spe, ours.spe, rtol=1e-6)


def test_a_variable_that_never_moved_shows_in_spe_when_it_does():
    rows = np.concatenate(gaussian_runs(1, 2))
    rows[:, 3] = 50.0
    detector = PCADetector(LABELS).fit([rows])
    moved = rows[:1].copy()
    moved[0, 3] += 2.0
    before, after = detector.score(rows[:1]), detector.score(moved)
    assert after.spe[0] == pytest.approx(before.spe[0] + 4.0)
    assert after.t2[0] == pytest.approx(before.t2[0])


@pytest.mark.parametrize("n_components", [0, N_VARIABLES, -1, 1.0, 0.0, float("nan"), True])
def test_an_impossible_number_of_components_is_refused_at_fit(n_components):
    with pytest.raises(ValueError, match="n_components"):
        PCADetector(LABELS, n_components=n_components).fit(gaussian_runs(1, 1))


def test_components_beyond_the_rank_of_the_data_are_refused_or_left_out():
    rows = gaussian_runs(1, 1)[0]
    rows[:, 1] = 3.0 * rows[:, 0] + 1.0
    with pytest.raises(ValueError, match=r"n_components must lie in 1\.\.6"):
        PCADetector([*LABELS[:7], "W"], n_components=7).fit([rows[:, [0, 1, 0, 2, 3, 4, 5, 6]]])
    all_but_nothing = PCADetector(LABELS, n_components=1 - 1e-16).fit([rows])
    assert all_but_nothing.n_components_ <= N_VARIABLES - 1


def test_rows_that_do_not_vary_or_are_too_few_are_refused():
    with pytest.raises(ValueError, match="do not vary"):
        PCADetector(LABELS).fit([np.ones((100, N_VARIABLES))])
    with pytest.raises(ValueError, match="more rows than variables"):
        PCADetector(LABELS).fit([gaussian_runs(1, 1)[0][:N_VARIABLES]])


def test_the_theoretical_limits_hold_their_rate_on_the_gaussian_data_they_suppose():
    detector = PCADetector(LABELS).fit(gaussian_runs(1, 10))
    scores = detector.score(np.concatenate(gaussian_runs(2, 50)))
    limits = detector.theoretical_limits(0.05)
    assert np.mean(scores.t2 > limits.t2_limit) == pytest.approx(0.05, abs=0.006)
    assert np.mean(scores.spe > limits.spe_limit) == pytest.approx(0.05, abs=0.01)
