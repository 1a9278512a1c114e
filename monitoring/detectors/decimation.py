"""Decimation: one scored point is the mean of N consecutive readings."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

DECIMATIONS: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 60)
"""The decimations that limits are calibrated for; the others borrow from the next smaller one."""


def checked_decimation(decimation: Any) -> int:
    """Return `decimation` as an int, or say what is wrong with it."""
    if isinstance(decimation, bool) or not isinstance(decimation, Integral) or decimation < 1:
        raise ValueError(f"decimation must be a whole number of readings >= 1; got {decimation!r}")
    return int(decimation)


def block_means(rows: NDArray[np.float64], decimation: int, offset: int = 0) -> NDArray[np.float64]:
    """Means of consecutive, non-overlapping blocks of `decimation` rows, from row `offset` on.

    Rows that do not fill a block at the end are left out, as they are live: a point is scored
    when its last reading has come in.
    """
    if decimation == 1:
        return rows[offset:]
    n_blocks = (len(rows) - offset) // decimation
    if n_blocks <= 0:
        return rows[:0]
    whole = rows[offset : offset + n_blocks * decimation]
    means: NDArray[np.float64] = whole.reshape(n_blocks, decimation, *rows.shape[1:]).mean(axis=1)
    return means
