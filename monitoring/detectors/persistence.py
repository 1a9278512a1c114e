"""The consecutive rule: an alarm needs k exceedances in a row, and k normal points to clear.

Everything is a pure function of a state that the caller keeps, so the rule survives restarts, and
k may be another one at each call.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from numbers import Integral


class Change(StrEnum):
    """What a point did to the alarm."""

    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Persistence:
    """The state between two points.

    `streak` is +n after n exceedances in a row, -n after n normal points in a row, and 0 before
    the first point.
    """

    streak: int = 0
    alarmed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One point's outcome: the state after it, the change it made, and where the alarm began.

    `onset_lag` is given with RAISED: how many points before this one the streak's first
    exceedance lies (k - 1, or more where k was lowered during the streak).
    """

    state: Persistence
    change: Change | None = None
    onset_lag: int | None = None


def next_streak(streak: int, exceeds: bool) -> int:
    """Return the signed streak after one more point."""
    if exceeds:
        return streak + 1 if streak > 0 else 1
    return streak - 1 if streak < 0 else -1


@dataclass(frozen=True, slots=True)
class PersistenceRule:
    """Raise when the streak has reached k; clear after k normal points in a row.

    Whether a streak has reached k is asked at each point with the k of that moment. So a k lowered
    to or below the present streak takes effect at the next point of that streak, and the onset is
    still the streak's first exceedance; a k raised during a streak asks for more. A change of k
    never raises or clears anything without a point.
    """

    k: int

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, Integral) or self.k < 1:
            raise ValueError(f"k must be a whole number of points >= 1; got {self.k!r}")

    def step(self, state: Persistence, exceeds: bool) -> Step:
        """Take one point."""
        streak = next_streak(state.streak, exceeds)
        if not state.alarmed and streak >= self.k:
            return Step(Persistence(streak, alarmed=True), Change.RAISED, onset_lag=streak - 1)
        if state.alarmed and streak <= -self.k:
            return Step(Persistence(streak, alarmed=False), Change.CLEARED)
        return Step(Persistence(streak, state.alarmed))
