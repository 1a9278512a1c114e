"""The bar of a faceplate: the value in its range, on the way to alarms and trips. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString, mark_safe

from monitoring.charts import Trend
from monitoring.moving_bar import BAR, ends_of, place_on_bar

WIDTH, HEIGHT = 320, 52
LEFT, TOP, THICK = 12, 20, 12
_SCALE = (WIDTH - 2 * LEFT) / BAR


def tag_bar(
    trend: Trend,
    value: float | None,
    setpoint: float | None,
    limits: Iterable[tuple[str, float, bool]],
) -> SafeString:
    """Return the SVG; `limits` are letters, value, and whether the limit is watched.

    Empty without a normal range: there is no scale then.
    """
    if ends_of(trend) is None:
        return SafeString("")

    def x_of(one: float) -> float:
        return LEFT + _SCALE * place_on_bar(trend, one)

    floor = TOP + THICK
    parts = [
        f'<rect class="scale" x="{LEFT}" y="{TOP}" width="{WIDTH - 2 * LEFT}" height="{THICK}"/>',
        f'<rect class="range" x="{LEFT + _SCALE * BAR / 4:.1f}" y="{TOP}" '
        f'width="{_SCALE * BAR / 2:.1f}" height="{THICK}"/>',
    ]
    for trip, end in ((trend.trip_low, LEFT), (trend.trip_high, WIDTH - LEFT)):
        if trip is not None:
            parts.append(f'<path class="trip" d="M{end} {TOP - 4}V{floor + 4}"/>')
    told = []
    for letters, limit, is_watched in limits:
        x, name = x_of(limit), "alarm-limit" if is_watched else "alarm-limit off"
        # The outer ones have their letters below, so that they do not meet those of the inner ones.
        y, words_y = (floor + 6, floor + 18) if len(letters) > 1 else (TOP - 6, TOP - 8)
        start = TOP if len(letters) > 1 else floor
        parts.append(f'<path class="{name}" d="M{x:.1f} {start}V{y}"/>')
        parts.append(f'<text class="{name}" x="{x:.1f}" y="{words_y}">{escape(letters)}</text>')
        told.append(f"{letters} {limit:g}{'' if is_watched else ', not watched'}")
    if setpoint is not None:
        parts.append(f'<path class="setpoint" d="M{x_of(setpoint):.1f} {TOP + 1}l-5 -9h10Z"/>')
    if value is not None:
        parts.append(
            f'<rect class="marker" x="{x_of(value) - 3:.1f}" y="{TOP - 2}" width="6" '
            f'height="{THICK + 4}"/>'
        )
    words = f"Where {trend.label} is in its range" + (f"; limits {', '.join(told)}" if told else "")
    head = (
        f'<svg class="tag-bar" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(words)}">'
    )
    return mark_safe(f"{head}{''.join(parts)}</svg>")  # noqa: S308  (numbers, and escaped words)
