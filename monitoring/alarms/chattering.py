"""Chattering, fleeting and stale alarms, by the usual definitions of ISA-18.2 and EEMUA 191. Pure.

Times are seconds on any clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

#: An alarm chatters that is announced so many times within so many seconds.
CHATTERING_TIMES, CHATTERING_SECONDS = 3, 60.0
#: One that has been standing for longer than a day is stale.
STALE_SECONDS = 24 * 3600.0


def is_chattering(times: Iterable[float]) -> bool:
    """Tell whether one alarm's announcements, in order, ever came in quick succession."""
    return chattering_count(times) > 0


def chattering_count(times: Iterable[float]) -> int:
    """Return how many of one alarm's announcements, in order, belong to chattering."""
    recent: deque[tuple[int, float]] = deque()
    found: set[int] = set()
    for index, moment in enumerate(times):
        recent.append((index, moment))
        while moment - recent[0][1] > CHATTERING_SECONDS:
            recent.popleft()
        if len(recent) >= CHATTERING_TIMES:
            found.update(number for number, _ in recent)
    return len(found)


def is_stale(since: float, now: float) -> bool:
    """Tell whether an alarm that has been standing since a moment is stale."""
    return now - since > STALE_SECONDS
