"""Many plants at once are the same plants one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.fidelity.comparison import relative_error
from simulation.fidelity.gold_runs import run_hourly
from simulation.tep import (
    advance,
    advance_many,
    initial_state,
    with_idv,
    with_setpoint,
    with_valve,
    with_valve_automatic,
)
from simulation.tep.batch import _blocks
from simulation.tep.lanes import LANES


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


@st.composite
def kinds(draw):
    """A plant of any kind, some way into its run."""
    state = initial_state(
        draw(st.integers(1, 2**40)),
        rng=draw(st.sampled_from(["reference", "modern"])),
        closed_loop=draw(st.sampled_from([True, True, True, False])),
        compat=draw(st.sampled_from([None, None, None, "braatz"])),
    )
    for idv in draw(st.lists(st.integers(1, 20), max_size=3, unique=True)):
        state = with_idv(state, idv, draw(st.sampled_from([0.5, 1.0])))
    if state.record[0]["closed_loop"] and draw(st.booleans()):
        state = with_valve(state, draw(st.integers(1, 12)), draw(st.floats(0, 100)))
        state = with_setpoint(state, draw(st.sampled_from([9, 10, 17])), draw(st.floats(50, 200)))
        if draw(st.booleans()):
            state = with_valve_automatic(state, 10)
    return advance(state, 180 * draw(st.sampled_from([0, 0, 1, 20, 41])))[0]


@settings(max_examples=40, deadline=None)
@given(plants=st.lists(kinds(), min_size=1, max_size=20), data=st.data())
def test_plants_of_any_kind_and_number_are_advanced_abreast_to_the_bit(plants, data):
    seconds = data.draw(st.integers(1, 900))
    sample = data.draw(st.sampled_from([1, 7, 60, 180]))
    plants = [plant for plant in plants if plant.step % sample == plants[0].step % sample]
    found, rows = advance_many(plants, seconds, sample_seconds=sample)
    for plant, end, piece in zip(plants, found, rows, strict=True):
        alone, alone_rows = advance(plant, seconds, sample_seconds=sample)
        for name in alone.record.dtype.names:
            assert alone.record[name].tobytes() == end.record[name].tobytes(), name
        assert piece.tobytes() == alone_rows.tobytes()


def test_a_plant_that_trips_among_others_stops_alone():
    plants = [initial_state(n) for n in range(1, 9)]
    plants[2] = with_valve(plants[2], 10, 0.0)
    found, _ = advance_many(plants, 3 * 3600)
    assert [state.is_shut_down for state in found] == [n == 3 for n in range(1, 9)]
    assert found[2] == advance(plants[2], 3 * 3600)[0]


@pytest.mark.parametrize("fault", [0, 1, 2, 4, 6, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20])
def test_the_reference_runs_come_out_of_a_batch(reference, fault):
    """Each beside seven others, 48 h; sticking and random faults are among the others."""
    gold = reference(f"closed48_idv{fault:02d}_seed4651207995")
    others = [initial_state(100 + n, rng="modern" if n % 2 else "reference") for n in range(7)]
    plants, _ = advance_many([initial_state(4651207995), *others], 28799)
    plants = [
        with_idv(plant, idv)
        for plant, idv in zip(plants, (fault or 1, 8, 14, 4, 10, 16, 19, 2), strict=True)
    ]
    if not fault:
        plants[0] = plants[0].replace(idv=np.zeros(20))
    found, rows = advance_many(plants, 48 * 3600 - 28799)
    assert found[0].shutdown_step == int(gold["shutdown_step"])
    if fault != 14:  # which is chaotic: test_trajectories.py
        assert relative_error(rows[0][:, :41], gold["rows"][159:, 1:42]) <= 1e-9
    alone_rows, _, generators, alone = run_hourly(4651207995, fault)
    assert np.array_equal(generators, gold["rng_hourly"])
    assert found[0] == alone
    assert rows[0].tobytes() == alone_rows[159:].tobytes()


def test_the_open_loop_and_the_public_build_come_out_of_a_batch(reference):
    """What test_trajectories.py holds against the reference, beside others and to the bit."""
    plants = [
        initial_state(4651207995, closed_loop=False),
        with_idv(initial_state(2994833239, compat="braatz"), 1),
        *(initial_state(n) for n in range(1, 5)),
    ]
    found, rows = advance_many(plants, 4 * 3600, sample_seconds=60)
    gold = reference("open_loop_4h")
    assert found[0].shutdown_step == int(gold["shutdown_step"])
    assert relative_error(rows[0], gold["rows"][:, 1:]) <= 1e-6
    for plant, end, piece in zip(plants, found, rows, strict=True):
        alone, alone_rows = advance(plant, 4 * 3600, sample_seconds=60)
        assert end == alone
        assert piece.tobytes() == alone_rows.tobytes()


@given(st.integers(0, 200), st.integers(1, 9))
def test_every_plant_is_in_one_block_and_none_is_too_large(count, workers):
    places = [place for block in _blocks(count, workers) for place in range(count)[block]]
    assert places == list(range(count))
    assert all(block.stop - block.start <= LANES for block in _blocks(count, workers))


def test_whoever_does_not_wait_gets_the_same_before_and_after_the_kernel_is_compiled(
    plants, monkeypatch
):
    import threading

    from simulation.tep import batch

    monkeypatch.setattr(batch, "_is_compiled", threading.Event())
    _, before = advance_many(plants, 360, wait_for_compiler=False)
    batch.warm_up_abreast()
    assert batch._is_compiled.is_set()
    _, after = advance_many(plants, 360, wait_for_compiler=False)
    assert before.tobytes() == after.tobytes()
