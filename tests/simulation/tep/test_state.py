import pickle

import numpy as np
import pytest

from simulation.tep import (
    BLOB_BYTES,
    LAYOUT_VERSION,
    STATE_DTYPE,
    PlantState,
    advance,
    initial_state,
    stack,
    unstack,
    with_idv,
)
from simulation.tep.integrate import run
from simulation.tep.state import WORK_DTYPE


@pytest.fixture(scope="module")
def later():
    return advance(with_idv(initial_state(77), 8), 5000)[0]


def test_a_state_survives_bytes_pickle_and_copy_to_the_bit(later):
    blob = later.to_bytes()
    assert len(blob) == BLOB_BYTES
    for twin in (PlantState.from_bytes(blob), pickle.loads(pickle.dumps(later)), later.copy()):
        assert twin == later
        assert hash(twin) == hash(later)
        assert twin.to_bytes() == blob
    assert PlantState.from_bytes(memoryview(blob)) == later


def test_states_differ_when_a_single_bit_does(later):
    y = later.y.copy()
    y[3] = np.nextafter(y[3], 1e9)
    assert later.replace(y=y) != later
    assert later.replace(override=1) != later
    assert later != "a state"


def test_every_byte_of_the_record_is_a_field():
    assert STATE_DTYPE.itemsize == sum(STATE_DTYPE[name].itemsize for name in STATE_DTYPE.names)


def test_a_state_cannot_be_changed_through_what_it_shows(later):
    for array in (later.record["y"], later.y, later.xmeas, later.xmv, later.idv):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    with pytest.raises(AttributeError):
        later.record = None


def test_advance_and_faults_leave_their_input_alone(later):
    before = later.to_bytes()
    advance(later, 400)
    with_idv(later, 1)
    assert later.to_bytes() == before


def test_a_state_tells_its_time_and_faults(later):
    assert (later.step, later.hours) == (5000, 5000 / 3600)
    assert later.time_h == pytest.approx(later.hours, rel=1e-12)
    assert later.faults == [8]
    assert later.closed_loop
    assert not later.is_shut_down
    assert repr(later) == "<PlantState at 1.3889 h, closed loop, faults [8]>"


def corrupted(blob, place):
    return blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]


def test_bad_blobs_are_refused_with_their_reason(later):
    blob = later.to_bytes()
    other = blob[:4] + (LAYOUT_VERSION + 1).to_bytes(2, "little") + blob[6:]
    cases = {
        b"": "does not begin with the state's mark",
        b"TEP": "does not begin with the state's mark",
        b"x" * BLOB_BYTES: "does not begin with the state's mark",
        other: f"version {LAYOUT_VERSION + 1}; this program reads versions 1, 2, {LAYOUT_VERSION}",
        blob[:-1]: f"has {BLOB_BYTES - 1} bytes instead of {BLOB_BYTES}",
        blob[:12]: "bytes instead of",
        blob + b"\0": f"has {BLOB_BYTES + 1} bytes",
        corrupted(blob, 40): "checksum does not match",
        corrupted(blob, BLOB_BYTES - 1): "checksum does not match",
    }
    for bad, reason in cases.items():
        with pytest.raises(ValueError) as refusal:
            PlantState.from_bytes(bad)
        assert reason in str(refusal.value)


def test_only_one_record_of_the_right_kind_is_a_state():
    for wrong in (np.zeros(2, STATE_DTYPE), np.zeros(1), np.zeros((1, 1), STATE_DTYPE)):
        with pytest.raises(ValueError, match="wraps one record"):
            PlantState(wrong)


def test_stacked_states_advance_in_one_batch_as_they_do_alone():
    states = [initial_state(seed) for seed in (5, 6, 7)]
    states[1] = with_idv(states[1], 1)
    batch = stack(states)
    rows = np.empty((3, 4, 53))
    run(batch, np.zeros(1, WORK_DTYPE), 720, 180, rows)
    for state, found, found_rows in zip(states, unstack(batch), rows, strict=True):
        alone, alone_rows = advance(state, 720)
        assert found == alone
        assert np.array_equal(found_rows, alone_rows)
    assert len(stack([])) == 0
