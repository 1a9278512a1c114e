"""The alarm summary: what stands, filtered, sorted and folded, in a bounded number of lines."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from monitoring.alarms.chattering import chattering_count
from monitoring.alarms.flood import WINDOW_SECONDS
from monitoring.alarms.folding import Line, fold
from monitoring.alarms.queries import Filter, shown
from monitoring.alarms.shown import Shown
from monitoring.models import Alarm, AlarmDefinition, AlarmJournalEntry, AlarmOccurrence
from simulation.models import Plant

#: Alarms that are read, and lines that are shown, at most; the page says how many are left out.
MOST_READ, MOST_LINES = 2000, 100
#: Announcements that are looked at for chattering.
MOST_ANNOUNCED = 5000
#: The filter that stands for both states of a latch.
LATCHED = "latched"


@dataclass(frozen=True)
class Summary:
    """The lines that are shown, and what is left out."""

    lines: list[Line[Shown]]
    standing: int
    more_lines: int
    opened: frozenset[int]

    @property
    def asking(self) -> list[Shown]:
        """The alarms in sight that ask to be acknowledged: what «all shown» means."""
        return [line.alarm for line in self.lines if line.alarm.asks]

    @property
    def events(self) -> str:
        """The opened events as the address carries them."""
        return ",".join(map(str, sorted(self.opened)))


def summary(
    plant: Plant | None,
    wanted: dict[str, Any],
    opened: Collection[int] = (),
    most: int = MOST_LINES,
) -> Summary:
    """Read the summary of a plant, or of all; `wanted` are the filters that are set."""
    found = filtered(plant, wanted)
    alarms = [Shown(one) for one in found[: MOST_READ + 1]]
    standing = len(alarms) if len(alarms) <= MOST_READ else found.count()
    lines = fold(alarms, opened)
    kept = lines[:most]
    tell_more([line.alarm for line in kept])
    left = sum(1 + len(line.folded) for line in lines[most:]) + standing - len(alarms)
    return Summary(kept, standing, left, frozenset(opened))


def filtered(plant: Plant | None, wanted: dict[str, Any]) -> QuerySet[AlarmOccurrence]:
    """Return what stands, narrowed down by state, priority, source, tag and plant."""
    state = wanted.get("state", "")
    found = shown(
        Filter(
            plant or wanted.get("plant"),
            "" if state == LATCHED else state,
            wanted.get("priority", ""),
            wanted.get("source", ""),
            wanted.get("tag", ""),
        )
    )
    return found.filter(is_held=True, is_active=False) if state == LATCHED else found


def tell_more(alarms: Iterable[Shown]) -> None:
    """Add what chatters and which claim of the detector an alarm is, for all with two queries."""
    alarms = list(alarms)
    if not alarms:
        return
    now = timezone.now()
    times = _announced(alarms, now)
    claims = _claims(alarms)
    for alarm in alarms:
        one = alarm.occurrence
        alarm.chattering = chattering_count(times[one.plant_id, one.definition_id])
        alarm.claim = claims.get(one.pk)


def _announced(alarms: list[Shown], now: datetime) -> dict[tuple[int, int], list[float]]:
    entries = AlarmJournalEntry.objects.filter(
        is_announced=True,
        at__gt=now - timedelta(seconds=WINDOW_SECONDS),
        plant__in={one.occurrence.plant_id for one in alarms},
    )
    times: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
    newest = entries.order_by("-at").values_list("plant", "definition", "at")[:MOST_ANNOUNCED]
    for plant, definition, at in reversed(newest):
        times[plant, definition].append(at.timestamp())
    return times


def _claims(alarms: list[Shown]) -> dict[int, int]:
    kept = [
        one.occurrence.pk
        for one in alarms
        if one.occurrence.definition.kind == AlarmDefinition.Kind.CLAIM
    ]
    if not kept:
        return {}
    found = Alarm.objects.filter(occurrence__in=kept).order_by("raised_step", "pk")
    return dict(found.values_list("occurrence", "pk"))
