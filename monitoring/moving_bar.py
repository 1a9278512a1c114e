"""The bar under a value: its place in the normal range, and on the way to a trip. Pure.

The middle half is the normal range. The outer quarters go on with half the range's width on either
side, or to the trip limit where there is one: then the end of the bar is the trip.
"""

from __future__ import annotations

from monitoring.charts import Trend

#: Length of the bar, in units of the drawing.
BAR = 110.0


def ends_of(trend: Trend) -> tuple[float, float] | None:
    """Return the values at the two ends of the bar; None without a normal range."""
    if trend.low is None or trend.high is None:
        return None
    half = (trend.high - trend.low) / 2
    low = trend.trip_low if trend.trip_low is not None else trend.low - half
    high = trend.trip_high if trend.trip_high is not None else trend.high + half
    return low, high


def place_on_bar(trend: Trend, value: float | None) -> float:
    """Return where a value stands on the bar, 0 to `BAR`; its middle if nothing is known."""
    ends = ends_of(trend)
    if value is None or ends is None or trend.low is None or trend.high is None:
        return BAR / 2
    knots = (ends[0], trend.low, trend.high, ends[1])
    for n, share in enumerate((0.0, 0.25, 0.75)):
        width = 0.5 if n == 1 else 0.25
        if value <= knots[n + 1] or n == 2:
            part = (value - knots[n]) / (knots[n + 1] - knots[n])
            return BAR * min(1.0, max(0.0, share + width * part))
    raise AssertionError("the last piece takes every value")
