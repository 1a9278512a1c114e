"""What pages and API read of alarms: bounded queries, each with what its rows need."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from monitoring.alarms.kpis import Announced, Report, Standing, report
from monitoring.alarms.life import ANNOUNCED
from monitoring.models import (
    AlarmDefinition,
    AlarmJournalEntry,
    AlarmOccurrence,
    EventFrame,
    Shelving,
)
from simulation.models import Plant

Priority = AlarmDefinition.Priority
#: From what has to be looked at first to what is only written down.
PRIORITIES: tuple[str, ...] = tuple(Priority.values)
STATES: tuple[str, ...] = tuple(state for state, _ in AlarmOccurrence.STATES)
SOURCES: tuple[str, ...] = tuple(AlarmDefinition.Source.values)
#: A report looks at so many announcements at most.
MOST_ANNOUNCED = 100_000


@dataclass(frozen=True)
class Filter:
    """Which alarms are asked for; empty: all. `text` is looked for in name, tag and code."""

    plant: Plant | None = None
    state: str = ""
    priority: str = ""
    source: str = ""
    text: str = ""


def occurrences(
    chosen: Filter = Filter(), *, only_standing: bool = True
) -> "QuerySet[AlarmOccurrence]":
    """Return alarms, by default those of which something is left, the newest first."""
    found = AlarmOccurrence.objects.select_related(
        "definition", "plant", "run", "event", "acknowledged_by"
    )
    if only_standing:
        found = found.filter(closed_at__isnull=True)
    if chosen.plant is not None:
        found = found.filter(plant=chosen.plant)
    if chosen.state:
        found = found.filter(state=chosen.state)
    if chosen.priority:
        found = found.filter(priority=chosen.priority)
    if chosen.source:
        found = found.filter(definition__source=chosen.source)
    if chosen.text:
        found = found.filter(
            Q(definition__name__icontains=chosen.text)
            | Q(definition__tag__icontains=chosen.text)
            | Q(definition__code__icontains=chosen.text)
        )
    return found.order_by("-last_activated_at", "-pk")


def shown(chosen: Filter = Filter()) -> "QuerySet[AlarmOccurrence]":
    """Return what the operator is to see: standing, not kept away, and not for the journal only."""
    return (
        occurrences(chosen)
        .filter(is_shelved=False, is_suppressed=False, is_out_of_service=False)
        .exclude(priority=Priority.JOURNAL)
    )


def by_urgency(found: Iterable[AlarmOccurrence]) -> list[AlarmOccurrence]:
    """Order alarms: what asks first, then by priority, then the newest."""
    return sorted(
        found,
        key=lambda one: (
            not one.asks,
            PRIORITIES.index(one.priority),
            -one.last_activated_at.timestamp(),
        ),
    )


@dataclass(frozen=True)
class Tally:
    """How many alarms are shown of a priority, and how many of them ask to be acknowledged."""

    priority: str
    shown: int
    asking: int


def counts(plant: Plant | None = None) -> list[Tally]:
    """Count what is shown by priority, for a banner and for the sound; one query."""
    asking = Count("pk", filter=Q(state__in=[state.value for state in ANNOUNCED]))
    rows = shown(Filter(plant)).order_by().values("priority").annotate(n=Count("pk"), asking=asking)
    found = {row["priority"]: (row["n"], row["asking"]) for row in rows}
    return [Tally(name, *found.get(name, (0, 0))) for name in PRIORITIES if name != "journal"]


def most_urgent_asking(plant: Plant | None = None) -> str:
    """Return the priority of the most urgent alarm that asks to be acknowledged; empty: none."""
    return next((one.priority for one in counts(plant) if one.asking), "")


def shelvings(plant: Plant | None = None) -> "QuerySet[Shelving]":
    """Return what is on the shelf, what comes off first first."""
    found = Shelving.objects.filter(ended_at__isnull=True)
    found = found if plant is None else found.filter(plant=plant)
    return found.select_related("plant", "definition", "by").order_by("until", "pk")


def events(plant: Plant | None = None) -> "QuerySet[EventFrame]":
    """Return the events, newest first, each with its first-out and the number of its alarms."""
    found = EventFrame.objects.all() if plant is None else EventFrame.objects.filter(plant=plant)
    found = found.select_related("plant", "run", "first_out__definition")
    return found.annotate(alarms=Count("occurrences"))


@dataclass(frozen=True)
class Search:
    """Which entries of the journal are asked for; empty: all."""

    plant: Plant | None = None
    since: datetime | None = None
    until: datetime | None = None
    kind: str = ""
    priority: str = ""
    source: str = ""
    text: str = ""
    username: str = ""
    occurrence: int | None = None
    event: int | None = None
    before: int | None = None


def journal(search: Search = Search()) -> "QuerySet[AlarmJournalEntry]":
    """Return entries, newest first; `before` goes on after the entry with that number.

    Slice it: an export walks it with `.iterator()`, a page takes a hundred.
    """
    found = AlarmJournalEntry.objects.select_related("plant", "run")
    if search.plant is not None:
        found = found.filter(Q(plant=search.plant) | Q(plant__isnull=True))
    if search.since is not None:
        found = found.filter(at__gte=search.since)
    if search.until is not None:
        found = found.filter(at__lt=search.until)
    exact: dict[str, Any] = {
        "kind": search.kind,
        "priority": search.priority,
        "source": search.source,
        "username": search.username,
        "occurrence": search.occurrence,
        "occurrence__event": search.event,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if search.text:
        found = found.filter(
            Q(name__icontains=search.text)
            | Q(tag__icontains=search.text)
            | Q(code__icontains=search.text)
            | Q(text__icontains=search.text)
            | Q(comment__icontains=search.text)
        )
    if search.before is not None:
        found = found.filter(pk__lt=search.before)
    return found.order_by("-pk")


def kpis(
    since: datetime, until: datetime, plant: Plant | None = None, operators: int = 1
) -> Report:
    """Judge a period against ISA-18.2 and EEMUA 191, by wall time: that is what operators live in.

    Names are those of the alarm, with the plant's where more than one is looked at.
    """
    plants = {} if plant is not None else dict(Plant.objects.values_list("pk", "name"))
    rows = _announced(since, until, plant).values_list("name", "plant_id", "at", "priority")
    announced = [
        Announced(_named(name, plants.get(plant_id)), at.timestamp(), priority)
        for name, plant_id, at, priority in rows
    ]
    standing = [
        Standing(
            _named(one.definition.name, plants.get(one.plant_id)), one.last_activated_at.timestamp()
        )
        for one in shown(Filter(plant)).filter(is_active=True)
    ]
    return report(
        announced,
        standing,
        _acknowledged_after(since, until, plant),
        since.timestamp(),
        until.timestamp(),
        operators,
    )


def _named(name: str, plant: str | None) -> str:
    return name if plant is None else f"{name} ({plant})"


def _announced(
    since: datetime, until: datetime, plant: Plant | None
) -> "QuerySet[AlarmJournalEntry]":
    found = AlarmJournalEntry.objects.filter(is_announced=True, at__gte=since, at__lte=until)
    found = found if plant is None else found.filter(plant=plant)
    return found.order_by("-pk")[:MOST_ANNOUNCED]


def _acknowledged_after(since: datetime, until: datetime, plant: Plant | None) -> list[float]:
    found = AlarmOccurrence.objects.filter(
        acknowledged_at__gte=since, acknowledged_at__lte=until, announced_at__isnull=False
    )
    found = found if plant is None else found.filter(plant=plant)
    rows = found.order_by("-pk").values_list("announced_at", "acknowledged_at")[:MOST_ANNOUNCED]
    return [(seen - asked).total_seconds() for asked, seen in rows if asked and seen]


def report_as_json(told: Report) -> dict[str, Any]:
    """Return a report as the API gives it: moments as ISO 8601."""
    plain = asdict(replace(told))
    for name in ("begin", "end"):
        plain[name] = _moment(plain[name])
    plain["stale"] = [{"alarm": one.alarm, "since": _moment(one.since)} for one in told.stale]
    plain["floods"] = [
        {
            "since": _moment(flood.since),
            "until": None if flood.until is None else _moment(flood.until),
            "alarms": flood.alarms,
        }
        for flood in told.floods
    ]
    return plain


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=timezone.get_current_timezone()).isoformat()
