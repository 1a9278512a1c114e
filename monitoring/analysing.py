"""From readings to analyses and alarms: the only place where the detector's cursor moves.

Free of Celery. The detector sees readings alone, never what was injected.
"""

import logging
import threading
import time
from collections import defaultdict
from datetime import datetime

import numpy as np
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from monitoring.detectors import Change, Limits, Persistence, PersistenceRule
from monitoring.models import (
    Alarm,
    Analysis,
    AnalysisCursor,
    DetectorModel,
    DetectorSettings,
)
from monitoring.signals import alarm_cleared, alarm_raised
from simulation.models import Plant, Pulse, Reading, Run
from simulation.tep.variables import index_of

logger = logging.getLogger(__name__)

#: Readings scored in one transaction; more follow in the next one after a pause, so that a backlog
#: neither holds SQLite's write lock for long nor takes it again before the steps had their turn.
READINGS_AT_ONCE = 100
PAUSE_SECONDS = 0.05

_wanted: set[int] = set()
_busy: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)


def analyse_plant(plant_id: int) -> int:
    """Score every reading after the plant's cursor. Returns the number of points scored.

    Each transaction locks the cursor, reads what follows it in order, scores complete blocks of N
    readings (decimation), stores the analyses, raises or clears the alarm and moves the cursor. Run
    twice, late or by two workers at once, it scores each reading exactly once.

    Where another thread is at it already, the call only leaves word and returns at once: threads
    that wait for each other could not step the plants.
    """
    _wanted.add(plant_id)
    scored = 0
    while plant_id in _wanted and _busy[plant_id].acquire(blocking=False):
        try:
            _wanted.discard(plant_id)
            scored += _analyse_all(plant_id)
        finally:
            _busy[plant_id].release()
    return scored


def _analyse_all(plant_id: int) -> int:
    scored = 0
    while True:
        try:
            made, finished = _analyse_some(plant_id)
        except (ValueError, ArithmeticError) as error:
            logger.exception("plant %s could not be analysed", plant_id)
            note_error(plant_id, f"{type(error).__name__}: {error}")
            return scored
        scored += made
        if finished:
            return scored
        Pulse.beat("analyse")  # a long backlog is no silence
        time.sleep(PAUSE_SECONDS)


def plants_with_waiting_readings() -> list[int]:
    """Return the plants that have readings after their cursor (complete blocks or not)."""
    behind = Plant.objects.exclude(current_run=None).exclude(
        analysis_cursor__run=F("current_run"), analysis_cursor__step__gte=F("step")
    )
    return list(behind.values_list("pk", flat=True))


def _analyse_some(plant_id: int) -> tuple[int, bool]:
    """One transaction. Returns the points scored, and whether nothing complete is left."""
    with transaction.atomic():
        plant = Plant.objects.filter(pk=plant_id).first()
        if plant is None or plant.current_run_id is None:
            return 0, True
        cursor = _locked_cursor(plant)
        if cursor is None:
            return 0, True
        plant.refresh_from_db()  # a reset may have come while the lock was waited for
        settings = DetectorSettings.of(plant)
        model = settings.detector_in_use()
        if model is None:
            _save_error(cursor, "No detector has been fitted. Run: manage.py fitdetector")
            return 0, True
        run, size = cursor.run or _first_run(plant), settings.decimation
        most = max(READINGS_AT_ONCE, size)
        waiting = Reading.objects.filter(run=run, step__gt=cursor.step).order_by("step")
        # Asked for first: whatever is before a bad reading is then among the good ones below.
        bad = list(waiting.exclude(quality="").values_list("step", flat=True)[:most])
        # A bad reading is no part of any block: the block goes on with the next good one.
        readings = list(waiting.filter(quality="")[:most])
        blocks = [readings[i : i + size] for i in range(0, len(readings) - size + 1, size)]
        if blocks:
            _score(run, cursor, settings, model, blocks)
            cursor.analysed_at = timezone.now()
        _pass_over(cursor, bad, readings)
        cursor.run, cursor.last_error = run, ""
        run_is_read = len(readings) < most
        run_is_over = run.pk != plant.current_run_id
        if run_is_read and run_is_over:
            _turn_to_next_run(cursor, run)
        cursor.save()
        return len(blocks), run_is_read and not run_is_over


def _locked_cursor(plant: Plant) -> AnalysisCursor | None:
    """Lock the cursor, None if another worker has it.

    Without a join: PostgreSQL evaluates a row it had to wait for again, but not what is joined.
    """
    locked = AnalysisCursor.objects.select_for_update(skip_locked=True).filter(plant=plant)
    if not AnalysisCursor.objects.filter(plant=plant).exists():
        AnalysisCursor.objects.get_or_create(plant=plant)
    return locked.first()


def _first_run(plant: Plant) -> Run:
    return Run.objects.filter(plant=plant).earliest("number")


