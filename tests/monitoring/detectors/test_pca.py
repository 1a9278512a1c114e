"""PCA: scores against scikit-learn, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
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
    np.testing.assert_allclose(ours[:, 0], t2, rtol=1e-9)
    np.testing.assert_allclose(ours[:, 1], spe, rtol=1e-9)
    limits = detector.theoretical_limits(0.01)
    combined = t2 / limits.t2_limit + spe / limits.spe_limit
    np.testing.assert_allclose(ours[:, 2], combined, rtol=1e-9)


@given(st.integers(0, 599))
def test_a_point_scored_alone_scores_as_it_does_among_others(detector, row):
    rows = gaussian_runs(3, 1)[0]
    together = detector.score(rows)
    alone = detector.score(rows[row : row + 1])
    assert alone[0] == pytest.approx(together[row], rel=1e-12)
    assert detector.update(detector.start(), rows[row])[1] == pytest.approx(
        together[row], rel=1e-12
    )


def test_with_all_components_t2_and_spe_share_the_mahalanobis_distance():
    # As n_components grows, T² takes over what SPE held: at m - 1 one direction is left.
    rows = np.concatenate(gaussian_runs(1, 2))
    fresh = gaussian_runs(2, 1)[0]
    detector = PCADetector(LABELS, n_components=N_VARIABLES - 1).fit([rows])
    centred = fresh - rows.mean(axis=0)
    precision = np.linalg.inv(np.cov(rows, rowvar=False))
    mahalanobis = np.einsum("ni,ij,nj->n", centred, precision, centred)
    t2, spe, _ = detector.score(fresh).T
    np.testing.assert_allclose(t2 + spe / detector.variances_[-1], mahalanobis)


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
    np.testing.assert_allclose(theirs, ours, rtol=1e-6)


def test_a_variable_that_never_moved_shows_in_spe_when_it_does():
    rows = np.concatenate(gaussian_runs(1, 2))
    rows[:, 3] = 50.0
    detector = PCADetector(LABELS).fit([rows])
    moved = rows[:1].copy()
    moved[0, 3] += 2.0
    before, after = detector.score(rows[:1]), detector.score(moved)
    assert after[0, 1] == pytest.approx(before[0, 1] + 4.0)
    assert after[0, 0] == pytest.approx(before[0, 0])


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
    assert np.mean(scores[:, 0] > limits.t2_limit) == pytest.approx(0.05, abs=0.006)
    assert np.mean(scores[:, 1] > limits.spe_limit) == pytest.approx(0.05, abs=0.01)


@given(st.integers(0, 10_000), st.integers(1, 21))
def test_on_any_500_by_22_rows_the_model_is_scikit_learns_and_the_limit_the_f_formulas(
    seed, n_components
):
    source = np.random.default_rng(seed)
    rows = source.normal(size=(500, 22)) @ source.normal(size=(22, 22)) + source.normal(size=22)
    labels = [f"V{n}" for n in range(22)]
    detector = PCADetector(labels, n_components=n_components).fit([rows])
    scaler = StandardScaler().fit(rows)
    pca = PCA(n_components=n_components, svd_solver="full").fit(scaler.transform(rows))
    np.testing.assert_allclose(detector.mean_, scaler.mean_, rtol=1e-10)
    np.testing.assert_allclose(detector.sd_, scaler.scale_, rtol=1e-10)
    kept = detector.loadings_[:, :n_components]
    np.testing.assert_allclose(kept @ kept.T, pca.components_.T @ pca.components_, atol=1e-10)
    np.testing.assert_allclose(
        detector.variances_[:n_components], pca.explained_variance_, rtol=1e-10
    )
    n, a = 500, n_components
    limit = a * (n - 1) * (n + 1) / (n * (n - a)) * stats.f.ppf(0.99, a, n - a)
    assert detector.theoretical_limits(0.01).t2_limit == pytest.approx(limit, rel=1e-10)


@pytest.mark.parametrize(("alpha", "limit"), [(0.05, 26.08817), (0.01, 32.09814), (0.1, 23.21776)])
def test_the_limits_of_15_components_on_500_rows_are_the_published_numbers(alpha, limit):
    rows = np.random.default_rng(1).normal(size=(500, 22))
    detector = PCADetector([f"V{n}" for n in range(22)], n_components=15).fit([rows])
    assert detector.theoretical_limits(alpha).t2_limit == pytest.approx(limit, abs=5e-6)
