"""The rate of alarms as bars: the highest of each bar's time, so that no peak is lost. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from monitoring.alarms.flood import BEGINS_ABOVE, WINDOW_SECONDS

WIDTH, HEIGHT = 900.0, 160.0
#: Bars that are drawn at most; several periods of 10 min share one where there are more.
MOST_BARS = 150
#: The scale shows at least the rate at which a flood begins.
LEAST_SCALE = float(BEGINS_ABOVE) * 1.2


@dataclass(frozen=True)
class Bar:
    """The highest rate from one moment to another, and where it is drawn."""

    begin: datetime
    end: datetime
    rate: float
    x: str
    y: str
    width: str
    height: str

    @property
    def is_over(self) -> bool:
        """Whether it is more than one operator can deal with."""
        return self.rate > BEGINS_ABOVE


def scale(rates: Sequence[float]) -> float:
    """Return the rate at the top of the chart."""
    return max(LEAST_SCALE, max(rates, default=0.0) * 1.05)


def bars(rates: Sequence[float], begin: float, end: float) -> list[Bar]:
    """Return the bars of rates per 10 min, the first of which begins at `begin`."""
    each = max(1, math.ceil(len(rates) / MOST_BARS))
    top, count = scale(rates), math.ceil(len(rates) / each)
    found = []
    for place in range(count):
        rate = max(rates[place * each : (place + 1) * each])
        since = begin + place * each * WINDOW_SECONDS
        until = min(end, since + each * WINDOW_SECONDS)
        height = HEIGHT * rate / top
        found.append(
            Bar(
                datetime.fromtimestamp(since, UTC),
                datetime.fromtimestamp(until, UTC),
                rate,
                f"{WIDTH * place / count:.2f}",
                f"{HEIGHT - height:.2f}",
                f"{WIDTH / count * 0.9:.2f}",
                f"{height:.2f}",
            )
        )
    return found


def height_of(rate: float, rates: Sequence[float]) -> str:
    """Return where a rate stands on the chart."""
    return f"{HEIGHT * (1 - rate / scale(rates)):.2f}"
