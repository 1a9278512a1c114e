"""The modern generator: xoshiro256++ (Blackman & Vigna 2019), one stream per seed.

Period 2^256 - 1, against 2^27 of the published simulation's. A seed is spread over the 256 bits
by SplitMix64, as its authors advise: different seeds start at unrelated places of the cycle, and
that two runs of even 10^12 draws overlap has a probability near 2^-174. Streams of one seed are
2^128 draws apart by the authors' jump polynomial, so they cannot overlap at all. The noise and
each of the twelve disturbance curves draw from streams of their own, 2^192 draws apart: what a
fault draws moves neither the noise nor another fault's curves.
"""

from __future__ import annotations

import operator
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from simulation.tep._jit import kernel
from simulation.tep.rng import check_seed
from simulation.tep.state import N_CURVES, N_STREAM_WORDS

MAX_STREAMS = 4096  # a jump is 256 draws, made one after the other
_WORD = 2**64 - 1
_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1, _MIX_2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_JUMP = np.array(
    [0x180EC6D33CFD0ABA, 0xD5A61266F0C9392C, 0xA9582618E03FC9AA, 0x39ABDC4529B1661C],
    dtype=np.uint64,
)
_LONG_JUMP = np.array(
    [0x76E15D3EFEFDCBBF, 0xC5004E441C522FB3, 0x77710069854EE241, 0x39109BB02ACBE635],
    dtype=np.uint64,
)
_BITS = np.arange(64, dtype=np.uint64)
_ONE = np.uint64(1)

_LEFT = np.array([23, 17, 45], dtype=np.uint64)
_RIGHT = np.array([64 - 23, 64 - 45, 32, 11], dtype=np.uint64)
_LOW_HALF = np.uint64(0xFFFFFFFF)
_PER_HALF = 2.0**-32
_PER_FRACTION = 2.0**-53


@kernel
def next_word(stream: NDArray[np.uint64]) -> np.uint64:
    """Draw 64 bits and move ``stream`` (4,) on."""
    s0, s1, s2, s3 = stream[0], stream[1], stream[2], stream[3]
    total = s0 + s3
    word = ((total << _LEFT[0]) | (total >> _RIGHT[0])) + s0
    shifted = s1 << _LEFT[1]
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = (s3 << _LEFT[2]) | (s3 >> _RIGHT[1])
    stream[0], stream[1], stream[2], stream[3] = s0, s1, s2, s3
    return word


@kernel
def fraction(stream: NDArray[np.uint64]) -> float:
    """Draw once, uniform on [0, 1), 53 bits."""
    return float(next_word(stream) >> _RIGHT[3]) * _PER_FRACTION


@kernel
def twelve_sum(stream: NDArray[np.uint64]) -> float:
    """Draw six words: the sum of their twelve halves as uniforms on [0, 1), minus 6.

    The same distribution as the reference's noise, of unit variance; the sum is exact.
    """
    total = np.uint64(0)
    for _ in range(6):
        word = next_word(stream)
        total += (word & _LOW_HALF) + (word >> _RIGHT[2])
    return float(total) * _PER_HALF - 6.0


@kernel
def twelve_sums(
    stream: NDArray[np.uint64],
    total: NDArray[np.uint64],
    out: NDArray[np.float64],
    m: int,
) -> None:
    """Do ``twelve_sum`` for ``m`` streams (4, lanes) at a time, count times: out (count, lanes).

    ``total`` (lanes,) is scratch.
    """
    for i in range(out.shape[0]):
        for n in range(m):
            total[n] = np.uint64(0)
        for _ in range(6):
            for n in range(m):
                s0, s1, s2, s3 = stream[0, n], stream[1, n], stream[2, n], stream[3, n]
                both = s0 + s3
                word = ((both << _LEFT[0]) | (both >> _RIGHT[0])) + s0
                shifted = s1 << _LEFT[1]
                s2 ^= s0
                s3 ^= s1
                s1 ^= s2
                s0 ^= s3
                s2 ^= shifted
                s3 = (s3 << _LEFT[2]) | (s3 >> _RIGHT[1])
                stream[0, n], stream[1, n], stream[2, n], stream[3, n] = s0, s1, s2, s3
                total[n] += (word & _LOW_HALF) + (word >> _RIGHT[2])
        for n in range(m):
            out[i, n] = float(total[n]) * _PER_HALF - 6.0


def _words_of(seed: int) -> list[int]:
    """Spread a seed over the generator's state by SplitMix64."""
    words, counter = [], seed
    for _ in range(N_STREAM_WORDS):
        counter = (counter + _GOLDEN) & _WORD
        z = counter
        z = ((z ^ (z >> 30)) * _MIX_1) & _WORD
        z = ((z ^ (z >> 27)) * _MIX_2) & _WORD
        words.append(z ^ (z >> 31))
    return words


@kernel
def _jump(stream: NDArray[np.uint64], polynomial: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the state that a jump polynomial (4,) leads to from ``stream`` (4,)."""
    walker = stream.copy()
    found = np.zeros(4, dtype=np.uint64)
    for part in range(4):
        for bit in range(64):
            if (polynomial[part] >> _BITS[bit]) & _ONE != 0:
                for i in range(4):
                    found[i] ^= walker[i]
            next_word(walker)
    return found


def jump(stream: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the state that 2^128 draws from ``stream`` (4,) would lead to."""
    return _jump(np.array(stream, dtype=np.uint64), _JUMP)


def long_jump(stream: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the state that 2^192 draws from ``stream`` (4,) would lead to."""
    return _jump(np.array(stream, dtype=np.uint64), _LONG_JUMP)


def streams_of_curves(stream: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the streams (12, 4) of the disturbance curves that go with a noise stream (4,).

    Curve j draws from the place j + 1 long jumps on. The streams of one seed lie within 2^140
    draws of each other, so no curve of any of them meets another one or a noise.
    """
    streams = np.empty((N_CURVES, N_STREAM_WORDS), dtype=np.uint64)
    for j in range(N_CURVES):
        stream = long_jump(stream)
        streams[j] = stream
    return streams


def stream_of(seed: SupportsIndex | float, number: int = 0) -> NDArray[np.uint64]:
    """Return the state (4,) at the start of stream ``number`` (0 to 4095) of a seed."""
    stream = np.array(_words_of(check_seed(seed)), dtype=np.uint64)
    try:
        jumps = operator.index(number)
    except TypeError:
        jumps = -1
    if isinstance(number, bool) or not 0 <= jumps < MAX_STREAMS:
        raise ValueError(f"a stream is a whole number from 0 to {MAX_STREAMS - 1}, not {number!r}")
    for _ in range(jumps):
        stream = jump(stream)
    return stream
