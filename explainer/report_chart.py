"""A tag around an alarm as lines of a PDF: the same picture as `monitoring.trend_picture`."""

from reportlab.graphics.shapes import Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import HexColor

from explainer.report_text import BOLD, FONT, showable
from monitoring.trend_picture import BAND_SD, decimals_of, lines_of, scale_of, ticks
from simulation.fields import Vector
from simulation.models.reading import hours_at

WIDTH, HEIGHT = 252.0, 128.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 42.0, 4.0, 16.0, 24.0
_SIZE = 6.5
_INK, _AXIS, _EDGE = HexColor("#2b4a5e"), HexColor("#4b5962"), HexColor("#c3cacf")
_NORMAL, _RED, _AMBER = HexColor("#e8edef"), HexColor("#b3261e"), HexColor("#7a4b00")


def chart(
    steps: Vector,
    values: Vector,
    *,
    label: str,
    unit: str,
    normal: tuple[float, float] | None,
    span: tuple[int, int],
    onset: int,
    raised: int,
) -> Drawing:
    """Return `values` (n,) at `steps` (n,), NaN where none is good, with onset and alarm."""
    drawing = Drawing(WIDTH, HEIGHT)
    low, high = scale_of(values, normal)
    first, last = span
    right, top = WIDTH - _RIGHT, HEIGHT - _TOP

    def x_of(step: float) -> float:
        return _LEFT + (step - first + 0.5) / (last - first + 1) * (right - _LEFT)

    def y_of(value: float) -> float:
        return _BOTTOM + (value - low) / (high - low) * (top - _BOTTOM)

    def say(x: float, y: float, words: str, anchor: str, font: str = FONT) -> None:
        drawing.add(
            String(
                *(x, y, showable(words)),
                fontName=font, fontSize=_SIZE, fillColor=_AXIS, textAnchor=anchor,
            )
        )  # fmt: skip

    if normal is not None:
        bottom, reach = y_of(normal[0] - BAND_SD * normal[1]), 2 * BAND_SD * normal[1]
        height = y_of(normal[0] - BAND_SD * normal[1] + reach) - bottom
        band = Rect(_LEFT, bottom, right - _LEFT, height, fillColor=_NORMAL, strokeColor=None)
        drawing.add(band)
    marks = ticks(low, high, 4)
    for value in marks:
        drawing.add(
            Line(_LEFT, y_of(value), right, y_of(value), strokeColor=_EDGE, strokeWidth=0.3)
        )
        say(_LEFT - 3, y_of(value) - 2, f"{value:.{decimals_of(marks)}f}", "end")
    hours = ticks(hours_at(first), hours_at(max(last, first + 1)), 6)
    for hour in hours:
        x = x_of(hour / hours_at(1))
        drawing.add(Line(x, _BOTTOM, x, _BOTTOM - 3, strokeColor=_AXIS, strokeWidth=0.4))
        say(x, _BOTTOM - 11, f"{hour:.{decimals_of(hours)}f}", "middle")
    frame = Rect(
        *(_LEFT, _BOTTOM, right - _LEFT, top - _BOTTOM),
        fillColor=None, strokeColor=_EDGE, strokeWidth=0.5,
    )  # fmt: skip
    drawing.add(frame)
    for step, colour, dashes in ((onset, _AMBER, [3, 2]), (raised, _RED, None)):
        if first <= step <= last:
            x = x_of(step)
            drawing.add(
                Line(
                    x, _BOTTOM, x, top, strokeColor=colour, strokeWidth=0.9, strokeDashArray=dashes
                )
            )
    for line in lines_of(steps, values):
        # A reading between two gaps is a line too short for anything but its round ends.
        points = line if len(line) > 1 else [line[0], (line[0][0] + 0.1, line[0][1])]
        flat = [part for step, value in points for part in (x_of(step), y_of(value))]
        drawing.add(PolyLine(flat, strokeColor=_INK, strokeWidth=0.8, strokeLineCap=1))
    say(2, HEIGHT - 9, f"{label} ({unit})" if unit else label, "start", BOLD)
    say((_LEFT + right) / 2, 3, "process time (h)", "middle")
    return drawing
