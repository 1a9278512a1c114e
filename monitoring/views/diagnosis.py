"""The situation display of a plant: all that speaks of its abnormal situation, on one page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitoring.live import newest_point
from monitoring.loops import Loop
from monitoring.member_history import members_of
from monitoring.models import Alarm
from monitoring.newest_values import NewestValues
from monitoring.overview import POINTS
from monitoring.standing import standing_on
from monitoring.tag_spark import TagSpark
from monitoring.trend_picture import BAND_SD
from monitoring.views.alarms import (
    MOMENTS,
    Contribution,
    contributions_of,
    diagnosis_context,
    points_of,
)
from monitoring.views.dashboard import find_plant, newest_alarms, rights, stages_context
from simulation.models import Plant
from simulation.tep import SAMPLE_SECONDS

#: Variables of the contributions that the page shows.
SHOWN = 8
#: Standing alarms that it lists; a storm's others are in the alarm list.
MOST_STANDING = 10
NOW = next(moment for moment in MOMENTS if moment.slug == "now")


@dataclass(frozen=True)
class TagPart:
    """A variable's part in what the detector found, with its newest values."""

    part: Contribution
    spark: TagSpark


@dataclass(frozen=True)
class LoopPart:
    """A control loop's part, with the newest values of what it holds."""

    loop: Loop
    share: float
    spark: TagSpark


@require_safe
def plant_diagnosis(request: HttpRequest, pk: int) -> HttpResponse:
    """Show standing alarm, detectors, contributions, diagnosis, explanations and what-if links."""
    plant = find_plant(pk)
    standing = standing_on(plant).occurrences
    newest = newest_point(plant)
    alarm = newest_alarms(plant).first()  # at most one stands in a run, and that is the newest
    parts = _parts(plant, alarm)
    context = {
        **stages_context(plant),
        **(diagnosis_context(alarm) if alarm else {}),
        **parts,
        **rights(request.user),
        "plant": plant,
        "plants": Plant.objects.all(),
        "sample_seconds": SAMPLE_SECONDS,
        "standing": standing[:MOST_STANDING],
        "more_standing": max(0, len(standing) - MOST_STANDING),
        "alarm": alarm,
        "alarms": newest_alarms(plant),
        "newest_point": newest,
        "members": members_of(newest),
        "points": POINTS,
    }
    return render(request, "monitoring/plant_diagnosis.html", context)


def _parts(plant: Plant, alarm: Alarm | None) -> dict[str, Any]:
    """Return what variables and loops contribute at the newest point of an alarm."""
    if alarm is None:
        return {"statistic": "", "parts": [], "loop_parts": []}
    points = points_of(alarm, NOW)
    statistic, contributions, loops = contributions_of(points)
    newest = NewestValues.of(plant, POINTS)
    by_tag = {one.trend.label: one for one in contributions}

    def spark(one: Contribution) -> TagSpark:
        band = (one.mean - BAND_SD * one.sd, one.mean + BAND_SD * one.sd)
        return newest.spark(one.trend.column, band, one.trend.decimals, one.trend.unit)

    return {
        "statistic": statistic.replace("T2", "T²"),
        "contributions_step": points[-1].step,
        "parts": [TagPart(one, spark(one)) for one in contributions[:SHOWN]],
        "loop_parts": [
            LoopPart(one.loop, one.share, spark(by_tag[one.loop.controlled]))
            for one in loops
            if one.loop.controlled in by_tag
        ],
    }
