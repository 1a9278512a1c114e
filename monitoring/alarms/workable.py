"""Whether a limit can work at all, judged by normal operation and the plant's trips. Pure.

A limit that normal operation passes by itself alarms for nothing; one beyond the trip never comes
before it. Either is flagged with its reason, so that nobody relies on it.
"""

from __future__ import annotations

import math

from monitoring.alarms.limits import Kind, Limit
from monitoring.alarms.normal_operation import NORMAL
from simulation.tep import TRIP_LIMITS
from simulation.tep.variables import VARIABLES, index_of

#: Normal operation is the mean and so many standard deviations to either side.
SIGMAS = 3.0


def trips_of(tag: str) -> tuple[float, float]:
    """Return between which readings of a tag the plant does not trip; infinite without a trip."""
    for trip in TRIP_LIMITS:
        if f"XMEAS({trip.xmeas_number})" == tag:
            low = -math.inf if trip.low is None else (trip.low - trip.offset) / trip.factor
            high = math.inf if trip.high is None else (trip.high - trip.offset) / trip.factor
            return low, high
    return -math.inf, math.inf


def why_not(limit: Limit, tag: str, reference: float | None = None) -> str:
    """Return why a limit on a tag cannot work, in words; empty for one that can."""
    normal, unit = NORMAL[tag], VARIABLES[index_of(tag)].unit
    spread = SIGMAS * normal.sd
    low, high = trips_of(tag)
    band = f"normal operation reaches from {normal.mean - spread:.4g} to"
    band = f"{band} {normal.mean + spread:.4g} {unit} (mean ± {SIGMAS:g} standard deviations)"
    if limit.kind in {Kind.HI, Kind.HIHI}:
        if limit.limit >= high:
            return f"it is not below the trip at {high:.4g} {unit}"
        if limit.limit < normal.mean + spread:
            return f"{band}, which is beyond the limit"
        if limit.limit - limit.deadband < normal.mean:
            return f"its deadband ends below the normal mean of {normal.mean:.4g} {unit}"
    elif limit.kind in {Kind.LO, Kind.LOLO}:
        if limit.limit <= low:
            return f"it is not above the trip at {low:.4g} {unit}"
        if limit.limit > normal.mean - spread:
            return f"{band}, which is beyond the limit"
        if limit.limit + limit.deadband > normal.mean:
            return f"its deadband ends above the normal mean of {normal.mean:.4g} {unit}"
    elif limit.kind is Kind.RATE and limit.limit < math.sqrt(2.0) * spread:
        return (
            f"normal operation changes by up to {math.sqrt(2.0) * spread:.4g} {unit} from one "
            "moment to another (3 standard deviations of a difference)"
        )
    elif limit.kind is Kind.DEVIATION:
        centre = normal.mean if reference is None else reference
        reach = max(abs(normal.mean + spread - centre), abs(normal.mean - spread - centre))
        if limit.limit < reach:
            return f"normal operation is up to {reach:.4g} {unit} from {centre:.4g} {unit}"
    return ""
