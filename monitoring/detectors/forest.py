"""Isolation Forest: points that few random cuts set apart are anomalous (Liu, Ting & Zhou 2008).

scikit-learn grows the trees. They are kept as plain arrays, and a point walks down all of them at
once, so nothing of scikit-learn is pickled, and scoring does not load it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors.archive import Arrays
from monitoring.detectors.base import Array, Detector

TREES = 100
_AT_ONCE = 2000


class ForestDetector(Detector):
    """The anomaly score 2^(-path length / expected length): 0.5 is usual, towards 1 is isolated."""

    kind: ClassVar[str] = "iforest"
    title: ClassVar[str] = "Isolation Forest"
    statistics: tuple[str, ...] = ("anomaly",)
    features_: NDArray[np.int64]
    """(trees, nodes): the variable a node cuts; -1 at a leaf."""
    cuts_: NDArray[np.float64]
    children_: NDArray[np.int64]
    """(trees, nodes, 2): where a point at or below the cut goes, and where one above it goes."""
    depths_: Array
    """(trees, nodes): a leaf's depth, with what its points would still need."""
    norm_: float

    def __init__(self, labels: Sequence[str], seed: int = 0) -> None:
        self.labels = labels
        self.seed = seed

    def _fit(self, runs: list[Array]) -> None:
        from sklearn.ensemble import IsolationForest

        rows = np.concatenate(runs)
        if len(rows) < 256:
            raise ValueError(f"an Isolation Forest needs at least 256 rows; got {len(rows)}")
        self.mean_, self.sd_ = rows.mean(axis=0), rows.std(axis=0)
        self.sd_[self.sd_ == 0.0] = 1.0
        forest = IsolationForest(n_estimators=TREES, random_state=self.seed).fit(rows)
        trees = [estimator.tree_ for estimator in forest.estimators_]
        size = max(tree.node_count for tree in trees)
        shape = (TREES, size)
        self.features_, self.cuts_ = np.full(shape, -1, dtype=np.int64), np.zeros(shape)
        self.children_, self.depths_ = np.zeros((*shape, 2), dtype=np.int64), np.zeros(shape)
        for number, (tree, columns) in enumerate(
            zip(trees, forest.estimators_features_, strict=True)
        ):
            n = tree.node_count
            cuts = tree.children_left >= 0
            self.features_[number, :n] = np.where(cuts, columns[tree.feature], -1)
            self.cuts_[number, :n] = np.where(cuts, tree.threshold, 0.0)
            itself = np.arange(n)
            self.children_[number, :n, 0] = np.where(cuts, tree.children_left, itself)
            self.children_[number, :n, 1] = np.where(cuts, tree.children_right, itself)
            depth = np.zeros(n)
            for node in np.flatnonzero(cuts):  # a parent comes before its children
                for child in self.children_[number, node]:
                    depth[child] = depth[node] + 1.0
            self.depths_[number, :n] = depth + _expected(tree.n_node_samples)
        self.norm_ = TREES * float(_expected(np.array([forest.max_samples_]))[0])
        self.n_samples_ = len(rows)
        self._prepare()

    def _prepare(self) -> None:
        self._levels = int(np.ceil(self.depths_.max(initial=0.0)))
        self._trees = np.arange(len(self.features_))[:, np.newaxis]

    def score(self, X: Array) -> Array:
        """Return the anomaly score (n, 1) of the points `X` (n, m); each on its own."""
        self._require_fitted()
        rows = self._checked_rows(X)
        parts = [self._walk(rows[i : i + _AT_ONCE]) for i in range(0, len(rows), _AT_ONCE)]
        return np.concatenate([np.zeros((0, 1)), *parts])

    def _walk(self, rows: Array) -> Array:
        # scikit-learn compares in single precision, so the same is done here.
        cells = rows.astype(np.float32)
        points = np.arange(len(rows))
        nodes = np.zeros((len(self.features_), len(rows)), dtype=np.int64)
        for _ in range(self._levels):
            features = self.features_[self._trees, nodes]
            if (features < 0).all():
                break
            above = cells[points, np.maximum(features, 0)] > self.cuts_[self._trees, nodes]
            nodes = self.children_[self._trees, nodes, above.astype(np.int64)]
        lengths = self.depths_[self._trees, nodes].sum(axis=0)
        return np.asarray(2.0 ** (-lengths / self.norm_))[:, np.newaxis]

    def update(self, state: Array, x: Array) -> tuple[Array, Array]:
        """Return the anomaly score of the point `x` (m,)."""
        self._require_fitted()
        return state, self._walk(self._checked_point(x)[np.newaxis])[0]

    def contributions(self, state: Array, x: Array) -> dict[str, Array]:
        """What the score falls by when one variable alone is put to its normal mean, at least 0."""
        self._require_fitted()
        point = self._checked_point(x)
        others = np.repeat(point[np.newaxis], len(point), axis=0)
        np.fill_diagonal(others, self.mean_)
        score = self._walk(point[np.newaxis])[0, 0]
        return {"anomaly": np.maximum(score - self._walk(others)[:, 0], 0.0)}

    def _to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "seed": np.array(self.seed),
            "features": self.features_,
            "cuts": self.cuts_,
            "children": self.children_,
            "depths": self.depths_,
            "norm": np.array(self.norm_),
        }

    @classmethod
    def _from_arrays(cls, labels: list[str], arrays: Arrays) -> Self:
        detector = cls(labels, seed=int(arrays["seed"]))
        detector.features_, detector.cuts_ = arrays["features"], arrays["cuts"]
        detector.children_, detector.depths_ = arrays["children"], arrays["depths"]
        detector.norm_ = float(arrays["norm"])
        return detector


def _expected(count: NDArray[Any]) -> Array:
    """Return the mean length of an unsuccessful search among `count` points in a binary tree."""
    n = np.asarray(count, dtype=np.float64)
    out = np.zeros_like(n)
    out[n == 2.0] = 1.0
    many = n > 2.0
    harmonic = np.log(n[many] - 1.0) + np.euler_gamma
    out[many] = 2.0 * harmonic - 2.0 * (n[many] - 1.0) / n[many]
    return out
