"""What is kept from the operator: on the shelf, suppressed by design, out of service."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from monitoring.alarms.queries import shelvings
from monitoring.alarms.shown import Shown, amount, how_long
from monitoring.models import AlarmDefinition, AlarmOccurrence, LimitCursor, Shelving
from monitoring.tag_window import trend_named
from simulation.models import Plant

MOST = 300


@dataclass(frozen=True)
class Shelved:
    """An alarm on the shelf, and what it does there."""

    shelving: Shelving
    under: Shown | None

    @property
    def left(self) -> str:
        """The time left."""
        left = self.shelving.until - timezone.now()
        return how_long(left) if left > timedelta() else "over, about to come back"


@dataclass(frozen=True)
class Suppressed:
    """An alarm that the plant's state makes meaningless."""

    plant: Plant
    definition: AlarmDefinition
    under: Shown | None

    @property
    def why(self) -> str:
        """The condition that suppresses it, in words."""
        one = self.definition
        way = AlarmDefinition.Suppression(one.suppress_while)
        if way in {way.TAG_BELOW, way.TAG_ABOVE}:
            side = "below" if way == way.TAG_BELOW else "above"
            trend = trend_named(one.suppress_tag)
            return f"while {one.suppress_tag} is {side} {amount(one.suppress_value, trend)}"
        if way == way.ALARM_ACTIVE:
            return f"while «{one.suppress_alarm}» is active"
        return str(way.label)


def _standing(plant: Plant | None, definitions: set[int]) -> dict[tuple[int, int], Shown]:
    found = AlarmOccurrence.objects.filter(closed_at__isnull=True, definition__in=definitions)
    if plant is not None:
        found = found.filter(plant=plant)
    found = found.select_related("definition", "plant", "run")
    return {(one.plant_id, one.definition_id): Shown(one) for one in found}


def shelved(plant: Plant | None) -> list[Shelved]:
    """Return what is on the shelf, what comes back first before the rest."""
    rows = list(shelvings(plant)[:MOST])
    standing = _standing(plant, {one.definition_id for one in rows})
    return [Shelved(one, standing.get((one.plant_id, one.definition_id))) for one in rows]


def suppressed(plant: Plant | None) -> list[Suppressed]:
    """Return what is suppressed by design, plant by plant."""
    cursors = LimitCursor.objects.exclude(suppressed=[]).select_related("plant")
    if plant is not None:
        cursors = cursors.filter(plant=plant)
    pairs = [(cursor.plant, pk) for cursor in cursors for pk in cursor.suppressed][:MOST]
    wanted = {pk for _, pk in pairs}
    found = AlarmDefinition.objects.filter(pk__in=wanted).select_related("suppress_alarm")
    definitions = {one.pk: one for one in found}
    standing = _standing(plant, wanted)
    return [
        Suppressed(one, definitions[pk], standing.get((one.pk, pk)))
        for one, pk in pairs
        if pk in definitions
    ]


def out_of_service(plant: Plant | None) -> list[AlarmDefinition]:
    """Return the definitions out of service, of a plant those that it would have."""
    found = AlarmDefinition.objects.filter(in_service=False)
    if plant is not None:
        found = found.filter(Q(plant=None) | Q(plant=plant))
    found = found.select_related("out_of_service_by", "plant").order_by("cannot_work", "code")
    return list(found[:MOST])
