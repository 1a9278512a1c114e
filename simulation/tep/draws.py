"""The plant's one source of chance: the published simulation's congruential generator.

The state is a double g; a draw is g <- fmod(round(9228907 g), 2^32). Since all randomness of a
run comes from one sequence, a single bit here moves every later event of a trajectory, so the
draws are exact. Two ways compute the same bits:

* any g: with p the rounded product, p - 2^32 floor(p / 2^32) is exactly fmod(p, 2^32);
* g < 2^32 divisible by 8: the product needs at most 53 significant bits, so nothing is rounded and
  integer arithmetic gives it, five times faster. A multiple of 8 stays one, so after its first
  few draws nearly every run is on this path.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.tep._jit import kernel
from simulation.tep.rng import MODULUS, MULTIPLIER

_MASK = MODULUS - 1
_PER_MODULUS = 1.0 / MODULUS


@kernel
def next_state(g: float) -> float:
    """Return the state after ``g``, for any whole ``g`` below 2^53."""
    product = float(MULTIPLIER) * g
    return product - float(MODULUS) * np.floor(product * _PER_MODULUS)


@kernel
def uniform(generator: NDArray[np.float64]) -> float:
    """Draw once, uniform on [0, 1)."""
    generator[0] = next_state(generator[0])
    return generator[0] * _PER_MODULUS


@kernel
def uniform_signed(generator: NDArray[np.float64]) -> float:
    """Draw once, uniform on [-1, 1)."""
    return 2.0 * uniform(generator) - 1.0


@kernel
def gaussian(generator: NDArray[np.float64]) -> float:
    """Draw twelve times: the sum of twelve uniforms minus 6 has unit variance.

    The sum is exact in either way of computing it: every term is a multiple of 2^-32.
    """
    g = generator[0]
    if g < float(MODULUS):
        whole = np.int64(g)
        if whole & 7 == 0:
            total = np.int64(0)
            for _ in range(12):
                whole = (whole * MULTIPLIER) & _MASK
                total += whole
            generator[0] = float(whole)
            return float(total) * _PER_MODULUS - 6.0
    total_float = 0.0
    for _ in range(12):
        g = next_state(g)
        total_float += g
    generator[0] = g
    return total_float * _PER_MODULUS - 6.0
