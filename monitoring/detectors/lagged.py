"""A window of past points as one long point, and the state that remembers it."""

from __future__ import annotations

import numpy as np

from monitoring.detectors.base import Array


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
