"""The newest values of a tag as a small line over its normal band. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitoring.trend_picture import lines_of
from simulation.fields import Vector

WIDTH, HEIGHT, ROOM = 120.0, 32.0, 2.0


@dataclass(frozen=True)
class TagSpark:
    """Lines, one for each stretch without a gap, and the band, in units of the drawing."""

    lines: tuple[str, ...]
    band_top: float | None
    band_height: float
    words: str

    @property
    def has_band(self) -> bool:
        """Whether there is a normal band to draw."""
        return self.band_top is not None


def spark_of(
    steps: Vector,
    values: Vector,
    *,
    span: tuple[int, int],
    band: tuple[float, float] | None,
    decimals: int,
    unit: str,
) -> TagSpark:
    """Draw `values` (n,) at `steps` (n,), NaN where none is good, over the steps of `span`.

    The scale shows the data and the whole band, so that noise looks like noise.
    """
    good = np.isfinite(values)
    if not good.any():
        return TagSpark((), None, 0.0, "no good value")
    known = np.asarray(values)[good]
    edges = [float(known.min()), float(known.max()), *(band or ())]
    low, high = min(edges), max(edges)
    height = (high - low) or 1.0
    first, last = span

    def x_of(step: float) -> float:
        return (step - first) / max(1, last - first) * WIDTH

    def y_of(value: float) -> float:
        return ROOM + (high - value) / height * (HEIGHT - 2 * ROOM)

    drawn = []
    for line in lines_of(steps, values):
        points = " L".join(f"{x_of(step):.1f} {y_of(value):.1f}" for step, value in line)
        drawn.append(f"M{points}{' h0' if len(line) == 1 else ''}")
    words = f"from {known[0]:z.{decimals}f} to {known[-1]:z.{decimals}f} {unit}".rstrip()
    top, size = None, 0.0
    if band is not None:
        top = round(y_of(band[1]), 1)
        size = round(y_of(band[0]) - y_of(band[1]), 1)
    return TagSpark(tuple(drawn), top, size, words)
