"""The one line that says an alarm flood: how many, since when, and what came first."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from monitoring.alarms.flood import ENDS_BELOW, WINDOW_SECONDS, calm_before, flood_at
from monitoring.models import AlarmJournalEntry
from simulation.models import Plant

#: What is looked at for the begin of a flood at most, and so much of it at once.
LOOKED_BACK = timedelta(hours=24)
MOST_LOOKED_AT, AT_ONCE = 20_000, 500


@dataclass(frozen=True)
class FloodLine:
    """A flood that lasts."""

    count: int
    since: datetime
    first: AlarmJournalEntry | None

    @property
    def minutes(self) -> int:
        """The minutes that the count is over."""
        return int(WINDOW_SECONDS // 60)


def announced(plant: Plant | None) -> QuerySet[AlarmJournalEntry]:
    """Return what asked the operator to acknowledge, on a plant or on all of them."""
    found = AlarmJournalEntry.objects.filter(is_announced=True)
    return found if plant is None else found.filter(plant=plant)


def flood_line(plant: Plant | None = None, now: datetime | None = None) -> FloodLine | None:
    """Return the flood that lasts, None for none: mostly with a single count.

    Of an alarm rate that is no flood a few rows are read, of a flood those since it began.
    """
    now = now or timezone.now()
    entries = announced(plant)
    recent = entries.filter(at__gt=now - timedelta(seconds=WINDOW_SECONDS), at__lte=now)
    count = recent.count()
    if count < ENDS_BELOW:
        return None
    flood = flood_at(_times_that_matter(entries, now), now.timestamp())
    if flood is None:
        return None
    since = datetime.fromtimestamp(flood.since, UTC)
    # A float holds microseconds of today no more exactly than to about a quarter of one.
    begun = entries.filter(at__gte=since - timedelta(microseconds=5)).order_by("at", "pk")
    first = begun.select_related("plant").first()
    return FloodLine(count, since, first)


def _times_that_matter(entries: QuerySet[AlarmJournalEntry], now: datetime) -> list[float]:
    """Return when the announcements were, back to a moment that was no flood; ascending."""
    times = entries.filter(at__gt=now - LOOKED_BACK, at__lte=now).order_by("-at", "-pk")
    stamps: list[float] = []
    while len(stamps) < MOST_LOOKED_AT:
        found = times.values_list("at", flat=True)[len(stamps) : len(stamps) + AT_ONCE]
        read = [at.timestamp() for at in found]
        looked_at = len(stamps)
        stamps += read
        if (needed := calm_before(stamps, looked_at)) is not None:
            return stamps[:needed][::-1]
        if len(read) < AT_ONCE:
            break
    return stamps[::-1]
