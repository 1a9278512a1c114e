"""The innovation banks: online and vectorised agree, limits hold on other runs, change is seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.detectors import NotFittedError, evaluation
from monitoring.detectors.bank import (
    KINDS,
    MEMBERS,
    InnovationBank,
    significant,
)
from monitoring.detectors.tails import BODY, TailTable

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


@pytest.fixture(scope="module", params=list(KINDS))
def bank(request):
    fit, others = [made(n) for n in range(3)], [made(n) for n in range(10, 16)]
    return InnovationBank(LABELS, KINDS[request.param], order=3).fit(fit).calibrate(others)


def test_updates_give_what_the_vectorised_score_gives(bank):
    X = made(50, 300)
    state, found = bank.start(), []
    for x in X:
        state, surprise = bank.update(state, x)
        found.append(surprise)
    assert np.allclose(found, bank.score(X), rtol=1e-9, atol=1e-9)
    assert state.seen == len(X)


@settings(max_examples=20, deadline=None)
@given(cut=st.integers(0, 60))
def test_a_state_that_was_kept_goes_on_to_the_bit(bank, cut):
    X = made(51, 60)
    whole, parts = bank.start(), bank.start()
    for x in X:
        whole, expected = bank.update(whole, x)
    for x in X[:cut]:
        parts, _ = bank.update(parts, x)
    parts = type(parts)(
        *(np.copy(part) if isinstance(part, np.ndarray) else part for part in parts)
    )
    for x in X[cut:]:
        parts, expected_again = bank.update(parts, x)
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))
    if cut < 60:
        assert np.array_equal(expected, expected_again)


def test_an_update_leaves_its_input_alone_and_its_state_does_not_grow(bank):
    state = bank.start()
    before = [np.copy(part) for part in state]
    after, _ = bank.update(state, made(52, 20)[0])
    assert all(np.array_equal(a, b) for a, b in zip(before, state, strict=True))
    assert [np.shape(part) for part in after] == [np.shape(part) for part in state]


def test_on_other_normal_runs_the_limit_keeps_its_rate(bank):
    fresh = [bank.exceeds(made(seed))[10:] for seed in range(100, 110)]
    assert np.mean(np.concatenate(fresh)) < 0.01


@pytest.mark.parametrize(
    ("change", "member"), [({"shift": 0.6}, "mean"), ({"spread": 2.0}, "variance")]
)
def test_a_change_is_found_and_the_member_says_of_what_kind(bank, change, member):
    X = made(60, 2000, **change)
    exceeds = bank.exceeds(X)
    assert evaluation.detection_delay(exceeds, 1000, 6) is not None
    surprise = bank.score(X)[1200:].mean(axis=0)
    assert MEMBERS[int(np.argmax(surprise))].startswith(member)


def test_innovations_of_normal_operation_are_white_and_of_unit_covariance():
    runs = [made(n) for n in range(6)]
    bank = InnovationBank(LABELS, KINDS["sharp"], order=3).fit(runs)
    u = np.concatenate([bank.innovations(made(n))[3:] for n in range(70, 76)])
    assert np.allclose(u.T @ u / len(u), np.eye(5), atol=0.05)
    lagged = u[1:].T @ u[:-1] / len(u)
    assert np.abs(lagged).max() < 0.05


def test_a_stored_bank_is_the_same_to_the_bit(bank):
    again = InnovationBank.from_bytes(bank.to_bytes())
    X = made(53, 200)
    assert again.score(X).tobytes() == bank.score(X).tobytes()
    assert (again.limit_, again.labels, again.kind) == (bank.limit_, bank.labels, bank.kind)
    with pytest.raises(ValueError, match="not a stored detector"):
        InnovationBank.from_bytes(b"nonsense")


def test_the_robust_bank_scores_rounded_and_unrounded_rows_alike():
    fit, others = [made(n) for n in range(3)], [made(n) for n in range(10, 16)]
    bank = InnovationBank(LABELS, KINDS["robust"], order=3).fit(fit).calibrate(others)
    X = made(54)
    rounded = bank.score(significant(X, 5)).max(axis=1)
    assert abs(rounded - bank.score(X).max(axis=1)).mean() < 0.05


class TestRefusals:
    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_what_is_not_finite(self, bank, bad):
        X = made(55, 20)
        X[7, 2] = bad
        with pytest.raises(ValueError, match="finite; these have others: V3"):
            bank.score(X)
        with pytest.raises(ValueError, match="finite; these have others: V3"):
            bank.update(bank.start(), X[7])

    def test_rows_of_another_set_of_variables(self, bank):
        with pytest.raises(ValueError, match=r"rows must be \(n, 5\)"):
            bank.score(np.zeros((3, 4)))

    def test_a_constant_column_is_named(self):
        runs = [made(n) for n in range(3)]
        for run in runs:
            run[:, 1] = 4.0
        with pytest.raises(ValueError, match="never moved, so nothing can be learnt of them: V2"):
            InnovationBank(LABELS).fit(runs)

    def test_too_few_rows(self):
        with pytest.raises(ValueError, match="needs more than 10 rows"):
            InnovationBank(LABELS).fit([made(1, 8)])
        with pytest.raises(ValueError, match="needs at least 100 rows"):
            InnovationBank(LABELS).fit([made(1, 40)])
        bank = InnovationBank(LABELS).fit([made(1, 400)])
        with pytest.raises(ValueError, match="at least 1000 normal points"):
            bank.calibrate([made(2, 400)])

    def test_use_before_it_is_ready(self):
        with pytest.raises(NotFittedError, match="call fit first"):
            InnovationBank(LABELS).statistics(made(1, 20))
        with pytest.raises(NotFittedError, match="call calibrate first"):
            InnovationBank(LABELS).fit([made(1)]).score(made(2, 20))


class TestTails:
    def test_a_surprise_is_the_share_of_normal_values_beyond(self):
        source = np.random.default_rng(5)
        table = TailTable.of(source.exponential(size=200_000))
        for probability in (0.5, 0.1, BODY and 0.03, 1e-3, 1e-5):
            value = np.array([-np.log(probability)])
            assert table.surprise(value)[0] == pytest.approx(-np.log10(probability), abs=0.1)

    @given(st.lists(st.floats(-50, 500), min_size=2, max_size=30))
    def test_a_larger_value_never_surprises_less(self, values):
        table = TailTable.of(np.random.default_rng(6).exponential(size=2000))
        found = table.surprise(np.sort(np.array(values)))
        assert (np.diff(found) >= 0).all()


@given(st.floats(1e-8, 1e8), st.booleans())
def test_significant_digits_are_those_of_a_printout(value, negative):
    number = -value if negative else value
    assert significant(np.array([number]), 5)[0] == pytest.approx(float(f"{number:.4e}"), rel=1e-12)
