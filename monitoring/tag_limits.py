"""The alarm limits on one tag of a plant: where they are, whether they are watched, what stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from monitoring.alarms.definitions import definitions_of, in_force
from monitoring.alarms.queries import Filter, occurrences, shelvings
from monitoring.models import AlarmDefinition, AlarmOccurrence, Shelving
from simulation.models import Plant

Kind = AlarmDefinition.Kind
#: What stands at a limit's mark on the bar, from the highest limit to the lowest.
LETTERS: dict[str, str] = {Kind.HIHI: "HH", Kind.HI: "H", Kind.LO: "L", Kind.LOLO: "LL"}
_ORDER = [*LETTERS, Kind.RATE, Kind.DEVIATION]


@dataclass(frozen=True)
class TagLimit:
    """One limit, with its alarm if one stands and its shelf if it is on one."""

    definition: AlarmDefinition
    occurrence: AlarmOccurrence | None
    shelving: Shelving | None

    @property
    def letters(self) -> str:
        """What stands at its mark on the bar; empty of a rate and of a deviation."""
        return LETTERS.get(self.definition.kind, "")

    @property
    def is_watched(self) -> bool:
        """Whether an alarm on it would be shown."""
        kept = self.occurrence is not None and self.occurrence.life.is_kept_away
        return self.definition.in_service and self.shelving is None and not kept

    @property
    def is_shown(self) -> bool:
        """Whether its alarm stands and is shown to the operator."""
        return self.occurrence is not None and self.is_watched and self.is_alarm

    @property
    def is_alarm(self) -> bool:
        """Whether it is one to act on, and not for the journal alone."""
        return self.definition.priority != AlarmDefinition.Priority.JOURNAL

    @property
    def is_suppressed(self) -> bool:
        """Whether the plant's state makes it meaningless."""
        return self.occurrence is not None and self.occurrence.is_suppressed


def letters_on(plant_id: int, labels: Collection[str]) -> dict[str, list[tuple[str, float]]]:
    """Return letters and value of the limits in service on some tags, with one query."""
    found: dict[str, list[tuple[str, float]]] = {}
    own = AlarmDefinition.objects.filter(Q(plant=None) | Q(plant=plant_id))
    for one in in_force(list(own.filter(tag__in=labels, kind__in=LETTERS))):
        if one.in_service and one.limit is not None:
            found.setdefault(one.tag, []).append((LETTERS[one.kind], one.limit))
    return found


def limits_of(plant: Plant, label: str) -> list[TagLimit]:
    """Return the limits on a tag, from high-high to deviation, with three queries."""
    definitions = definitions_of(plant, label)
    standing = occurrences(Filter(plant)).filter(definition__tag=label)
    by_definition = {one.definition_id: one for one in standing}
    shelved = {one.definition_id: one for one in shelvings(plant).filter(definition__tag=label)}
    ordered = sorted(definitions, key=lambda one: _ORDER.index(one.kind))
    return [TagLimit(one, by_definition.get(one.pk), shelved.get(one.pk)) for one in ordered]
