"""The benchmark's yardstick is the same plant, or its ratio would mean nothing."""

import pytest

from simulation.fidelity.comparison import relative_error
from simulation.tep import DEFAULT_SEED, simulate_rows


@pytest.mark.parametrize(("fault", "seed"), [(0, DEFAULT_SEED), (1, 77), (6, DEFAULT_SEED)])
def test_the_straightforward_kernel_makes_the_same_run(fault, seed):
    from benchmarks.straightforward import floor_form

    rows, _ = simulate_rows(seed, 16.0, {fault: 8.0} if fault else None)
    found = floor_form(float(seed), 16 * 3600, fault, 28800)
    assert relative_error(found[:, :41], rows[:, :41]) <= 1e-9
