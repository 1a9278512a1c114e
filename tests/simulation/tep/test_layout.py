"""States stored by earlier versions of the program go on as they would have there."""

from pathlib import Path

import numpy as np
import pytest

from simulation.tep import PlantState, advance, initial_state
from simulation.tep.state import _STORED, BLOB_BYTES
from simulation.tep.xoshiro import streams_of_curves

# Written by the last program with layout version 1: blobs, and rows and blobs one hour later.
FILE = Path(__file__).parent / "data" / "layout1.npz"
# The same by the last program with layout version 2: IDV(8) and IDV(17) on, either generator.
FILE_2 = FILE.with_name("layout2.npz")
PLANTS = ("closed", "braatz", "open")


@pytest.mark.parametrize("name", PLANTS)
def test_a_state_of_layout_1_goes_on_to_the_bit(name):
    with np.load(FILE) as stored:
        blob, later, rows = (stored[f"{name}{end}"] for end in ("", "_later", "_rows"))
    state = PlantState.from_bytes(blob.tobytes())
    assert (state.rng, state.valves_by_hand, state.setpoints_by_hand) == ("reference", [], [])
    found, found_rows = advance(state, 3600)
    assert np.array_equal(found_rows, rows)
    expected = PlantState.from_bytes(later.tobytes())
    assert found == expected
    for field in _STORED[1].names:
        assert found.record[field].tobytes() == expected.record[field].tobytes()


def test_a_state_of_layout_1_is_saved_again_in_the_present_layout():
    with np.load(FILE) as stored:
        old = PlantState.from_bytes(stored["closed"].tobytes())
    blob = old.to_bytes()
    assert len(blob) == BLOB_BYTES > len(stored_bytes())
    assert PlantState.from_bytes(blob) == old


def stored_bytes() -> bytes:
    with np.load(FILE) as stored:
        return stored["closed"].tobytes()


def test_a_damaged_or_shortened_state_of_layout_1_is_refused():
    blob = stored_bytes()
    with pytest.raises(ValueError, match=f"has {len(blob) - 1} bytes instead of {len(blob)}"):
        PlantState.from_bytes(blob[:-1])
    with pytest.raises(ValueError, match="checksum does not match"):
        PlantState.from_bytes(blob[:50] + bytes([blob[50] ^ 1]) + blob[51:])


def test_the_modern_generator_is_saved_with_the_plant():
    state = advance(initial_state(5, rng="modern"), 1000)[0]
    whole, rows = advance(state, 720)
    restored, found = advance(PlantState.from_bytes(state.to_bytes()), 720)
    assert restored.rng == "modern"
    assert restored == whole
    assert np.array_equal(found, rows)


def of_layout_2(name: str) -> tuple[PlantState, np.ndarray, PlantState]:
    with np.load(FILE_2) as stored:
        blob, later, rows = (stored[f"{name}{end}"] for end in ("", "_later", "_rows"))
    return PlantState.from_bytes(blob.tobytes()), rows, PlantState.from_bytes(later.tobytes())


def test_a_reference_state_of_layout_2_goes_on_to_the_bit():
    state, rows, later = of_layout_2("reference")
    found, found_rows = advance(state, 3600)
    assert state.rng == "reference"
    assert np.array_equal(found_rows, rows)
    assert found == later


def test_a_modern_state_of_layout_2_keeps_its_noise_stream_and_gets_streams_for_its_curves():
    state, rows, _ = of_layout_2("modern")
    record = state.record[0]
    assert state.rng == "modern"
    assert np.array_equal(record["curve_stream"], streams_of_curves(record["stream"]))
    found, found_rows = advance(state, 3600)
    assert not np.array_equal(found_rows, rows)  # no curve takes a draw of the noise any more
    assert advance(of_layout_2("modern")[0], 3600)[0] == found
    assert PlantState.from_bytes(state.to_bytes()) == state
