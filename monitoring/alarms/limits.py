"""A limit on a tag: when it is passed, and when that is over. Pure.

A limit sees one value after the other and remembers what it needs in one vector, so evaluating a
block of values equals evaluating them one by one. Delays are counted in values that were judged:
at one sample in 180 s of process time, an on-delay of 2 means 3 min beyond the first. A value that
is not a finite number is not judged and counts for nothing.

A value passes a limit when it is beyond it (strictly); it is back when it is within the limit by
the deadband or more. Between the two everything stays as it is, and no delay begins.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What is held against the limit."""

    HIHI = "hihi"
    HI = "hi"
    LO = "lo"
    LOLO = "lolo"
    RATE = "rate"
    DEVIATION = "deviation"
    BAD_IN_A_ROW = "bad-in-a-row"


UPWARD = frozenset({Kind.HIHI, Kind.HI, Kind.RATE, Kind.DEVIATION, Kind.BAD_IN_A_ROW})

Memory = tuple[float, ...]
#: Active, values beyond in a row, values back in a row; what a kind remembers besides follows.
START: Memory = (0.0, 0.0, 0.0)


class Change(NamedTuple):
    """The condition began or ended with the value at `place`; `value` is what was judged."""

    place: int
    active: bool
    value: float


@dataclass(frozen=True)
class Limit:
    """A limit with its deadband and delays. Raises ValueError for one that makes no sense."""

    kind: Kind
    limit: float
    deadband: float = 0.0
    on_delay: int = 1
    off_delay: int = 1
    #: Of a rate: over how many samples the change is taken, in either direction.
    window: int = 1

    def __post_init__(self) -> None:
        if not math.isfinite(self.limit) or not math.isfinite(self.deadband):
            raise ValueError("a limit and its deadband are finite numbers")
        if self.deadband < 0:
            raise ValueError("a deadband is not negative")
        if min(self.on_delay, self.off_delay, self.window) < 1:
            raise ValueError("delays and windows are 1 sample or more")
        if self.kind in {Kind.RATE, Kind.DEVIATION} and not 0 <= self.deadband < self.limit:
            raise ValueError("a rate or deviation has a limit above zero and its deadband")

    def is_active(self, memory: Memory) -> bool:
        """Tell whether the condition holds after what led to `memory`."""
        return bool(memory and memory[0])

    def evaluate(
        self, memory: Memory, values: Sequence[float], references: Iterable[float] | None = None
    ) -> tuple[Memory, list[Change]]:
        """Judge values in order; return what to remember, and the changes among them.

        `references` are what a deviation is measured from, one for each value.
        """
        active, beyond, back = (memory or START)[:3]
        past = list(memory[3:])
        changes: list[Change] = []
        sign = 1.0 if self.kind in UPWARD else -1.0
        over, within = sign * self.limit, sign * self.limit - self.deadband
        beside = iter(references) if references is not None else None
        for index, raw in enumerate(values):
            reference = next(beside) if beside is not None else 0.0
            judged = self._judged(raw, reference, past)
            if judged is None:
                continue
            measure = sign * judged
            if not active:
                beyond = beyond + 1 if measure > over else 0.0
                if beyond >= self.on_delay:
                    active, beyond, back = 1.0, 0.0, 0.0
                    changes.append(Change(index, True, judged))
            else:
                back = back + 1 if measure <= within else 0.0
                if back >= self.off_delay:
                    active, beyond, back = 0.0, 0.0, 0.0
                    changes.append(Change(index, False, judged))
        return (active, beyond, back, *past), changes

    def _judged(self, value: float, reference: float, past: list[float]) -> float | None:
        """Return what is held against the limit, None for nothing yet; keep the past it needs."""
        if not math.isfinite(value):
            return None
        if self.kind is Kind.DEVIATION:
            return abs(value - reference) if math.isfinite(reference) else None
        if self.kind is Kind.BAD_IN_A_ROW:
            past[:] = [past[0] + 1.0 if past and value else float(bool(value))]
            return past[0]
        if self.kind is not Kind.RATE:
            return float(value)
        past.append(float(value))
        if len(past) <= self.window:
            return None
        del past[: len(past) - self.window - 1]  # a window that was made shorter since
        return abs(past[-1] - past.pop(0))
