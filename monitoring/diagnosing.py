"""Diagnosing alarms: when an alarm is raised, and again 5, 10, 20 and 40 samples later.

Free of Celery. Every function may be called twice, late or out of order: a diagnosis rests on the
stored readings alone, and is stored once for each age.
"""

from collections.abc import Iterable
from datetime import timedelta

import numpy as np
from django.db.models import Count, OuterRef, Prefetch, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from monitoring.diagnosis import AGES, HISTORY, Diagnosis, signature
from monitoring.models import Alarm, AlarmDiagnosis, AnalysisCursor, DiagnosisModel
from monitoring.watched import WATCHED, WATCHED_LABELS, variables_of
from simulation.models import Reading

#: The sweep looks at alarms of this age.
SWEPT_FOR = timedelta(hours=24)
SWEPT_AT_ONCE = 20


def model_for(alarm: Alarm) -> DiagnosisModel | None:
    """Return the classifier for an alarm; None without one, or without the valves' positions."""
    if variables_of(alarm.run.plant) < len(WATCHED_LABELS):
        return None
    return DiagnosisModel.in_use(alarm.analysis.detector_model.kind)


def diagnosis_at(alarm: Alarm, step: int, model: DiagnosisModel) -> Diagnosis | None:
    """Return what the alarm looks like at a reading; None if its readings are not stored."""
    found = Reading.objects.filter(run=alarm.run_id, step__lte=step, quality="").order_by("-step")
    stored = list(found.values_list("step", "values")[:HISTORY])[::-1]
    bank = model.classifier.bank
    if len(stored) <= bank.warm_up or stored[-1][0] < min(step, alarm.raised_step):
        return None
    rows = np.array([values[WATCHED] for _, values in stored])
    age = max(0, stored[-1][0] - alarm.onset_step)
    return model.classifier.diagnose(signature(bank, rows, age)[np.newaxis])[0]


def diagnose(alarm_id: int) -> int:
    """Store every diagnosis of an alarm that is due and missing. Returns how many were made."""
    alarm = (
        Alarm.objects.annotate(reached=_reached())
        .select_related("run__plant", "analysis__detector_model")
        .defer("analysis__detector_model__parameters")
        .filter(pk=alarm_id)
        .first()
    )
    model = model_for(alarm) if alarm is not None else None
    if alarm is None or model is None:
        return 0
    made = 0
    there = alarm.diagnoses.values_list("age", flat=True)
    for age in _missing(alarm.raised_step, alarm.reached, there):
        found = diagnosis_at(alarm, alarm.raised_step + age, model)
        if found is None:
            continue
        _, is_new = AlarmDiagnosis.objects.get_or_create(
            alarm=alarm,
            age=age,
            defaults={
                "step": alarm.raised_step + age,
                "ranking": [[idv, round(p, 4)] for idv, p in found.ranking],
                "novelty": found.novelty,
                "model": model,
            },
        )
        made += is_new
    return made


def due() -> list[int]:
    """Return alarms of the last day with a diagnosis that is due and missing, a few at a time.

    The sweep asks this every few seconds, so it takes three queries, however many alarms there are.
    """
    if not DiagnosisModel.objects.exists():
        return []
    recent = (
        Alarm.objects.filter(raised_at__gte=timezone.now() - SWEPT_FOR)
        .annotate(made=Count("diagnoses"), reached=_reached())
        .filter(made__lt=len(AGES))
        .select_related("run__plant")
        .only("raised_step", "run__plant__source", "run__plant__variables")
        .prefetch_related(Prefetch("diagnoses", AlarmDiagnosis.objects.only("alarm", "age")))
        .order_by("-pk")
    )
    found = []
    for alarm in recent[: 5 * SWEPT_AT_ONCE]:
        there = [one.age for one in alarm.diagnoses.all()]
        is_missing = _missing(alarm.raised_step, alarm.reached, there)
        if is_missing and variables_of(alarm.run.plant) >= len(WATCHED_LABELS):
            found.append(alarm.pk)
    return found[:SWEPT_AT_ONCE]


def _missing(raised_step: int, reached: int, there: Iterable[int]) -> list[int]:
    """Return the ages that the run has reached and that are not stored."""
    stored = set(there)
    return [age for age in AGES if age not in stored and raised_step + age <= reached]


def _reached() -> Coalesce:
    """Return, for a query of alarms, the last reading of the run that the detector has consumed.

    That is the cursor's; where the cursor is on another run by now, the run's last reading.
    """
    cursors = AnalysisCursor.objects.filter(plant=OuterRef("run__plant"), run=OuterRef("run"))
    readings = Reading.objects.filter(run=OuterRef("run")).order_by("-step")
    return Coalesce(
        Subquery(cursors.values("step")[:1]), Subquery(readings.values("step")[:1]), Value(0)
    )
