"""How surprising values are: distributions learnt from normal values, with tails beyond them."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: The empirical part ends here; beyond, an exponential tail goes on.
BODY = 0.98
_GRID = 64
_LEAST = 1000
_SURPRISES = -np.log10(np.geomspace(1.0, 1.0 - BODY, _GRID))
#: The surprise where each piece begins; the first one is all that lies below the least value.
_LEVELS = np.concatenate([_SURPRISES[:1], _SURPRISES])


_BELIEVED = 20.0


def _bounded(surprise: Array) -> Array:
    beyond = np.maximum(surprise, _BELIEVED)
    return np.asarray(np.minimum(surprise, _BELIEVED * (1.0 + np.log(beyond / _BELIEVED))))


class TailTable:
    """k distributions: quantiles (k, g) on one grid of probabilities, the tails' scales (k,)."""

    def __init__(self, quantiles: Array, scales: Array) -> None:
        self.quantiles, self.scales = quantiles, scales
        # -log10 p is piecewise linear; a piece is a level, a start and a slope, the last one the
        # tail's, and the first one what lies below the least value: nothing there is surprising.
        widths = np.diff(quantiles, axis=1)
        rises = np.broadcast_to(np.diff(_SURPRISES), widths.shape)
        inside = np.divide(rises, widths, out=np.zeros_like(widths), where=widths > 0.0)
        below = np.zeros((len(scales), 1))
        tail = 1.0 / (scales * np.log(10.0))
        self._slopes = np.hstack([below, inside, tail[:, np.newaxis]])
        self._starts = np.hstack([quantiles[:, :1], quantiles])
        # The same as intercepts, flat, for one point at a time.
        self._flat_slopes = self._slopes.ravel()
        self._flat_intercepts = (_LEVELS - self._slopes * self._starts).ravel()
        self._first = np.arange(len(scales)) * self._slopes.shape[1]

    @classmethod
    def of(cls, values: Array) -> Self:
        """Learn from normal values (n, k). ValueError for too few of them."""
        if len(values) < _LEAST:
            raise ValueError(
                f"the distribution of a statistic needs at least {_LEAST} normal points, "
                f"not {len(values)}"
            )
        upper = 10.0**-_SURPRISES
        quantiles = np.quantile(values, 1.0 - upper, axis=0, method="weibull").T
        scales = []
        for column, last in zip(values.T, quantiles[:, -1], strict=True):
            beyond = column[column > last]
            scales.append(float(np.mean(beyond - last)) if len(beyond) else 1e-9)
        return cls(np.ascontiguousarray(quantiles), np.array(scales))

    def surprise(self, values: Array) -> Array:
        """Return -log10 of the probability of values at least as large, (n, k).

        Beyond 20 it grows with the logarithm only: no sample of normal operation bears a smaller
        probability, and a large fault is still told from a very large one.
        """
        out = np.empty_like(values)
        for row in range(len(self.scales)):
            piece = np.searchsorted(self.quantiles[row], values[:, row], side="left")
            out[:, row] = _LEVELS[piece] + self._slopes[row, piece] * (
                values[:, row] - self._starts[row, piece]
            )
        return _bounded(out)

    def surprise_of(self, values: Array) -> Array:
        """Return the same for one point (k,), without a loop."""
        place = (self.quantiles < values[:, np.newaxis]).sum(axis=1) + self._first
        surprise = self._flat_intercepts.take(place) + self._flat_slopes.take(place) * values
        largest = np.maximum.reduce(surprise)
        if largest <= _BELIEVED:
            return np.asarray(surprise)
        if not isfinite(largest):
            raise ValueError("a value is so far from normal that its score is no number")
        return _bounded(surprise)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The fitted values, named for an archive."""
        return {"tail_quantiles": self.quantiles, "tail_scales": self.scales}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Read back what `to_arrays` gave."""
        return cls(arrays["tail_quantiles"], arrays["tail_scales"])
