"""Limits: the golden theoretical numbers, and the calibrated table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from monitoring.detectors import PCADetector
from monitoring.detectors.decimation import DECIMATIONS, block_means
from monitoring.detectors.limits import (
    MIN_BLOCKS,
    LimitTable,
    checked_alpha,
    spe_limit_jackson_mudholkar,
    t2_limit_f,
)
from tests.monitoring.detectors.gaussian import LABELS, gaussian_runs

alphas = st.floats(1e-9, 0.5)


@pytest.mark.parametrize(
    ("alpha", "expected"), [(0.05, 26.08817), (0.01, 32.09814), (0.1, 23.21776)]
)
def test_the_f_limit_of_15_components_on_500_rows_is_the_golden_number(alpha, expected):
    assert t2_limit_f(500, 15, alpha) == pytest.approx(expected, abs=5e-6)


def test_the_f_limit_tends_to_chi_square_as_the_rows_grow():
    assert t2_limit_f(10**8, 15, 0.01) == pytest.approx(stats.chi2.ppf(0.99, 15), rel=1e-5)


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_jackson_mudholkar_on_equal_variances_is_close_to_the_exact_chi_square(alpha):
    limit = spe_limit_jackson_mudholkar(np.full(12, 2.0), alpha)
    assert limit == pytest.approx(2.0 * stats.chi2.ppf(1 - alpha, 12), rel=0.005)


def test_jackson_mudholkar_holds_its_rate_on_simulated_residuals_of_unequal_variance():
    variances = np.geomspace(1.0, 0.01, 20)
    residuals = np.random.default_rng(3).normal(size=(100_000, 20)) ** 2 @ variances
    rate = np.mean(residuals > spe_limit_jackson_mudholkar(variances, 0.05))
    assert rate == pytest.approx(0.05, abs=0.006)


def test_jackson_mudholkar_is_continuous_where_its_exponent_changes_sign():
    # One large variance among n small ones: h falls through zero as the small ones shrink.
    def exponent(small):
        v = np.r_[1.0, np.full(40, small)]
        return 1.0 - 2.0 * v.sum() * (v**3).sum() / (3.0 * (v**2).sum() ** 2)

    low, high = 0.005, 0.03
    assert exponent(low) * exponent(high) < 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if exponent(low) * exponent(middle) > 0 else (low, middle)
    limits = [
        spe_limit_jackson_mudholkar(np.r_[1.0, np.full(40, small)], 0.01)
        for small in (low * (1 - 1e-6), low, high * (1 + 1e-6))
    ]
    assert np.ptp(limits) < 1e-3 * limits[1]


@given(
    st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=30),
    st.floats(1e-6, 0.999),
    st.floats(1e-6, 0.999),
)
def test_jackson_mudholkar_never_falls_as_alpha_falls(variances, first, second):
    small, large = sorted((first, second))
    v = np.array(variances)
    low, high = spe_limit_jackson_mudholkar(v, large), spe_limit_jackson_mudholkar(v, small)
    assert high >= low * (1 - 1e-12)


def test_a_residual_without_variance_has_the_limit_zero():
    assert spe_limit_jackson_mudholkar(np.zeros(3), 0.01) == 0.0


@pytest.mark.parametrize("alpha", [-0.01, 0, 1, 0.51, float("nan"), float("inf"), None, "much"])
def test_an_alpha_that_is_no_rate_is_refused_by_name_and_value(alpha, detector):
    with pytest.raises(ValueError, match="alpha must be a false-alarm rate") as error:
        detector.limits(alpha)
    assert repr(alpha) in str(error.value)


@pytest.mark.parametrize("decimation", [0, -1, 1.5, True, None, "4"])
def test_a_decimation_that_is_no_count_is_refused(decimation, detector):
    with pytest.raises(ValueError, match="decimation must be a whole number"):
        detector.limits(0.01, decimation)


def test_the_largest_alpha_is_one_half_and_gives_the_median():
    values = np.random.default_rng(4).gamma(3.0, size=999)
    table = LimitTable().fit({1: [values]})
    assert checked_alpha(0.5) == 0.5
    assert table.limit(0.5) == pytest.approx(np.median(values))


@given(alphas, alphas, st.sampled_from([1, 2, 7, 60, 1000]))
def test_a_smaller_alpha_never_has_a_lower_limit(detector, first, second, decimation):
    small, large = sorted((first, second))
    strict, loose = detector.limits(small, decimation), detector.limits(large, decimation)
    assert (strict >= loose).all()


@given(
    st.lists(st.floats(0, 1e6), min_size=MIN_BLOCKS, max_size=300),
    alphas,
    alphas,
)
def test_the_table_is_monotone_and_finite_on_any_sample(values, first, second):
    table = LimitTable().fit({1: [np.array(values)]})
    small, large = sorted((first, second))
    assert np.isfinite(table.limit(small))
    assert table.limit(small) >= table.limit(large)


@given(alphas)
def test_the_limit_is_continuous_in_alpha(detector, alpha):
    here, near = detector.limits(alpha), detector.limits(min(alpha * (1 + 1e-9), 0.5))
    assert near == pytest.approx(here, rel=1e-6)


@given(st.integers(1, 500))
def test_an_untabulated_decimation_takes_the_limit_of_the_next_smaller_one(detector, decimation):
    smaller = max(n for n in DECIMATIONS if n <= decimation)
    assert np.array_equal(detector.limits(0.01, decimation), detector.limits(0.01, smaller))


def test_decimations_with_too_few_blocks_borrow_from_the_largest_that_has_enough():
    short = PCADetector(LABELS).fit(gaussian_runs(1, 5)).calibrate(gaussian_runs(2, 1, 240))
    assert short.tables_[0].decimations_.max() == 12  # 240 rows are 20 blocks of 12
    assert np.array_equal(short.limits(0.01, 60), short.limits(0.01, 12))


def test_calibration_on_a_handful_of_rows_is_refused(detector):
    fresh = PCADetector.from_bytes(detector.to_bytes())
    with pytest.raises(ValueError, match="at least 20 readings"):
        fresh.calibrate(gaussian_runs(2, 1, MIN_BLOCKS - 1))
    assert np.array_equal(fresh.limits(0.01), detector.limits(0.01))


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.01])
@pytest.mark.parametrize("decimation", [1, 4, 7])
def test_each_statistic_exceeds_its_limit_at_the_stated_rate_on_held_out_runs(alpha, decimation):
    n_calibration, n_fresh = 40, 200
    detector = PCADetector(LABELS).fit(gaussian_runs(11, 10))
    detector.calibrate(gaussian_runs(12, n_calibration))
    tabulated = max(n for n in DECIMATIONS if n <= decimation)
    limits = detector.limits(alpha, decimation)
    points = [block_means(run, tabulated) for run in gaussian_runs(13, n_fresh)]
    scores = detector.score(np.concatenate(points))
    # Binomial error of the held-out rate, and that of the quantile the limit was set at.
    per_run = 600 // tabulated
    variance = alpha * (1 - alpha) * (1 / (n_fresh * per_run) + 1 / (n_calibration * per_run))
    for statistic, limit in zip(scores.T, limits, strict=True):
        assert np.mean(statistic > limit) == pytest.approx(alpha, abs=4 * np.sqrt(variance))


@pytest.mark.parametrize("alpha", [1e-3, 1e-4])
def test_the_tail_beyond_the_sample_keeps_the_rate_of_an_exponential_variable(alpha):
    rng = np.random.default_rng(5)
    rates = [
        np.exp(-LimitTable().fit({1: [rng.exponential(size=20_000)]}).limit(alpha))
        for _ in range(50)
    ]
    assert np.median(rates) == pytest.approx(alpha, rel=0.2)


@pytest.mark.parametrize("alpha", [0.5, 0.3])
def test_a_limit_from_few_values_is_exceeded_at_the_stated_rate_on_average(alpha):
    # Of uniform values: a limit q is exceeded at the rate 1 - q, so its mean is exact.
    rng = np.random.default_rng(6)
    limits = [LimitTable().fit({1: [rng.uniform(size=24)]}).limit(alpha) for _ in range(4_000)]
    assert np.mean(limits) == pytest.approx(1 - alpha, abs=0.006)


@pytest.mark.parametrize(("n_values", "start"), [(40, 0.25), (1_000, 0.05), (10_000, 0.02)])
def test_the_thinner_the_sample_the_sooner_the_tail_takes_over(n_values, start):
    values = np.random.default_rng(8).exponential(size=n_values)
    assert LimitTable().fit({1: [values]}).tail_start_ == pytest.approx([start])


def test_block_means_from_every_offset_are_used(detector):
    runs = gaussian_runs(2, 5)
    t2 = [detector.score(block_means(run, 4, offset))[:, 0] for run in runs for offset in range(4)]
    expected = np.quantile(np.concatenate(t2), 0.5, method="weibull")
    assert detector.limits(0.5, 4)[0] == pytest.approx(expected)


def test_calibrating_on_the_rows_of_the_fit_would_be_optimistic():
    rows = gaussian_runs(21, 1, 40)
    honest = PCADetector(LABELS, n_components=4).fit(rows).calibrate(gaussian_runs(22, 20))
    in_sample = PCADetector(LABELS, n_components=4).fit(rows).calibrate(rows)
    assert (in_sample.limits(0.05) < honest.limits(0.05)).all()
