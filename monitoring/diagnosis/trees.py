"""Extremely randomised trees (Geurts, Ernst & Wehenkel 2006) of scikit-learn, kept as arrays.

A point walks down all trees at once; nothing is pickled, and use does not load scikit-learn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors.base import Array

_AT_ONCE = 500
_LEVELS_OF_A_SHARE = 255.0


class Trees:
    """Trees of one forest, one after the other in flat arrays.

    ``roots`` (trees,): where each begins; ``features`` (nodes,): -1 at a leaf; ``cuts`` (nodes,);
    ``children`` (nodes, 2); ``shares`` (nodes, classes): of the classes at a leaf, in 255 steps.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.roots = arrays["tree_roots"]
        self.features = arrays["tree_features"]
        self.cuts = arrays["tree_cuts"]
        self.children = arrays["tree_children"]
        self.shares = arrays["tree_shares"]

    @classmethod
    def grown(cls, X: Array, y: NDArray[np.int64], count: int, seed: int) -> Self:
        """Grow `count` trees on the points X (n, k) of classes y (n,), numbered from 0."""
        from sklearn.ensemble import ExtraTreesClassifier

        forest = ExtraTreesClassifier(
            count, min_samples_leaf=2, max_features=0.1, n_jobs=2, random_state=seed
        ).fit(X, y)
        roots, features, cuts, children, shares = [], [], [], [], []
        first = 0
        for estimator in forest.estimators_:
            tree = estimator.tree_
            inner = tree.children_left >= 0
            both = np.column_stack([tree.children_left, tree.children_right])
            itself = np.arange(tree.node_count)[:, np.newaxis]
            value = tree.value[:, 0, :]
            roots.append(first)
            features.append(np.where(inner, tree.feature, -1).astype(np.int16))
            cuts.append(tree.threshold.astype(np.float32))
            children.append((np.where(inner[:, np.newaxis], both, itself) + first).astype(np.int32))
            share = value / value.sum(axis=1, keepdims=True)
            shares.append(
                np.where(inner[:, np.newaxis], 0, np.rint(share * _LEVELS_OF_A_SHARE)).astype(
                    np.uint8
                )
            )
            first += tree.node_count
        return cls(
            {
                "tree_roots": np.array(roots, dtype=np.int32),
                "tree_features": np.concatenate(features),
                "tree_cuts": np.concatenate(cuts),
                "tree_children": np.concatenate(children),
                "tree_shares": np.concatenate(shares),
            }
        )

    def probabilities(self, X: Array) -> Array:
        """Return the mean share of each class (n, classes) over the trees."""
        parts = [self._walk(X[i : i + _AT_ONCE]) for i in range(0, len(X), _AT_ONCE)]
        return np.concatenate([np.zeros((0, self.shares.shape[1])), *parts])

    def _walk(self, X: Array) -> Array:
        cells = X.astype(np.float32)  # as scikit-learn compares
        points = np.arange(len(X))
        nodes = np.repeat(self.roots[:, np.newaxis], len(X), axis=1)
        while True:
            features = self.features[nodes]
            if (features < 0).all():
                break
            above = cells[points, np.maximum(features, 0)] > self.cuts[nodes]
            nodes = self.children[nodes, above.astype(np.intp)]
        found = self.shares[nodes].mean(axis=0, dtype=np.float64)
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The trees, named for an archive."""
        return {
            "tree_roots": self.roots,
            "tree_features": self.features,
            "tree_cuts": self.cuts,
            "tree_children": self.children,
            "tree_shares": self.shares,
        }
