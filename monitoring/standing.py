"""What stands on a plant: the alarms that an operator is shown, the most urgent first.

What is shelved, suppressed by design or out of service stands, but is shown nowhere but on the
alarm pages; what is for the journal alone is no alarm to act on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from monitoring.alarms.life import ANNOUNCED
from monitoring.alarms.queries import Filter, Tally, by_urgency, shown
from monitoring.models import Alarm, AlarmDefinition, AlarmOccurrence
from simulation.models import Plant

#: From the most urgent. Which of them it is, 1 to 4, is what a sign shows: «high» is a word for
#: values, too.
PRIORITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Standing:
    """The alarms of one plant, and of the detector's alarm among them its newest claim."""

    occurrences: tuple[AlarmOccurrence, ...] = ()
    claim: Alarm | None = None


@dataclass(frozen=True)
class Tallies:
    """How many alarms stand on one plant by priority, the most urgent first; none is left out."""

    counts: tuple[Tally, ...] = ()

    @property
    def asking(self) -> int:
        """How many ask to be acknowledged."""
        return sum(one.asking for one in self.counts)

    @property
    def urgency(self) -> tuple[int, ...]:
        """What an order sorts by: what asks by priority, then what stands by priority."""
        found = {one.priority: one for one in self.counts}
        none = Tally("", 0, 0)
        tallies = [found.get(name, none) for name in PRIORITIES]
        return (*(one.asking for one in tallies), *(one.shown for one in tallies))

    @property
    def words(self) -> str:
        """The counts in words."""
        told = ", ".join(f"{one.shown} {one.priority}" for one in self.counts)
        return f"{told}; {self.asking_words}" if told else "none"

    @property
    def asking_words(self) -> str:
        """How many nobody has acknowledged, in words."""
        return f"{self.asking} unacknowledged" if self.asking else "all acknowledged"

    def __bool__(self) -> bool:
        return bool(self.counts)


def standing_on(plant: Plant) -> Standing:
    """Return what stands on a plant, with two queries.

    Their number is bounded: of each definition one alarm stands on a plant at most.
    """
    found = shown(Filter(plant)).select_related(None).select_related("definition")
    occurrences = tuple(by_urgency(found))
    claims = [one.pk for one in occurrences if one.definition.kind == AlarmDefinition.Kind.CLAIM]
    if not claims:
        return Standing(occurrences)
    newest = Alarm.objects.filter(occurrence__in=claims).order_by("-raised_at", "-pk")
    newest = newest.select_related("analysis__detector_model")
    return Standing(occurrences, newest.defer("analysis__detector_model__parameters").first())


def tallies_of(plants: Iterable[Plant]) -> dict[int, Tallies]:
    """Return how many alarms stand on each plant that has some, with one query."""
    rows = (
        shown()
        .filter(plant__in=list(plants))
        .order_by()
        .values_list("plant_id", "priority")
        .annotate(n=Count("pk"), asking=Count("pk", filter=Q(state__in=ANNOUNCED)))
    )
    found: dict[int, dict[str, Tally]] = defaultdict(dict)
    for plant, priority, n, asking in rows:
        found[plant][priority] = Tally(priority, n, asking)
    return {
        plant: Tallies(tuple(tallies[name] for name in PRIORITIES if name in tallies))
        for plant, tallies in found.items()
    }
