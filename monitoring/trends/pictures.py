"""The traces of a view as pictures that the server draws, for a browser without scripts."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from monitoring import shown
from monitoring.trend_bands import CLEARED, FAULT, STANDING, UNJUDGED, Band
from monitoring.trend_picture import MOST_POINTS, trend_picture
from monitoring.trends.marks import Marks, everything, marks_of
from monitoring.trends.places import Source
from monitoring.trends.scale import Scale
from monitoring.trends.series import read_rows
from monitoring.trends.span import steps_of
from monitoring.trends.tags import Tag
from monitoring.trends.view import View
from simulation.fields import Vector

#: Pictures of a page at most; the rest is said to be left out.
MOST = 12


@dataclass(frozen=True)
class Picture:
    """One trace; `svg` is empty where the span holds no reading."""

    title: str
    svg: SafeString | str
    width: int
    bands: tuple[Band, ...] = ()


def bands_of(marks: Marks, hidden: Collection[str], last: int) -> list[Band]:
    """Return what lies around a line up to step `last`, but for the layers that are hidden."""
    bands = []
    if marks.unjudged is not None:
        words = _("warming up: not judged {when}").format(when=_when(*marks.unjudged))
        bands.append(Band(UNJUDGED, *marks.unjudged, words))
    if "alarms" not in hidden:
        for one in marks.alarms:
            kind = STANDING if one["standing"] else CLEARED
            words = _("detector's alarm {number} {when}").format(
                number=one["id"], when=_when(one["onset"], one["cleared"])
            )
            bands.append(Band(kind, one["onset"], one["cleared"] or last, words))
    if "injections" not in hidden:
        for one in marks.injections:
            words = _("IDV({number}) injected {when}").format(
                number=one["idv"], when=_when(one["start"], one["end"])
            )
            bands.append(Band(FAULT, one["start"], one["end"] or last, words))
    if "operator" not in hidden:
        for one in marks.operator:
            words = _("{name}, {priority} priority, {when}").format(
                name=one["name"], priority=one["priority"], when=_when(one["start"], one["end"])
            )
            end = last if one["end"] is None else one["end"]
            bands.append(Band(one["priority"], one["start"], end, words, one["seen"]))
    return bands


def _when(first: int, last: int | None) -> str:
    if last is None:
        return _("from step {first} on").format(first=first)
    return _("from step {first} to {last}").format(first=first, last=last)


def _in_units(
    tag: Tag, values: Vector, normal: tuple[float, float] | None
) -> tuple[Vector, str, int, tuple[float, float] | None]:
    """Return values, unit, decimals and normal mean and sd as the user has chosen to see them."""
    label = tag.label
    if tag.is_statistic or not shown.is_si():
        return values, tag.unit, tag.decimals, normal
    if normal is not None:
        mean = shown.number_in_units(normal[0], label)
        normal = mean, shown.number_in_units(normal[1], label, difference=True)
    unit, decimals = shown.unit_in_units(label), shown.decimals_in_units(label)
    return shown.vector_in_units(values, label), unit, decimals, normal


def _scale_in_units(tag: Tag, scale: Scale | None) -> tuple[float, float] | None:
    if scale is None:
        return None
    if tag.is_statistic:
        return scale.ends
    low, high = (shown.number_in_units(end, tag.label) for end in scale.ends)
    return low, high


def pictures_of(
    view: View,
    sources: dict[str, Source],
    told: Callable[["QuerySet[Any]"], "QuerySet[Any]"] = everything,
) -> list[Picture]:
    """Draw the first traces of a view, each on its own; `told` leaves out injections.

    What lies around a line is told below its picture, too.
    """
    drawn = []
    scales = [view.scale_of(n) for n, chart in enumerate(view.charts) for _trace in chart]
    for trace, scale in list(zip(view.traces, scales, strict=True))[:MOST]:
        key = "" if trace.place is None else str(trace.place)
        if key not in sources:
            continue
        first, last = steps_of(view, sources, key)
        title = f"{trace.tag.label} {trace.tag.name}, {sources[key].name}"
        if last < first:
            drawn.append(Picture(title, "", 1))
            continue
        rows = read_rows(sources[key].run, [trace.tag], first, last, MOST_POINTS)
        kept = rows.steps == np.floor(rows.steps)
        marks = marks_of(sources[key].run, [trace.tag], first, last, told)
        alarm = next((one["raised"] for one in marks.alarms), None)
        bands = bands_of(marks, view.hidden, last)
        values, unit, decimals, normal = _in_units(
            trace.tag,
            rows.values[kept, 0],
            None if "normal" in view.hidden else marks.normal.get(trace.tag.label),
        )
        svg = trend_picture(
            rows.steps[kept],
            values,
            label=f"{trace.tag.label} {trace.tag.name}",
            unit=unit,
            decimals=decimals,
            normal=normal,
            window=None,
            span=(first, last),
            scale=_scale_in_units(trace.tag, scale),
            alarm_step=None if "alarms" in view.hidden else alarm,
            apart=rows.width,
            bands=bands,
        )
        drawn.append(Picture(title, svg, rows.width, tuple(bands)))
    return drawn
