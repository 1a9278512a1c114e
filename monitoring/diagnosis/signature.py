"""The signature of an event: what moved, how far and how restlessly, over three windows.

Of the last 4, 12 and 40 points up to a moment: the mean of the bank's whitened innovations (times
the root of how many there are, so that noise stays at one), the mean distance of each variable from
normal in sd, and the logarithm of the innovations' root mean square. Then how many points have
passed since the alarm's first exceedance.
"""

from __future__ import annotations

import numpy as np

from monitoring.detectors.bank import InnovationBank
from monitoring.detectors.base import Array

#: Points after detection at which an event is diagnosed.
AGES = (0, 5, 10, 20, 40)
WINDOWS = (4, 12, 40)
#: Readings that a signature is made of: the longest window, and what the prediction rests on.
HISTORY = 400
_LEAST_RMS = 0.05


def signature(bank: InnovationBank, rows: Array, age: int) -> Array:
    """Return the signature (9 m + 1,) of the moment of the last of `rows` (n, m).

    `age` is the number of points since the first exceedance. ValueError for fewer rows than the
    bank's warm-up and one.
    """
    if len(rows) <= bank.warm_up:
        raise ValueError(f"a signature needs more than {bank.warm_up} readings, not {len(rows)}")
    recent = rows[-HISTORY:]
    whitened = bank.whitened(recent)[bank.warm_up :]
    return signature_of(whitened, (recent - bank.mean_) / bank.sd_, age)


def signature_of(whitened: Array, z: Array, age: int) -> Array:
    """Return the signature from whitened innovations and standardised rows up to the moment."""
    parts: list[Array] = []
    for window in WINDOWS:
        u = whitened[-window:]
        parts += [
            u.mean(axis=0) * np.sqrt(len(u)),
            z[-window:].mean(axis=0),
            np.log(np.sqrt((u**2).mean(axis=0)) + _LEAST_RMS),
        ]
    return np.concatenate([*parts, [float(age)]])
