"""From readings to analyses and alarms: the only place where the detector's cursor moves.

Free of Celery. The detector sees readings alone, never what was injected.
"""

import logging
import threading
import time
from collections import defaultdict
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from monitoring.alarms import claims
from monitoring.detectors import Change, Persistence, PersistenceRule
from monitoring.diagnosis import AGES
from monitoring.models import (
    Alarm,
    Analysis,
    AnalysisCursor,
    DetectorSettings,
)
from monitoring.signals import alarm_aged, alarm_cleared, alarm_raised
from monitoring.watching import Team, Verdict, Watcher, move_on
from simulation.fields import Vector
from simulation.models import Plant, Pulse, Reading, Run

logger = logging.getLogger(__name__)

#: Readings scored in one transaction; more follow in the next one after a pause, so that a backlog
#: neither holds SQLite's write lock for long nor takes it again before the steps had their turn.
READINGS_AT_ONCE = 100
PAUSE_SECONDS = 0.05
#: An onset is looked for among so many points before the alarm.
ONSET_WITHIN = 400

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
        before = cursor.step
        team: Team | None = None
        if blocks:
            try:
                team = Team.of(settings, model, run, cursor.step)
            except LookupError as missing:
                _save_error(cursor, str(missing))
                return 0, True
            _score(run, cursor, settings, team, blocks)
            cursor.analysed_at = timezone.now()
        _pass_over(cursor, bad, readings)
        # What the detectors remember has to stand where the cursor does: see `_recall`.
        if team is not None:
            team.keep(run, cursor.step)
        elif cursor.step > before:
            move_on(run, before, cursor.step)
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
    claims.run_is_over(run, cursor.step)
    following = Run.objects.filter(plant=run.plant_id, number__gt=run.number).order_by("number")
    cursor.run = following[0]
    cursor.step, cursor.streak, cursor.analyses, cursor.recent = 0, 0, 0, 0


def _pass_over(cursor: AnalysisCursor, bad: list[int], good: list[Reading]) -> None:
    """Move the cursor over the bad steps that no unscored good reading precedes."""
    unscored = next((reading.step for reading in good if reading.step > cursor.step), None)
    passed = [step for step in bad if unscored is None or step < unscored]
    cursor.step = max([cursor.step, *passed])


def _score(
    run: Run,
    cursor: AnalysisCursor,
    settings: DetectorSettings,
    team: Team,
    blocks: list[list[Reading]],
) -> None:
    rule = PersistenceRule(settings.consecutive, settings.among)
    alarm = Alarm.objects.filter(run=run, cleared_step__isnull=True).first()
    now = timezone.now()
    in_charge = team.charge
    for block in blocks:
        values = [reading.values for reading in block]
        verdict = in_charge.take(values)
        outcome = rule.step(
            Persistence(cursor.streak, alarmed=alarm is not None, recent=cursor.recent),
            exceeds=verdict.exceeds,
        )
        analysis = Analysis.objects.create(
            run=run,
            step=block[-1].step,
            first_step=block[0].step,
            exceeds=verdict.exceeds,
            streak=outcome.state.streak,
            alarming=outcome.state.alarmed,
            detector_model=in_charge.model,
            shadows=team.said_in_shadow(values, rule, block[-1].step),
            analysed_at=now,
            **figures_of(team, verdict, values),
        )
        cursor.step, cursor.streak = analysis.step, analysis.streak
        cursor.recent = outcome.state.recent
        cursor.analyses += 1
        if outcome.change is Change.RAISED and outcome.onset_lag is not None:
            alarm = _raise(run, analysis, rule, verdict, outcome.onset_lag, in_charge, now)
        elif alarm is not None:
            _note_age(alarm, analysis)
            alarm.peak_ratio = max(alarm.peak_ratio, verdict.ratio)
            if outcome.change is Change.CLEARED:
                _clear(alarm, analysis.step)
                alarm = None
            else:
                alarm.save(update_fields=["peak_ratio"])


def _note_age(alarm: Alarm, analysis: Analysis) -> None:
    """Let an alarm be diagnosed again when a point takes it over one of the ages."""
    first, last = analysis.first_step - alarm.raised_step, analysis.step - alarm.raised_step
    if any(first <= age <= last for age in AGES):
        send = partial(alarm_aged.send, sender=Alarm, alarm_id=alarm.pk)
        transaction.on_commit(send, robust=True)


