"""The scale of a chart that somebody has set by hand: as it is typed, and as it is kept."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
#: Two numbers with something between: `2600..2800`, `2600 to 2800`, `-5; 5`.
_TYPED = re.compile(rf"^({_NUMBER})\s*(?:\.\.|to|\u2013|;|,|\s)\s*({_NUMBER})$")
LARGEST = 1e9


class BadScale(ValueError):
    """What was typed is no scale; the message says why."""


@dataclass(frozen=True)
class Scale:
    """The lowest and the highest value that a chart shows, in the process's own units."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{_plain(self.low)}..{_plain(self.high)}"

    @property
    def ends(self) -> tuple[float, float]:
        """Both as a pair."""
        return self.low, self.high


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def read_scale(text: str) -> Scale:
    """Return the scale of what was typed. Raises BadScale."""
    shown = f"\u00ab{text[:40]}\u00bb"
    found = _TYPED.match(text)
    if found is None:
        raise BadScale(f"{shown} is no scale: write the lowest and the highest, like 2600..2800.")
    low, high = float(found[1]), float(found[2])
    if not all(math.isfinite(one) and abs(one) <= LARGEST for one in (low, high)):
        raise BadScale(f"{shown} goes beyond {LARGEST:g}.")
    if low >= high:
        raise BadScale(f"{shown}: the lowest comes first, and the highest is above it.")
    return Scale(low, high)
