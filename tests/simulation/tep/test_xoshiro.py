"""The modern generator: its published sequence, its streams, the same statistics of the plant."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.tep import SEED_LIMIT, advance, initial_state, with_noise
from simulation.tep.draws import MODERN, REFERENCE, gaussians, uniform_signed
from simulation.tep.xoshiro import (
    _words_of,
    jump,
    long_jump,
    next_word,
    stream_of,
)

seeds = st.integers(1, SEED_LIMIT - 1)


@numba.njit
def noise(rng, generator, stream, count):
    out = np.empty(count)
    one = np.empty(1)
    for i in range(count):
        gaussians(rng, generator, stream, one, 1)
        out[i] = one[0]
    return out


@numba.njit
def skip(stream, draws):
    for _ in range(draws):
        next_word(stream)


def noise_of(rng: int, seed: int, count: int) -> np.ndarray:
    return noise(rng, np.array([float(seed)]), stream_of(seed), count)


def test_the_words_are_those_its_authors_publish():
    stream = np.array([1, 2, 3, 4], dtype=np.uint64)
    assert [int(next_word(stream)) for _ in range(6)] == [
        41943041, 58720359, 3588806011781223, 3591011842654386,
        9228616714210784205, 9973669472204895162,
    ]  # fmt: skip


def test_a_seed_is_spread_by_splitmix64_as_published():
    assert _words_of(1234567) == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431,
    ]  # fmt: skip


def test_a_jump_is_two_to_the_128_draws_and_a_long_one_two_to_the_192():
    """The transition is linear over GF(2): square its matrix 128 times and apply it."""

    def bits(stream):
        return np.unpackbits(stream.view(np.uint8), bitorder="little").astype(np.float32)

    matrix = np.empty((256, 256), dtype=np.float32)
    for bit in range(256):
        unit = np.zeros(256, dtype=np.uint8)
        unit[bit] = 1
        stream = np.packbits(unit, bitorder="little").view(np.uint64)
        next_word(stream)
        matrix[:, bit] = bits(stream)
    start = stream_of(99)
    for power in range(192):
        if power == 128:
            assert np.array_equal((matrix @ bits(start)) % 2.0, bits(jump(start)))
        matrix = (matrix @ matrix) % 2.0
    assert np.array_equal((matrix @ bits(start)) % 2.0, bits(long_jump(start)))


@given(seed=seeds, other=seeds)
def test_seeds_and_streams_begin_at_places_of_their_own(seed, other):
    places = {tuple(stream_of(one, number)) for one in {seed, other} for number in range(3)}
    assert len(places) == 3 * len({seed, other})


def test_noise_does_not_repeat_where_the_reference_does():
    period = 2**27
    reference = np.array([714943912.0])
    first = noise(REFERENCE, reference, stream_of(1), 50)
    reference[0] = 714943912.0
    noise_skipped = noise(REFERENCE, reference, stream_of(1), period // 12)  # 12 do not divide it
    rest = period - 12 * len(noise_skipped)
    for _ in range(rest):
        uniform_signed(REFERENCE, reference, stream_of(1))
    assert reference[0] == 714943912.0
    assert np.array_equal(noise(REFERENCE, reference, stream_of(1), 50), first)

    stream = stream_of(1)
    begin, words = stream.copy(), [int(next_word(stream.copy()))]
    skip(stream, period)
    assert not np.array_equal(stream, begin)
    again = noise(MODERN, reference, stream.copy(), 5000)
    before = noise(MODERN, reference, begin.copy(), 5000)
    assert abs(np.corrcoef(again, before)[0, 1]) < 0.06
    assert int(next_word(stream.copy())) != words[0]


@pytest.mark.parametrize("rng", [REFERENCE, MODERN])
def test_both_make_noise_of_the_same_distribution(rng):
    """The sum of twelve uniforms: mean 0, variance 1, kurtosis 3 - 0.1, no memory; 5 sigma."""
    count = 400_000
    z = noise_of(rng, 4651207995, count)
    assert abs(z.mean()) < 5 / np.sqrt(count)
    assert z.var() == pytest.approx(1.0, abs=5 * np.sqrt(1.9 / count))
    assert np.mean(z**4) == pytest.approx(2.9, abs=5 * np.sqrt(75 / count))
    assert abs(np.mean(z**3)) < 5 * np.sqrt(15 / count)
    assert np.abs(z).max() <= 6.0
    for lag in (1, 2, 3, 5, 11, 22, 264):
        assert abs(np.mean(z[lag:] * z[:-lag])) < 5 / np.sqrt(count)


def test_the_two_distributions_agree_over_their_whole_range():
    a, b = (np.sort(noise_of(rng, 4651207995, 200_000)) for rng in (REFERENCE, MODERN))
    grid = np.linspace(-4, 4, 801)
    gap = np.abs(np.searchsorted(a, grid) - np.searchsorted(b, grid)).max() / 200_000
    assert gap < 1.95 * np.sqrt(2 / 200_000)  # Kolmogorov-Smirnov, one in a thousand


def test_streams_of_one_seed_and_neighbouring_seeds_are_not_correlated():
    count = 100_000
    rows = [noise(MODERN, np.zeros(1), stream_of(7, number), count) for number in range(4)]
    rows += [noise_of(MODERN, seed, count) for seed in (8, 9, 7 + 2**32)]
    correlation = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(correlation).max() < 5 / np.sqrt(count)


def test_the_closed_loop_has_the_same_statistics_with_either_generator():
    """Means, standard deviations and lag correlations of 52 readings, over 10 runs of 48 h each.

    Each run gives one value of a statistic; the two groups' means may differ by 4.5 of their
    standard errors (52 readings, 5 statistics: one in 500 by chance).
    """

    def statistics(rng: str, seeds: range) -> np.ndarray:
        found = []
        for seed in seeds:
            _, rows = advance(initial_state(4_000_000_007 + 10 * seed, rng=rng), 48 * 3600)
            rows = rows[100:, :52]
            z = (rows - rows.mean(axis=0)) / rows.std(axis=0)
            lags = [np.mean(z[lag:] * z[:-lag], axis=0) for lag in (1, 2, 10)]
            found.append([rows.mean(axis=0), np.log(rows.std(axis=0)), *lags])
        return np.array(found)

    reference, modern = statistics("reference", range(10)), statistics("modern", range(10))
    gap = np.abs(reference.mean(axis=0) - modern.mean(axis=0))
    error = np.sqrt((reference.var(axis=0, ddof=1) + modern.var(axis=0, ddof=1)) / 10)
    assert (gap / error).max() < 4.5
    assert np.median(gap / error) < 1.0


def test_fresh_noise_from_now_on_leaves_the_plant_as_it_is():
    state = advance(initial_state(77), 3600)[0]
    members = [with_noise(state, 5, stream) for stream in range(3)]
    for member in members:
        assert np.array_equal(member.y, state.y)
        assert np.array_equal(member.xmeas, state.xmeas)
        assert member.rng == "modern"
    ends = [advance(member, 3600)[0] for member in members]
    assert len({end.xmeas.tobytes() for end in ends}) == 3
    assert ends[0] == advance(with_noise(state, 5), 3600)[0]


@pytest.mark.parametrize("stream", [-1, 4096, 1.5, None, True])
def test_other_streams_are_refused(stream):
    with pytest.raises(ValueError, match="a stream is a whole number from 0 to 4095"):
        stream_of(1, stream)


def test_only_the_two_generators_exist_and_only_the_modern_one_has_streams():
    with pytest.raises(ValueError, match="rng is 'reference' or 'modern', not 'mt19937'"):
        initial_state(rng="mt19937")
    with pytest.raises(ValueError, match="only the modern generator has streams"):
        initial_state(stream=1)
