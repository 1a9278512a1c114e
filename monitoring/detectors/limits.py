"""Control limits by a stated false-alarm rate alpha: calibrated ones, and the theoretical ones.

alpha is the nominal rate of each statistic on its own. A point exceeds when either statistic does,
so the rate of points that exceed lies between alpha and 2 alpha.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors.decimation import checked_decimation

MAX_ALPHA = 0.5
MIN_BLOCKS = 20
"""Fewer independent points than this say nothing of a tail: no table is made from them."""

_TAIL_START = 0.02
_TAIL_POINTS = 50
_LATEST_TAIL_START = 0.25
_GRID_SIZE = 64


class Limits(NamedTuple):
    """The two limits a scored point is held against."""

    t2_limit: float
    spe_limit: float


def checked_alpha(alpha: Any, highest: float = MAX_ALPHA) -> float:
    """Return `alpha` as a float in (0, highest], or say what is wrong with it."""
    try:
        value = float(alpha)
    except (TypeError, ValueError):
        value = float("nan")
    if not 0.0 < value <= highest:
        raise ValueError(
            f"alpha must be a false-alarm rate above 0 and at most {highest:g}; got {alpha!r}"
        )
    return value


class LimitTable:
    """Limits of one statistic, learnt from its values on normal runs, for several decimations.

    Down to `tail_start_` the limit is the empirical quantile, read off a grid that is even in
    log alpha. Beyond it the sample is too thin for that, and an exponential tail goes on from the
    last quantile: limit(alpha) = limit(tail_start) + tail_scale * ln(tail_start / alpha), where
    tail_scale is the mean excess over the last quantile. So every alpha in (0, 0.5] has a limit,
    and a smaller alpha never has a lower one.
    """

    def fit(self, samples: Mapping[int, Sequence[NDArray[np.float64]]]) -> LimitTable:
        """Learn from `samples`: for each decimation, the values of each block offset.

        Blocks that overlap share readings: only one offset counts towards how far the quantiles
        are trusted, although all of them are used to estimate the quantiles.
        """
        decimations: list[int] = []
        starts: list[float] = []
        grids: list[NDArray[np.float64]] = []
        scales: list[float] = []
        for decimation, by_offset in sorted(samples.items()):
            n_blocks = max((len(values) for values in by_offset), default=0)
            if n_blocks < MIN_BLOCKS:
                continue
            pooled = np.concatenate(by_offset)
            start = float(np.clip(_TAIL_POINTS / n_blocks, _TAIL_START, _LATEST_TAIL_START))
            # "weibull" places the k-th of n values at k / (n + 1), which is the exact mean
            # probability of a further value below it, whatever the distribution.
            quantiles = np.quantile(pooled, 1.0 - _grid(start), method="weibull")
            decimations.append(decimation)
            starts.append(start)
            grids.append(quantiles)
            scales.append(_mean_excess(pooled, quantiles[-1]))
        if 1 not in decimations:
            raise ValueError(
                f"calibration needs at least {MIN_BLOCKS} readings of normal operation"
            )
        self.decimations_ = np.array(decimations, dtype=np.int64)
        self.tail_start_ = np.array(starts)
        self.quantiles_ = np.array(grids)
        self.tail_scale_ = np.array(scales)
        return self

    def limit(self, alpha: float, decimation: int = 1) -> float:
        """Return the limit at `alpha`, for points that are means of `decimation` readings.

        A decimation without a table of its own uses the next smaller one. Its points vary more,
        so its limit is the more cautious.
        """
        alpha = checked_alpha(alpha)
        decimation = checked_decimation(decimation)
        row = int(np.searchsorted(self.decimations_, decimation, side="right")) - 1
        start, quantiles = float(self.tail_start_[row]), self.quantiles_[row]
        if alpha < start:
            return float(quantiles[-1] + self.tail_scale_[row] * np.log(start / alpha))
        return float(np.interp(-np.log(alpha), -np.log(_grid(start)), quantiles))

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The fitted values, named for an archive."""
        return {f"{prefix}{name}": getattr(self, f"{name}_") for name in _FITTED}

    @classmethod
    def from_arrays(cls, prefix: str, arrays: Mapping[str, NDArray[Any]]) -> LimitTable:
        """Read back what `to_arrays` gave."""
        table = cls()
        for name in _FITTED:
            setattr(table, f"{name}_", arrays[f"{prefix}{name}"])
        return table


_FITTED = ("decimations", "tail_start", "quantiles", "tail_scale")


def _grid(start: float) -> NDArray[np.float64]:
    return np.geomspace(MAX_ALPHA, start, _GRID_SIZE)


def _mean_excess(values: NDArray[np.float64], threshold: float) -> float:
    above = values[values > threshold]
    return float(np.mean(above - threshold)) if above.size else 0.0


def t2_limit_f(n_samples: int, n_components: int, alpha: float) -> float:
    """The F limit of T² for a new point: a (n-1)(n+1) / (n (n-a)) F(1-alpha; a, n-a).

    It supposes independent, normally distributed points whose mean and covariance were estimated
    from `n_samples` others (Chiang, Russell & Braatz 2001).
    """
    from scipy import special  # here, because a process that only scores needs none of it

    alpha = checked_alpha(alpha, highest=np.nextafter(1.0, 0.0))
    n, a = n_samples, n_components
    if not 0 < a < n:
        raise ValueError(f"the F limit needs 0 < n_components < n_samples; got {a} and {n}")
    factor = a * (n - 1) * (n + 1) / (n * (n - a))
    return float(factor * special.fdtri(a, n - a, 1.0 - alpha))


def spe_limit_jackson_mudholkar(residual_variances: NDArray[np.float64], alpha: float) -> float:
    """The limit of SPE after Jackson & Mudholkar (1979).

    With θ_i the sums of the i-th powers of the variances of the components left out, and
    h = 1 - 2 θ1 θ3 / (3 θ2²), the power (SPE / θ1)^h is nearly normal:
    limit = θ1 (1 + c h √(2 θ2) / θ1 + θ2 h (h-1) / θ1²)^(1/h), with c the normal deviate of
    1 - alpha. The term in c carries the sign of h: where h is negative, a large SPE lies in the
    lower tail of its power.
    """
    from scipy import special  # here, because a process that only scores needs none of it

    alpha = checked_alpha(alpha, highest=np.nextafter(1.0, 0.0))
    variances = np.asarray(residual_variances, dtype=np.float64)
    theta1, theta2, theta3 = (float(np.sum(variances**power)) for power in (1, 2, 3))
    if theta1 <= 0.0:
        return 0.0
    h = 1.0 - 2.0 * theta1 * theta3 / (3.0 * theta2**2)
    deviate = float(special.ndtri(1.0 - alpha))
    slope = deviate * np.sqrt(2.0 * theta2) / theta1 + theta2 * (h - 1.0) / theta1**2
    if abs(h) < 1e-9:
        return float(theta1 * np.exp(slope))  # (1 + h s)^(1/h) as h goes to zero
    if h * slope <= -1.0:
        return 0.0 if h > 0.0 else float("inf")
    return float(theta1 * np.exp(np.log1p(h * slope) / h))
