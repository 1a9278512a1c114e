"""With the modern generator a fault moves neither the noise nor another fault's curve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.tep import advance, initial_state, with_idv, with_noise
from simulation.tep.disturbances import _FLAG
from simulation.tep.state import WORK_DTYPE
from simulation.tep.variables import N_IDV, N_XMEAS, XMEAS
from simulation.tep.xoshiro import streams_of_curves

HOURS = 20  # every curve has been drawn anew, every pulse has come and gone
STD = np.array([x.noise_std for x in XMEAS])


def noise_streams(state, seconds, every=1800):
    """Return the noise stream's state at moments of a run (n, 4)."""
    found = []
    for _ in range(seconds // every):
        state, _ = advance(state, every)
        found.append(state.record[0]["stream"])
    return np.array(found)


@pytest.mark.parametrize("idv", range(1, N_IDV + 1))
@pytest.mark.parametrize("closed_loop", [True, False])
def test_a_fault_does_not_move_the_noise_even_beyond_a_trip(idv, closed_loop):
    start = initial_state(77, rng="modern", closed_loop=closed_loop)
    without = noise_streams(start, HOURS * 3600)
    assert np.array_equal(noise_streams(with_idv(start, idv), HOURS * 3600), without)


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(1, 2**53 - 1),
    faults=st.sets(st.integers(1, N_IDV), max_size=4),
    common=st.integers(1, N_IDV),
    from_hour=st.integers(0, 3),
)
def test_curves_of_other_faults_and_the_noise_are_the_twins(seed, faults, common, from_hour):
    """Both plants have one fault in common; more faults leave all other curves as they are."""
    twin, _ = advance(with_idv(initial_state(seed, rng="modern"), common), from_hour * 3600)
    live = twin
    for idv in faults:
        live = with_idv(live, idv)
    live, twin = advance(live, 12 * 3600)[0], advance(twin, 12 * 3600)[0]
    assert np.array_equal(live.record["stream"], twin.record["stream"])
    others = ~np.isin(_FLAG, [idv - 1 for idv in faults - {common}])
    for name in ("curves", "curve_stream"):
        assert np.array_equal(live.record[name][0][others], twin.record[name][0][others])


@pytest.mark.parametrize("idv", [8, 9, 10, 11, 12, 13, 16, 17, 18, 20])
def test_live_minus_twin_carries_no_noise(idv):
    """The difference of a random fault of a tiny magnitude is as tiny, with the noise gone."""
    start = initial_state(4711, rng="modern", closed_loop=False)
    live, twin = (
        advance(state, 2 * 3600, sample_seconds=1)[1]
        for state in (with_idv(start, idv, 1e-12), start)
    )
    difference = np.abs(live - twin)[:, :N_XMEAS]
    assert (difference.max(axis=0) < 1e-3 * STD).all()
    assert np.array_equal(live[:360], twin[:360])


def test_the_reference_generator_does_move_its_noise():
    """Which is why a twin with it is no twin: a pulse that returns takes no draw."""
    start = initial_state(4651207995)
    live, twin = (advance(state, HOURS * 3600)[0] for state in (with_idv(start, 17), start))
    assert live.generator != twin.generator


def test_fresh_noise_brings_the_curves_streams_along():
    state = with_noise(advance(initial_state(5), 3600)[0], 9, 3)
    record = state.record[0]
    assert np.array_equal(record["curve_stream"], streams_of_curves(record["stream"]))
    assert len({tuple(stream) for stream in [record["stream"], *record["curve_stream"]]}) == 13


def test_the_streams_of_a_reference_plant_stay_empty():
    record = advance(with_idv(initial_state(5), 17), 8 * 3600)[0].record[0]
    assert not record["stream"].any()
    assert not record["curve_stream"].any()


def test_the_scratch_record_knows_the_same_noise_in_both_plants():
    from simulation.tep.evaluation import evaluate

    start = initial_state(3, rng="modern")
    noises = []
    for state in (start, with_idv(start, 6)):
        record = advance(state, 500)[0].record.copy()
        work = np.zeros(1, WORK_DTYPE)
        evaluate(record[0], work[0])
        noises.append(work["noise"].copy())
    assert np.array_equal(*noises)
    assert np.abs(noises[0]).max() > 0
