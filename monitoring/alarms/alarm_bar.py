"""What the bar on every page says of a plant's alarms, or of all plants': few queries."""

from dataclasses import dataclass

from django.db.models import Count, Q

from monitoring.alarms.flood_line import FloodLine, flood_line
from monitoring.alarms.folding import PRIORITIES
from monitoring.alarms.life import ANNOUNCED
from monitoring.alarms.queries import Filter, shown
from monitoring.models import AlarmOccurrence
from simulation.models import Plant


@dataclass(frozen=True)
class PriorityCount:
    """The standing alarms of one priority."""

    priority: str
    asking: int
    active: int


@dataclass(frozen=True)
class AlarmBar:
    """The standing alarms in short. `plant` is None for all plants."""

    plant: Plant | None
    counts: tuple[PriorityCount, ...]
    newest: AlarmOccurrence | None
    flood: FloodLine | None

    @property
    def asking(self) -> int:
        """How many ask to be acknowledged."""
        return sum(one.asking for one in self.counts)

    @property
    def active(self) -> int:
        """How many conditions hold."""
        return sum(one.active for one in self.counts)


def alarm_bar(plant: Plant | None = None) -> AlarmBar:
    """Read the bar: three queries, and two more while a flood lasts."""
    standing = shown(Filter(plant))
    asks = Q(state__in=ANNOUNCED)
    rows = standing.order_by().values("priority")
    rows = rows.annotate(
        asking=Count("pk", filter=asks), active=Count("pk", filter=Q(is_active=True))
    )
    found = {row["priority"]: row for row in rows}
    counts = tuple(
        PriorityCount(name, found[name]["asking"], found[name]["active"])
        for name in PRIORITIES
        if name in found
    )
    newest = None
    if any(one.asking for one in counts):
        newest = standing.filter(asks).order_by("-announced_at", "-pk").first()
    return AlarmBar(plant, counts, newest, flood_line(plant))
