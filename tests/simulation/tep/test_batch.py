"""Many plants at once are the same plants one by one."""

import numpy as np
import pytest

from simulation.tep import advance, advance_many, initial_state, with_idv, with_valve


@pytest.fixture(scope="module")
def plants():
    """Plants of every kind: faults, hands, both generators, open loop, the public build."""
    kinds = [
        initial_state(5),
        with_idv(initial_state(6), 8, 0.5),
        with_valve(initial_state(7, rng="modern"), 7, 40.0),
        initial_state(8, closed_loop=False),
        initial_state(9, compat="braatz"),
    ]
    return [advance(kind, 3600)[0] for kind in kinds]


@pytest.mark.parametrize("threads", [1, 2, 5, None])
def test_a_batch_is_equal_to_the_bit_to_single_runs(plants, threads):
    found, rows = advance_many(plants, 1800, threads=threads)
    for state, end, piece in zip(plants, found, rows, strict=True):
        alone, alone_rows = advance(state, 1800)
        assert end == alone
        assert np.array_equal(piece, alone_rows)


def test_a_batch_leaves_its_input_alone_and_may_be_empty(plants):
    before = [plant.to_bytes() for plant in plants]
    advance_many(plants, 10)
    assert [plant.to_bytes() for plant in plants] == before
    found, rows = advance_many([], 10)
    assert (found, rows.shape) == ([], (0, 0, 53))


def test_plants_at_different_seconds_of_a_sample_are_refused(plants):
    other = advance(plants[0], 100)[0]
    with pytest.raises(ValueError, match="would record 0 to 1 rows"):
        advance_many([plants[0], other], 100)
    with pytest.raises(ValueError, match="threads is at least 1"):
        advance_many(plants, 100, threads=0)
