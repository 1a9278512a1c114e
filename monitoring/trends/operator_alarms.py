"""What the operator was shown of a run's alarms, as stretches of steps, read from the journal.

An alarm of ISA-18.2 lives on after its condition went, and may come again in another run; only
the journal knows when it stood in this one. A stretch begins with the entry that leads to an
active alarm that is shown, and ends with the one that leads to anything else: return, shelf,
suppression, out of service.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Max, Min, Q, QuerySet

from monitoring.alarms.life import State
from monitoring.models import AlarmDefinition, AlarmJournalEntry
from monitoring.trends.tags import Tag
from simulation.models import Run

#: Entries of the journal that are read of a span at most, and stretches that are told; the newest.
MOST_ENTRIES, MOST = 1000, 200
#: The states in which an alarm is active and shown.
SHOWN = (State.UNACKNOWLEDGED, State.ACKNOWLEDGED)


@dataclass(frozen=True)
class Stretch:
    """An alarm from the step at which it was raised to the one at which it returned."""

    code: str
    name: str
    tag: str
    """Empty: of the detector or of the system, about no tag alone."""
    priority: str
    start: int
    end: int | None = None
    """None: it still stands."""
    seen: int | None = None
    """The step at which it was acknowledged; None: not while it was active."""


@dataclass(frozen=True)
class Stretches:
    """Stretches, the newest first; `has_more` tells that older ones were left out."""

    told: list[Stretch] = field(default_factory=list)
    has_more: bool = False


def stretches_of(run: Run, tags: Iterable[Tag], first: int, last: int) -> Stretches:
    """Read what stood within steps `first` to `last` on some tags, and on none.

    Three queries, however many alarms there were. Alarms for the journal only are not shown.
    """
    entries = _entries(run, tags)
    inside = entries.filter(step__gte=first, step__lte=last).order_by("-pk")[:MOST_ENTRIES]
    read = list(inside.values_list("pk", *_FIELDS))[::-1]
    is_cut = len(read) == MOST_ENTRIES
    earlier = entries.filter(pk__lt=read[0][0]) if is_cut else entries.filter(step__lt=first)
    newest = earlier.order_by().values("code").annotate(newest=Max("pk")).values("newest")
    before = entries.filter(pk__in=newest, state__in=SHOWN).values_list(*_FIELDS)
    found = _joined([*before, *(row[1:] for row in read)])
    found = _ended_later(found, entries.filter(step__gt=last))
    found.sort(key=lambda one: (one.start, one.name), reverse=True)
    return Stretches(found[:MOST], is_cut or len(found) > MOST)


_FIELDS = ("code", "name", "tag", "priority", "state", "step")


def _entries(run: Run, tags: Iterable[Tag]) -> "QuerySet[AlarmJournalEntry]":
    """Return the entries that lead an alarm to a state, in the order in which they were written."""
    found = AlarmJournalEntry.objects.filter(run=run, step__isnull=False).exclude(state="")
    found = found.exclude(priority=AlarmDefinition.Priority.JOURNAL)
    labels = [tag.label for tag in tags if not tag.is_statistic]
    return found.filter(Q(tag__in=labels) | Q(tag="")).order_by("pk")


def _joined(rows: Iterable[tuple[Any, ...]]) -> list[Stretch]:
    found: list[Stretch] = []
    standing: dict[str, int] = {}
    for code, name, tag, priority, state, step in rows:
        place = standing.get(code)
        if place is None:
            if state not in SHOWN:
                continue
            place = standing[code] = len(found)
            found.append(Stretch(code, name, tag, priority, step))
        one = found[place]
        # Limits may be judged after an act at a later step: a stretch never ends before it begins.
        at = max(step, one.start)
        if state == State.ACKNOWLEDGED and one.seen is None:
            found[place] = replace(one, seen=at)
        elif state not in SHOWN:
            found[place] = replace(one, end=at)
            del standing[code]
    return found


def _ended_later(found: list[Stretch], later: "QuerySet[AlarmJournalEntry]") -> list[Stretch]:
    """Tell of what stands at the last step when it returned after it."""
    standing = [one.code for one in found if one.end is None]
    over = later.filter(code__in=standing).exclude(state__in=SHOWN)
    ends = dict(over.order_by().values_list("code").annotate(Min("step"))) if standing else {}
    return [replace(one, end=ends.get(one.code)) if one.end is None else one for one in found]
