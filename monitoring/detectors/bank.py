"""The innovation banks: what a prediction does not expect, watched at every speed.

A vector autoregression predicts each standardised point z_t from the five points before it and from
the past's exponentially weighted means at λ = 0.3, 0.1, 0.03, which stand for all that came
earlier. What is left is the innovation e_t; whitened, u_t = W e_t is white noise of unit covariance
while all is normal. The members of `members.py` watch it. Each becomes a tail probability p by its
distribution on normal runs, and is said as -log10 p; the largest is the fused score. The member
that fires says what kind of change it saw.

The two banks differ in what they believe of the numbers' resolution. **robust** adds a floor to the
regressors and to the innovations' covariance and learns from rounded and unrounded rows: it works
on any number format. **sharp** has no floor and sees rows of 5 significant digits, in training and
in use: the controllers' outputs are noise-free functions of the measurements, and such identities
are broken by faults long before the mean moves. A real plant would not show them. It looks at slow
changes through the floored whitening all the same: there the identities are only noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors.archive import Arrays
from monitoring.detectors.base import USUAL, Array, Detector, NotFittedError, Runs
from monitoring.detectors.digits import exponent_of, significant
from monitoring.detectors.limits import LimitTable
from monitoring.detectors.members import ROBUST_MEMBERS, SHARP_MEMBERS, SMOOTHING, Member
from monitoring.detectors.regressors import LAGS, MEMORIES, WARM_UP, regressors_of
from monitoring.detectors.tails import TailTable

#: In sd, for the whitening that is not to see more than a number format keeps.
FLOOR = 0.1
DIGITS = 5
#: λ of the innovations' average that contributions are told of.
CONTRIBUTING = 0.1

_HEAD = 1  # the state's first number: how many points were seen


class InnovationBank(Detector):
    """What both banks share; `labels` names the m variables."""

    dynamic: ClassVar[bool] = True
    members: ClassVar[tuple[Member, ...]]
    floor: ClassVar[float]
    """Floor of the prediction, in sd."""
    rounds: ClassVar[bool]

    coefficients_: Array
    """((LAGS + memories) m, m): the newest point's first, then the means."""
    covariance_: Array
    """(m, m), of the innovations."""
    tails_: TailTable

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = labels

    @property
    def statistics(self) -> tuple[str, ...]:  # type: ignore[override]
        """The members' names."""
        return tuple(member.name for member in self.members)

    @property
    def warm_up(self) -> int:
        """Points that are needed before anything can be expected."""
        return WARM_UP

    # -- learning -----------------------------------------------------------------------------

    def _fit(self, runs: list[Array]) -> None:
        learnt = runs
        if self.floor:  # on a mix, so that neither format is a surprise
            learnt = [*runs, *(significant(run, DIGITS) for run in runs)]
        elif self.rounds:
            learnt = [significant(run, DIGITS) for run in runs]
        m = len(self.labels)
        rows = np.concatenate(learnt)
        usable = sum(max(len(run) - WARM_UP, 0) for run in runs)
        needed = 2 * (LAGS + len(MEMORIES)) * m
        if usable < needed:
            raise ValueError(
                f"a bank of {m} variables needs at least {needed} rows beyond the first {WARM_UP} "
                f"of each run; got {usable}"
            )
        mean, sd = rows.mean(axis=0), rows.std(axis=0)
        self._require_moving(sd)
        k = (LAGS + len(MEMORIES)) * m
        gram, cross, squares = np.zeros((k, k)), np.zeros((k, m)), np.zeros((m, m))
        count = 0
        for run in learnt:  # run by run: the regressors of all at once would be large
            past, now = regressors_of((run - mean) / sd)
            gram += past.T @ past
            cross += past.T @ now
            squares += now.T @ now
            count += len(now)
        ridge = count * max(self.floor**2, 1e-10)
        c = np.asarray(np.linalg.solve(gram + ridge * np.eye(k), cross), dtype=np.float64)
        self.coefficients_ = c
        covariance: Array = (squares - cross.T @ c - c.T @ cross + c.T @ gram @ c) / count
        self.covariance_ = (covariance + covariance.T) / 2.0 + self.floor**2 * np.eye(m)
        self.mean_, self.sd_, self.n_samples_ = mean, sd, len(rows)
        vars(self).pop("tails_", None)
        self._prepare()

    def calibrate(self, runs: Runs) -> Self:
        """Learn every member's distribution, and the limit of the fused score, from other runs."""
        self._require_fitted()
        found = [self._raw(run)[WARM_UP:] for run in self._checked_runs(runs)]
        self.tails_ = TailTable.of(np.concatenate(found))
        fused = [self.tails_.surprise(values).max(axis=1) for values in found]
        self.tables_ = (LimitTable().fit({1: [np.concatenate(fused)]}),)
        return self

    # -- use ----------------------------------------------------------------------------------

    @property
    def state_size(self) -> int:
        """Points seen, the last LAGS points, the means, the members' averages."""
        m = len(self.labels)
        return _HEAD + m * (LAGS + len(MEMORIES) + len(self._averaged) + len(self._spreads))

    def limits(self, alpha: float, decimation: int = 1) -> Array:
        """Return the limit of the fused score, for each member the same, (k,)."""
        return np.repeat(super().limits(alpha), len(self.members))

    def score(self, X: Array) -> Array:
        """Return -log10 p of each member (n, k) for the points (n, m) of one run, in time order."""
        self._require_fitted()
        rows = self._checked_rows(X)
        self._require_calibrated()
        found = self.tails_.surprise(self._raw(rows))
        found[:WARM_UP] = 0.0
        return found

    def update(self, state: Array, x: Array) -> tuple[Array, Array]:
        """Take one point (m,); returns the state after it and -log10 p of each member (k,)."""
        m = len(self.labels)
        if not isfinite(x.dot(self._ones)):
            self._checked_point(x)  # names the variable
        if self.rounds:
            x = self._significant(x)
        z = (x - self.mean_) * self._per_sd
        after = state.copy()
        seen = int(state[0])
        after[0] = seen + 1
        regressors = state[_HEAD : self._past_end]
        if seen < _SETTLED:
            regressors = regressors * self._debias_table[seen]
        innovation = z - regressors.dot(self.coefficients_)
        after[_HEAD : _HEAD + m] = z
        after[_HEAD + m : self._lags_end] = state[_HEAD : self._lags_end - m]
        means = after[self._lags_end : self._past_end].reshape(-1, m)
        means += _MEMORY_WEIGHTS * (z - means)
        if seen < WARM_UP:
            return after, np.zeros(len(self.members))
        averages = after[self._past_end : self._averages_end].reshape(-1, m)
        viewed = innovation.dot(self._both).reshape(-1, m)
        averages += self._weights * (viewed.take(self._views, axis=0) - averages)
        squares = averages * averages
        squares *= self._norm_table[min(seen - WARM_UP, _SETTLED - 1)]
        spreads = after[self._averages_end :].reshape(-1, m)
        spreads += self._spread_weights * (squares.take(self._spread_rows, axis=0) - 1.0 - spreads)
        positive = np.maximum(spreads, self._spread_floor)
        positive *= positive
        # All sums and the largest of each row; the members pick theirs.
        found = np.concatenate(
            (
                squares.dot(self._ones),
                np.maximum.reduce(squares[self._singles], axis=1),
                positive.dot(self._ones),
            )
        )
        return after, self.tails_.surprise_of(found.take(self._picked))

    def innovations(self, X: Array) -> Array:
        """Return the innovations (n, m) of one run, in sd; zeros for the first WARM_UP points."""
        self._require_fitted()
        rows = significant(X, DIGITS) if self.rounds else X
        e = np.zeros_like(rows)
        if len(rows) > WARM_UP:
            past, now = regressors_of((rows - self.mean_) * self._per_sd)
            e[WARM_UP:] = now - past @ self.coefficients_
        return e

    def whitened(self, X: Array) -> Array:
        """Return the innovations (n, m) through the bank's finest whitening, for signatures."""
        return self.innovations(X) @ self._both[:, -len(self.labels) :]

    def contributions(self, state: Array, x: Array) -> dict[str, Array]:
        """Return the reconstruction-based contributions (m,) to the filtered innovation.

        RBC_i = (M w)_i² / M_ii, with w the innovations' EWMA (λ = 0.1) in the state after the
        point and M their inverse covariance, with the floor.
        """
        self._require_fitted()
        self._checked_point(x)
        m = len(self.labels)
        row = self._past_end + self._contributing * m
        filtered = np.asarray(state, dtype=np.float64)[row : row + m]
        gradient = self._floored_root @ filtered  # the root is symmetric, so this is M w
        return {"innovation": gradient**2 / self._floored_diagonal}

    def kind_of_change(self, statistics: Array, limits: Array) -> str:
        """Return step, drift or variance, by the member that is largest against its limit.

        A shift adds to what the members of the variance watch, too, and to the fourth power: where
        one of those that watch the mean over several points is over its limit, it is a shift. A
        change of the variance that is large enough to carry their averages over it is called one,
        too.
        """
        leading = self.members[self.leading(statistics, limits)[0]]
        if leading.form not in ("variance", "wander"):
            return leading.words
        over = [
            (float(value), one.words)
            for one, value, limit in zip(self.members, statistics, limits, strict=True)
            if one.form in ("mean", "single") and one.weight < 1.0 and value > limit
        ]
        return max(over)[1] if over else leading.words

    def usual(self) -> Array:
        """Return the surprise that one normal point in five exceeds, (k,)."""
        return np.full(len(self.members), -np.log10(USUAL))

    # -- inside -------------------------------------------------------------------------------

    def _raw(self, X: Array) -> Array:
        """Return the members' statistics (n, k) of one run, before they become probabilities."""
        from scipy.signal import lfilter

        def averaged(weight: float, values: Array) -> Array:
            return np.asarray(lfilter([weight], [1.0, weight - 1.0], values, axis=0))

        out = np.zeros((len(X), len(self.members)))
        if len(X) <= WARM_UP:
            return out
        e = self.innovations(X)[WARM_UP:]
        count = np.arange(1, len(e) + 1)
        m = len(self.labels)
        views = [e @ self._both[:, i * m : (i + 1) * m] for i in range(self._both.shape[1] // m)]
        squares = [
            averaged(weight, views[view]) ** 2 / _variance_of(weight, count)[:, np.newaxis]
            for view, weight in self._averaged
        ]
        for column, member in enumerate(self.members):
            of = squares[self._averaged.index(self._average_of(member))]
            if member.form == "mean":
                out[WARM_UP:, column] = of.sum(axis=1)
            elif member.form == "single":
                out[WARM_UP:, column] = of.max(axis=1)
            else:
                spread = averaged(member.weight, of - 1.0)
                if member.form == "wander":
                    spread = np.maximum(spread, 0.0)
                out[WARM_UP:, column] = (spread**2).sum(axis=1)
        return out

    def _average_of(self, member: Member) -> tuple[int, float]:
        """Return which average (view, λ) a member's statistic is made of."""
        weight = {"variance": 1.0, "wander": SMOOTHING}.get(member.form, member.weight)
        return self._view_index(member), weight

    def _view_index(self, member: Member) -> int:
        return ["floored", "sharp"].index(member.view)

    def _prepare(self) -> None:
        m = len(self.labels)
        self._per_sd, self._ones = 1.0 / self.sd_, np.ones(m)
        exponent = exponent_of(self.mean_)
        self._decade, self._next_decade = 10.0**exponent, 10.0 ** (exponent + 1.0)
        self._scale = 10.0 ** (DIGITS - 1 - exponent)
        values, vectors = np.linalg.eigh(self.covariance_)
        if not values[0] > 1e-12 * values[-1]:
            raise ValueError("the innovations' covariance is singular: some variables are equal")
        # Robust has its floor in the covariance already; sharp sees slow changes through one.
        floored = values if self.floor else values + FLOOR**2
        root = (vectors / np.sqrt(floored)) @ vectors.T
        sharp = (vectors / np.sqrt(values)) @ vectors.T
        has_sharp = any(member.view == "sharp" for member in self.members)
        self._both = np.hstack([root, sharp]) if has_sharp else root
        self._floored_root, self._floored_diagonal = root, np.diagonal(root @ root).copy()

        needed = [self._average_of(member) for member in self.members]
        self._averaged = list(dict.fromkeys([*needed, (0, CONTRIBUTING)]))
        self._contributing = self._averaged.index((0, CONTRIBUTING))
        self._views = np.array([view for view, _ in self._averaged])
        self._weights = np.array([[weight] for _, weight in self._averaged])
        self._spreads = [one for one in self.members if one.form in ("variance", "wander")]
        rows = [self._averaged.index(average) for average in needed]
        self._spread_rows = np.array(
            [row for row, one in zip(rows, self.members, strict=True) if one in self._spreads]
        )
        single = [r for r, one in zip(rows, self.members, strict=True) if one.form == "single"]
        self._singles = slice(min(single), max(single) + 1)
        # `update` lists the sums of all averages, then largest squares of some, then the spreads.
        sums, largest = len(self._averaged), self._singles.stop - self._singles.start
        self._picked = np.array(
            [
                row
                if one.form == "mean"
                else sums + row - self._singles.start
                if one.form == "single"
                else sums + largest + self._spreads.index(one)
                for row, one in zip(rows, self.members, strict=True)
            ]
        )
        self._spread_weights = np.array([[member.weight] for member in self._spreads])
        self._spread_floor = np.array(
            [[0.0 if member.form == "wander" else -np.inf] for member in self._spreads]
        )
        self._lags_end = _HEAD + LAGS * m
        self._past_end = self._lags_end + len(MEMORIES) * m
        self._averages_end = self._past_end + len(self._averaged) * m
        # Both are one to rounding soon, so the table ends there.
        self._debias_table = np.ones((_SETTLED, (LAGS + len(MEMORIES)) * m))
        seen = np.arange(1, _SETTLED)
        for place, weight in enumerate(MEMORIES, start=LAGS):
            self._debias_table[1:, place * m : (place + 1) * m] = (
                1.0 / (1.0 - (1.0 - weight) ** seen)
            )[:, np.newaxis]
        scored = np.arange(1, _SETTLED + 1)
        self._norm_table = np.stack(
            [1.0 / _variance_of(weight, scored) for _, weight in self._averaged], axis=1
        )[:, :, np.newaxis]

    def _significant(self, x: Array) -> Array:
        """Return one point to significant digits, the same to the bit as `significant`.

        The scale follows from the decade a value is in, which is nearly always the mean's.
        """
        size = np.abs(x)
        if ((size >= self._decade) & (size < self._next_decade)).all():
            return np.asarray(np.rint(x * self._scale) / self._scale)
        return significant(x, DIGITS)

    def _require_calibrated(self) -> None:
        if not hasattr(self, "tails_"):
            raise NotFittedError("this detector has no limits yet: call calibrate first")

    # -- storage ------------------------------------------------------------------------------

    def _table_names(self) -> list[str]:
        return ["fused_"]

    def _to_arrays(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {
            "coefficients": self.coefficients_,
            "covariance": self.covariance_,
        }
        if hasattr(self, "tails_"):
            arrays |= self.tails_.to_arrays()
        return arrays

    @classmethod
    def _from_arrays(cls, labels: list[str], arrays: Arrays) -> Self:
        bank = cls(labels)
        bank.coefficients_, bank.covariance_ = arrays["coefficients"], arrays["covariance"]
        if "tail_quantiles" in arrays:
            bank.tails_ = TailTable.from_arrays(arrays)
        return bank


class RobustBank(InnovationBank):
    """The bank for any number format: the default."""

    kind: ClassVar[str] = "robust"
    title: ClassVar[str] = "robust innovation bank"
    members: ClassVar[tuple[Member, ...]] = ROBUST_MEMBERS
    floor: ClassVar[float] = FLOOR
    rounds: ClassVar[bool] = False


class SharpBank(InnovationBank):
    """The bank that trusts five significant digits, and the controllers' identities in them."""

    kind: ClassVar[str] = "sharp"
    title: ClassVar[str] = "sharp innovation bank"
    members: ClassVar[tuple[Member, ...]] = SHARP_MEMBERS
    floor: ClassVar[float] = 0.0
    rounds: ClassVar[bool] = True


_MEMORY_WEIGHTS = np.array(MEMORIES)[:, np.newaxis]
_SETTLED = 4000
"""Points after which (1 - λ)^n is zero to rounding for every λ here: 0.99^4000 is 3e-18."""


def _variance_of(weight: float, count: NDArray[np.int64]) -> Array:
    """Variance of an EWMA of white noise after so many points (Lowry et al. 1992)."""
    left = (1.0 - weight) ** (2.0 * count)
    return np.asarray(weight / (2.0 - weight) * (1.0 - left))
