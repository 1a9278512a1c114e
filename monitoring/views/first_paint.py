"""What the dashboard shows before, or without, any script: newest values and small lines."""

from dataclasses import dataclass
from typing import Any

from monitoring.charts import GROUPS, Trend, TrendGroup
from monitoring.judging_values import judge
from monitoring.models import Analysis
from monitoring.newest_values import NewestValues
from monitoring.overview import POINTS, sparkline
from monitoring.shown import figure_text
from monitoring.tag_spark import TagSpark
from simulation.models import Plant, Reading


@dataclass(frozen=True)
class First:
    """What stands at a chart when the page is made."""

    text: str
    state: str
    words: str
    spark: TagSpark


@dataclass(frozen=True)
class GroupShown:
    """A group of trends, each with what stands there at first."""

    group: TrendGroup
    shown: list[tuple[Trend, First]]

    @property
    def slug(self) -> str:
        """The group's name in addresses."""
        return self.group.slug

    @property
    def title(self) -> str:
        """The group's title."""
        return self.group.title


def first_paint(plant: Plant) -> dict[str, Any]:
    """Return the charts with their newest values, and the detector's newest points."""
    newest = NewestValues.of(plant, POINTS)
    found = Reading.objects.filter(run=plant.current_run_id, step=plant.step)
    reading = found.first() if plant.step else None
    groups = [
        GroupShown(group, [(trend, _first(trend, newest, reading)) for trend in group.trends])
        for group in GROUPS
    ]
    return {"groups": groups, "first_scores": _scores(plant)}


def _first(trend: Trend, newest: NewestValues, reading: Reading | None) -> First:
    value = None if reading is None else reading.value_at(trend.column)
    band = None if trend.low is None or trend.high is None else (trend.low, trend.high)
    spark = newest.spark(trend.column, band, trend.decimals, trend.unit)
    text = figure_text(value, trend.label)
    return First(text, *judge(trend, value, reading.quality if reading else ""), spark)


def _scores(plant: Plant) -> dict[str, Any]:
    """Return the newest points of the detector in charge, of T² and of SPE, over their limits."""
    found = Analysis.objects.filter(run=plant.current_run_id).order_by("-step")
    found = found.select_related("detector_model").defer("detector_model__parameters")
    points = list(found[:POINTS])[::-1]
    silent = [point.is_warming_up for point in points]
    ratios = [None if point.is_warming_up else point.ratio for point in points]
    return {
        "ratio": sparkline(ratios, silent),
        "t2": sparkline([point.t2 / point.t2_limit for point in points], silent),
        "spe": sparkline([point.spe / point.spe_limit for point in points], silent),
    }
