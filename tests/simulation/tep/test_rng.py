import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.tep import DEFAULT_SEED, SEED_LIMIT, check_seed, fresh_seed, initial_state
from simulation.tep.draws import REFERENCE, gaussians, next_state, uniform_signed
from simulation.tep.rng import MODULUS, MULTIPLIER, has_long_period

FIRST_STATES = [
    714943912, 3070616888, 2954804840, 4125812088, 4144650536, 2153124792, 147271144, 701005816,
]  # fmt: skip


NO_STREAM = np.zeros(4, dtype=np.uint64)


def gaussian(generator: np.ndarray, count: int = 1) -> float | list[float]:
    out = np.empty(22)
    gaussians(REFERENCE, generator, NO_STREAM, out, count)
    return out[0] if count == 1 else out[:count].tolist()


def plain_gaussian(g: float) -> tuple[float, float]:
    """The definition: twelve rounded products, each reduced by the library's exact fmod."""
    total = 0.0
    for _ in range(12):
        g = math.fmod(float(MULTIPLIER) * g, float(MODULUS))
        total += g / MODULUS
    return total - 6.0, g


def test_the_first_eight_states_from_the_default_seed_are_the_published_ones():
    g, found = float(DEFAULT_SEED), []
    for _ in FIRST_STATES:
        g = next_state(g)
        found.append(g)
    assert found == FIRST_STATES


def test_the_first_gaussian_from_the_default_seed():
    generator = np.array([float(DEFAULT_SEED)])
    assert gaussian(generator) == 0.5970621258020401


@given(seed=st.integers(1, SEED_LIMIT - 1))
def test_a_gaussian_has_the_bits_of_its_definition_from_any_seed(seed):
    generator, g = np.array([float(seed)]), float(seed)
    for _ in range(4):
        expected, g = plain_gaussian(g)
        assert gaussian(generator) == expected
        assert generator[0] == g


@given(eighth=st.integers(0, MODULUS // 8 - 1))
def test_integer_arithmetic_is_exact_on_multiples_of_eight(eighth):
    generator = np.array([8.0 * eighth])
    expected, g = plain_gaussian(8.0 * eighth)
    assert gaussian(generator) == expected
    assert generator[0] == g
    assert generator[0] % 8 == 0


@given(eighth=st.integers(0, MODULUS // 8 - 1), count=st.integers(1, 22))
def test_gaussians_drawn_together_are_those_drawn_one_by_one(eighth, count):
    together, single = np.array([8.0 * eighth]), np.array([8.0 * eighth])
    found = gaussian(together, count)
    assert np.array_equal(np.atleast_1d(found), [gaussian(single) for _ in range(count)])
    assert together[0] == single[0]


def test_uniforms_are_scaled_states():
    generator = np.array([float(DEFAULT_SEED)])
    assert uniform_signed(REFERENCE, generator, NO_STREAM) == 2 * FIRST_STATES[0] / MODULUS - 1
    assert generator[0] == FIRST_STATES[0]


def test_gaussians_have_no_mean_and_unit_variance():
    generator = np.array([float(DEFAULT_SEED)])
    z = np.array([gaussian(generator) for _ in range(20_000)])
    assert abs(z.mean()) < 0.03
    assert z.std() == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("seed", [1, DEFAULT_SEED, 4651207995.0, np.int64(7), SEED_LIMIT - 1])
def test_whole_seeds_are_taken(seed):
    assert check_seed(seed) == int(seed)
    assert initial_state(seed).generator == int(seed)


@pytest.mark.parametrize(
    "seed", [0, -1, SEED_LIMIT, 1.5, math.inf, math.nan, "4651207995", None, True, 2**70, [1]]
)
def test_other_seeds_are_refused_with_the_rule(seed):
    with pytest.raises(ValueError, match="a seed is a whole number from 1 to 9007199254740991"):
        initial_state(seed)


def period_exponent(seed: int) -> int:
    g = float(seed)
    for _ in range(2000):
        g = next_state(g)
    return (int(g) & -int(g)).bit_length() - 1


@given(entropy=st.integers(0, 2**64))
def test_a_fresh_seed_is_reproducible_and_its_noise_does_not_repeat_within_two_days(entropy):
    seed = fresh_seed(entropy)
    assert seed == fresh_seed(entropy) == check_seed(seed)
    assert period_exponent(seed) <= 4


def test_a_seed_that_settles_late_is_followed_until_it_does():
    seed = 2_000_001_940
    g = float(seed)
    for _ in range(64):
        g = next_state(g)
    assert g % 32 != 0  # looks well after 64 draws
    assert period_exponent(seed) >= 5
    assert not has_long_period(seed)


def test_fresh_seeds_come_from_a_numpy_generator_too():
    source = np.random.default_rng(1)
    assert len({fresh_seed(source) for _ in range(50)}) == 50


@pytest.mark.parametrize("entropy", [-1, 1.5, True, "x", None])
def test_other_entropy_is_refused(entropy):
    with pytest.raises(ValueError, match="entropy is a non-negative whole number"):
        fresh_seed(entropy)


def test_short_periods_are_recognised():
    assert has_long_period(DEFAULT_SEED)
    assert not has_long_period(2**40)
    refused = sum(not has_long_period(seed) for seed in range(4_000_000_001, 4_000_002_001))
    assert 0.2 < refused / 2000 < 0.45
