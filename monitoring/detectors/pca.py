"""Principal component analysis: T² of the components kept, SPE of what they leave.

With z the standardised point, P the loadings kept and λ their variances:
T² = Σ (Pᵀz)_i² / λ_i, and SPE = |z - P Pᵀ z|² (Chiang, Russell & Braatz 2001). The combined index
is T² / T²_limit + SPE / SPE_limit (Yue & Qin 2001), with the theoretical limits at 1 %. T² and SPE
decide; the combined index is for information, and has a limit of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from numbers import Integral
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors import contributions as shares
from monitoring.detectors.archive import Arrays
from monitoring.detectors.base import Array, Detector
from monitoring.detectors.limits import Limits, spe_limit_jackson_mudholkar, t2_limit_f

COMBINED_ALPHA = 0.01
"""The rate of the theoretical limits that weigh the two parts of the combined index."""


class PCADetector(Detector):
    """Static PCA on the variables named by `labels`.

    `n_components` is a number of components, or the share of the variance they must explain.
    """

    kind: ClassVar[str] = "pca"
    title: ClassVar[str] = "PCA"
    statistics: tuple[str, ...] = ("T2", "SPE", "combined")
    deciding: ClassVar[slice] = slice(0, 2)

    loadings_: Array
    """All m loadings as columns, by falling variance; the first `n_components_` are kept."""
    variances_: Array
    n_components_: int

    def __init__(self, labels: Sequence[str], n_components: int | float = 0.9) -> None:
        self.labels = labels
        self.n_components = n_components

    def _fit(self, runs: list[Array]) -> None:
        # Imported here: a worker that only scores does not pay a second for scikit-learn.
        from sklearn.decomposition import PCA
        from sklearn.preprocessing import StandardScaler

        rows = np.concatenate(runs)
        n_samples, n_variables = rows.shape
        if n_variables < 2 or n_samples <= n_variables:
            raise ValueError(
                "PCA needs at least 2 variables and more rows than variables; "
                f"got {n_samples} rows of {n_variables}"
            )
        if not np.ptp(rows, axis=0).any():
            raise ValueError("the rows to fit on do not vary")
        # A variable that never moved has sd 1 here: any later move shows in SPE, in its own unit.
        scaler = StandardScaler().fit(rows)
        pca = PCA(svd_solver="full").fit(scaler.transform(rows))
        self.n_components_ = self._chosen_components(pca.explained_variance_)
        self.mean_, self.sd_ = scaler.mean_, scaler.scale_
        self.n_samples_ = n_samples
        self.loadings_ = np.ascontiguousarray(pca.components_.T)
        self.variances_ = pca.explained_variance_
        self._prepare()

    def _chosen_components(self, variances: Array) -> int:
        usable = int(np.sum(variances > 1e-12 * variances[0]))
        # One component at least is left out, or there would be no residual to watch.
        most = min(usable, len(variances) - 1)
        wanted = self.n_components
        if isinstance(wanted, Integral) and not isinstance(wanted, bool):
            if not 1 <= wanted <= most:
                raise ValueError(f"n_components must lie in 1..{most} here; got {wanted}")
            return int(wanted)
        if not 0.0 < float(wanted) < 1.0:
            raise ValueError(
                f"n_components must be a count or a share of variance in (0, 1); got {wanted!r}"
            )
        explained = np.cumsum(variances / np.sum(variances))
        return min(int(np.searchsorted(explained, float(wanted), side="right")) + 1, most)

    def _prepare(self) -> None:
        kept = self.loadings_[:, : self.n_components_]
        left = self.loadings_[:, self.n_components_ :]
        roots = np.sqrt(self.variances_[: self.n_components_])
        # One product gives everything: the square sums of its first n_components_ values and of
        # the others are T² and SPE. The residual is taken in its own basis, so no cancellation.
        whitened = np.hstack([kept / roots, left]) / self.sd_[:, None]
        self._projection = np.ascontiguousarray(whitened)
        self._t2_matrix = (kept / roots**2) @ kept.T
        self._t2_root = (kept / roots) @ kept.T
        self._spe_matrix = left @ left.T  # its own root: a projection
        theory = self.theoretical_limits(COMBINED_ALPHA)
        self._t2_weight = 1.0 / theory.t2_limit
        self._spe_weight = 1.0 / theory.spe_limit if theory.spe_limit > 0.0 else 0.0

    def score(self, X: Array) -> Array:
        """Return T², SPE and the combined index of the points `X` (n, m), (n, 3)."""
        self._require_fitted()
        squares = ((self._checked_rows(X) - self.mean_) @ self._projection) ** 2
        a = self.n_components_
        t2, spe = squares[:, :a].sum(axis=1), squares[:, a:].sum(axis=1)
        return np.column_stack([t2, spe, t2 * self._t2_weight + spe * self._spe_weight])

    def update(self, state: Array, x: Array) -> tuple[Array, Array]:
        """Score the single point `x` (m,), with as little ceremony as possible."""
        projected = (x - self.mean_).dot(self._projection)
        kept, left = projected[: self.n_components_], projected[self.n_components_ :]
        t2, spe = float(kept.dot(kept)), float(left.dot(left))
        if not isfinite(t2 + spe):
            self._checked_point(x)  # names the variable
        return state, np.array((t2, spe, t2 * self._t2_weight + spe * self._spe_weight))

    def contributions(
        self, state: Array, x: Array, method: Literal["rbc", "classical"] = "rbc"
    ) -> dict[str, Array]:
        """What each variable contributes to T² and to SPE: reconstruction-based, or classical."""
        self._require_fitted()
        z = (self._checked_point(x) - self.mean_) / self.sd_
        if method == "rbc":
            return {
                "T2": shares.reconstruction_based(self._t2_matrix, z),
                "SPE": shares.reconstruction_based(self._spe_matrix, z),
            }
        if method == "classical":
            return {
                "T2": shares.complete_decomposition(self._t2_root, z),
                "SPE": shares.complete_decomposition(self._spe_matrix, z),
            }
        raise ValueError(f"method must be 'rbc' or 'classical'; got {method!r}")

    def theoretical_limits(self, alpha: float) -> Limits:
        """Limits by theory, for comparison: they suppose independent, normally distributed rows."""
        self._require_fitted()
        return Limits(
            t2_limit_f(self.n_samples_, self.n_components_, alpha),
            spe_limit_jackson_mudholkar(self.variances_[self.n_components_ :], alpha),
        )

    def _to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "n_components": np.array(self.n_components),
            "n_components_fitted": np.array(self.n_components_),
            "loadings": self.loadings_,
            "variances": self.variances_,
        }

    @classmethod
    def _from_arrays(cls, labels: list[str], arrays: Arrays) -> Self:
        detector = cls(labels, n_components=arrays["n_components"].item())
        detector.n_components_ = int(arrays["n_components_fitted"])
        detector.loadings_, detector.variances_ = arrays["loadings"], arrays["variances"]
        return detector
