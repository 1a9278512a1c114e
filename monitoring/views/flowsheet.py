"""The flow sheet of a plant: what stands at each of its places when the page is made."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts import hidden_truth
from monitoring.charts import Trend, trend_of
from monitoring.flowsheet import (
    ANALYSERS,
    HEIGHT,
    READOUTS,
    VALVES,
    WIDTH,
    Analyser,
    Readout,
    Valve,
    controls_of,
)
from monitoring.judging_values import judge
from monitoring.moving_bar import ends_of, place_on_bar
from monitoring.pulse import beat_of
from monitoring.sheet_marks import AlarmMark, SheetMarks, marks_of
from monitoring.shown import figure_text, unit_in_units
from monitoring.standing import PRIORITIES, Standing, standing_on
from monitoring.truth_places import TRUTH_PLACES
from monitoring.views.dashboard import find_plant, newest_alarms, stages_context
from simulation.models import Plant, Reading
from simulation.tep import SAMPLE_SECONDS

#: Width of a valve's sign: what of it is filled is how far the valve is open.
SIGN = 28.0


@dataclass(frozen=True)
class Shown:
    """A place on the flow sheet with what stands there when the page is made."""

    place: Readout | Valve
    value: float | None
    text: str
    state: str
    words: str
    setpoint: float | None = None
    mode: str = ""
    alarm: AlarmMark | None = None

    @property
    def trend(self) -> Trend:
        """What is known of the variable."""
        return self.place.trend

    @property
    def marker(self) -> float:
        """Where on the bar the value stands."""
        return round(place_on_bar(self.trend, self.value), 1)

    @property
    def setpoint_x(self) -> float:
        """Where above the bar the set point stands, from the left of the plate."""
        return round(6 + place_on_bar(self.trend, self.setpoint), 1)

    @property
    def ends(self) -> tuple[float, float] | None:
        """The values at the ends of the bar."""
        return ends_of(self.trend)

    @property
    def opening(self) -> float:
        """How much of a valve's sign is filled."""
        return round(SIGN * min(1.0, max(0.0, (self.value or 0.0) / 100)), 1)

    @property
    def is_loop(self) -> bool:
        """Whether a loop holds or moves it, so that there is a mode to tell."""
        return bool(controls_of(self.trend.label))


def newest_reading(plant: Plant) -> Reading | None:
    """Return the newest reading of the present run."""
    return Reading.objects.filter(run=plant.current_run_id).order_by("-step").first()


def present_marks(plant: Plant, standing: Standing) -> SheetMarks:
    """Return the marks of a plant as they are now."""
    return marks_of(plant, [(hand.kind, hand.number) for hand in plant.hands], standing)


def shown_at(place: Readout | Valve, reading: Reading | None, marks: SheetMarks) -> Shown:
    """Return what stands at a place."""
    trend = place.trend
    value = None if reading is None else reading.value_at(trend.column)
    quality = "" if reading is None else reading.quality
    return Shown(
        place,
        value,
        figure_text(value, trend.label),
        *judge(trend, value, quality),
        setpoint=marks.setpoints.get(trend.column),
        mode=marks.modes.get(trend.column, ""),
        alarm=marks.alarmed.get(trend.column),
    )


def _analysis(analyser: Analyser, reading: Reading | None, marks: SheetMarks) -> dict[str, object]:
    lines = []
    for component, label, y in analyser.lines:
        trend = trend_of(label)
        value = None if reading is None else reading.value_at(trend.column)
        text = figure_text(value, label)
        state = "bad" if reading is not None and reading.quality else "normal"
        line = {"component": component, "trend": trend, "y": y, "text": text, "state": state}
        lines.append(line | {"alarm": marks.alarmed.get(trend.column)})
    unit = unit_in_units(analyser.rows[0][1])
    return {"place": analyser, "lines": lines, "title": f"{analyser.title}, {unit}"}


def sheet_context(plant: Plant) -> dict[str, Any]:
    """Return the context of the whole page."""
    reading, now = newest_reading(plant), timezone.now()
    marks = present_marks(plant, standing_on(plant))
    return {
        **stages_context(plant),
        "plants": Plant.objects.all(),
        "sample_seconds": SAMPLE_SECONDS,
        "alarms": newest_alarms(plant),
        "reading": reading,
        "readouts": [shown_at(place, reading, marks) for place in READOUTS],
        "valves": [shown_at(place, reading, marks) for place in VALVES],
        "analysers": [_analysis(place, reading, marks) for place in ANALYSERS],
        "truths": [{"place": place} for place in TRUTH_PLACES],
        "faults": list(plant.active_faults) if plant.is_simulated else [],
        "is_late": beat_of(plant, now).is_missed,
        "priorities": list(PRIORITIES),
        "width": WIDTH,
        "height": HEIGHT,
        "now": now,
    }


@require_safe
def flowsheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the flow sheet of a plant."""
    return render(request, "monitoring/flowsheet.html", sheet_context(find_plant(pk)))


@require_POST
def truth(request: HttpRequest, pk: int) -> HttpResponse:
    """Hide what is injected from the pages of this session, or show it again."""
    plant = find_plant(pk)
    hidden_truth.hide(request, request.POST.get("shown") == "no")
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return redirect("monitoring:flowsheet", pk=plant.pk)
