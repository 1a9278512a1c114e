"""A window of past points as one long point, and what the detectors of such points share."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from monitoring.detectors.base import Array, Detector

#: Points before the newest one in the windows that detectors judge.
LAGS = 2


def lagged(rows: Array, lags: int) -> Array:
    """Return (n - lags, (lags + 1) m): each point with the `lags` before it, the newest first."""
    n = max(len(rows) - lags, 0)
    return np.concatenate([rows[lags - lag : lags - lag + n] for lag in range(lags + 1)], axis=1)


def pushed(state: Array, x: Array, lags: int) -> Array:
    """Return the state after the point `x` (m,): points seen, then the last lags + 1 of them."""
    m = len(x)
    after = np.empty_like(state)
    after[0] = state[0] + 1
    after[1 : 1 + m] = x
    after[1 + m :] = state[1 : 1 + lags * m]
    return after


def by_variable(contributions: Array, m: int) -> Array:
    """Return (m,): each variable's contributions, summed over its lags."""
    return np.asarray(contributions.reshape(-1, m).sum(axis=0))


class LaggedDetector(Detector):
    """A detector that judges each point together with the LAGS before it, and remembers these."""

    dynamic: ClassVar[bool] = True

    @property
    def warm_up(self) -> int:
        """The points that have not enough before them."""
        return LAGS

    @property
    def state_size(self) -> int:
        """Points seen, and the last LAGS + 1 of them."""
        return 1 + (LAGS + 1) * len(self.labels)
