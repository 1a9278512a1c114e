"""The alarms of a plant and the figures of one."""

from dataclasses import dataclass

import numpy as np
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from monitoring.charts import TRENDS, Trend
from monitoring.models import Alarm, Analysis
from monitoring.views.dashboard import alarms_of, find_plant, newest_alarms, rights
from simulation.models import Injection, Reading
from simulation.models.plant import describe_idv
from simulation.models.reading import hours_at
from simulation.tep.variables import LABELS

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


def contributions_of(analysis: Analysis) -> tuple[str, list[Contribution]]:
    """Return which statistic spoke, and every watched variable's part in it, largest first."""
    detector = analysis.detector_model.detector
    rows = list(
        Reading.objects.filter(
            run_id=analysis.run_id, step__gte=analysis.first_step, step__lte=analysis.step
        ).values_list("values", flat=True)
    )
    means = np.mean(rows, axis=0) if rows else np.full(len(LABELS), np.nan)
    parts = analysis.top_contributions(len(detector.labels))
    total = sum(abs(part["contribution"]) for part in parts) or 1.0
    place = {label: i for i, label in enumerate(detector.labels)}
    found = []
    for part in parts:
        tag, trend = part["tag"], TRENDS[part["tag"]]
        found.append(
            Contribution(
                trend=trend,
                contribution=part["contribution"],
                share=max(0.0, 100 * part["contribution"] / total),
                value=float(means[trend.column]),
                mean=float(detector.mean_[place[tag]]),
                sd=float(detector.sd_[place[tag]]),
            )
        )
    return parts[0]["statistic"].replace("T2", "T²"), found


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
def alarms(request: HttpRequest, pk: int) -> HttpResponse:
    """List the alarms of a plant; for htmx the list beside the charts alone."""
    plant = find_plant(pk)
    if request.htmx:  # type: ignore[attr-defined]
        context = {"plant": plant, "alarms": newest_alarms(plant)}
        return render(request, "monitoring/_alarms.html", context)
    page = Paginator(alarms_of(plant), _PAGE).get_page(request.GET.get("page"))
    return render(request, "monitoring/alarms.html", {"plant": plant, "page": page})


@require_safe
def alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one alarm: its figures, contributions, the truth beside them, its explanations."""
    found = get_object_or_404(
        Alarm.objects.select_related("run__plant", "analysis__detector_model"), pk=pk
    )
    statistic, contributions = contributions_of(found.analysis)
    context = {
        "alarm": found,
        "analysis": found.analysis,
        "plant": found.run.plant,
        "statistic": statistic,
        "contributions": contributions,
        "truths": truth_of(found),
        **rights(request.user),
    }
    return render(request, "monitoring/alarm.html", context)
