"""What a bank predicts from: the last points, and means that stand for all that came earlier."""

from __future__ import annotations

import numpy as np

from monitoring.detectors.base import Array

LAGS = 5
#: λ of the means that stand for the past beyond the lags.
MEMORIES = (0.3, 0.1, 0.03)
#: The means start from what was seen so far, so a few points are needed before they mean anything.
WARM_UP = 20


def regressors_of(z: Array) -> tuple[Array, Array]:
    """Return (n - WARM_UP, (LAGS + memories) m) of the past, and (n - WARM_UP, m) of what came."""
    from scipy.signal import lfilter

    n = len(z) - WARM_UP
    if n <= 0:
        return np.zeros((0, (LAGS + len(MEMORIES)) * z.shape[1])), z[:0]
    seen = np.arange(WARM_UP, len(z))[:, np.newaxis]
    columns = [z[WARM_UP - lag : len(z) - lag] for lag in range(1, LAGS + 1)]
    for weight in MEMORIES:
        means = lfilter([weight], [1.0, weight - 1.0], z, axis=0)[WARM_UP - 1 : -1]
        columns.append(means / (1.0 - (1.0 - weight) ** seen))
    return np.concatenate(columns, axis=1), z[WARM_UP:]
