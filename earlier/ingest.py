"""`POST /ingest`: one row of a plant that is fed from outside. 200 means that it is stored."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from earlier.calls import call
from earlier.names import earlier_name
from earlier.plant import must_be_fed
from earlier.rows import RIGHT_SHAPE, WrongShape, row_of
from monitoring.analysing import analyse_plant
from monitoring.ingest_throttle import BUCKETS, tell_refusals
from monitoring.models import Alarm, Analysis, AnalysisCursor, DetectorSettings
from simulation.fields import Vector
from simulation.ingest import (
    IngestRow,
    Outcome,
    RowRefused,
    count_refused,
    parse_row,
    store_rows,
)
from simulation.ingest.rows import column_named
from simulation.models import IngestCount, Plant, PlantError, Reading
from simulation.tep.variables import LABELS

#: A client that names its rows in no way sends one again after its timeout, which was 60 s.
REPEAT_WITHIN = timedelta(seconds=90)
#: The row is stored when scoring begins; a detector that is behind may take this long.
SCORING_SECONDS = 5.0
LOOK_SECONDS = 0.02
#: With more readings than this before the row, the answer does not wait for its score.
MOST_BEFORE = 300
TOP = 6


@call("POST", permission="simulation.feed_plant", any_number=True)
def ingest(request: Request, plant: Plant) -> Response:
    """Store a row, score it, and tell what came of it. No language model is asked in here."""
    must_be_fed(plant)
    _throttle(plant)
    try:
        sent = row_of(request)
    except WrongShape as wrong:
        IngestCount.add(plant.pk, Outcome.MALFORMED, 1, str(wrong))
        return _ignored("wrong_shape", str(wrong), RIGHT_SHAPE)
    try:
        values = parse_row(sent.values, plant.variables, text_ok=sent.is_text)
        row = IngestRow(values, step=sent.step, key=sent.key)
    except RowRefused as refusal:
        count_refused(plant, [refusal])
        return _refused(sent.values, refusal)
    except ValueError as error:
        IngestCount.add(plant.pk, Outcome.MALFORMED, 1, str(error))
        return _ignored("wrong_shape", f"{error}.", RIGHT_SHAPE)
    run_id, step, is_new = _store(plant, row)
    reading = Reading.objects.select_related("run").get(run=run_id, step=step)
    told: dict[str, Any] = {"run": reading.run.number, "step": step, "stored": True}
    if not is_new:
        again = {"status": "duplicate", "message": f"The row is stored already, as step {step}."}
        return Response({**told, **again, **(_score(plant, reading) or {})})
    return Response({"status": "ok", **told, **_outcome(plant, reading)})


def _throttle(plant: Plant) -> None:
    """Take one post of the plant's rate, the same as for its own address. Raises Throttled."""
    wait = BUCKETS.take(plant.pk, float(settings.INGEST_RATE), time.monotonic())
    tell_refusals(plant.pk, at_once=not wait)
    if wait:
        raise Throttled(wait)


def _store(plant: Plant, row: IngestRow) -> tuple[int | None, int, bool]:
    """Store a row. Returns its run and step, and whether it is new. Raises PlantError.

    A row without step or id that equals the last one, which was stored just now, is that one sent
    again: measurements have noise, so two samples are never equal in all 22 values.
    """
    refused: PlantError | None = None
    with transaction.atomic():
        locked = Plant.objects.select_for_update(of=("self",)).get(pk=plant.pk)
        last = Reading.objects.filter(run=locked.current_run_id, step=locked.step).first()
        if last is not None and row.step is None and not row.key and _repeats(last, row.values):
            IngestCount.add(plant.pk, Outcome.DUPLICATE)
            return last.run_id, last.step, False
        try:
            receipt = store_rows(plant, [row])
        except PlantError as error:
            refused = error  # raised outside, so that its count is kept
    if refused is not None:
        raise refused
    return locked.current_run_id, receipt.steps[0], bool(receipt.accepted)


def _repeats(last: Reading, values: Vector) -> bool:
    is_recent = timezone.now() - last.sampled_at <= REPEAT_WITHIN
    return is_recent and np.array_equal(last.values, values, equal_nan=True)


# -- answers ----------------------------------------------------------------------------------


def _outcome(plant: Plant, reading: Reading) -> dict[str, Any]:
    """Score the row, and tell its score, or why it has none."""
    if not reading.is_good:
        return _unscored(f"bad quality: {reading.quality}", quality=reading.quality)
    rule = DetectorSettings.of(plant)
    if rule.detector_in_use() is None:
        return _unscored("no detector has been fitted: manage.py fitdetector, or POST /retrain")
    if _waiting(plant, reading) > max(MOST_BEFORE, rule.decimation):
        return _unscored("the detector is behind; the row will be scored in its turn")
    ends_at = time.monotonic() + SCORING_SECONDS
    while True:
        analyse_plant(plant.pk)
        if score := _score(plant, reading):
            return score
        have, need = _waiting(plant, reading), rule.decimation
        if 0 < have < need:
            return {"aggregating": True, "have": have, "need": need}
        if time.monotonic() >= ends_at:
            return _unscored("the detector is busy; the row will be scored in its turn")
        time.sleep(LOOK_SECONDS)


def _unscored(reason: str, **more: str) -> dict[str, Any]:
    return {"scored": False, "reason": reason, **more}


def _waiting(plant: Plant, reading: Reading) -> int:
    """Return the good readings of the row's run that no block has consumed."""
    cursor = AnalysisCursor.objects.filter(plant=plant).first()
    read = cursor.step if cursor and cursor.run_id == reading.run_id else 0
    return Reading.objects.filter(run=reading.run_id, step__gt=read, quality="").count()


def _score(plant: Plant, reading: Reading) -> dict[str, Any] | None:
    """Return what the earlier system told of a scored row; None while it has no score."""
    point = (
        Analysis.objects.filter(
            run=reading.run_id, step__gte=reading.step, first_step__lte=reading.step
        )
        .select_related("detector_model")
        .defer("detector_model__parameters")
        .first()
    )
    if point is None:
        return None
    raised = Alarm.objects.filter(run=reading.run_id, raised_step=point.step).exists()
    leading = [earlier_name(part["tag"]) for part in point.top_contributions(TOP)]
    return {
        "t2_stat": point.t2,
        "anomaly": point.exceeds,
        "threshold": point.t2_limit,
        "spe_stat": point.spe,
        "spe_threshold": point.spe_limit,
        "consecutive_anomalies": max(0, point.streak),
        "aggregated_index": Analysis.objects.filter(
            run=reading.run_id, step__lte=point.step
        ).count(),
        "llm": {"status": "triggered" if raised else "not_triggered", "top_features": leading},
    }


def _refused(sent: Mapping[str, Any], refusal: RowRefused) -> Response:
    missing = [
        earlier_name(problem.field) for problem in refusal.problems if problem.kind == "missing"
    ]
    columns = {column_named(name) for name in sent}
    present = [
        earlier_name(LABELS[column]) for column in sorted(c for c in columns if c is not None)
    ]
    reason = "missing_features" if missing else refusal.kind.replace(" ", "_")
    return _ignored(
        reason,
        str(refusal),
        "Correct the values named in fields and send the row again; nothing of it was stored.",
        present=present,
        missing=missing,
        fields=refusal.by_field,
    )


def _ignored(reason: str, error: str, hint: str, **more: Any) -> Response:
    """Answer for a row that was not stored, as the earlier system did, but not with 200."""
    body = {"status": "ignored", "reason": reason, "present": [], "stored": False}
    return Response({**body, **more, "error": error, "hint": hint}, status=422)
