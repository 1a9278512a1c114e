"""The innovation banks: online and vectorised agree, limits hold on other runs, change is seen."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitoring.detectors import NotFittedError, evaluation
from monitoring.detectors.bank import RobustBank, SharpBank
from monitoring.detectors.digits import significant
from monitoring.detectors.tails import TailTable

LABELS = [f"V{n}" for n in range(1, 6)]


def made(seed: int, rows: int = 4000, shift: float = 0.0, spread: float = 1.0) -> np.ndarray:
    """A stable VAR(2) around 100, with noise of one or of `spread` in its later half."""
    source = np.random.default_rng(seed)
    half = rows // 2
    x = np.zeros((rows, 5))
    mixing = 0.3 * np.eye(5) + 0.1 * np.roll(np.eye(5), 1, axis=0)
    for t in range(2, rows):
        noise = source.standard_normal(5) * (spread if t >= half else 1.0)
        x[t] = (
            mixing @ x[t - 1]
            + 0.2 * x[t - 2]
            + noise
            + (shift if t >= half else 0.0) * np.eye(5)[0]
        )
    return 100.0 + x


BANKS = [RobustBank, SharpBank]


@pytest.fixture(scope="module", params=BANKS)
def bank(request):
    fit, others = [made(n) for n in range(3)], [made(n) for n in range(10, 16)]
    return request.param(LABELS).fit(fit).calibrate(others)


def test_on_other_normal_runs_the_limit_keeps_its_rate(bank):
    fresh = [bank.exceeds(made(seed), 0.003)[bank.warm_up :] for seed in range(100, 110)]
    assert np.mean(np.concatenate(fresh)) < 0.01


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({"shift": 0.6}, {"drift"}),
        ({"shift": 8.0}, {"step", "drift"}),
        ({"spread": 1.25}, {"variance"}),
    ],
)
def test_a_change_is_found_and_the_member_says_of_what_kind(bank, change, kinds):
    X = made(60, 2000, **change)
    exceeds = bank.exceeds(X, 0.003)
    assert evaluation.detection_delay(exceeds, 1000, 6) is not None
    late = bank.score(X)[-500:].mean(axis=0)
    assert bank.kind_of_change(late, bank.limits(0.003)) in kinds


def test_a_disturbance_that_wanders_is_found_by_what_its_averages_add_up_to(bank):
    # A slow wandering around zero: its mean stays, and it adds less than half to the variance.
    source, X = np.random.default_rng(3), made(61, 3000)
    wander = np.convolve(source.standard_normal(3008), np.ones(9) / 9.0, mode="valid")
    X[1500:, 0] += 2.0 * wander[1500:]
    surprise = bank.score(X)[1700:].max(axis=0)
    wandering = np.array([one.form == "wander" for one in bank.members])
    assert surprise[wandering].max() > bank.limits(0.003)[0]
    assert surprise[wandering].max() > surprise[~wandering].max()


def test_innovations_of_normal_operation_are_white():
    runs = [made(n) for n in range(6)]
    bank = SharpBank(LABELS).fit(runs)
    e = np.concatenate([bank.innovations(made(n))[bank.warm_up :] for n in range(70, 76)])
    assert np.allclose(e.T @ e / len(e), bank.covariance_, rtol=0.1, atol=0.02)
    lagged = e[1:].T @ e[:-1] / len(e)
    assert np.abs(lagged).max() < 0.05


def test_the_robust_bank_scores_rounded_and_unrounded_rows_alike():
    fit, others = [made(n) for n in range(3)], [made(n) for n in range(10, 16)]
    bank = RobustBank(LABELS).fit(fit).calibrate(others)
    X = made(54)
    rounded = bank.score(significant(X, 5)).max(axis=1)
    assert abs(rounded - bank.score(X).max(axis=1)).mean() < 0.05


class TestRefusals:
    @pytest.mark.parametrize("kind", BANKS)
    def test_a_constant_column_is_named(self, kind):
        runs = [made(n) for n in range(3)]
        for run in runs:
            run[:, 1] = 4.0
        with pytest.raises(ValueError, match="never moved, so nothing can be learnt of them: V2"):
            kind(LABELS).fit(runs)

    @pytest.mark.parametrize("kind", BANKS)
    def test_too_few_rows(self, kind):
        with pytest.raises(ValueError, match="needs at least 80 rows beyond the first 20"):
            kind(LABELS).fit([made(1, 60)])
        bank = kind(LABELS).fit([made(1, 400)])
        with pytest.raises(ValueError, match="at least 1000 normal points"):
            bank.calibrate([made(2, 400)])

    def test_two_equal_variables_are_no_basis_for_the_sharp_bank(self):
        runs = [made(n) for n in range(3)]
        for run in runs:
            run[:, 1] = run[:, 0]
        with pytest.raises(ValueError, match="singular"):
            SharpBank(LABELS).fit(runs)

    def test_scores_before_limits(self):
        with pytest.raises(NotFittedError, match="call calibrate first"):
            RobustBank(LABELS).fit([made(1)]).score(made(2, 20))


class TestTails:
    def test_a_surprise_is_the_share_of_normal_values_beyond(self):
        source = np.random.default_rng(5)
        table = TailTable.of(source.exponential(size=(200_000, 2)) * [1.0, 3.0])
        for probability in (0.5, 0.1, 0.03, 1e-3, 1e-5):
            value = np.array([[-np.log(probability), -3.0 * np.log(probability)]])
            assert table.surprise(value)[0] == pytest.approx(-np.log10(probability), abs=0.1)
            assert table.surprise_of(value[0]) == pytest.approx(table.surprise(value)[0])

    @given(st.lists(st.floats(-50, 500), min_size=2, max_size=30))
    def test_a_larger_value_never_surprises_less(self, values):
        table = TailTable.of(np.random.default_rng(6).exponential(size=(2000, 1)))
        found = table.surprise(np.sort(np.array(values))[:, np.newaxis])
        assert (np.diff(found[:, 0]) >= 0).all()


@given(st.floats(1e-8, 1e8), st.booleans())
def test_significant_digits_are_those_of_a_printout(value, negative):
    number = -value if negative else value
    printed = f"{number:.4e}"
    half = 0.5 * 10.0 ** (int(printed.split("e")[1]) - 4)
    # Halfway between two printouts, the last bit of the number decides: either will do.
    assume(abs(abs(number - float(printed)) - half) > 1e-6 * half)
    assert significant(np.array([number]), 5)[0] == pytest.approx(float(printed), rel=1e-12)


@given(st.lists(st.floats(1e-3, 2e3), min_size=5, max_size=5))
def test_a_point_alone_is_rounded_as_among_others_to_the_bit(values):
    bank = SharpBank(LABELS).fit([made(n, 300) for n in range(2)])
    point = np.array(values)
    assert np.array_equal(bank._significant(point), significant(point[np.newaxis], 5)[0])
