"""How surprising a value is: a distribution learnt from normal values, with a tail beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

#: The empirical part ends here; beyond, an exponential tail goes on.
BODY = 0.98
_GRID = 400


@dataclass(frozen=True)
class TailTable:
    """Quantiles (g,) at the upper probabilities (g,), and the scale of the tail beyond."""

    quantiles: NDArray[np.float64]
    upper: NDArray[np.float64]
    scale: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Self:
        """Learn from normal values (n,). ValueError for too few of them."""
        if len(values) < 1000:
            raise ValueError(f"a tail needs at least 1000 normal points, not {len(values)}")
        upper = np.geomspace(1.0, 1.0 - BODY, _GRID)
        quantiles = np.quantile(values, 1.0 - upper, method="weibull")
        last = quantiles[-1]
        beyond = values[values > last]
        return cls(quantiles, upper, float(np.mean(beyond - last)) if len(beyond) else 1e-9)

    def surprise(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return -log10 of the probability of a value at least as large, (n,)."""
        last = self.quantiles[-1]
        inside = np.interp(values, self.quantiles, -np.log10(self.upper))
        tail = -np.log10(self.upper[-1]) + (values - last) / self.scale / np.log(10.0)
        return np.asarray(np.where(values > last, tail, inside))
