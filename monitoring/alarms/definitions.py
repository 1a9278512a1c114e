"""Which definitions hold for a plant."""

from collections.abc import Sequence

from django.db.models import Q

from monitoring.models import AlarmDefinition
from simulation.models import Plant


def definitions_of(plant: Plant, tag: str = "") -> list[AlarmDefinition]:
    """Return the definitions of a plant, in service or not; its own replace the general ones.

    With a tag only those of limits on it.
    """
    found = AlarmDefinition.objects.filter(Q(plant=None) | Q(plant=plant))
    return in_force(list(found.filter(tag=tag) if tag else found))


def in_force(found: Sequence[AlarmDefinition]) -> list[AlarmDefinition]:
    """Return the definitions but for those general ones that one of the plant's own replaces."""
    own = {(one.tag, one.kind) for one in found if one.plant_id and one.tag}
    return [one for one in found if one.plant_id or not one.tag or (one.tag, one.kind) not in own]


def holding_for(definition: AlarmDefinition) -> list[Plant]:
    """Return the plants that a definition holds for."""
    if definition.plant_id is not None:
        return list(Plant.objects.filter(pk=definition.plant_id))
    own = AlarmDefinition.objects.filter(
        plant__isnull=False, tag=definition.tag, kind=definition.kind
    ).exclude(tag="")
    return list(Plant.objects.exclude(pk__in=own.values("plant")))
