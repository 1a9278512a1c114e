"""What is planned for later, cancelled before it begins."""

from simulation import by_hand
from simulation.models import Plant
from simulation.models.actor import Actor


def cancel_planned(plant: Plant, kind: str, pk: int, *, by: Actor | None = None) -> int:
    """Cancel a planned fault or hand of the present run; returns how many: 1, or 0 for none.

    One that has begun meanwhile is left alone: ending it is another act than cancelling it.
    """
    with plant.changing():
        run, first = plant.current_run, plant.step + 1
        if run is None:
            return 0
        if kind == "fault":
            fault = run.injections.open_after(first).filter(pk=pk, start_step__gt=first)
            return plant.clear(only=[pk], by=by) if fault.exists() else 0
        hand = run.hands.open_after(first).filter(pk=pk, start_step__gt=first).first()
        if hand is None:
            return 0
        return by_hand.give_back(plant, hand.kind, hand.number, only=pk, by=by)
