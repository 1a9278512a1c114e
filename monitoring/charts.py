"""Which trends the dashboard draws, in which order, and the lines an operator expects in them."""

import math
from dataclasses import dataclass

from simulation.tep import TRIP_LIMITS
from simulation.tep.variables import VARIABLES, XMEAS, XMV, Xmeas, Xmv, index_of

_TRIPS = {
    limit.xmeas_number: tuple(
        None if edge is None else (edge - limit.offset) / limit.factor
        for edge in (limit.low, limit.high)
    )
    for limit in TRIP_LIMITS
}


@dataclass(frozen=True)
class Trend:
    """One small chart: a column of the readings, its normal range and its trip limits."""

    column: int
    label: str
    name: str
    unit: str
    decimals: int
    low: float | None
    high: float | None
    trip_low: float | None
    trip_high: float | None


@dataclass(frozen=True)
class TrendGroup:
    """Trends that are read together."""

    slug: str
    title: str
    trends: tuple[Trend, ...]


def _decimals(noise: float) -> int:
    """Return how many decimals of a value are not lost in its noise."""
    return max(0 if noise > 1.0 else 1, math.ceil(-math.log10(noise)))


def trend_of(label: str) -> Trend:
    """Return a chart's description for any variable. Raises ValueError for a label that is none."""
    return _trend(VARIABLES[index_of(label)])


def _trend(variable: Xmeas | Xmv) -> Trend:
    low, high = variable.operating_range or (None, None)
    trip_low, trip_high = (None, None)
    decimals = 1
    if isinstance(variable, Xmeas):
        trip_low, trip_high = _TRIPS.get(variable.number, (None, None))
        decimals = _decimals(variable.noise_std)
    name = variable.description
    return Trend(
        column=index_of(variable.label),
        label=variable.label,
        name=name[0].upper() + name[1:],
        unit=variable.unit.replace("m3", "m³"),
        decimals=decimals,
        low=low,
        high=high,
        trip_low=trip_low,
        trip_high=trip_high,
    )


def _measured(slug: str, title: str, *numbers: int) -> TrendGroup:
    return TrendGroup(slug, title, tuple(_trend(XMEAS[number - 1]) for number in numbers))


GROUPS: tuple[TrendGroup, ...] = (
    _measured("pressures", "Pressures", 7, 13, 16),
    _measured("levels", "Levels", 8, 12, 15),
    _measured("temperatures", "Temperatures", 9, 11, 18, 21, 22),
    _measured("feeds", "Feeds", 1, 2, 3, 4),
    _measured("recycle", "Recycle, reactor feed and purge", 5, 6, 10),
    _measured("utilities", "Liquid flows and utilities", 14, 17, 19, 20),
    TrendGroup("valves", "Manipulated variables", tuple(_trend(variable) for variable in XMV)),
)

#: Every trend by its label.
TRENDS: dict[str, Trend] = {trend.label: trend for group in GROUPS for trend in group.trends}