def figures_of(team: Team, verdict: Verdict, values: list[Vector]) -> dict[str, Any]:
    """Return the figures of a point, as `Analysis` has them: T², SPE, and those in charge."""
    if team.classic is team.charge:
        found = team.charge.contributions()
        (t2, spe), (t2_limit, spe_limit) = verdict.statistics[:2], verdict.limits[:2]
        return {
            "t2": float(t2), "spe": float(spe),
            "t2_limit": float(t2_limit), "spe_limit": float(spe_limit),
            "t2_contributions": found["T2"], "spe_contributions": found["SPE"],
        }  # fmt: skip
    classic = team.classic.take(values)
    (t2, spe), (t2_limit, spe_limit) = classic.statistics[:2], classic.limits[:2]
    found = team.charge.contributions()
    # A detector whose contributions are not to its members has one set of them.
    contributing = verdict.member if verdict.member in found else next(iter(found))
    return {
        "t2": float(t2), "spe": float(spe),
        "t2_limit": float(t2_limit), "spe_limit": float(spe_limit),
        "statistics": verdict.statistics,
        "limits": verdict.limits,
        "contributions": found[contributing],
        "contributing": contributing,
        "classic_model": team.classic.model,
    }  # fmt: skip


def _raise(
    run: Run,
    analysis: Analysis,
    rule: PersistenceRule,
    verdict: Verdict,
    onset_lag: int,
    in_charge: Watcher,
    now: datetime,
) -> Alarm:
    """Store the alarm; its onset is the first reading of the first exceedance that counted."""
    before = Analysis.objects.filter(run=run, step__lte=analysis.step).order_by("-step")
    past = list(before.select_related("detector_model")[: onset_lag + 1])
    alarm = Alarm.objects.create(
        run=run,
        analysis=analysis,
        onset_step=past[-1].first_step,
        raised_step=analysis.step,
        raised_at=now,
        peak_ratio=max(verdict.ratio, *(one.ratio for one in past)),
        consecutive=rule.k,
        among=rule.n,
        member=verdict.member,
        state_before=in_charge.state_before if in_charge.detector.dynamic else None,
        onset_estimate_step=_estimated_onset(run, analysis, verdict, in_charge),
    )
    claims.claim_raised(alarm)
    transaction.on_commit(lambda: alarm_raised.send(sender=Alarm, alarm_id=alarm.pk), robust=True)
    return alarm


def _estimated_onset(
    run: Run, analysis: Analysis, verdict: Verdict, in_charge: Watcher
) -> int | None:
    """Return the first reading since when the statistic that fired was above what is usual.

    None where a statistic of its own is not stored point by point, as for PCA, or where the points
    before were another detector's.
    """
    if analysis.statistics is None:
        return None
    column = in_charge.detector.statistics.index(verdict.member)
    usual = in_charge.detector.usual()[column]
    before = Analysis.objects.filter(
        run=run, step__lte=analysis.step, detector_model=in_charge.model
    ).order_by("-step")
    first = None
    for step, statistics in before.values_list("first_step", "statistics")[:ONSET_WITHIN]:
        if statistics is None or statistics[column] <= usual:
            break
        first = step
    return first


def _clear(alarm: Alarm, step: int) -> None:
    alarm.cleared_step, alarm.cleared_at = step, timezone.now()
    alarm.save(update_fields=["cleared_step", "cleared_at", "peak_ratio"])
    claims.claim_cleared(alarm)
    transaction.on_commit(lambda: alarm_cleared.send(sender=Alarm, alarm_id=alarm.pk), robust=True)


def _save_error(cursor: AnalysisCursor, text: str) -> None:
    cursor.last_error, cursor.last_error_at = text, timezone.now()
    cursor.save(update_fields=["last_error", "last_error_at"])


def note_error(plant_id: int, text: str) -> None:
    """Keep what went wrong with the plant, for its status."""
    AnalysisCursor.objects.update_or_create(
        plant_id=plant_id, defaults={"last_error": text, "last_error_at": timezone.now()}
    )
