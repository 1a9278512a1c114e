"""Diagnosing alarms: when an alarm is raised, and again 5, 10, 20 and 40 samples later.

Free of Celery. Every function may be called twice, late or out of order: a diagnosis rests on the
stored readings alone, and is stored once for each age.
"""

from datetime import timedelta

import numpy as np
from django.db.models import Count
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
        Alarm.objects.select_related("run__plant", "analysis__detector_model")
        .defer("analysis__detector_model__parameters")
        .filter(pk=alarm_id)
        .first()
    )
    model = model_for(alarm) if alarm is not None else None
    if alarm is None or model is None:
        return 0
    made = 0
    for age in _missing(alarm):
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
    """Return alarms of the last day with a diagnosis that is due and missing, a few at a time."""
    recent = (
        Alarm.objects.filter(raised_at__gte=timezone.now() - SWEPT_FOR)
        .annotate(made=Count("diagnoses"))
        .filter(made__lt=len(AGES))
        .select_related("run__plant")
        .order_by("-pk")
    )
    found = []
    for alarm in recent[: 5 * SWEPT_AT_ONCE]:
        if variables_of(alarm.run.plant) >= len(WATCHED_LABELS) and _missing(alarm):
            found.append(alarm.pk)
    return found[:SWEPT_AT_ONCE]


def _missing(alarm: Alarm) -> list[int]:
    """Return the ages that the run has reached and that are not stored."""
    reached = _reached(alarm)
    there = set(alarm.diagnoses.values_list("age", flat=True))
    return [age for age in AGES if age not in there and alarm.raised_step + age <= reached]


def _reached(alarm: Alarm) -> int:
    """Return the last reading of the alarm's run that the detector has consumed."""
    cursor = AnalysisCursor.objects.filter(plant=alarm.run.plant_id, run=alarm.run_id).first()
    if cursor is not None:
        return cursor.step
    last = Reading.objects.filter(run=alarm.run_id).order_by("-step").values_list("step", flat=True)
    return last.first() or 0
