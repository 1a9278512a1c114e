"""The plant's one source of chance, from either of two generators.

The reference generator is the published simulation's: its state is a double g, a draw is
g <- fmod(round(9228907 g), 2^32). Since all randomness of a run comes from one sequence, a single
bit here moves every later event of a trajectory, so the draws are exact. Three ways compute the
same bits:

* any g: with p the rounded product, p - 2^32 floor(p / 2^32) is exactly fmod(p, 2^32);
* g < 2^32 divisible by 8: the product needs at most 53 significant bits, so nothing is rounded and
  integer arithmetic gives it. A multiple of 8 stays one, so after its first few draws nearly every
  run is on this path;
* there, draw n is also (9228907^n g) mod 2^32: with the powers tabled, a whole evaluation's draws
  do not wait for one another.

The modern generator is ``xoshiro``. Both make noise as the sum of twelve uniforms minus 6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.tep._jit import kernel
from simulation.tep.rng import MODULUS, MULTIPLIER
from simulation.tep.xoshiro import fraction, twelve_sum

REFERENCE, MODERN = range(2)  # the places in state.RNGS
DRAWS_PER_GAUSSIAN = 12
_MOST = 22  # gaussians that are asked for together: one for each continuous measurement
_MASK = MODULUS - 1
_PER_MODULUS = 1.0 / MODULUS
_POWERS = np.array(
    [pow(MULTIPLIER, n, MODULUS) for n in range(1, _MOST * DRAWS_PER_GAUSSIAN + 1)],
    dtype=np.uint32,
)


@kernel
def next_state(g: float) -> float:
    """Return the state after ``g``, for any whole ``g`` below 2^53."""
    product = float(MULTIPLIER) * g
    return product - float(MODULUS) * np.floor(product * _PER_MODULUS)


@kernel
def uniform(rng: int, generator: NDArray[np.float64], stream: NDArray[np.uint64]) -> float:
    """Draw once, uniform on [0, 1)."""
    if rng == MODERN:
        return fraction(stream)
    generator[0] = next_state(generator[0])
    return generator[0] * _PER_MODULUS


@kernel
def uniform_signed(rng: int, generator: NDArray[np.float64], stream: NDArray[np.uint64]) -> float:
    """Draw once, uniform on [-1, 1)."""
    return 2.0 * uniform(rng, generator, stream) - 1.0


@kernel
def reference_gaussian(generator: NDArray[np.float64]) -> float:
    """Draw twelve times: the sum of twelve uniforms minus 6 has unit variance.

    The sum is exact: every term is a multiple of 2^-32.
    """
    g = generator[0]
    total = 0.0
    for _ in range(DRAWS_PER_GAUSSIAN):
        g = next_state(g)
        total += g
    generator[0] = g
    return total * _PER_MODULUS - 6.0


@kernel
def gaussians(
    rng: int,
    generator: NDArray[np.float64],
    stream: NDArray[np.uint64],
    out: NDArray[np.float64],
    count: int,
) -> None:
    """Draw ``count`` (at most 22) gaussians, one after the other, into ``out``."""
    if rng == MODERN:
        for i in range(count):
            out[i] = twelve_sum(stream)
        return
    g = generator[0]
    if g >= float(MODULUS) or np.int64(g) & 7 != 0:
        for i in range(count):
            out[i] = reference_gaussian(generator)
        return
    whole = np.uint64(g)
    for i in range(count):
        total = np.uint64(0)
        for n in range(DRAWS_PER_GAUSSIAN):
            power = np.uint64(_POWERS[DRAWS_PER_GAUSSIAN * i + n])
            total += (whole * power) & np.uint64(_MASK)
        out[i] = float(total) * _PER_MODULUS - 6.0
    last = np.uint64(_POWERS[DRAWS_PER_GAUSSIAN * count - 1])
    generator[0] = float((whole * last) & np.uint64(_MASK))


@kernel
def skip_gaussians(generator: NDArray[np.float64], count: int) -> None:
    """Move the reference generator on by ``count`` (at most 22) gaussians that nobody looks at."""
    g = generator[0]
    if g >= float(MODULUS) or np.int64(g) & 7 != 0:
        for _ in range(count * DRAWS_PER_GAUSSIAN):
            g = next_state(g)
        generator[0] = g
        return
    last = np.uint64(_POWERS[DRAWS_PER_GAUSSIAN * count - 1])
    generator[0] = float((np.uint64(g) * last) & np.uint64(_MASK))
