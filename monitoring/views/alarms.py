"""The detector's alarms of a plant and the figures of one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.hidden_truth import is_hidden
from monitoring.charts import TRENDS, Trend
from monitoring.detectors import PCADetector
from monitoring.diagnosis import AGES
from monitoring.loops import LOOPS, Loop
from monitoring.models import Alarm, Analysis, DiagnosisModel
from monitoring.views.dashboard import alarms_of, find_plant, newest_alarms, rights
from monitoring.watched import WATCHED_LABELS, variables_of
from simulation.fields import Vector
from simulation.models import Injection, Reading
from simulation.models.plant import describe_idv
from simulation.models.reading import hours_at
from simulation.tep.variables import LABELS, index_of

_PAGE = 50


@dataclass(frozen=True)
class Contribution:
    """A watched variable's part in the alarm, and how far it was from normal."""

    trend: Trend
    contribution: float
    share: float
    value: float
    mean: float
    sd: float

    @property
    def sd_decimals(self) -> int:
        """Decimals of the standard deviation: one more than the value has."""
        return self.trend.decimals + 1

    @property
    def z(self) -> float:
        """Distance from the normal mean in standard deviations."""
        return (self.value - self.mean) / self.sd


@dataclass(frozen=True)
class Truth:
    """An injection, as it lay in time against the alarm."""

    injection: Injection
    description: str
    delay_hours: float | None


@dataclass(frozen=True)
class LoopPart:
    """What the tags of a control loop contribute together."""

    loop: Loop
    contribution: float
    share: float


@dataclass(frozen=True)
class Moment:
    """Of which points the contributions are told."""

    slug: str
    title: str
    words: str


MOMENTS = (
    Moment("raised", "When raised", "when the alarm was raised"),
    Moment("now", "Newest point", "at its newest point"),
    Moment("all", "Alarm so far", "on average since its onset"),
)
#: Points that the average over an alarm takes at most: its first ones.
MOST_POINTS = 500
LOOPS_SHOWN = 5


def points_of(alarm: Alarm, moment: Moment) -> list[Analysis]:
    """Return the points that a moment stands for, with what their figures need."""
    if moment.slug == "raised":
        return [alarm.analysis]
    found = Analysis.objects.filter(run=alarm.run_id, step__gte=alarm.onset_step)
    if alarm.cleared_step is not None:
        found = found.filter(step__lte=alarm.cleared_step)
    found = found.select_related("detector_model").defer("detector_model__parameters")
    if moment.slug == "now":
        newest = found.order_by("-step").first()
        return [newest] if newest is not None else [alarm.analysis]
    points = [
        point
        for point in found.order_by("step")[:MOST_POINTS]
        if point.detector_model_id == alarm.analysis.detector_model_id
    ]
    return points or [alarm.analysis]


def contributions_of(
    points: list[Analysis], classical: bool = False
) -> tuple[str, list[Contribution], list[LoopPart]]:
    """Return which statistic spoke, every watched variable's part in it and every loop's.

    Of several points the means are told; parts are to the statistic that spoke at the last one.
    With `classical` those of PCA are the classical ones, computed from the stored readings.
    """
    last = points[-1]
    detector = last.detector_model.detector
    statistic = last.all_contributions()[0]
    stored = Reading.objects.filter(
        run_id=last.run_id, step__gte=points[0].first_step, step__lte=last.step, quality=""
    )
    readings: dict[int, Vector] = dict(stored.values_list("step", "values"))
    if classical and isinstance(detector, PCADetector):
        arrays = _classical(detector, points, statistic, readings)
    else:
        arrays = [
            values
            for name, values in (point.all_contributions() for point in points)
            if values is not None and name == statistic
        ]
    if not arrays:
        return statistic, [], []
    rows = list(readings.values())
    means = np.mean(rows, axis=0) if rows else np.full(len(LABELS), np.nan)
    parts = np.mean(arrays, axis=0)
    total = float(np.abs(parts).sum()) or 1.0
    found = []
    for place in np.argsort(-parts, kind="stable"):
        trend = TRENDS[detector.labels[int(place)]]
        found.append(
            Contribution(
                trend=trend,
                contribution=float(parts[place]),
                share=max(0.0, 100 * float(parts[place]) / total),
                value=float(means[trend.column]),
                mean=float(detector.mean_[place]),
                sd=float(detector.sd_[place]),
            )
        )
    by_tag = {part.trend.label: part.contribution for part in found}
    sums = [(loop, sum(by_tag.get(tag, 0.0) for tag in loop.tags)) for loop in LOOPS]
    loops = [
        LoopPart(loop, part, max(0.0, 100 * part / total))
        for loop, part in sorted(sums, key=lambda one: -one[1])[:LOOPS_SHOWN]
    ]
    return statistic, found, loops


