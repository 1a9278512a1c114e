"""MEWMA: T² of exponentially weighted means of the standardised points (Lowry et al. 1992).

The covariance is that of the means themselves on normal runs, not λ / (2 - λ) times the points':
the points of a plant depend on each other in time, so their means vary more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors import contributions as shares
from monitoring.detectors.archive import Arrays
from monitoring.detectors.base import Array, Detector

#: The mean starts at normal; it says something once the start weighs little.
WARM_UP = 20


class MEWMADetector(Detector):
    """T² of the mean with weight `weight` (λ) on the newest point."""

    kind: ClassVar[str] = "mewma"
    title: ClassVar[str] = "MEWMA"
    dynamic: ClassVar[bool] = True
    statistics: tuple[str, ...] = ("T2",)
    precision_: Array
    """(m, m), the inverse covariance of the means."""

    def __init__(self, labels: Sequence[str], weight: float = 0.1) -> None:
        self.labels = labels
        self.weight = weight

    @property
    def warm_up(self) -> int:
        """Points until the start weighs little."""
        return WARM_UP

    @property
    def state_size(self) -> int:
        """Points seen, and the mean."""
        return 1 + len(self.labels)

    def _fit(self, runs: list[Array]) -> None:
        rows = np.concatenate(runs)
        n, m = rows.shape
        if n <= 10 * m:
            raise ValueError(f"MEWMA of {m} variables needs more than {10 * m} rows; got {n}")
        sd = rows.std(axis=0)
        self._require_moving(sd)
        self.mean_, self.sd_ = rows.mean(axis=0), sd
        means = np.concatenate([self._means(run)[WARM_UP:] for run in runs])
        self.precision_ = np.linalg.pinv(np.cov(means.T), hermitian=True)
        self.n_samples_ = n
        self._prepare()

    def _means(self, rows: Array) -> Array:
        from scipy.signal import lfilter

        z = (rows - self.mean_) / self.sd_
        return np.asarray(lfilter([self.weight], [1.0, self.weight - 1.0], z, axis=0))

    def _prepare(self) -> None:
        """Nothing to derive."""

    def score(self, X: Array) -> Array:
        """Return T² (n, 1); zeros for the first WARM_UP points."""
        self._require_fitted()
        means = self._means(self._checked_rows(X))
        out = np.einsum("ij,jk,ik->i", means, self.precision_, means)[:, np.newaxis]
        out[:WARM_UP] = 0.0
        return np.maximum(out, 0.0)

    def update(self, state: Array, x: Array) -> tuple[Array, Array]:
        """Take the next point: return the state after it, and T²."""
        z = (self._checked_point(x) - self.mean_) / self.sd_
        after = np.empty_like(state)
        after[0] = state[0] + 1
        after[1:] = (1.0 - self.weight) * state[1:] + self.weight * z
        if after[0] <= WARM_UP:
            return after, np.zeros(1)
        mean = after[1:]
        return after, np.array([max(float(mean @ self.precision_ @ mean), 0.0)])

    def contributions(self, state: Array, x: Array) -> dict[str, Array]:
        """Reconstruction-based contributions to T², (m,)."""
        self._require_fitted()
        self._checked_point(x)
        return {"T2": shares.reconstruction_based(self.precision_, np.asarray(state)[1:])}

    def _to_arrays(self) -> dict[str, NDArray[Any]]:
        return {"weight": np.array(self.weight), "precision": self.precision_}

    @classmethod
    def _from_arrays(cls, labels: list[str], arrays: Arrays) -> Self:
        detector = cls(labels, weight=float(arrays["weight"]))
        detector.precision_ = arrays["precision"]
        return detector
