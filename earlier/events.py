"""The scored points of a plant in order, each with its place, as the stream gives them.

A place is a run and a step in it. What comes after a place is asked of the database, so nothing
depends on a buffer's length, on how fast points arrive, or on how slowly a client reads.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet

from monitoring.models import Analysis, AnalysisCursor
from simulation.models import Reading, Run
from simulation.tep.variables import LEGACY_NAMES

#: Points read at once; a client that is behind gets the next ones directly after them.
AT_ONCE = 200
#: What an event tells of a point.
FIGURES = ("run", "step", "first_step", "t2", "t2_limit", "spe", "spe_limit", "exceeds")
_SHAPE = re.compile(r"(\d{1,9}):(\d{1,9})")


@dataclass(frozen=True)
class Place:
    """A step of a run; `str` gives the id of the event there."""

    run: int
    step: int

    def __str__(self) -> str:
        return f"{self.run}:{self.step}"

    @classmethod
    def of(cls, text: str) -> "Place | None":
        """Return the place that an id names, None if it names none."""
        shape = _SHAPE.fullmatch(text.strip())
        return cls(int(shape[1]), int(shape[2])) if shape else None


@dataclass(frozen=True)
class Event:
    """One scored point."""

    place: Place
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"id: {self.place}\ndata: {json.dumps(self.data, allow_nan=False)}\n\n"


def newest_place(plant_id: int) -> Place:
    """Return the place before the newest point, so that a new client begins with that one."""
    cursor = AnalysisCursor.objects.select_related("run").filter(plant_id=plant_id).first()
    if cursor is None or cursor.run is None:
        return Place(0, 0)
    steps = _points(cursor.run).order_by("-step").values_list("step", flat=True)
    newest = steps.first()
    return Place(cursor.run.number, 0 if newest is None else newest - 1)


def place_to_resume(plant_id: int, wanted: Place) -> Place:
    """Return the place to go on from; one that is not yet, as after a restore, is clamped."""
    newest = newest_place(plant_id)
    if (wanted.run, wanted.step) > (newest.run, newest.step + 1):
        return newest
    return wanted


def hole_after(plant_id: int, place: Place) -> Place | None:
    """Return the first point that is kept, if those after the place have been pruned."""
    steps = Analysis.objects.filter(run__plant_id=plant_id, run__number=place.run)
    first = steps.order_by("step").values_list("step", flat=True).first()
    # A step before the first point that is kept was given once, and is not there any more.
    if place.step == 0 or first is None or first <= place.step + 1:
        return None
    return Place(place.run, first)


def events_after(plant_id: int, place: Place) -> tuple[list[Event], Place]:
    """Return at most `AT_ONCE` points after a place in order, and the place to go on from.

    A run is left for the next one only when the detector has left it too, and nothing of it is
    still to be given.
    """
    # Asked first: what the detector stored before it turned to another run is found below.
    cursor = AnalysisCursor.objects.select_related("run").filter(plant_id=plant_id).first()
    run = Run.objects.filter(plant_id=plant_id, number=place.run).first()
    if run is not None:
        found = list(_points(run).filter(step__gt=place.step).order_by("step")[:AT_ONCE])
        if found:
            return _events(run, found), Place(run.number, found[-1].step)
    if cursor is None or cursor.run is None or cursor.run.number <= place.run:
        return [], place
    following = Run.objects.filter(plant_id=plant_id, number__gt=place.run).order_by("number")[0]
    return [], Place(following.number, 0)


def _points(run: Run) -> "QuerySet[Analysis]":
    return Analysis.objects.filter(run=run).only(*FIGURES)


def _events(run: Run, points: list[Analysis]) -> list[Event]:
    stored = Reading.objects.filter(
        run=run, step__gte=points[0].first_step, step__lte=points[-1].step, quality=""
    )
    readings = list(stored.order_by("step").only("step", "values", "sampled_at"))
    steps = [reading.step for reading in readings]
    events = []
    for point in points:
        first, end = np.searchsorted(steps, [point.first_step, point.step + 1])
        block = readings[first:end]
        if not block:
            continue  # pruned: the point has no values any more
        means = np.mean([reading.values[: len(LEGACY_NAMES)] for reading in block], axis=0)
        events.append(
            Event(
                Place(run.number, point.step),
                {
                    **dict(zip(LEGACY_NAMES, map(float, means), strict=True)),
                    "t2_stat": point.t2,
                    "anomaly": point.exceeds,
                    "time": block[-1].sampled_at.isoformat(),
                    "threshold": point.t2_limit,
                    "spe_stat": point.spe,
                    "spe_threshold": point.spe_limit,
                    "run": run.number,
                    "step": point.step,
                },
            )
        )
    return events
