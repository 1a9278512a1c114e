"""Whether everything that should move moves, in one answer."""

from collections.abc import Iterable, Sequence
from typing import Any

from monitoring.status.gathering import plants_with_status, surroundings
from monitoring.status.plant_status import PlantStatus
from monitoring.status.stage import State

#: From the best to the worst.
SEVERITY: tuple[State, ...] = ("idle", "ok", "waiting", "late", "stalled")


def health(found: Sequence[PlantStatus] | None = None) -> tuple[bool, dict[str, Any]]:
    """Tell whether everything that should move moves; else name the culprit.

    `found` is every plant's status, where the caller has it already.
    """
    found = plants_with_status() if found is None else found
    around = found[0].facts.around if found else surroundings([])
    if error := around.broker_error:
        return False, {"status": "down", "stage": "broker", "culprit": "broker", "error": error}
    facts: dict[str, Any] = {"stages": worst_states(found)}
    stalls = [
        {
            "plant": status.plant.pk,
            "name": status.plant.name,
            "stage": status.stalled_stage,
            "stall": status.stall,
        }
        for status in found
        if status.stall
    ]
    if stalls:
        first = stalls[0]
        return False, {
            "status": "stalled",
            "stage": first["stage"],
            "culprit": first["stall"],
            "plants": stalls,
            **facts,
        }
    return True, {"status": "ok", "plants": len(found), **facts}


def worst_states(found: Iterable[PlantStatus]) -> dict[str, State]:
    """Return for each stage the worst state of any plant."""
    worst: dict[str, State] = {}
    for status in found:
        for stage in status.stages:
            known = worst.get(stage.name, "idle")
            worst[stage.name] = max(known, stage.state, key=SEVERITY.index)
    return worst
