"""The trend of a faceplate: one tag's last hours with its range, limits and set point. Pure.

An SVG that the server draws, for a narrow panel; it needs neither a script nor a style element.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
from django.utils.safestring import SafeString, mark_safe

from monitoring.charts import Trend
from monitoring.trend_picture import decimals_of, lines_of, ticks
from simulation.fields import Vector
from simulation.tep import SAMPLE_SECONDS

WIDTH, HEIGHT = 320, 170
LEFT, RIGHT, TOP, BOTTOM = 52, 30, 6, 20
_HOURS = SAMPLE_SECONDS / 3600
#: Between the words of two levels, at least.
_APART = 11
#: Length of the mark for where the set point is now.
_NOW = 14


@dataclass(frozen=True)
class Level:
    """A line across with its word at the right: a trip, an alarm limit, the set point."""

    word: str
    value: float
    name: str
    """The class that it is drawn by."""
    told: str
    """What it is, in words."""
    begins: float = LEFT

    @classmethod
    def of_limit(cls, letters: str, value: float, is_watched: bool) -> Level:
        """Return an alarm limit; one that is not watched is drawn dotted."""
        if is_watched:
            return cls(letters, value, "tp-limit", f"alarm limit {letters}")
        return cls(letters, value, "tp-limit tp-off", f"alarm limit {letters} (not watched)")

    @classmethod
    def of_setpoint(cls, value: float) -> Level:
        """Return the set point as it is now."""
        return cls("SP", value, "tp-setpoint", "set point now", WIDTH - RIGHT - _NOW)


def tag_trend(
    trend: Trend,
    steps: Vector,
    values: Vector,
    span: tuple[int, int],
    setpoint: float | None = None,
    limits: Iterable[tuple[str, float, bool]] = (),
    setpoints: Vector | None = None,
) -> SafeString:
    """Return the SVG of `values` (n,) at `steps` (n,), NaN where none is good, over `span`.

    `setpoint` is where the set point is now, `setpoints` where it was at each step of the span, NaN
    where that is not known; without them it is a mark at the right end. `limits` are letters,
    value, and whether the limit is watched. The scale shows the data, the normal range and the set
    point, and each limit and trip that is within as much again; what lies farther out is told in
    words.
    """
    first, last = span
    levels = [
        Level("trip", edge, "tp-alarm", "trip")
        for edge in (trend.trip_high, trend.trip_low)
        if edge is not None
    ]
    levels += [Level.of_limit(*one) for one in limits]
    if setpoint is not None:
        levels.append(Level.of_setpoint(setpoint))
    past = np.full(last - first + 1, np.nan) if setpoints is None else setpoints
    low, high = scale_of(trend, np.concatenate([values, past]), levels)

    def x_of(step: float) -> float:
        return LEFT + (step - first) / max(1, last - first) * (WIDTH - LEFT - RIGHT)

    def y_of(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    floor, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [
        f'<rect class="tp-ground" x="{LEFT}" y="{TOP}" width="{right - LEFT}" '
        f'height="{floor - TOP}"/>'
    ]
    if trend.low is not None and trend.high is not None:
        top, bottom = y_of(trend.high), y_of(trend.low)
        parts.append(
            f'<rect class="tp-normal" x="{LEFT}" y="{top:.1f}" width="{right - LEFT}" '
            f'height="{bottom - top:.1f}"/>'
        )
    marks = ticks(low, high, 3)
    for value in marks:
        parts.append(_level("tp-grid", y_of(value)))
        parts.append(
            f'<text class="tp-tick tp-end" x="{LEFT - 4}" y="{y_of(value) + 4:.1f}">'
            f"{value:.{decimals_of(marks)}f}</text>"
        )
    drawn = [one for one in levels if low <= one.value <= high]
    parts += [_level(one.name, y_of(one.value), one.begins) for one in drawn]
    every = np.arange(first, last + 1, dtype=float)
    for line in lines_of(every, past, len(every)):
        points = " L".join(f"{x_of(step):.1f} {y_of(value):.1f}" for step, value in _bends(line))
        parts.append(f'<path class="tp-setpoint" d="M{points}"/>')
    places = spread([y_of(one.value) for one in drawn], TOP + 4, floor)
    for one, y in zip(drawn, places, strict=True):
        parts.append(
            f'<text class="tp-tick tp-word {one.name}-word" x="{right + 3}" y="{y + 4:.1f}">'
            f"{escape(one.word)}</text>"
        )
    for line in lines_of(steps, values, 300):
        points = " L".join(f"{x_of(step):.1f} {y_of(value):.1f}" for step, value in line)
        parts.append(f'<path class="tp-line" d="M{points}{" h0" if len(line) == 1 else ""}"/>')
    for name, x, step in (("tp-start", LEFT, first), ("tp-end", right, last)):
        parts.append(
            f'<text class="tp-tick {name}" x="{x}" y="{HEIGHT - 5}">{step * _HOURS:.2f} h</text>'
        )
    told = escape(_told(trend, values, span, levels))
    head = f'<svg class="tag-trend" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">'
    return mark_safe(f"{head}{''.join(parts)}</svg>")  # noqa: S308  (numbers, and escaped words)


def scale_of(trend: Trend, values: Vector, levels: Iterable[Level] = ()) -> tuple[float, float]:
    """Return the lowest and the highest value that the trend shows."""
    known = np.asarray(values)[np.isfinite(values)]
    levels = list(levels)
    edges = [one for one in (trend.low, trend.high) if one is not None]
    edges += [float(known.min()), float(known.max())] if len(known) else []
    edges += [one.value for one in levels if one.word == "SP"]
    low, high = (min(edges), max(edges)) if edges else (0.0, 1.0)
    room = (high - low) or max(abs(high) * 0.02, 1.0)
    near = [one.value for one in levels if low - room <= one.value <= high + room]
    low, high = min([low, *near]), max([high, *near])
    margin = 0.05 * ((high - low) or room)
    return low - margin, high + margin


def spread(places: Sequence[float], top: float, bottom: float) -> list[float]:
    """Return places from `top` to `bottom` so far apart that words can be read; their order stays.

    More words than there is room for lie over each other at the top.
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for one, following in pairwise(order):
        moved[following] = max(moved[following], moved[one] + _APART)
    limit = bottom
    for one in reversed(order):
        moved[one] = max(top, min(moved[one], limit))
        limit = moved[one] - _APART
    return moved


def _bends(line: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the ends of a line, and where it is not level."""
    inner = [
        one
        for before, one, after in zip(line, line[1:], line[2:], strict=False)
        if not before[1] == one[1] == after[1]
    ]
    return [line[0], *inner, line[-1]]


def _level(name: str, y: float, begins: float = LEFT) -> str:
    return f'<line class="{name}" x1="{begins}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'


def _told(trend: Trend, values: Vector, span: tuple[int, int], levels: Iterable[Level]) -> str:
    known = np.asarray(values)[np.isfinite(values)]
    when = f"{trend.label} from {span[0] * _HOURS:.2f} to {span[1] * _HOURS:.2f} h of process time"
    if len(known):
        low, high = f"{known.min():z.{trend.decimals}f}", f"{known.max():z.{trend.decimals}f}"
        words = f"{when}: lowest {low}, highest {high} {trend.unit}"
    else:
        words = f"{when}: no good reading"
    lines = ", ".join(f"{one.told} {one.value:.{trend.decimals + 1}f}" for one in levels)
    return f"{words}; {lines}." if lines else f"{words}."
