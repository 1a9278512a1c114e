"""What is planned for later on a plant: faults and hands, with their times."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.hidden_truth import injections_told
from simulation.models import Hand, Injection, Plant
from simulation.models.reading import hours_at

FAULT, HAND = "fault", "hand"


@dataclass(frozen=True)
class Planned:
    """One fault or hand that begins later, or that is in force and has its end set."""

    kind: str
    pk: int
    what: str
    when: str
    start_step: int
    can_be_cancelled: bool


def schedule_context(request: HttpRequest, plant: Plant) -> dict[str, Any]:
    """Return the context of `_schedule.html`."""
    run, first = plant.current_run, plant.step + 1
    if run is None or not plant.is_simulated:
        return {"schedule": []}
    found: list[tuple[str, Injection | Hand, str]] = []
    for fault in injections_told(request, run.injections.open_after(first)):
        size = "" if fault.magnitude == 1.0 else f" at {fault.magnitude:g}"
        found.append((FAULT, fault, f"IDV({fault.idv}){size}"))
    for hand in run.hands.open_after(first):
        found.append((HAND, hand, f"{hand.label[0].upper()}{hand.label[1:]} {hand.target}"))
    planned = [
        Planned(kind, row.pk, what, _when(row, plant), row.start_step, row.start_step > first)
        for kind, row, what in found
        if row.start_step > first or row.end_step is not None
    ]
    return {"schedule": sorted(planned, key=lambda one: (one.start_step, one.what))}


def _when(row: Any, plant: Plant) -> str:
    end = "" if row.end_step is None else f" to {hours_at(row.end_step):.2f} h"
    if row.start_step <= plant.step + 1:
        return f"in force{end}"
    ahead = hours_at(row.start_step - plant.step - 1)
    return f"from {hours_at(row.start_step):.2f} h{end}, in {ahead:.2f} process hours"
