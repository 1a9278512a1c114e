"""The flow sheet of a plant, and the faceplate of one of its variables."""

from dataclasses import dataclass

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitoring.charts import Trend, trend_of
from monitoring.flowsheet import (
    ANALYSERS,
    BAR,
    HEIGHT,
    READOUTS,
    VALVES,
    WIDTH,
    Analyser,
    Control,
    Readout,
    Valve,
    controls_of,
)
from monitoring.views.dashboard import find_plant, newest_alarms, stages_context
from simulation.fields import Vector
from simulation.models import Plant, Reading
from simulation.tep import SAMPLE_SECONDS, PlantState
from simulation.tep.variables import LABELS, XMV

#: Spans of process time that a faceplate sums up, h.
SPANS = (1, 8, 48)
SAMPLES_AN_HOUR = 3600 // SAMPLE_SECONDS


@dataclass(frozen=True)
class Shown:
    """A place on the flow sheet with what stands there when the page is made."""

    place: Readout | Valve
    text: str
    state: str
    words: str
    marker: float

    @property
    def trend(self) -> Trend:
        """What is known of the variable."""
        return self.place.trend


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
    unit: str
    is_by_hand: bool

    @property
    def setpoint_text(self) -> str:
        """The set point with the digits that say something."""
        return "" if self.setpoint is None else f"{self.setpoint:.6g}"


def judge(trend: Trend, value: float | None, quality: str) -> tuple[str, str]:
    """Return state and words of a value, as the trends say it."""
    if value is None:
        return "none", ""
    if quality:
        return "bad", "bad quality"
    if trend.high is not None and value > trend.high:
        return "outside", "high"
    if trend.low is not None and value < trend.low:
        return "outside", "low"
    return "normal", ""


def marker_of(trend: Trend, value: float | None) -> float:
    """Return where on the deviation bar a value stands: its normal range is the middle half."""
    if value is None or trend.low is None or trend.high is None:
        return BAR / 2
    middle, half = (trend.low + trend.high) / 2, (trend.high - trend.low) / 2
    return BAR * min(1.0, max(0.0, 0.5 + 0.25 * (value - middle) / half))


def _newest(plant: Plant) -> Reading | None:
    return Reading.objects.filter(run=plant.current_run_id).order_by("-step").first()


def _shown(place: Readout | Valve, reading: Reading | None) -> Shown:
    trend = place.trend
    value = None if reading is None else float(reading.values[trend.column])
    quality = "" if reading is None else reading.quality
    if value is not None and not np.isfinite(value):
        value = None
    text = "–" if value is None else f"{value:.{trend.decimals}f}"
    return Shown(place, text, *judge(trend, value, quality), marker_of(trend, value))


def _analysis(analyser: Analyser, reading: Reading | None) -> dict[str, object]:
    lines = []
    for component, label, y in analyser.lines:
        trend = trend_of(label)
        value = None if reading is None else float(reading.values[trend.column])
        text = "–" if value is None or not np.isfinite(value) else f"{value:.{trend.decimals}f}"
        lines.append({"component": component, "trend": trend, "y": y, "text": text})
    return {"place": analyser, "lines": lines}


@require_safe
def flowsheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the flow sheet of a plant."""
    plant = find_plant(pk)
    reading = _newest(plant)
    context = {
        **stages_context(plant),
        "plants": Plant.objects.all(),
        "sample_seconds": SAMPLE_SECONDS,
        "alarms": newest_alarms(plant),
        "reading": reading,
        "readouts": [_shown(place, reading) for place in READOUTS],
        "valves": [_shown(place, reading) for place in VALVES],
        "analysers": [_analysis(place, reading) for place in ANALYSERS],
        "width": WIDTH,
        "height": HEIGHT,
        "bar": BAR,
    }
    return render(request, "monitoring/flowsheet.html", context)


@require_safe
def faceplate(request: HttpRequest, pk: int, column: int) -> HttpResponse:
    """Show one variable: value, limits, the last hours, and the loops it belongs to."""
    if column >= len(LABELS):
        raise Http404("no such variable")
    plant = find_plant(pk)
    trend = trend_of(LABELS[column])
    reading = _newest(plant)
    shown = _shown(Readout(trend.label, 0, 0), reading)
    state = plant.load_state() if plant.is_simulated and plant.tep_state else None
    context = {
        "plant": plant,
        "trend": trend,
        "shown": shown,
        "reading": reading,
        "summaries": _summaries(plant, column),
        "loops": [_loop(control, state) for control in controls_of(trend.label)],
        "by_hand": _by_hand(trend.label, state),
        "is_valve": trend.label.startswith("XMV"),
        "setpoints_known": state is not None,
    }
    return render(request, "monitoring/_faceplate.html", context)


def _summaries(plant: Plant, column: int) -> list[Summary]:
    """Return what the variable did in the last hours of process time, from stored readings."""
    first = plant.step - max(SPANS) * SAMPLES_AN_HOUR
    found = Reading.objects.filter(run=plant.current_run_id, step__gt=first, quality="")
    rows = [(step, values[column]) for step, values in found.values_list("step", "values")]
    steps = np.array([step for step, _ in rows], dtype=np.int64)
    values: Vector = np.array([value for _, value in rows], dtype=np.float64)
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


def _loop(control: Control, state: PlantState | None) -> LoopShown:
    loop = control.loop
    unit = trend_of(f"XMEAS({loop.xmeas_number})").unit
    if state is None:
        return LoopShown(control, None, unit, False)
    record = state.record[0]
    by_hand = bool(record["local"][loop.number - 1])
    return LoopShown(control, float(record["setpoint"][loop.number - 1]), unit, by_hand)


def _by_hand(label: str, state: PlantState | None) -> bool:
    if state is None or not label.startswith("XMV"):
        return False
    numbers = {valve.label: valve.number for valve in XMV}
    return bool(state.record[0]["by_hand"][numbers[label] - 1])
