"""The stored form of a detector: a checked header, then an npz of plain arrays.

Layout: `MAGIC`, one byte of format version, the SHA-256 of the rest, and an uncompressed npz.
There is no pickle in it, so reading one runs no code; the digest means that a truncated or
altered file is refused as a whole, and never half read.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"TEPDETECTOR"
VERSION = 1
_DIGEST_SIZE = hashlib.sha256().digest_size
HEADER_SIZE = len(MAGIC) + 1 + _DIGEST_SIZE

Arrays = Mapping[str, NDArray[Any]]


def pack(arrays: Arrays) -> bytes:
    """Write named arrays into bytes; the same arrays always give the same bytes."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    payload = buffer.getvalue()
    return MAGIC + bytes([VERSION]) + hashlib.sha256(payload).digest() + payload


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    """Read what `pack` wrote; ValueError for anything else."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ValueError(f"a stored detector is bytes; got {type(data).__name__}")
    data = bytes(data)
    if not data.startswith(MAGIC):
        raise ValueError("this is not a stored detector: its first bytes are not the signature")
    if len(data) < HEADER_SIZE:
        raise ValueError("the stored detector is cut off inside its header")
    version = data[len(MAGIC)]
    if version != VERSION:
        raise ValueError(
            f"the stored detector has format version {version}; this code reads {VERSION}"
        )
    digest, payload = data[len(MAGIC) + 1 : HEADER_SIZE], data[HEADER_SIZE:]
    if hashlib.sha256(payload).digest() != digest:
        raise ValueError("the stored detector is damaged: its checksum does not match")
    with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
