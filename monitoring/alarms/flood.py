"""Alarm floods by EEMUA 191 and ISA-18.2: more alarms than an operator can deal with. Pure.

A flood begins when more than 10 alarms were announced to an operator within 10 min, and ends when
fewer than 5 were. Times are seconds on any clock, ascending.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_SECONDS = 600.0
BEGINS_ABOVE, ENDS_BELOW = 10, 5


@dataclass(frozen=True)
class Flood:
    """One flood: since its first alarm, until the rate fell; `until` is None while it lasts."""

    since: float
    until: float | None
    alarms: int

    def seconds(self, begin: float, end: float) -> float:
        """Return how much of a period it covers."""
        until = end if self.until is None else self.until
        return max(0.0, min(until, end) - max(self.since, begin))


def floods(times: Sequence[float], now: float, operators: int = 1) -> list[Flood]:
    """Return the floods among announcements; `operators` share them evenly."""
    if operators < 1:
        raise ValueError("there is one operator or more")
    window: deque[float] = deque()
    found: list[Flood] = []
    since: float | None = None

    def expire(until: float) -> None:
        """Let the window move to a moment; end the flood where too few are left in it."""
        nonlocal since
        while window and window[0] + WINDOW_SECONDS <= until:
            gone = window.popleft() + WINDOW_SECONDS
            if since is not None and len(window) < ENDS_BELOW * operators:
                found.append(_flood(times, since, gone))
                since = None

    for moment in times:
        expire(moment)
        window.append(moment)
        if since is None and len(window) > BEGINS_ABOVE * operators:
            since = window[0]
    expire(now)
    if since is not None:
        found.append(_flood(times, since, None))
    return found


def _flood(times: Sequence[float], since: float, until: float | None) -> Flood:
    first = bisect_left(times, since)
    last = len(times) if until is None else bisect_left(times, until)
    return Flood(since, until, last - first)


def calm_before(latest_first: Sequence[float], looked_at: int = 0) -> int | None:
    """Return how many of the latest announcements tell whether a flood lasts now, and since when.

    Those back to the latest moment at which too few were in the window for a flood to last: one
    before it has ended. `latest_first` are times, descending, the first `looked_at` of them known
    to have no such moment; None: it lies further back.
    """
    few = ENDS_BELOW
    for place in range(max(0, looked_at - few), len(latest_first) - few):
        if latest_first[place] - latest_first[place + few] >= WINDOW_SECONDS:
            return place + few
    return None


def flood_at(times: Sequence[float], now: float, operators: int = 1) -> Flood | None:
    """Return the flood that lasts at a moment, None for none."""
    last = next(iter(floods(times, now, operators)[-1:]), None)
    return last if last is not None and last.until is None else None
