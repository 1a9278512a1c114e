"""What a comparison is: one error against one tolerance, for one file of reference data."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

SMALLEST = 1e-9  # a relative error is |found - expected| / max(|expected|, SMALLEST)


@dataclass(frozen=True, slots=True)
class Check:
    """One quantity: ``count`` values compared, the largest error found and the one allowed.

    ``error`` is relative where ``tolerance`` is above 0; where it is 0 the values must be equal,
    and ``error`` is the number of those that are not.
    """

    quantity: str
    count: int
    error: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the error is a number within the tolerance."""
        return self.error <= self.tolerance  # false for NaN


@dataclass(frozen=True, slots=True)
class Case:
    """One file of reference data (or one trajectory), with everything that was compared of it."""

    group: str
    name: str
    what: str
    checks: tuple[Check, ...]
    sha256: str = ""

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return all(check.passed for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it; an error that is no finite number becomes None."""
        found = asdict(self) | {"passed": self.passed}
        found["checks"] = [
            asdict(check)
            | {
                "error": check.error if np.isfinite(check.error) else None,
                "passed": check.passed,
            }
            for check in self.checks
        ]
        return found


def relative_error(found: ArrayLike, expected: ArrayLike) -> float:
    """Return the largest relative error; NaN if any value is one; infinity for other shapes."""
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    if found.shape != expected.shape:
        return float("inf")
    gap = np.abs(found - expected) / np.maximum(np.abs(expected), SMALLEST)
    return float(np.max(gap, initial=0.0))


def close(quantity: str, found: ArrayLike, expected: ArrayLike, tolerance: float) -> Check:
    """Compare by relative error."""
    error = relative_error(found, expected)
    return Check(quantity, int(np.size(np.asarray(expected))), error, tolerance)


def equal(quantity: str, found: ArrayLike, expected: ArrayLike) -> Check:
    """Compare for equality."""
    found, expected = np.asarray(found), np.asarray(expected)
    size = int(expected.size)
    unequal = size if found.shape != expected.shape else int(np.sum(found != expected))
    return Check(quantity, size, float(unequal), 0.0)


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
