"""The rules: from when on a stage is late or stalled, and when a process counts as silent."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from monitoring.status.stage import State

#: Late after so many intervals, at least so many seconds beyond the time; stalled likewise. At an
#: interval of 1 s a stall is said 2.5 s after the last sample.
LATE_INTERVALS, STALLED_INTERVALS = 0.5, 1.5
OURS = (0.5, 1.0)
#: Rows from outside cross a network and come in bursts.
FROM_OUTSIDE = (1.0, 3.0)
#: What a page got is noted once in half a second.
NOTED = (1.5, 2.0)

#: A gap of so many intervals between two events, and of 5 s at least, is a break in the stream.
BREAK_INTERVALS = 5.0

#: Beat shows its pulse once a second.
CLOCK_SILENCE_SECONDS = 3.0
#: The sweeps come every 2 s; three of them must be missed before a worker is accused.
WORKER_SILENCE_SECONDS = 8.0
#: A step that is due but whose tick has left the queue may be under way for so long.
STEP_PATIENCE_SECONDS = 3.0

RESTARTS = "With make run a process that died or hangs is restarted by itself; else start one: "
START_PLANT_WORKER = f"{RESTARTS}celery -A teplive worker -Q simulate,analyse"
START_EXPLAIN_WORKER = f"{RESTARTS}celery -A teplive worker -Q explain"
START_BEAT = "With make run it is restarted by itself; else start it: celery -A teplive beat"
START_WEB = (
    "With make run it is restarted by itself; else restart it: daphne teplive.asgi:application"
)


def judge(
    overdue_seconds: float, interval_seconds: float, least: tuple[float, float] = OURS
) -> State:
    """Return ok, late or stalled for work that is so much beyond its time."""
    late, stalled = least
    if overdue_seconds > max(STALLED_INTERVALS * interval_seconds, stalled):
        return "stalled"
    return "late" if overdue_seconds > max(LATE_INTERVALS * interval_seconds, late) else "ok"


def rate_of(times: Sequence[datetime], now: datetime, interval_seconds: float) -> float | None:
    """Return events a second from the times of the newest few; None for fewer than two.

    What should have come by now counts as time that has passed, so the rate of a stream that
    stands still falls instead of staying at its last value. What lies before a break (a pause, no
    page open) does not count: the rate is that of the stream since.
    """
    latest_first = sorted(times, reverse=True)
    for i, (later, earlier) in enumerate(pairwise(latest_first), 1):
        if (later - earlier).total_seconds() > max(BREAK_INTERVALS * interval_seconds, 5.0):
            latest_first = latest_first[:i]
            break
    if len(latest_first) < 2:
        return None
    newest, oldest = latest_first[0], latest_first[-1]
    seconds = (newest - oldest).total_seconds()
    usual = max(interval_seconds, seconds / (len(latest_first) - 1))
    silent = (now - newest).total_seconds()
    seconds += silent if silent > 2 * usual else 0.0
    return (len(latest_first) - 1) / seconds if seconds > 0 else None
