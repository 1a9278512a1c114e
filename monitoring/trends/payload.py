"""A series on its way to a page: a head in JSON, then columns of floats. Pure.

Little-endian: the head's length (uint32), the head padded with spaces to a multiple of eight bytes,
the steps (float64), the wall times (float64, if the head says so), then each trace (the head's
`dtype`). NaN is a gap, +Infinity is passed over. A page of 48 traces stays below `BUDGET`.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from monitoring.trends.downsample import Rows
from simulation.fields import Vector

#: Bytes that the columns of an answer have at most, and the whole of it, about.
BUDGET, WHOLE = 160_000, 195_000
#: Rows that no screen has pixels for.
MOST_ROWS = 4000


def room_beside(head: Mapping[str, Any]) -> int:
    """Return the bytes that are left for the columns; a head with hundreds of marks takes some."""
    return min(BUDGET, WHOLE - len(_text(head)))


def _text(head: Mapping[str, Any]) -> bytes:
    return json.dumps(head, separators=(",", ":"), allow_nan=False).encode()


def most_rows(traces: int, asked: int, room: int = BUDGET, *, wall: bool = False) -> int:
    """Return how many rows of so many traces fit in the room, `asked` at most."""
    row = 8 * (2 if wall else 1) + 4 * traces
    return max(2, min(asked, MOST_ROWS, room // row))


def packed(head: Mapping[str, Any], rows: Rows, times: Vector | None = None) -> bytes:
    """Return the answer's bytes: values in float64 if that fits in the budget, else in float32."""
    count, traces = rows.values.shape
    row = 8 * (1 if times is None else 2) + 8 * traces
    dtype = "<f8" if count * row <= room_beside(head) else "<f4"
    told = {
        **head,
        "rows": count,
        "traces": traces,
        "width": rows.width,
        "dtype": "float64" if dtype == "<f8" else "float32",
        "wall": times is not None,
    }
    text = _text(told)
    text += b" " * (-(4 + len(text)) % 8)
    parts = [struct.pack("<I", len(text)), text, rows.steps.astype("<f8").tobytes()]
    if times is not None:
        parts.append(times.astype("<f8").tobytes())
    parts.append(np.ascontiguousarray(rows.values.T).astype(dtype).tobytes())
    return b"".join(parts)
