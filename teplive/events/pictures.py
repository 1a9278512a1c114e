"""The trends of an event, drawn by the server."""

from dataclasses import dataclass

import numpy as np
from django.utils.safestring import SafeString

from monitoring.charts import Trend
from monitoring.models import Alarm, AlarmOccurrence, EventFrame
from monitoring.tag_window import model_in_charge, normal_of, trend_named
from monitoring.trend_picture import trend_picture
from simulation.models import Reading
from teplive.events.timeline import span_of

#: Trends on a page, and readings behind them, at most: an event may last for weeks.
MOST_TRENDS, MOST_READINGS = 6, 4000


@dataclass(frozen=True)
class Picture:
    """One tag over the event."""

    trend: Trend
    svg: SafeString
    first: int
    last: int


def leading_tags(alarms: list[Alarm], occurrences: list[AlarmOccurrence]) -> list[str]:
    """Return the tags that spoke first: of the limits passed, then those that contributed most."""
    tags = [one.definition.tag for one in occurrences if one.definition.tag]
    for alarm in alarms[:2]:
        tags += [part["tag"] for part in alarm.analysis.top_contributions()]
    return list(dict.fromkeys(tags))[:MOST_TRENDS]


def pictures_of(event: EventFrame, tags: list[str], alarms: list[Alarm]) -> list[Picture]:
    """Return the pictures of some tags, from one query; none where no reading is stored."""
    first, last = span_of(event)
    last = min(last, first + MOST_READINGS - 1)
    stored = Reading.objects.filter(run=event.run, step__gte=first, step__lte=last)
    rows = list(stored.order_by("step").values_list("step", "quality", "values"))
    if not rows:
        return []
    steps = np.array([step for step, _, _ in rows])
    values = np.array(
        [row if not quality else np.full_like(row, np.nan) for _, quality, row in rows]
    )
    model = model_in_charge(event.run, event.opened_step)
    window = (event.opened_step, min(event.last_step, last))
    found = []
    for tag in tags:
        trend = trend_named(tag)
        if trend is None:
            continue
        svg = trend_picture(
            steps,
            values[:, trend.column],
            label=f"{trend.label} {trend.name}",
            unit=trend.unit,
            decimals=trend.decimals,
            normal=normal_of(model, trend.label),
            window=window,
            alarm_step=alarms[0].raised_step if alarms else None,
        )
        found.append(Picture(trend, svg, *window))
    return found