def _classical(
    detector: PCADetector, points: list[Analysis], statistic: str, readings: dict[int, Vector]
) -> list[Vector]:
    """Return the classical contributions of the points whose readings are stored."""
    columns = [index_of(label) for label in detector.labels]
    found = []
    for point in points:
        steps = range(point.first_step, point.step + 1)
        block = [readings[step][columns] for step in steps if step in readings]
        if block:
            x = np.mean(block, axis=0)
            parts = detector.contributions(detector.start(), x, method="classical")
            found.append(parts[statistic])
    return found


def diagnosis_context(alarm: Alarm) -> dict[str, Any]:
    """Return the context of `_diagnosis.html`."""
    diagnoses = list(
        alarm.diagnoses.select_related("model").defer("model__parameters").order_by("age")
    )
    accuracy: tuple[str, ...] = ()
    if diagnoses:
        by_age = diagnoses[0].model.card.get("by_age", {})
        accuracy = tuple(f"{100 * by_age[age]['top1']:.0f}" for age in ("0", "10") if age in by_age)
    return {
        "alarm": alarm,
        "diagnoses": diagnoses,
        "accuracy": accuracy,
        "diagnosis_model": DiagnosisModel.in_use(alarm.analysis.detector_model.kind),
        "no_valves": variables_of(alarm.run.plant) < len(WATCHED_LABELS),
        "is_watched": alarm.run.ended_at is None and len(diagnoses) < len(AGES),
    }


def truth_of(alarm: Alarm) -> list[Truth]:
    """Return the injections that were in force at some time from the onset to the clearing."""
    last = alarm.cleared_step if alarm.cleared_step is not None else alarm.run.plant.step
    found = alarm.run.injections.open_after(alarm.onset_step).filter(start_step__lte=last)
    truths = []
    for injection in found.select_related("preset", "injected_by"):
        steps = alarm.raised_step - injection.start_step + 1
        truths.append(
            Truth(injection, describe_idv(injection.idv), hours_at(steps) if steps > 0 else None)
        )
    return truths


@require_safe
def claims(request: HttpRequest, pk: int) -> HttpResponse:
    """List the detector's alarms of a plant; for htmx the list beside the charts alone."""
    plant = find_plant(pk)
    if request.htmx:  # type: ignore[attr-defined]
        context = {"plant": plant, "alarms": newest_alarms(plant)}
        return render(request, "monitoring/_alarms.html", context)
    page = Paginator(alarms_of(plant), _PAGE).get_page(request.GET.get("page"))
    return render(request, "monitoring/claims.html", {"plant": plant, "page": page})


@require_safe
def alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one alarm: its figures, contributions, the truth beside them, its explanations."""
    found = get_object_or_404(
        Alarm.objects.select_related(
            "run__plant", "analysis__detector_model", "occurrence__acknowledged_by"
        ),
        pk=pk,
    )
    moment = next((one for one in MOMENTS if one.slug == request.GET.get("at")), MOMENTS[0])
    classical = request.GET.get("method") == "classical"
    statistic, contributions, loops = contributions_of(points_of(found, moment), classical)
    context = {
        **diagnosis_context(found),
        "analysis": found.analysis,
        "plant": found.run.plant,
        "statistic": statistic.replace("T2", "T²"),
        "moment": moment,
        "moments": MOMENTS,
        "loops": loops,
        "is_pca": found.analysis.detector_model.kind == "pca",
        "classical": classical and found.analysis.detector_model.kind == "pca",
        "contributions": contributions,
        "truth_hidden": is_hidden(request),
        "truths": [] if is_hidden(request) else truth_of(found),
        **rights(request.user),
    }
    return render(request, "monitoring/alarm.html", context)


@require_safe
def diagnosis(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the diagnoses of an alarm alone, as its page asks for them while they sharpen."""
    found = get_object_or_404(
        Alarm.objects.select_related("run__plant", "analysis__detector_model"), pk=pk
    )
    return render(request, "monitoring/_diagnosis.html", diagnosis_context(found))