def _turn_to_next_run(cursor: AnalysisCursor, run: Run) -> None:
    """Begin the next run with a clean rule.

    Readings of an incomplete last block of the old run stay stored and unscored; an alarm that
    stood at its end was never cleared, and is not said to be.
    """
    following = Run.objects.filter(plant=run.plant_id, number__gt=run.number).order_by("number")
    cursor.run = following[0]
    cursor.step, cursor.streak, cursor.analyses = 0, 0, 0


def _pass_over(cursor: AnalysisCursor, bad: list[int], good: list[Reading]) -> None:
    """Move the cursor over the bad steps that no unscored good reading precedes."""
    unscored = next((reading.step for reading in good if reading.step > cursor.step), None)
    passed = [step for step in bad if unscored is None or step < unscored]
    cursor.step = max([cursor.step, *passed])


def _score(
    run: Run,
    cursor: AnalysisCursor,
    settings: DetectorSettings,
    model: DetectorModel,
    blocks: list[list[Reading]],
) -> None:
    detector = model.detector
    columns = [index_of(label) for label in detector.labels]
    limits = detector.limits(settings.alpha, settings.decimation)
    rule = PersistenceRule(settings.consecutive)
    alarm = Alarm.objects.filter(run=run, cleared_step__isnull=True).first()
    now = timezone.now()
    for block in blocks:
        point = np.mean([reading.values[columns] for reading in block], axis=0)
        # Alone, not in a batch: a product of another shape may round differently, and what is
        # stored must be what anybody finds who scores the stored readings again.
        t2, spe = (float(score[0]) for score in detector.score(point[np.newaxis, :]))
        outcome = rule.step(
            Persistence(cursor.streak, alarmed=alarm is not None),
            exceeds=t2 > limits.t2_limit or spe > limits.spe_limit,
        )
        t2_contributions, spe_contributions = detector.contributions(point)
        analysis = Analysis.objects.create(
            run=run,
            step=block[-1].step,
            first_step=block[0].step,
            t2=t2,
            spe=spe,
            t2_limit=limits.t2_limit,
            spe_limit=limits.spe_limit,
            exceeds=outcome.state.streak > 0,
            streak=outcome.state.streak,
            alarming=outcome.state.alarmed,
            t2_contributions=t2_contributions,
            spe_contributions=spe_contributions,
            detector_model=model,
            analysed_at=now,
        )
        cursor.step, cursor.streak = analysis.step, analysis.streak
        cursor.analyses += 1
        ratio = _ratio(analysis, limits)
        if outcome.change is Change.RAISED:
            alarm = _raise(run, analysis, settings.consecutive, ratio, now)
        elif alarm is not None:
            alarm.peak_ratio = max(alarm.peak_ratio, ratio)
            if outcome.change is Change.CLEARED:
                _clear(alarm, analysis.step)
                alarm = None
            else:
                alarm.save(update_fields=["peak_ratio"])


def _ratio(analysis: Analysis, limits: Limits) -> float:
    return max(analysis.t2 / limits.t2_limit, analysis.spe / limits.spe_limit)


def _raise(run: Run, analysis: Analysis, k: int, ratio: float, now: datetime) -> Alarm:
    """Store the alarm; its onset is the first reading of the streak's first exceedance."""
    streak = Analysis.objects.filter(run=run, step__lte=analysis.step).order_by("-step")
    first = list(streak.values_list("first_step", flat=True)[: analysis.streak])[-1]
    past = Analysis.objects.filter(run=run, step__gte=first, step__lte=analysis.step)
    peak = max(
        [ratio, *(_ratio(a, Limits(a.t2_limit, a.spe_limit)) for a in past)],
    )
    alarm = Alarm.objects.create(
        run=run,
        analysis=analysis,
        onset_step=first,
        raised_step=analysis.step,
        raised_at=now,
        peak_ratio=peak,
        consecutive=k,
    )
    transaction.on_commit(lambda: alarm_raised.send(sender=Alarm, alarm_id=alarm.pk), robust=True)
    return alarm


def _clear(alarm: Alarm, step: int) -> None:
    alarm.cleared_step, alarm.cleared_at = step, timezone.now()
    alarm.save(update_fields=["cleared_step", "cleared_at", "peak_ratio"])
    transaction.on_commit(lambda: alarm_cleared.send(sender=Alarm, alarm_id=alarm.pk), robust=True)


def _save_error(cursor: AnalysisCursor, text: str) -> None:
    cursor.last_error, cursor.last_error_at = text, timezone.now()
    cursor.save(update_fields=["last_error", "last_error_at"])


def note_error(plant_id: int, text: str) -> None:
    """Keep what went wrong with the plant, for its status."""
    AnalysisCursor.objects.update_or_create(
        plant_id=plant_id, defaults={"last_error": text, "last_error_at": timezone.now()}
    )
