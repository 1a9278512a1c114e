"""Canonical variate analysis: what the recent past says of the near future, and what it does not.

With the whitened past p (the present point and the two before it) and future f (the three after
it), the singular value decomposition of Σff^-½ Σfp Σpp^-½ orders the directions of the past by how
much they tell of the future. The first n are the states: T²s is the sum of their squares, T²r the
sum of squares of what is left of the past (Russell, Chiang & Braatz 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors import contributions as shares
from monitoring.detectors.archive import Arrays
from monitoring.detectors.base import Array
from monitoring.detectors.lagged import LAGS, LaggedDetector, by_variable, lagged, pushed

FUTURE = 3
#: Directions of less variance than this share of the largest are no information, only rounding.
_SMALLEST = 1e-10


class CVADetector(LaggedDetector):
    """T² of the states and of the residual. A contribution is the sum over a variable's lags."""

    kind: ClassVar[str] = "cva"
    title: ClassVar[str] = "canonical variates"
    statistics: tuple[str, ...] = ("T2s", "T2r")
    directions_: Array
    """(past, past): a standardised past times this is uncorrelated; the states come first."""
    n_states_: int

    def __init__(self, labels: Sequence[str], n_states: int = 29) -> None:
        self.labels = labels
        self.n_states = n_states

    def _fit(self, runs: list[Array]) -> None:
        rows = np.concatenate(runs)
        m = rows.shape[1]
        mean, sd = rows.mean(axis=0), rows.std(axis=0)
        self._require_moving(sd)
        windows = np.concatenate([lagged((run - mean) / sd, LAGS + FUTURE) for run in runs])
        if len(windows) <= 2 * windows.shape[1]:
            raise ValueError(
                f"canonical variates of {m} variables need more than {2 * windows.shape[1]} "
                f"windows of {LAGS + FUTURE + 1} rows; got {len(windows)}"
            )
        future, past = windows[:, : FUTURE * m], windows[:, FUTURE * m :]
        root_p, root_f = _inverse_root(past), _inverse_root(future)
        cross = root_f.T @ (future.T @ past / len(windows)) @ root_p
        _, _, turned = np.linalg.svd(cross)
        self.directions_ = root_p @ turned.T
        self.n_states_ = min(self.n_states, root_p.shape[1] - 1)
        self.mean_, self.sd_, self.n_samples_ = mean, sd, len(rows)
        self._prepare()

    def _prepare(self) -> None:
        states = self.directions_[:, : self.n_states_]
        rest = self.directions_[:, self.n_states_ :]
        self._matrices = {"T2s": states @ states.T, "T2r": rest @ rest.T}

    def score(self, X: Array) -> Array:
        """Return T²s and T²r (n, 2); zeros for the first LAGS points."""
        self._require_fitted()
        rows = self._checked_rows(X)
        out = np.zeros((len(rows), 2))
        if len(rows) > LAGS:
            squares = (lagged((rows - self.mean_) / self.sd_, LAGS) @ self.directions_) ** 2
            out[LAGS:, 0] = squares[:, : self.n_states_].sum(axis=1)
            out[LAGS:, 1] = squares[:, self.n_states_ :].sum(axis=1)
        return out

    def update(self, state: Array, x: Array) -> tuple[Array, Array]:
        """Take the next point: return the state after it, and T²s and T²r."""
        after = pushed(state, (self._checked_point(x) - self.mean_) / self.sd_, LAGS)
        if after[0] <= LAGS:
            return after, np.zeros(2)
        squares = after[1:].dot(self.directions_) ** 2
        return after, np.array([squares[: self.n_states_].sum(), squares[self.n_states_ :].sum()])

    def contributions(self, state: Array, x: Array) -> dict[str, Array]:
        """Reconstruction-based contributions to T²s and to T²r, (m,) each."""
        self._require_fitted()
        self._checked_point(x)
        past = np.asarray(state)[1:]
        return {
            name: by_variable(shares.reconstruction_based(matrix, past), len(self.labels))
            for name, matrix in self._matrices.items()
        }

    def _to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "n_states": np.array(self.n_states),
            "n_states_fitted": np.array(self.n_states_),
            "directions": self.directions_,
        }

    @classmethod
    def _from_arrays(cls, labels: list[str], arrays: Arrays) -> Self:
        detector = cls(labels, n_states=int(arrays["n_states"]))
        detector.n_states_ = int(arrays["n_states_fitted"])
        detector.directions_ = arrays["directions"]
        return detector


def _inverse_root(rows: Array) -> Array:
    """Return R with unit covariance of rows @ R, for the directions that vary at all."""
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    kept = values > _SMALLEST * values[-1]
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]))
