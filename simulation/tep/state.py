"""The plant's whole memory as one value.

Everything the next second depends on is in one fixed-size record, so a saved state restored
anywhere continues bit for bit. Every field is 8 bytes wide: the record has no padding, and N
states stack into one array of N records for a batch.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.tep.constants import N_COMPONENTS, N_STATES, N_STREAMS, SECONDS_PER_HOUR
from simulation.tep.variables import N_CONTINUOUS, N_IDV, N_XMEAS, N_XMV

N_CURVES = 12
N_LOOPS = 20
N_STREAM_WORDS = 4
RNGS = ("reference", "modern")  # by the number kept in the state

STATE_DTYPE = np.dtype(
    [
        ("y", "f8", (N_STATES,)),  # the integrated states: lbmol, 10^6 BTU, °C, %
        ("xmeas", "f8", (N_XMEAS,)),  # published measurements
        ("xmv", "f8", (N_XMV,)),  # controller outputs, %
        ("idv", "f8", (N_IDV,)),  # disturbances: 0 off, 1 on, between them a scaled fault
        ("step", "i8"),  # finished Euler steps (seconds)
        ("time_h", "f8"),  # accumulated by repeated addition, h
        ("delta_h", "f8"),  # one Euler step, h
        ("gas_interval_h", "f8"),  # sampling period of the gas analysers, h
        ("shutdown_step", "i8"),  # first step whose evaluation was shut down, -1 if none
        ("closed_loop", "i8"),  # 1 with controllers, 0 with constant valves
        ("generator", "f8", (1,)),  # state of the reference generator
        ("temperature_guess", "f8", (4,)),  # °C: reactor, separator, stripper, mixing zone
        ("valve_command", "f8", (N_XMV,)),  # last accepted commands, %
        ("curves", "f8", (N_CURVES, 6)),  # cubic A, B, C, D; start and end of the segment, h
        ("held", "f8", (N_XMEAS - N_CONTINUOUS,)),  # analysers: composition awaiting publication
        ("next_sample_h", "f8", (2,)),  # gas and product analysers
        ("setpoint", "f8", (N_LOOPS,)),  # by loop number; unit of the loop's measurement
        ("last_error", "f8", (N_LOOPS,)),  # % of the loop's span
        ("override", "i8", (1,)),  # purge override: 0 off, 1 pressure high, 2 pressure low
        # from here on: layout version 2
        ("rng", "i8"),  # which generator draws: 0 reference, 1 modern
        ("stream", "u8", (N_STREAM_WORDS,)),  # state of the modern generator: noise
        ("intervened", "i8", (1,)),  # 1 while anything below may differ from automatic control
        ("by_hand", "i8", (N_XMV,)),  # 1 where a valve is held by hand
        ("local", "i8", (N_LOOPS,)),  # 1 where a cascaded set point is held by hand
        ("handed_error", "f8", (N_LOOPS,)),  # error forgiven at the hand-over, fading, % of span
        # from here on: layout version 3
        ("curve_stream", "u8", (N_CURVES, N_STREAM_WORDS)),  # modern generator: each curve's own
    ],
    align=True,
)
_FIRST_OF_VERSION = {2: "rng", 3: "curve_stream"}

# What one evaluation finds on its way; kept for tests and for explaining, never saved.
WORK_DTYPE = np.dtype(
    [
        ("dydt", "f8", (N_STATES,)),  # per hour
        ("value", "f8", (N_CONTINUOUS,)),  # noise-free XMEAS(1..22)
        ("noise", "f8", (N_CONTINUOUS,)),  # gaussians of unit variance, drawn together
        ("curve_value", "f8", (N_CURVES,)),
        ("flag", "f8", (N_IDV,)),  # idv limited to 0..1
        ("temperature", "f8", (4,)),  # °C: reactor, separator, stripper, mixing zone
        ("pressure", "f8", (3,)),  # mmHg: reactor, separator, mixing zone
        ("density", "f8", (3,)),  # lbmol/ft3: reactor, separator, stripper
        ("liquid_volume", "f8", (3,)),  # ft3
        ("vapour_volume", "f8", (2,)),  # ft3: reactor, separator
        ("reactor_liquid", "f8", (1, N_COMPONENTS)),  # mole fractions; a row, as of composition
        ("partial_pressure", "f8", (2, N_COMPONENTS)),  # mmHg: reactor, separator
        ("rate", "f8", (4,)),  # lbmol/h
        ("heat_of_reaction", "f8"),  # 10^6 BTU/h
        ("flow", "f8", (N_STREAMS,)),  # lbmol/h
        ("composition", "f8", (N_STREAMS, N_COMPONENTS)),  # mole fractions
        ("stream_temperature", "f8", (N_STREAMS,)),  # °C
        ("enthalpy", "f8", (N_STREAMS,)),  # 10^6 BTU/lbmol
        ("weight", "f8", (N_STREAMS,)),  # lb/lbmol, where it is needed
        ("split", "f8", (N_COMPONENTS,)),  # stripper overhead fractions
        ("duty", "f8", (3,)),  # 10^6 BTU/h: reactor coil, condenser, steam
        ("coil_conductance", "f8"),  # 10^6 BTU/(h °C)
        ("compressor_work", "f8"),  # 10^6 BTU/h
        ("inlet_temperature", "f8", (2,)),  # °C: reactor and condenser cooling water
    ],
    align=True,
)

_STORED_DTYPE = STATE_DTYPE.newbyteorder("<")
_STORED_NAMES = STATE_DTYPE.names or ()


def _stored_before(version: int) -> np.dtype[Any]:
    """Return the layout of the version before: the same fields, without the later ones."""
    names = _STORED_NAMES[: _STORED_NAMES.index(_FIRST_OF_VERSION[version])]
    return np.dtype([(name, _STORED_DTYPE[name]) for name in names])


_HEADER = struct.Struct("<4sHHI")  # magic, layout version, unused, checksum of the record
_MAGIC = b"TEPS"
LAYOUT_VERSION = 3
_STORED = {1: _stored_before(2), 2: _stored_before(3), LAYOUT_VERSION: _STORED_DTYPE}
BLOB_BYTES = _HEADER.size + STATE_DTYPE.itemsize


@dataclass(frozen=True, slots=True, eq=False)
class PlantState:
    """A plant at one instant: an immutable value around one record of ``STATE_DTYPE``.

    ``record`` has shape (1,) and is read-only; so are the arrays the properties return.
    Two states are equal when all their bits are.
    """

    record: NDArray[Any]

    def __post_init__(self) -> None:
        if self.record.dtype != STATE_DTYPE or self.record.shape != (1,):
            raise ValueError(
                f"a plant state wraps one record of STATE_DTYPE, not an array of shape "
                f"{self.record.shape} and dtype {self.record.dtype}"
            )
        self.record.flags.writeable = False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PlantState):
            return NotImplemented
        return self.record.tobytes() == other.record.tobytes()

    def __hash__(self) -> int:
        return hash(self.record.tobytes())

    def __repr__(self) -> str:
        loop = "closed" if self.closed_loop else "open"
        trip = f", shut down at step {self.shutdown_step}" if self.is_shut_down else ""
        return f"<PlantState at {self.hours:.4f} h, {loop} loop, faults {self.faults}{trip}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.to_bytes(),)

    @property
    def y(self) -> NDArray[np.float64]:
        """The 50 integrated states."""
        return self.record[0]["y"]

    @property
    def xmeas(self) -> NDArray[np.float64]:
        """The 41 published measurements, of the last evaluation."""
        return self.record[0]["xmeas"]

    @property
    def xmv(self) -> NDArray[np.float64]:
        """The 12 manipulated variables, %."""
        return self.record[0]["xmv"]

    @property
    def idv(self) -> NDArray[np.float64]:
        """The magnitudes of the 20 disturbances: 0 off, 1 on."""
        return self.record[0]["idv"]

    @property
    def faults(self) -> list[int]:
        """The 1-based numbers of the disturbances that are on."""
        return [place + 1 for place in np.flatnonzero(self.idv > 0.0).tolist()]

    @property
    def step(self) -> int:
        """Finished integration steps, that is seconds of plant time."""
        return int(self.record[0]["step"])

    @property
    def hours(self) -> float:
        """Nominal plant time, h: step / 3600."""
        return self.step / SECONDS_PER_HOUR

    @property
    def time_h(self) -> float:
        """The plant's own clock, h: accumulated step by step, so it differs in the last digits."""
        return float(self.record[0]["time_h"])

    @property
    def generator(self) -> float:
        """State of the reference generator, which stands still under the modern one."""
        return float(self.record[0]["generator"][0])

    @property
    def rng(self) -> str:
        """Which generator draws the noise: ``"reference"`` or ``"modern"``."""
        return RNGS[int(self.record[0]["rng"])]

    @property
    def setpoints(self) -> NDArray[np.float64]:
        """The 20 set points by loop number - 1, each in its measurement's unit."""
        return self.record[0]["setpoint"]

    @property
    def valves_by_hand(self) -> list[int]:
        """The 1-based numbers of the XMV that are held by hand."""
        return [place + 1 for place in np.flatnonzero(self.record[0]["by_hand"]).tolist()]

    @property
    def setpoints_by_hand(self) -> list[int]:
        """The numbers of the loops whose set point is held against its cascade."""
        return [place + 1 for place in np.flatnonzero(self.record[0]["local"]).tolist()]

    @property
    def closed_loop(self) -> bool:
        """Whether the controllers act."""
        return bool(self.record[0]["closed_loop"])

    @property
    def shutdown_step(self) -> int:
        """The first step that was shut down, -1 if the plant has not tripped."""
        return int(self.record[0]["shutdown_step"])

    @property
    def is_shut_down(self) -> bool:
        """Whether a safety limit has stopped the plant. For ever: there is no restart."""
        return self.shutdown_step >= 0

    def copy(self) -> PlantState:
        """Return an independent state with the same bits."""
        return PlantState(self.record.copy())

    def replace(self, **fields: Any) -> PlantState:
        """Return a new state with fields of STATE_DTYPE overwritten."""
        record = self.record.copy()
        for name, value in fields.items():
            record[name] = value
        return PlantState(record)

    def to_bytes(self) -> bytes:
        """Return the state as BLOB_BYTES bytes (little-endian, with a checksum)."""
        stored = self.record.astype(_STORED_DTYPE).tobytes()
        return _HEADER.pack(_MAGIC, LAYOUT_VERSION, 0, zlib.crc32(stored)) + stored

    @classmethod
    def from_bytes(cls, blob: bytes | bytearray | memoryview) -> PlantState:
        """Restore a state to the bit, of this layout version or an earlier one.

        A state of layout version 1 has the reference generator and automatic control. One of
        version 2 with the modern generator drew noise and curves from one stream: its noise goes
        on from where that stream was, and its curves get the streams that belong to it
        (``xoshiro.streams_of_curves``). ValueError says what is wrong with a bad blob.
        """
        blob = bytes(blob)
        if len(blob) < _HEADER.size or blob[: len(_MAGIC)] != _MAGIC:
            raise ValueError("not a saved plant state: it does not begin with the state's mark")
        _, version, _, checksum = _HEADER.unpack_from(blob)
        if version not in _STORED:
            raise ValueError(
                f"saved plant state has layout version {version}; this program reads versions "
                f"{', '.join(map(str, _STORED))}"
            )
        layout = _STORED[version]
        expected = _HEADER.size + layout.itemsize
        if len(blob) != expected:
            raise ValueError(f"saved plant state has {len(blob)} bytes instead of {expected}")
        stored = blob[_HEADER.size :]
        if zlib.crc32(stored) != checksum:
            raise ValueError("saved plant state is damaged: its checksum does not match")
        saved = np.frombuffer(stored, dtype=layout)
        record = np.zeros(1, dtype=STATE_DTYPE)  # 0: reference generator, all control automatic
        for name in layout.names or ():
            record[name] = saved[name]
        if version == 2 and RNGS[int(record[0]["rng"])] == "modern":
            from simulation.tep.xoshiro import streams_of_curves  # compiled: only when needed

            record[0]["curve_stream"] = streams_of_curves(record[0]["stream"])
        return cls(record)


def _restore(blob: bytes) -> PlantState:
    """Unpickle; a plain function because some libraries change how methods are pickled."""
    return PlantState.from_bytes(blob)


def stack(states: Iterable[PlantState]) -> NDArray[Any]:
    """Return N states as one writable array of N records."""
    records = [state.record for state in states]
    return np.concatenate(records) if records else np.empty(0, dtype=STATE_DTYPE)


def unstack(records: NDArray[Any]) -> list[PlantState]:
    """Return the states of an array of N records, each independent of it."""
    return [PlantState(records[i : i + 1].copy()) for i in range(len(records))]
