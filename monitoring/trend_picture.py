"""One tag over some steps as a picture: an SVG that the server draws. Pure.

It needs neither a script nor a style element: what it looks like is said in `base.css`.
"""

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from django.utils.safestring import SafeString, mark_safe

from monitoring import trend_bands
from monitoring.trend_bands import Band
from simulation.fields import Vector
from simulation.tep import SAMPLE_SECONDS

WIDTH, HEIGHT = 900, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 16, 26, 44
#: Points that are drawn at most, about: the lowest and the highest of each of half as many buckets.
MOST_POINTS = 600
#: The normal band is the normal mean and this many standard deviations on either side.
BAND_SD = 3.0
_TICKS_ACROSS, _TICKS_UP = 8, 5
_HOURS = SAMPLE_SECONDS / 3600
#: Width of a letter of the words, about.
_LETTER = 7.5


def lines_of(
    steps: Vector, values: Vector, most: int = MOST_POINTS, apart: int = 1
) -> list[list[tuple[int, float]]]:
    """Return the lines to draw, each a list of (step, value): a new one after each gap.

    Of more than `most` values the lowest and the highest of each bucket of steps stay, so that no
    spike is lost; a gap narrower than a bucket is then too narrow to be seen, and not drawn.
    Values that have been thinned already are `apart` steps from each other at most.
    """
    good = np.isfinite(values)
    steps, values = np.asarray(steps)[good].astype(int), np.asarray(values)[good]
    if not len(steps):
        return []
    width = apart
    if len(steps) > most:
        width = math.ceil((int(steps[-1]) - int(steps[0]) + 1) / (most // 2))
    lines: list[list[tuple[int, float]]] = []
    starts = np.flatnonzero(np.diff(steps) > width) + 1
    for part in np.split(np.arange(len(steps)), starts):
        kept = part
        if width > apart:
            buckets = (steps[part] - steps[0]) // width
            pieces = np.split(part, np.flatnonzero(np.diff(buckets)) + 1)
            extremes = [(one[values[one].argmin()], one[values[one].argmax()]) for one in pieces]
            kept = np.unique(extremes)
        lines.append([(int(steps[i]), float(values[i])) for i in kept])
    return lines


def ticks(low: float, high: float, about: int) -> list[float]:
    """Return round values from `low` to `high`, about so many."""
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    size = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.75)
    first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
    return [i * size for i in range(first, last + 1)]


def scale_of(values: Vector, normal: tuple[float, float] | None) -> tuple[float, float]:
    """Return the lowest and highest value that a chart shows: the data, and the normal band."""
    edges = list(np.asarray(values)[np.isfinite(values)])
    if normal is not None:
        edges += [normal[0] - BAND_SD * normal[1], normal[0] + BAND_SD * normal[1]]
    low, high = (min(edges), max(edges)) if edges else (0.0, 1.0)
    room = 0.06 * (high - low) or max(abs(high) * 0.01, 0.5)
    return float(low - room), float(high + room)


def decimals_of(ticks_drawn: list[float]) -> int:
    """Return the decimals that tell ticks apart."""
    if len(ticks_drawn) < 2:
        return 2
    return max(0, -math.floor(math.log10(ticks_drawn[1] - ticks_drawn[0]) + 1e-9))


def trend_picture(
    steps: Vector,
    values: Vector,
    *,
    label: str,
    unit: str,
    decimals: int,
    normal: tuple[float, float] | None,
    window: tuple[int, int] | None,
    span: tuple[int, int] | None = None,
    scale: tuple[float, float] | None = None,
    alarm_step: int | None = None,
    apart: int = 1,
    bands: Sequence[Band] = (),
) -> SafeString:
    """Return the SVG of `values` (n,) at `steps` (n,), NaN where no value is good.

    `normal` is the normal mean and standard deviation, `window` the steps to shade (None: none),
    `span` the steps to show (else those of the values), `scale` the lowest and highest value to
    show (else those of the values; a line beyond it runs along the edge), `alarm_step` where an
    alarm was raised; `apart` as in `lines_of`; `bands` are what lies behind the line and along the
    edges.
    """
    first, last = span or (int(steps[0]), int(steps[-1]))
    if window is not None:
        first, last = min(first, window[0]), max(last, window[1])
    low, high = scale or scale_of(values, normal)
    above = trend_bands.LANE * len(trend_bands.lanes_of(bands)) / (HEIGHT - TOP - BOTTOM)
    if scale is None:
        high += (high - low) * above / (1 - above)  # no line runs under the strips

    def x_of(step: float) -> float:
        return LEFT + (step - first + 0.5) / (last - first + 1) * (WIDTH - LEFT - RIGHT)

    def y_of(value: float) -> float:
        share = min(1.0, max(0.0, (high - value) / (high - low)))
        return TOP + share * (HEIGHT - TOP - BOTTOM)

    floor = HEIGHT - BOTTOM
    parts = [_box("tp-ground", LEFT, WIDTH - RIGHT, TOP, floor)]
    if normal is not None:
        reach = BAND_SD * normal[1]
        top, bottom = y_of(normal[0] + reach), y_of(normal[0] - reach)
        parts.append(_box("tp-normal", LEFT, WIDTH - RIGHT, top, bottom))
    if window is not None:
        shaded = x_of(window[0] - 0.5), x_of(window[1] + 0.5)
        parts.append(_box("tp-window", *shaded, TOP, floor))
    edges = (LEFT, WIDTH - RIGHT, TOP, floor)
    parts.append(trend_bands.grounds(bands, x_of, edges))
    marks = ticks(low, high, _TICKS_UP)
    for value in marks:
        y = y_of(value)
        parts.append(_line("tp-grid", LEFT, y, WIDTH - RIGHT, y))
        parts.append(_text("tp-tick tp-end", LEFT - 6, y + 4, f"{value:.{decimals_of(marks)}f}"))
    hours = ticks(first * _HOURS, max(last, first + 1) * _HOURS, _TICKS_ACROSS)
    for hour in hours:
        x = x_of(hour / _HOURS)
        parts.append(_line("tp-grid", x, floor, x, floor + 5))
        parts.append(_text("tp-tick tp-middle", x, floor + 18, f"{hour:.{decimals_of(hours)}f}"))
    if normal is not None:
        parts.append(_line("tp-mean", LEFT, y_of(normal[0]), WIDTH - RIGHT, y_of(normal[0])))
    for line in lines_of(steps, values, apart=apart):
        points = " L".join(f"{x_of(step):.1f} {y_of(value):.1f}" for step, value in line)
        alone = " h0" if len(line) == 1 else ""
        parts.append(f'<path class="tp-line" d="M{points}{alone}"/>')
    parts.append(trend_bands.strips(bands, x_of, edges))
    axis = f"{label} ({unit})" if unit else label
    parts.append(_text("tp-tick tp-start", 4, TOP - 8, axis))
    if alarm_step is not None and first <= alarm_step <= last:
        x = x_of(alarm_step)
        parts.append(_line("tp-alarm", x, TOP, x, floor))
        # Above the line and never over the axis's words: then it stands right of them.
        words, behind = "tp-tick tp-alarm-word", 4 + _LETTER * len(axis) + 12
        if x > max(WIDTH / 2, behind + _LETTER * 12):
            parts.append(_text(f"{words} tp-end", x + 4, TOP - 8, "alarm raised"))
        else:
            parts.append(_text(f"{words} tp-start", max(x - 4, behind), TOP - 8, "alarm raised"))
    parts.append(
        _text("tp-tick tp-middle", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "process time (h)")
    )
    told = _told(values, label, unit, decimals, normal, (first, last), window, alarm_step)
    told = "; ".join([told, *trend_bands.told(bands)]) + "."
    head = (
        f'<svg class="trend-picture" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(told)}">'
    )
    return mark_safe(f"{head}{''.join(parts)}</svg>")  # noqa: S308  (numbers, and escaped words)


def _told(
    values: Vector,
    label: str,
    unit: str,
    decimals: int,
    normal: tuple[float, float] | None,
    span: tuple[int, int],
    window: tuple[int, int] | None,
    alarm_step: int | None,
) -> str:
    """Return what the picture shows, in words."""
    good = np.asarray(values)[np.isfinite(values)]
    told = [
        f"{label} over steps {span[0]} to {span[1]}, "
        f"{span[0] * _HOURS:.2f} to {span[1] * _HOURS:.2f} h of process time",
    ]
    if window is not None:
        told.append(f"steps {window[0]} to {window[1]} are shaded")
    if len(good):
        told.append(f"values from {good.min():z.{decimals}f} to {good.max():z.{decimals}f} {unit}")
    else:
        told.append("no good reading")
    if normal is not None:
        told.append(
            f"normal mean {normal[0]:.{decimals}f}, sd {normal[1]:.{decimals + 1}f} {unit}".rstrip()
        )
    if alarm_step is not None:
        told.append(f"alarm raised at step {alarm_step}")
    return "; ".join(told)


def _box(name: str, left: float, right: float, top: float, bottom: float) -> str:
    return (
        f'<rect class="{name}" x="{left:.1f}" y="{top:.1f}" '
        f'width="{right - left:.1f}" height="{bottom - top:.1f}"/>'
    )


def _line(name: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{name}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(name: str, x: float, y: float, words: str) -> str:
    return f'<text class="{name}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'
