"""What a picture of a trend shows around its line: alarms by priority, claims, faults. Pure.

As SVG without a style, for `monitoring.trend_picture`; the classes are in `base.css`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

STANDING, CLEARED, FAULT, UNJUDGED = "standing", "cleared", "fault", "unjudged"
#: The priorities from the most urgent: which of them it is, 1 to 4, is written on its strip.
PRIORITIES = ("critical", "high", "medium", "low")
#: Height of a strip of alarms, and of that of an injected fault.
LANE, FOOT = 13, 5
#: Bands that are told in words at most.
MOST_TOLD = 12


@dataclass(frozen=True)
class Band:
    """Something from step `first` to `last`: a ground, a fault, or an alarm's priority."""

    kind: str
    first: int
    last: int
    words: str
    seen: int | None = None
    """Of an alarm: when it was acknowledged; its strip is empty from there on."""


def lanes_of(bands: Iterable[Band]) -> list[str]:
    """Return the priorities that get a strip, the most urgent first."""
    there = {band.kind for band in bands}
    return [one for one in PRIORITIES if one in there]


def grounds(bands: Iterable[Band], x_of: Callable[[float], float], edges: Sequence[float]) -> str:
    """Return what lies behind the line; `edges` are left, right, top and bottom of the plot."""
    left, right, top, bottom = edges
    parts = []
    for band in bands:
        if band.kind in {STANDING, CLEARED, UNJUDGED}:
            start, end = _within(band.first, band.last, x_of, left, right)
            parts.append(_box(f"tp-{band.kind}", start, end, top, bottom))
    return "".join(parts)


def strips(bands: Sequence[Band], x_of: Callable[[float], float], edges: Sequence[float]) -> str:
    """Return what lies along the plot's upper and lower edge."""
    left, right, top, bottom = edges
    lanes = lanes_of(bands)
    parts = []
    for band in bands:
        start, end = _within(band.first, band.last, x_of, left, right)
        if band.kind == FAULT:
            parts.append(_box("tp-fault", start, end, bottom - FOOT, bottom))
        if band.kind not in PRIORITIES:
            continue
        y = top + LANE * lanes.index(band.kind)
        until = end
        if band.seen is not None:
            until = min(end, max(start + 1, x_of(band.seen)))
        parts.append(_box(f"tp-{band.kind}", start, until, y, y + LANE - 1))
        if until < end:
            name = f"tp-{band.kind} tp-hollow"
            parts.append(_box(name, until, end, y + 0.5, y + LANE - 1.5))
        number = PRIORITIES.index(band.kind) + 1
        outside = end - start < 10
        parts.append(
            f'<text class="tp-number{" tp-beside" if outside else ""}" '
            f'x="{(end if outside else start) + 2:.1f}" y="{y + LANE - 3:.1f}">{number}</text>'
        )
    return "".join(parts)


def told(bands: Iterable[Band]) -> list[str]:
    """Return the bands in words, the first of them."""
    found = [band.words for band in bands]
    more = len(found) - MOST_TOLD
    return found[:MOST_TOLD] + ([f"and {more} more"] if more > 0 else [])


def _within(
    first: int, last: int, x_of: Callable[[float], float], left: float, right: float
) -> tuple[float, float]:
    start = min(max(x_of(first), left), right - 1)
    return start, min(max(x_of(last), start + 1), right)


def _box(name: str, left: float, right: float, top: float, bottom: float) -> str:
    return (
        f'<rect class="{name}" x="{left:.1f}" y="{top:.1f}" '
        f'width="{right - left:.1f}" height="{bottom - top:.1f}"/>'
    )
