"""Pruning: old readings and analyses go, runs, alarms, their points and explanations stay.

Free of Celery. In small transactions with pauses, because SQLite has one writer and the stream
comes first. What stays of each run, whatever the limits say: what the detector has not read, the
newest `ALWAYS_KEPT` readings of the present run, and each alarm's readings and analyses from
`KEPT_BEFORE_ALARM` readings before it to the point that raised it, so that its score and its
explanation's figures can be checked for ever; likewise the readings that passed a limit. The
alarm journal ages on its own, by `prune_journal`.
"""

import math
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from monitoring.models import (
    Alarm,
    AlarmDefinition,
    AlarmJournalEntry,
    AlarmOccurrence,
    Analysis,
    AnalysisCursor,
    EventFrame,
    LimitCursor,
)
from simulation.models import Plant, Reading, Run

#: Readings deleted in one transaction, and the pause after it.
AT_ONCE = 300
PAUSE_SECONDS = 0.05
#: 50 h of process time: the first page of charts, the detector's window, a fault's profile.
ALWAYS_KEPT = 1000
KEPT_BEFORE_ALARM = 100
#: SQLite: free pages given back to the disk in one go.
PAGES_AT_ONCE = 500


@dataclass(frozen=True)
class Limits:
    """How much of a plant is kept; None: no limit."""

    days: float | None = None
    readings: int | None = None

    @classmethod
    def of(cls, plant: Plant) -> "Limits":
        """Return the plant's own limits, for want of one of age that of the whole installation."""
        return cls(plant.keep_days or settings.KEEP_DAYS, plant.keep_readings)

    def __str__(self) -> str:
        days = f"{self.days:g} days" if self.days else ""
        readings = f"the newest {self.readings}" if self.readings else ""
        return " and ".join(part for part in (days, readings) if part) or "everything"


@dataclass
class Pruned:
    """What was deleted of one plant, or would be."""

    plant: Plant
    limits: Limits
    readings: int = 0
    analyses: int = 0
    kept_for_alarms: int = 0

    def __str__(self) -> str:
        kept = f", {self.kept_for_alarms} kept for alarms" if self.kept_for_alarms else ""
        return (
            f"{self.plant}: {self.readings} readings and {self.analyses} analyses{kept} "
            f"(kept: {self.limits})."
        )


def prune(plant: Plant, limits: Limits, *, dry: bool = False) -> Pruned:
    """Delete what lies beyond the limits, the oldest first; `dry` only counts it.

    May be ended and called again at any moment, and by two processes at once.
    """
    pruned = Pruned(plant, limits)
    if limits.days is None and limits.readings is None:
        return pruned
    cutoff = None if limits.days is None else timezone.now() - timedelta(days=limits.days)
    for run, surplus in _surplus(plant, limits.readings):
        _prune_run(pruned, run, surplus, cutoff, dry=dry)
    if pruned.readings and not dry:
        _give_back_space()
    return pruned


def _surplus(plant: Plant, most: int | None) -> Iterator[tuple[Run, int]]:
    """Yield each run and its last step that is more than the newest `most` readings, 0 for none."""
    left = math.inf if most is None else most
    found = []
    for run in plant.runs.order_by("-number"):
        surplus = 0
        if most is not None:
            newest = (
                Reading.objects.filter(run=run).order_by("-step").values_list("step", flat=True)
            )
            count = newest.count()
            if count > left:
                surplus = newest[int(left)]
            left = max(0, left - count)
        found.append((run, surplus))
    yield from reversed(found)


