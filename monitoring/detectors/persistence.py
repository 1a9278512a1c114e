"""The rule of alarms: k exceedances among the last n points raise, k normal points in a row clear.

Where n is k, the exceedances must be consecutive: that is the rule unless somebody sets another.

Everything is a pure function of a state that the caller keeps, so the rule survives restarts, and
k may be another one at each call.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from numbers import Integral

MOST = 60
"""The largest n: the points that are remembered fit into a column of 64 bits."""


class Change(StrEnum):
    """What a point did to the alarm."""

    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Persistence:
    """The state between two points.

    `streak` is +n after n exceedances in a row, -n after n normal points in a row, and 0 before
    the first point. `recent` remembers the last `MOST` points, an exceedance as a bit that is set,
    the newest the lowest.
    """

    streak: int = 0
    alarmed: bool = False
    recent: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One point's outcome: the state after it, the change it made, and where the alarm began.

    `onset_lag` is given with RAISED: how many points before this one the streak's first
    exceedance lies (k - 1, or more where k was lowered during the streak), or where n is more than
    k, the first of those that count.
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
    """Raise when k of the last n points exceeded; clear after k normal points in a row.

    The difference between the two is the hysteresis: one point never does either, unless k is 1.

    Whether a streak has reached k is asked at each point with the k of that moment. So a k lowered
    to or below the present streak takes effect at the next point of that streak, and the onset is
    still the streak's first exceedance; a k raised during a streak asks for more. A change of k
    never raises or clears anything without a point.
    """

    k: int
    n: int = 0
    """0, or anything below k, means k: in a row."""

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, Integral) or self.k < 1:
            raise ValueError(f"k must be a whole number of points >= 1; got {self.k!r}")
        if isinstance(self.n, bool) or not isinstance(self.n, Integral) or not 0 <= self.n <= MOST:
            raise ValueError(f"n must be a whole number of points from 0 to {MOST}; got {self.n!r}")

    def step(self, state: Persistence, exceeds: bool) -> Step:
        """Take one point."""
        streak = next_streak(state.streak, exceeds)
        recent = ((state.recent << 1) | bool(exceeds)) & ((1 << MOST) - 1)
        counted = recent & ((1 << self.n) - 1) if self.n > self.k else 0
        enough = streak >= self.k or counted.bit_count() >= self.k
        if not state.alarmed and exceeds and enough:
            lag = max(streak, counted.bit_length()) - 1
            return Step(Persistence(streak, True, recent), Change.RAISED, onset_lag=lag)
        if state.alarmed and streak <= -self.k and not enough:
            return Step(Persistence(streak, False, recent), Change.CLEARED)
        return Step(Persistence(streak, state.alarmed, recent))
