"""Dynamic PCA: PCA on each point together with the two before it (Ku, Storer & Georgakis 1995)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors.archive import Arrays
from monitoring.detectors.base import Array
from monitoring.detectors.lagged import LAGS, LaggedDetector, by_variable, lagged, pushed
from monitoring.detectors.pca import PCADetector


class DPCADetector(LaggedDetector):
    """T² and SPE of the lagged point. A contribution is the sum over a variable's lags."""

    kind: ClassVar[str] = "dpca"
    title: ClassVar[str] = "dynamic PCA"
    statistics: tuple[str, ...] = ("T2", "SPE")
    model_: PCADetector

    def __init__(self, labels: Sequence[str], n_components: int | float = 0.9) -> None:
        self.labels = labels
        self.n_components = n_components

    def _fit(self, runs: list[Array]) -> None:
        # A separate run is a separate stretch: windows never reach from one into another.
        windows = [lagged(run, LAGS) for run in runs]
        names = [f"{label} {lag} before" for lag in range(LAGS + 1) for label in self.labels]
        model = PCADetector(names, self.n_components).fit(windows)
        rows = np.concatenate(runs)
        self.model_ = model
        self.mean_, self.sd_ = model.mean_[: rows.shape[1]], model.sd_[: rows.shape[1]]
        self.n_samples_ = len(rows)

    def score(self, X: Array) -> Array:
        """Return T² and SPE (n, 2); zeros for the first LAGS points."""
        self._require_fitted()
        rows = self._checked_rows(X)
        out = np.zeros((len(rows), 2))
        if len(rows) > LAGS:
            out[LAGS:] = self.model_.score(lagged(rows, LAGS))[:, :2]
        return out

    def update(self, state: Array, x: Array) -> tuple[Array, Array]:
        """Take the next point: return the state after it, and T² and SPE."""
        after = pushed(state, self._checked_point(x), LAGS)
        if after[0] <= LAGS:
            return after, np.zeros(2)
        return after, self.model_.update(_NO_STATE, after[1:])[1][:2]

    def contributions(self, state: Array, x: Array) -> dict[str, Array]:
        """Reconstruction-based contributions to T² and to SPE, (m,) each."""
        self._require_fitted()
        self._checked_point(x)
        m = len(self.labels)
        if state[0] <= LAGS:
            return {name: np.zeros(m) for name in self.statistics}
        found = self.model_.contributions(_NO_STATE, np.asarray(state)[1:])
        return {name: by_variable(found[name], m) for name in self.statistics}

    def _prepare(self) -> None:
        """The inner model has prepared itself."""

    def _to_arrays(self) -> dict[str, NDArray[Any]]:
        inner = self.model_
        return {
            "inner_mean": inner.mean_,
            "inner_sd": inner.sd_,
            "inner_n_samples": np.array(inner.n_samples_),
            **inner._to_arrays(),
        }

    @classmethod
    def _from_arrays(cls, labels: list[str], arrays: Arrays) -> Self:
        detector = cls(labels, n_components=arrays["n_components"].item())
        names = [f"{label} {lag} before" for lag in range(LAGS + 1) for label in labels]
        inner = PCADetector._from_arrays(names, arrays)
        inner.mean_, inner.sd_ = arrays["inner_mean"], arrays["inner_sd"]
        inner.n_samples_ = int(arrays["inner_n_samples"])
        inner._prepare()
        detector.model_ = inner
        return detector


_NO_STATE = np.zeros(0)