def _prune_run(
    pruned: Pruned, run: Run, surplus: int, cutoff: datetime | None, *, dry: bool
) -> None:
    last = _last_prunable(run)
    islands = merged(_islands(run))
    after = 0
    while True:
        rows = list(
            Reading.objects.filter(run=run, step__gt=after, step__lte=last)
            .order_by("step")
            .values_list("step", "sampled_at")[:AT_ONCE]
        )
        # The oldest first, up to the first one that is to stay.
        old = []
        for step, sampled_at in rows:
            if step > surplus and (cutoff is None or sampled_at >= cutoff):
                break
            old.append(step)
        if not old:
            return
        doomed = [step for step in old if not lies_on(islands, step)]
        pruned.kept_for_alarms += len(old) - len(doomed)
        readings = Reading.objects.filter(run=run, step__in=doomed)
        # A scored point goes with its last reading; one that raised an alarm never does.
        analyses = Analysis.objects.filter(run=run, step__in=doomed).exclude(
            pk__in=Alarm.objects.filter(run=run).values("analysis")
        )
        if dry:
            pruned.readings += len(doomed)
            pruned.analyses += analyses.count()
        elif doomed:
            with transaction.atomic():
                pruned.analyses += analyses.delete()[0]
                pruned.readings += readings.delete()[0]
            time.sleep(PAUSE_SECONDS)
        after = old[-1]
        if len(old) < len(rows):
            return


def _last_prunable(run: Run) -> int:
    """Return the last step that may go: read by the detector, and not among the newest."""
    plant = run.plant
    cursor = AnalysisCursor.objects.select_related("run").filter(plant=plant).first()
    if cursor is None or cursor.run is None or cursor.run.number < run.number:
        return 0
    newest = Reading.objects.filter(run=run).order_by("-step").values_list("step", flat=True)
    last = newest.first() or 0
    if run.pk == plant.current_run_id:
        kept = list(newest[ALWAYS_KEPT - 1 : ALWAYS_KEPT])
        last = kept[0] - 1 if kept else 0
    limits = LimitCursor.objects.select_related("run").filter(plant=plant).first()
    if limits is None or limits.run is None or limits.run.number < run.number:
        return 0
    if limits.run_id == run.pk:
        last = min(last, limits.step)
    return min(last, cursor.step) if cursor.run_id == run.pk else last


def _islands(run: Run) -> list[tuple[int, int]]:
    """Return the first and last steps of what stays for the run's alarms."""
    alarms = Alarm.objects.filter(run=run).values_list("onset_step", "raised_step")
    kept = [(min(onset, raised - KEPT_BEFORE_ALARM), raised) for onset, raised in alarms]
    passed = AlarmJournalEntry.objects.filter(
        run=run, kind=AlarmJournalEntry.Kind.ACTIVATED, step__isnull=False,
        definition__kind__in=AlarmDefinition.BY_READING,
    ).values_list("step", "definition__on_delay", "definition__window")  # fmt: skip
    return kept + [(step - delay - window, step) for step, delay, window in passed if step]


def merged(islands: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return islands in order, those that overlap as one: a chattering alarm makes thousands."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(islands):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def lies_on(islands: Sequence[tuple[int, int]], step: int) -> bool:
    """Tell whether a step is on one of the merged islands."""
    place = bisect_right(islands, step, key=lambda island: island[0])
    return place > 0 and step <= islands[place - 1][1]


def prune_journal(days: float | None) -> int:
    """Delete entries, ended alarms and events that are older; return how many entries went.

    In small transactions. What stands stays with its whole history, however old it is.
    """
    if days is None:
        return 0
    cutoff, gone = timezone.now() - timedelta(days=days), 0
    old = AlarmJournalEntry.objects.filter(at__lt=cutoff).exclude(
        occurrence__isnull=False, occurrence__closed_at__isnull=True
    )
    while numbers := list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            gone += AlarmJournalEntry.objects.filter(pk__in=numbers).delete()[0]
        time.sleep(PAUSE_SECONDS)
    ended = AlarmOccurrence.objects.filter(closed_at__lt=cutoff)
    while numbers := list(ended.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            AlarmOccurrence.objects.filter(pk__in=numbers).delete()
        time.sleep(PAUSE_SECONDS)
    EventFrame.objects.filter(closed_at__lt=cutoff, occurrences__isnull=True).delete()
    return gone


def _give_back_space() -> None:
    """SQLite: return free pages to the disk, in bites; does nothing for a file made without it."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        while True:
            free = cursor.execute("PRAGMA freelist_count").fetchone()[0]
            if cursor.execute("PRAGMA auto_vacuum").fetchone()[0] != 2 or not free:
                return
            cursor.execute(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})").fetchall()
            if cursor.execute("PRAGMA freelist_count").fetchone()[0] >= free:
                return
            time.sleep(PAUSE_SECONDS)
