"""The innovation bank: what a vector autoregression does not expect, watched at every speed.

A VAR(p) predicts each standardised point from the p before it; what is left, whitened, is the
innovation u_t: white noise of unit covariance while all is normal. Members of the bank watch it:

* MEWMA (Lowry et al. 1992) T² at λ = 1, 0.3, 0.1, 0.03, 0.01: shifts of the mean, of every speed;
* the sum of squares of the EWMA of u² - 1 at λ = 0.1, 0.03, 0.01: changes of the variance.

Each becomes a tail probability p by its distribution on normal runs; the fused score is
max(-log10 p). The member that fires says what kind of change it saw.

Two banks differ in what they believe of the numbers' resolution. **robust** adds a floor to the
regressors and to the innovations' covariance and learns from rounded and unrounded rows: it works
on any number format. **sharp** has no floor and sees rows of 5 significant digits, in training and
in use: the controllers' outputs are noise-free functions of the measurements, and such identities
are broken by faults long before the mean moves. A real plant would not show them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors import archive
from monitoring.detectors.base import NotFittedError, Runs
from monitoring.detectors.tails import TailTable

Array = NDArray[np.float64]

ORDER = 10
MEAN_LAMBDAS = (1.0, 0.3, 0.1, 0.03, 0.01)
VARIANCE_LAMBDAS = (0.1, 0.03, 0.01)
MEMBERS = (
    *(f"mean {value:g}" for value in MEAN_LAMBDAS),
    *(f"variance {value:g}" for value in VARIANCE_LAMBDAS),
)
#: Nominal share of normal points over the limit.
ALPHA = 0.003
DIGITS = 5


@dataclass(frozen=True)
class BankKind:
    """What sets a bank apart: the resolution floor in sd, and whether rows are rounded first."""

    name: str
    floor: float
    rounds: bool


ROBUST = BankKind("robust", 0.1, rounds=False)
SHARP = BankKind("sharp", 0.0, rounds=True)
KINDS = {kind.name: kind for kind in (ROBUST, SHARP)}


class BankState(NamedTuple):
    """What a bank remembers between two points: m variables.

    ``past`` (p, m): standardised points, the newest last; ``means`` (5, m) and ``variances``
    (3, m): the moving averages; ``seen``: points so far, ``scored``: innovations so far.
    """

    past: Array
    means: Array
    variances: Array
    seen: int
    scored: int


class InnovationBank:
    """A VAR(p) with its bank of members; `fit`, `calibrate`, then `update` or `score`.

    `fit` and `calibrate` must be given different runs, as for every detector.
    """

    mean_: Array
    sd_: Array
    coefficients_: Array
    """(p m, m): the newest point's first."""
    whitening_: Array
    """(m, m): u = e @ whitening."""
    tails_: tuple[TailTable, ...]
    limit_: float

    def __init__(self, labels: Sequence[str], kind: BankKind = ROBUST, order: int = ORDER) -> None:
        self.labels = tuple(labels)
        self.kind = kind
        self.order = order

    # -- learning -----------------------------------------------------------------------------

    def fit(self, runs: Runs) -> Self:
        """Learn the prediction from normal runs, each in time order. ValueError for too little."""
        checked = [self._checked(run) for run in runs]
        if not checked or min(len(run) for run in checked) <= self.order:
            raise ValueError(f"each run needs more than {self.order} rows")
        learnt = checked
        if self.kind.floor:  # on a mix, so that neither format is a surprise
            learnt = [*checked, *(significant(run, DIGITS) for run in checked)]
        elif self.kind.rounds:
            learnt = [significant(run, DIGITS) for run in checked]
        rows = np.concatenate(learnt)
        m = rows.shape[1]
        if len(rows) < 2 * self.order * m:
            raise ValueError(
                f"a VAR({self.order}) of {m} variables needs at least {2 * self.order * m} rows, "
                f"not {len(rows)}"
            )
        self.mean_, sd = rows.mean(axis=0), rows.std(axis=0)
        if (sd == 0.0).any():
            still = ", ".join(self.labels[i] for i in np.flatnonzero(sd == 0.0))
            raise ValueError(
                f"these variables never moved, so nothing can be learnt of them: {still}"
            )
        self.sd_ = sd
        past, now = zip(*(self._lagged(self._standardised(run)) for run in learnt), strict=True)
        X, y = np.concatenate(past), np.concatenate(now)
        ridge = len(X) * max(self.kind.floor**2, 1e-10)
        gram = X.T @ X + ridge * np.eye(X.shape[1])
        self.coefficients_ = np.linalg.solve(gram, X.T @ y)
        e = y - X @ self.coefficients_
        covariance = e.T @ e / len(e) + self.kind.floor**2 * np.eye(m)
        self.whitening_ = np.linalg.inv(np.linalg.cholesky(covariance)).T
        vars(self).pop("tails_", None)
        return self

    def calibrate(self, runs: Runs, alpha: float = ALPHA) -> Self:
        """Learn every member's distribution, and the limit, from other normal runs."""
        self._require("coefficients_", "fit")
        found = [self.statistics(run)[self.order :] for run in runs]
        pooled = np.concatenate(found)
        self.tails_ = tuple(TailTable.of(pooled[:, i]) for i in range(pooled.shape[1]))
        fused = self._fused(pooled).max(axis=1)
        self.limit_ = float(np.quantile(fused, 1.0 - alpha, method="weibull"))
        return self

    # -- storage ------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """Store the bank: plain arrays, no pickle, the same to the bit when read back."""
        self._require("tails_", "calibrate")
        arrays: dict[str, NDArray[Any]] = {
            "kind": np.array(self.kind.name),
            "labels": np.array(self.labels, dtype=np.str_),
            "order": np.array(self.order),
            "mean": self.mean_,
            "sd": self.sd_,
            "coefficients": self.coefficients_,
            "whitening": self.whitening_,
            "limit": np.array(self.limit_),
            "quantiles": np.array([tail.quantiles for tail in self.tails_]),
            "upper": np.array([tail.upper for tail in self.tails_]),
            "scale": np.array([tail.scale for tail in self.tails_]),
        }
        return archive.pack(arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; ValueError for anything else."""
        arrays = archive.unpack(data)
        try:
            kind = KINDS[str(arrays["kind"])]
            bank = cls([str(one) for one in arrays["labels"]], kind, int(arrays["order"]))
            bank.mean_, bank.sd_ = arrays["mean"], arrays["sd"]
            bank.coefficients_, bank.whitening_ = arrays["coefficients"], arrays["whitening"]
            bank.limit_ = float(arrays["limit"])
            rows = zip(arrays["quantiles"], arrays["upper"], arrays["scale"], strict=True)
            bank.tails_ = tuple(TailTable(q, upper, float(scale)) for q, upper, scale in rows)
        except KeyError as missing:
            raise ValueError(f"the stored bank lacks {missing}") from missing
        return bank

    # -- use ----------------------------------------------------------------------------------

    def start(self) -> BankState:
        """Return the state before the first point."""
        m = len(self.labels)
        return BankState(
            np.zeros((self.order, m)),
            np.zeros((len(MEAN_LAMBDAS), m)),
            np.zeros((len(VARIANCE_LAMBDAS), m)),
            0,
            0,
        )

    def update(self, state: BankState, x: Array) -> tuple[BankState, Array]:
        """Take one point (m,); returns the state after it and -log10 p of each member (8,).

        Zeros until `order` points are there: nothing can be expected before. ValueError for a
        value that is not finite.
        """
        self._require("tails_", "calibrate")
        z = self._standardised(self._checked(x[np.newaxis]))[0]
        past = np.concatenate([state.past[1:], z[np.newaxis]])
        if state.seen < self.order:
            return state._replace(past=past, seen=state.seen + 1), np.zeros(len(MEMBERS))
        expected = state.past[::-1].reshape(-1) @ self.coefficients_
        u = (z - expected) @ self.whitening_
        count = state.scored + 1
        means = (1.0 - _MEANS) * state.means + _MEANS * u
        variances = (1.0 - _VARIANCES) * state.variances + _VARIANCES * (u * u - 1.0)
        statistics = np.concatenate(
            [
                np.einsum("ij,ij->i", means, means) / _variance_of(_MEANS[:, 0], count),
                np.einsum("ij,ij->i", variances, variances) / _variance_of(_VARIANCES[:, 0], count),
            ]
        )
        after = BankState(past, means, variances, state.seen + 1, count)
        return after, self._fused(statistics[np.newaxis])[0]

    def score(self, X: Array) -> Array:
        """Return -log10 p of each member (n, 8) for the points (n, m) of one run, in time order."""
        self._require("tails_", "calibrate")
        found = self._fused(self.statistics(X))
        found[: self.order] = 0.0
        return found

    def innovations(self, X: Array) -> Array:
        """Return the whitened innovations (n, m) of one run; zeros for the first `order` points."""
        self._require("coefficients_", "fit")
        z = self._standardised(self._checked(X))
        u = np.zeros_like(z)
        if len(z) > self.order:
            past, now = self._lagged(z)
            u[self.order :] = (now - past @ self.coefficients_) @ self.whitening_
        return u

    def statistics(self, X: Array) -> Array:
        """Return the members' statistics (n, 8) of one run, before they become probabilities."""
        from scipy.signal import lfilter

        u = self.innovations(X)[self.order :]
        count = np.arange(1, len(u) + 1)
        columns = []
        for value in MEAN_LAMBDAS:
            averaged = lfilter([value], [1.0, value - 1.0], u, axis=0)
            columns.append((averaged**2).sum(axis=1) / _variance_of(value, count))
        for value in VARIANCE_LAMBDAS:
            averaged = lfilter([value], [1.0, value - 1.0], u * u - 1.0, axis=0)
            columns.append((averaged**2).sum(axis=1) / _variance_of(value, count))
        out = np.zeros((len(X), len(MEMBERS)))
        out[self.order :] = np.column_stack(columns)
        return out

    def exceeds(self, X: Array) -> NDArray[np.bool_]:
        """Return whether each point of one run exceeds the limit, (n,)."""
        return self.score(X).max(axis=1) > self.limit_

    # -- inside -------------------------------------------------------------------------------

    def _fused(self, statistics: Array) -> Array:
        return np.column_stack(
            [tail.surprise(statistics[:, i]) for i, tail in enumerate(self.tails_)]
        )

    def _standardised(self, rows: Array) -> Array:
        if self.kind.rounds:
            rows = significant(rows, DIGITS)
        return (rows - self.mean_) / self.sd_

    def _lagged(self, z: Array) -> tuple[Array, Array]:
        """Return (n - p, p m) of the points before, the newest first, and (n - p, m)."""
        n = len(z) - self.order
        past = np.concatenate(
            [z[self.order - lag : self.order - lag + n] for lag in range(1, self.order + 1)], axis=1
        )
        return past, z[self.order :]

    def _checked(self, X: Array) -> Array:
        rows = np.asarray(X, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.labels):
            raise ValueError(f"rows must be (n, {len(self.labels)}); got shape {rows.shape}")
        if not np.isfinite(rows).all():
            bad = [self.labels[int(i)] for i in np.flatnonzero(~np.isfinite(rows).all(axis=0))]
            raise ValueError(f"every value must be finite; these have others: {', '.join(bad)}")
        return rows

    def _require(self, name: str, step: str) -> None:
        if not hasattr(self, name):
            raise NotFittedError(f"this bank is not ready: call {step} first")


def significant(rows: Array, digits: int) -> Array:
    """Return rows to significant digits, as a printout would have them (zero stays zero)."""
    rows = np.asarray(rows, dtype=np.float64)
    with np.errstate(divide="ignore"):
        exponent = np.floor(np.log10(np.abs(rows)))
    exponent[~np.isfinite(exponent)] = 0.0
    scale = 10.0 ** (digits - 1 - exponent)
    return np.round(rows * scale) / scale


_MEANS = np.array(MEAN_LAMBDAS)[:, np.newaxis]
_VARIANCES = np.array(VARIANCE_LAMBDAS)[:, np.newaxis]


def _variance_of(value: float | Array, count: int | NDArray[np.int64]) -> Array:
    """Variance of an EWMA of white noise after so many points (Lowry et al. 1992)."""
    left = (1.0 - value) ** (2.0 * count)
    return np.asarray(value / (2.0 - value) * (1.0 - left))
