"""A run that is saved, restored and cut anywhere is the uninterrupted run, bit for bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.tep import PlantState, advance, initial_state, with_idv

switches = st.lists(
    st.tuples(st.integers(0, 6000), st.integers(1, 20), st.booleans()), max_size=4
).map(lambda chosen: sorted(chosen, key=lambda one: one[0]))
cuts = st.lists(st.integers(0, 6000), max_size=8)


def run(state, switches, cuts=(), total=6000):
    """Advance to ``total`` with switches at their steps; save and restore at each cut."""
    rows = []
    stops = sorted({0, total, *cuts, *(step for step, _, _ in switches)})
    for stop in stops:
        state, piece = advance(state, stop - state.step)
        rows.append(piece)
        for step, number, on in switches:
            if step == stop:
                state = with_idv(state, number, on)
        if stop in cuts:
            state = PlantState.from_bytes(state.to_bytes())
    return state, np.concatenate(rows)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(1, 10**10),
    switches=switches,
    cuts=cuts,
    closed_loop=st.booleans(),
    compat=st.sampled_from([None, "braatz"]),
    rng=st.sampled_from(["reference", "modern"]),
)
def test_any_cut_of_any_run_changes_no_bit(seed, switches, cuts, closed_loop, compat, rng):
    start = initial_state(seed, closed_loop=closed_loop, compat=compat, rng=rng)
    whole, whole_rows = run(start, switches)
    pieces, piece_rows = run(start, switches, cuts)
    assert pieces == whole
    assert np.array_equal(piece_rows, whole_rows)


@settings(max_examples=8, deadline=None)
@given(cut=st.integers(40_000, 60_000))
def test_a_cut_around_a_shutdown_changes_no_bit(cut):
    whole, whole_rows = run(initial_state(), [(28799, 6, True)], total=61_000)
    pieces, piece_rows = run(initial_state(), [(28799, 6, True)], [cut], total=61_000)
    assert whole.shutdown_step == 49764
    assert pieces == whole
    assert np.array_equal(piece_rows, whole_rows)
