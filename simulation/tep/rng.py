"""The plant's random generator as numbers: its constants, and which seeds are good.

The draws themselves are compiled (``draws``). The period depends on the seed: every published
seed is used as it is, but new data want one whose noise does not repeat.
"""

from __future__ import annotations

import math
import operator
from typing import SupportsIndex

import numpy as np

MULTIPLIER = 9228907
MODULUS = 4294967296

DEFAULT_SEED = 4651207995  # the published simulation's; larger than the modulus, which is fine
SEED_LIMIT = 2**53  # a seed is kept in a double; whole numbers are exact below this

_FRESH_LIMIT = 10**10  # ten digits, like the published ones
_SETTLING_DRAWS = 64
_LAST_DRAW = 100_000
_EXACT = 8  # products of multiples of 8 need no rounding
_SHORT_PERIOD = 32  # a state divisible by 2^5 repeats its noise within 48 h


def check_seed(seed: SupportsIndex | float) -> int:
    """Return ``seed`` as an int, or say why it cannot be one (ValueError)."""
    rule = f"a seed is a whole number from 1 to {SEED_LIMIT - 1}"
    if isinstance(seed, bool):
        raise ValueError(f"{rule}, not {seed!r}")
    if isinstance(seed, float | np.floating):
        if not np.isfinite(seed) or seed != np.floor(seed):
            raise ValueError(f"{rule}, not {seed!r}")
        seed = int(seed)
    try:
        whole = operator.index(seed)
    except TypeError:
        raise ValueError(f"{rule}, not {seed!r}") from None
    if not 1 <= whole < SEED_LIMIT:
        raise ValueError(f"{rule}, not {whole}")
    return whole


def has_long_period(seed: int) -> bool:
    """Tell whether noise from ``seed`` does not repeat within 48 h of plant time.

    While a state is no multiple of 8 its product may be rounded, which only ever adds factors of
    two; once it is one, every product is exact and the largest power of two 2^e that divides the
    state stays, with a period of 2^(30 - e) draws at 264 draws a second. Most seeds settle within
    64 draws, but one in a thousand later, so the states are followed until they have.
    """
    g = float(seed)
    for draw in range(1, _LAST_DRAW + 1):
        g = math.fmod(float(MULTIPLIER) * g, float(MODULUS))
        if draw >= _SETTLING_DRAWS and g % _EXACT == 0.0:
            return g % _SHORT_PERIOD != 0.0  # 0 itself, which would stay 0, is refused too
    return False


def fresh_seed(entropy: int | np.random.Generator) -> int:
    """Return a seed for new data whose noise does not repeat within 48 h.

    ``entropy`` is a non-negative int (the same int gives the same seed) or a NumPy Generator,
    which is advanced. About one seed in three of this generator is refused for its short period.
    """
    if isinstance(entropy, np.random.Generator):
        source = entropy
    else:
        if isinstance(entropy, bool) or not hasattr(entropy, "__index__") or entropy < 0:
            raise ValueError(
                f"entropy is a non-negative whole number or a numpy Generator, not {entropy!r}"
            )
        source = np.random.default_rng(operator.index(entropy))
    while True:
        seed = int(source.integers(1, _FRESH_LIMIT))
        if has_long_period(seed):
            return seed
