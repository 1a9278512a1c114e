"""What a faceplate shows of one variable."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from monitoring.alarms.references import setpoints_of
from monitoring.charts import Trend, trend_of
from monitoring.flowsheet import Control, Readout, controls_of
from monitoring.live import newest_point
from monitoring.loop_modes import MODE_WORDS
from monitoring.loops import loops_of
from monitoring.models import Alarm
from monitoring.newest_values import NewestValues
from monitoring.sheet_marks import TAGS_MARKED
from monitoring.shown import (
    figure_text,
    is_si,
    number_in_units,
    trend_in_units,
    unit_in_units,
    vector_in_units,
)
from monitoring.standing import standing_on
from monitoring.tag_bar import tag_bar
from monitoring.tag_limits import limits_of
from monitoring.tag_parts import shares_of
from monitoring.tag_trend import tag_trend
from monitoring.tag_window import address_of
from monitoring.views.dashboard import newest_alarms
from monitoring.views.flowsheet import newest_reading, present_marks, shown_at
from monitoring.views.hands_context import Row, rows_of
from simulation.fields import Vector
from simulation.models import Plant
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import LABELS, XMEAS, index_of

#: Spans of process time that a faceplate shows and sums up, h.
SPANS = (1, 8, 48)
SAMPLES_AN_HOUR = 3600 // SAMPLE_SECONDS


@dataclass(frozen=True)
class Summary:
    """A variable over a span of process time: good samples only."""

    hours: int
    count: int
    low: float | None
    mean: float | None
    high: float | None


@dataclass(frozen=True)
class LoopShown:
    """A control loop with its set point as the plant has it now."""

    control: Control
    setpoint: float | None
    label: str

    @property
    def setpoint_text(self) -> str:
        """The set point with the digits that say something, and its unit."""
        return setpoint_text(self.setpoint, self.label)


@dataclass(frozen=True)
class Output:
    """The valve at the end of a loop, and where it is."""

    label: str
    column: int
    text: str


def setpoint_text(setpoint: float | None, label: str) -> str:
    """Return a set point with the digits that say something, and its unit."""
    if setpoint is None:
        return ""
    text = figure_text(setpoint, label) if is_si() else f"{setpoint:.6g}"
    return f"{text} {unit_in_units(label)}"


def faceplate_context(plant: Plant, column: int, hours: int) -> dict[str, Any]:
    """Return the context of `_faceplate.html`."""
    trend = trend_of(LABELS[column])
    reading = newest_reading(plant)
    marks = present_marks(plant, standing_on(plant))
    shown = shown_at(Readout(trend.label, 0, 0), reading, marks)
    newest = NewestValues.of(plant, max(SPANS) * SAMPLES_AN_HOUR)
    values = newest.values[:, column]
    first = max(1, plant.step - hours * SAMPLES_AN_HOUR + 1)
    span = (first, max(first, plant.step))
    alarms = list(newest_alarms(plant))
    alarm = next((one for one in alarms if one.is_standing), None)
    limits = limits_of(plant, trend.label)
    marked = [
        (one.letters, one.definition.limit, one.is_watched)
        for one in limits
        if one.letters and one.definition.limit is not None
    ]
    point = newest_point(plant)
    setpoint = shown.setpoint
    return {
        "plant": plant,
        "trend": trend,
        "shown": shown,
        "mode_words": MODE_WORDS.get(shown.mode, ""),
        "setpoint_text": setpoint_text(setpoint, trend.label),
        "deviation": None if setpoint is None or shown.value is None else shown.value - setpoint,
        "bar": tag_bar(trend, shown.value, setpoint, marked),
        "limits": limits,
        "reading": reading,
        "hours": hours,
        "spans": SPANS,
        "picture": _picture(plant, trend, newest, span, setpoint, marked),
        "summaries": _summaries(plant, newest.steps, values),
        "loops": [_loop(control, marks.setpoints) for control in controls_of(trend.label)],
        "story": [loop.words for loop in loops_of(trend.label)],
        "outputs": _outputs(trend.label, reading.values if reading else None),
        "is_valve": trend.label.startswith("XMV"),
        "asked_beyond": "" if shown.state == "bad" else _asked_beyond(plant, trend, shown.value),
        "setpoints_known": bool(marks.setpoints),
        "hand_rows": _hand_rows(plant, trend.label),
        "point": point,
        "shares_now": shares_of(point, trend.label),
        "alarm": alarm,
        "shares_alarm": shares_of(alarm.analysis if alarm else None, trend.label),
        "related": [one for one in alarms if _marks(one, trend.label)],
        "window_address": None
        if plant.current_run is None or reading is None
        else address_of(plant.pk, plant.run.number, trend.label, *span),
    }


def _asked_beyond(plant: Plant, trend: Trend, value: float | None) -> str:
    """Tell how far a valve opens whose loop asks for more than it can; empty for any other.

    A row holds what the controllers put out before it is limited to 0..100 %, as the published
    data do (docs/fidelity.md). The valve itself stays within. What another plant feeds is its own.
    """
    if value is None or not plant.is_simulated or not trend.label.startswith("XMV"):
        return ""
    if value > 100.0:
        return gettext("The loop asks for more than 100 %: the valve opens to 100 %.")
    if value < 0.0:
        return gettext("The loop asks for less than 0 %: the valve closes to 0 %.")
    return ""


def _picture(
    plant: Plant,
    trend: Trend,
    newest: NewestValues,
    span: tuple[int, int],
    setpoint: float | None,
    limits: list[tuple[str, float, bool]],
) -> SafeString:
    """Return the trend in the units of the page, like the figures around it."""
    label = trend.label
    chosen = newest.steps >= span[0]
    past = None if setpoint is None else setpoints_of(plant, label, span)
    return tag_trend(
        trend_in_units(trend),
        newest.steps[chosen],
        vector_in_units(newest.values[chosen, trend.column], label),
        span,
        None if setpoint is None else number_in_units(setpoint, label),
        [(letters, number_in_units(one, label), watched) for letters, one, watched in limits],
        None if past is None else vector_in_units(past, label),
    )


def _marks(alarm: Alarm, label: str) -> bool:
    """Tell whether the tag is among those that contributed most to an alarm."""
    return any(part["tag"] == label for part in alarm.analysis.top_contributions(TAGS_MARKED))


def _summaries(plant: Plant, steps: Vector, values: Vector) -> list[Summary]:
    """Return what the variable did in the last hours of process time, from stored readings."""
    summaries = []
    for hours in SPANS:
        chosen = values[steps > plant.step - hours * SAMPLES_AN_HOUR]
        chosen = chosen[np.isfinite(chosen)]
        if not len(chosen):
            summaries.append(Summary(hours, 0, None, None, None))
            continue
        low, mean, high = float(chosen.min()), float(chosen.mean()), float(chosen.max())
        summaries.append(Summary(hours, len(chosen), low, mean, high))
    return summaries


def _loop(control: Control, setpoints: dict[int, float]) -> LoopShown:
    held = XMEAS[control.loop.xmeas_number - 1].label
    return LoopShown(control, setpoints.get(index_of(held)), held)


def _outputs(label: str, values: Vector | None) -> list[Output]:
    """Return the valves by which a measurement is held, with their positions."""
    if label.startswith("XMV") or values is None:
        return []
    valves = [loop.valve for loop in loops_of(label)]
    return [
        Output(valve, index_of(valve), f"{values[index_of(valve)]:.1f}")
        for valve in dict.fromkeys(valves)
        if np.isfinite(values[index_of(valve)])
    ]


def _hand_rows(plant: Plant, label: str) -> list[Row]:
    """Return what can be held at this faceplate: its valve, or the set point of its loop."""
    return [row for row in rows_of(plant) if row.label == label]
