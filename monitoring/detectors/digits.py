"""Significant digits, as a printout has them."""

from __future__ import annotations

import numpy as np

from monitoring.detectors.base import Array


def significant(rows: Array, digits: int) -> Array:
    """Return rows to significant digits, as a printout would have them (zero stays zero)."""
    rows = np.asarray(rows, dtype=np.float64)
    scale = 10.0 ** (digits - 1 - exponent_of(rows))
    return np.asarray(np.rint(rows * scale) / scale)


def exponent_of(values: Array) -> Array:
    """Return the decimal exponent of each value; 0 for zero."""
    size = np.abs(values)
    logarithm = np.log10(size, where=size > 0.0, out=np.zeros_like(size))
    exponent = np.floor(logarithm)
    # A logarithm is rounded: next to a power of ten the power itself decides.
    exponent += size >= 10.0 ** (exponent + 1.0)
    exponent -= (size < 10.0**exponent) & (size > 0.0)
    return np.asarray(exponent)
