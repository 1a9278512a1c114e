"""Series of a run from the database, in chunks of bounded size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import BinaryField, ExpressionWrapper, F, QuerySet

from monitoring.models import Analysis, DetectorModel
from monitoring.trends.downsample import Rows, Steps, thinned, width_for
from monitoring.trends.tags import Tag
from simulation.fields import Vector
from simulation.models import Reading, Run
from simulation.tep.variables import LABELS

#: Steps that are held in memory at once, about.
CHUNK = 10_000
#: Rows whose wall time is asked for at once: SQLite takes no more than 999 values in a query.
_TIMES_AT_ONCE = 500
_ITEM = np.dtype("<f8").itemsize


@dataclass(frozen=True)
class Ends:
    """First and newest step of a run that is still stored."""

    first: int
    newest: int


def ends_of(run: Run) -> Ends | None:
    """Return the ends of what is stored of a run, None for nothing."""
    steps = Reading.objects.filter(run=run).values_list("step", flat=True)
    first, newest = steps.order_by("step").first(), steps.order_by("-step").first()
    return None if first is None or newest is None else Ends(first, newest)


def step_at(run: Run, moment: datetime, ends: Ends) -> int:
    """Return the first step sampled at `moment` or later; one more than the newest if none was.

    By halving: wall time goes up with the steps, and only the steps have an index.
    """
    low, high = ends.first, ends.newest + 1
    stored = Reading.objects.filter(run=run).order_by("step").values_list("step", "sampled_at")
    while low < high:
        middle = (low + high) // 2
        found = stored.filter(step__gte=middle).first()
        if found is None or found[1] >= moment:
            high = middle
        else:
            low = found[0] + 1
    return low


def read_rows(
    run: Run,
    tags: Sequence[Tag],
    first: int,
    last: int,
    most: int,
    minus: tuple[Run, int] | None = None,
) -> Rows:
    """Return tags of a run from `first` to `last` in `most` rows at most, NaN where none is good.

    With `minus`, another run and how many steps later its samples are laid, their difference.
    """
    width = width_for(last - first + 1, most)
    while True:
        chunks = chunks_of(run, tags, first, last, width)
        if minus is not None:
            chunks = _differences(chunks, tags, minus, width)
        rows = thinned(chunks, width, len(tags))
        if len(rows) <= most or width > last - first:
            return rows
        width *= 2  # so many gaps that their breaks do not fit in


def chunks_of(
    run: Run, tags: Sequence[Tag], first: int, last: int, width: int = 1
) -> Iterator[tuple[int, Vector]]:
    """Yield the series densely, (steps, tags), in chunks of whole buckets with their first step.

    What is missing or of bad quality is NaN. Stretches without any reading are jumped over.
    """
    size = max(1, CHUNK // width) * width
    start = first
    stored = Reading.objects.filter(run=run, step__lte=last).order_by("step")
    while start <= last:
        found = stored.filter(step__gte=start).values_list("step", flat=True).first()
        if found is None:
            return
        start += (found - start) // width * width
        end = min(start + size - 1, last)
        yield start, _dense(run, tags, start, end)
        start = end + 1


def _dense(run: Run, tags: Sequence[Tag], start: int, end: int) -> Vector:
    dense = np.full((max(0, end - start + 1), len(tags)), np.nan)
    measured = [(i, tag.column) for i, tag in enumerate(tags) if tag.column is not None]
    if measured:
        steps, values = _readings(run, start, end)
        for i, column in measured:
            dense[steps - start, i] = values[:, column]
    said = [i for i, tag in enumerate(tags) if tag.is_statistic]
    if said:
        dense[:, said] = _statistics(run, [tags[i].label for i in said], start, end)
    dense[~np.isfinite(dense)] = np.nan
    return dense


def _readings(run: Run, start: int, end: int) -> tuple[Steps, Vector]:
    """Return the steps of the good readings, and their values as one array without a copy each."""
    good = Reading.objects.filter(run=run, step__gte=start, step__lte=end, quality="")
    packed = ExpressionWrapper(F("values"), output_field=BinaryField())
    found = list(good.order_by("step").annotate(packed=packed).values_list("step", "packed"))
    steps = np.fromiter((step for step, _ in found), dtype=np.int64, count=len(found))
    blob = b"".join(values for _, values in found)
    return steps, np.frombuffer(blob, dtype="<f8").reshape(len(found), len(LABELS))


_COLUMN = {"T2": "t2", "T2.LIMIT": "t2_limit", "SPE": "spe", "SPE.LIMIT": "spe_limit"}


def _statistics(run: Run, labels: list[str], start: int, end: int) -> Vector:
    """Return what the detectors said, (steps, labels): of a point, at each of its readings."""
    found = Analysis.objects.filter(run=run, step__gte=start, first_step__lte=end).order_by("step")
    columns = [_COLUMN[label] for label in labels if label in _COLUMN]
    points = np.array(
        list(found.values_list("first_step", "step", *columns)), dtype=np.float64
    ).reshape(-1, 2 + len(columns))
    spans = np.clip(points[:, :2], start, end).astype(np.int64) - start
    lengths = spans[:, 1] - spans[:, 0] + 1
    owner = np.repeat(np.arange(len(points)), lengths)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at = spans[owner, 0] + place
    dense = np.full((end - start + 1, len(labels)), np.nan)
    plain = [i for i, label in enumerate(labels) if label in _COLUMN]
    for k, i in enumerate(plain, 2):
        dense[at, i] = points[owner, k]
    if "RATIO" in labels:
        dense[at, labels.index("RATIO")] = _ratios(found, points)[owner]
    return dense


def _ratios(found: QuerySet[Analysis], points: Vector) -> Vector:
    """Return the leading statistic of the detector in charge over its limit, of each point."""
    rows = list(
        found.annotate(
            packed=ExpressionWrapper(F("statistics"), output_field=BinaryField()),
            packed_limits=ExpressionWrapper(F("limits"), output_field=BinaryField()),
        ).values_list(
            "detector_model_id", "packed", "packed_limits", "t2", "t2_limit", "spe", "spe_limit"
        )
    )
    ratios = np.full(len(points), np.nan)
    classic: list[int] = []
    by_model: dict[int, list[int]] = {}
    for i, (model_id, packed, packed_limits, *_) in enumerate(rows):
        if packed is None or packed_limits is None:
            classic.append(i)
        else:
            by_model.setdefault(model_id, []).append(i)
    if classic:
        table = np.array([rows[i][3:] for i in classic], dtype=np.float64)
        ratios[classic] = np.maximum(table[:, 0] / table[:, 1], table[:, 2] / table[:, 3])
    models = DetectorModel.objects.defer("parameters").in_bulk(by_model)
    for model_id, places in by_model.items():
        said = _table([rows[i][1] for i in places])
        limits = _table([rows[i][2] for i in places])
        deciding = models[model_id].detector.deciding
        ratios[places] = (said[:, deciding] / limits[:, deciding]).max(axis=1)
        # While a detector warms up its statistics are zero: they stand for no score.
        ratios[np.array(places)[~said.any(axis=1)]] = np.nan
    return ratios


def _table(blobs: list[Any]) -> Vector:
    return np.frombuffer(b"".join(blobs), dtype="<f8").reshape(len(blobs), -1)


def _differences(
    chunks: Iterator[tuple[int, Vector]], tags: Sequence[Tag], minus: tuple[Run, int], width: int
) -> Iterator[tuple[int, Vector]]:
    other, shift = minus
    for start, dense in chunks:
        yield start, dense - _dense(other, tags, start - shift, start + len(dense) - 1 - shift)


def wall_times(run: Run, steps: npt.NDArray[Any]) -> Vector:
    """Return the wall times of steps in seconds since 1970; of a break, between its neighbours."""
    whole = sorted({int(step) for step in steps if step == int(step)})
    known: dict[int, float] = {}
    for i in range(0, len(whole), _TIMES_AT_ONCE):
        asked = Reading.objects.filter(run=run, step__in=whole[i : i + _TIMES_AT_ONCE])
        known |= {
            step: at.astimezone(UTC).timestamp()
            for step, at in asked.values_list("step", "sampled_at")
        }
    at = sorted(known)
    return np.interp(steps, at, [known[step] for step in at]) if at else np.zeros(len(steps))
