"""Plants with readings of one's own choice, without simulating them."""

from collections.abc import Iterable

import numpy as np
from django.utils import timezone

from monitoring.alarms.normal_operation import NORMAL
from monitoring.models import AlarmDefinition, AlarmJournalEntry
from simulation.models import Plant, Reading
from simulation.tep.variables import LABELS, index_of

NORMAL_ROW = np.array([NORMAL[label].mean for label in LABELS])


def give(plant: Plant, rows: Iterable[dict[str, float] | str]) -> None:
    """Store readings after the newest: normal but for the tags named; a text is a bad one."""
    plant.refresh_from_db()
    for row in rows:
        plant.step += 1
        values = NORMAL_ROW.copy()
        for tag, value in (row if isinstance(row, dict) else {}).items():
            values[index_of(tag)] = value
        Reading.objects.create(
            run=plant.run,
            step=plant.step,
            sim_hours=plant.sim_hours,
            sampled_at=timezone.now(),
            values=values,
            quality=row if isinstance(row, str) else "",
        )
    Plant.objects.filter(pk=plant.pk).update(step=plant.step)


def defined(code: str) -> AlarmDefinition:
    return AlarmDefinition.objects.get(code=code)


def journal(**fields) -> list[tuple[str, int | None]]:
    """The journal in the order of writing: what, and at which step."""
    found = AlarmJournalEntry.objects.filter(**fields).order_by("pk")
    return list(found.values_list("kind", "step"))
