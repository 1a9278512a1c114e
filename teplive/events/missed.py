"""Faults that were injected and made no event: known to the composition alone."""

from dataclasses import dataclass

from monitoring.models import EventFrame
from simulation.models import Injection, Plant
from simulation.models.plant import describe_idv
from simulation.models.reading import hours_at

#: The newest injections that are looked at.
MOST_INJECTIONS = 200


@dataclass(frozen=True)
class Missed:
    """A fault in force for some steps without an event."""

    injection: Injection
    steps: int

    @property
    def label(self) -> str:
        """The fault in the field's words."""
        return f"IDV({self.injection.idv}) {describe_idv(self.injection.idv)}"

    @property
    def hours(self) -> float:
        """How long it has been in force, in process hours."""
        return hours_at(self.steps)

    @property
    def start_hours(self) -> float:
        """When it began, in process hours of its run."""
        return hours_at(self.injection.start_step)


def missed_faults(plant: Plant) -> list[Missed]:
    """Return the newest faults that were in force while no event was open or began."""
    injections = Injection.objects.filter(run__plant=plant).select_related("run")
    newest = list(injections.order_by("-pk")[:MOST_INJECTIONS])
    frames: dict[int, list[EventFrame]] = {}
    runs = {one.run_id for one in newest}
    for frame in EventFrame.objects.filter(run__in=runs):
        frames.setdefault(frame.run_id, []).append(frame)
    found = []
    for one in newest:
        reached = plant.step if one.run_id == plant.current_run_id else _last_step(one)
        end = reached if one.end_step is None else min(reached, one.end_step - 1)
        steps = end - one.start_step + 1
        caught = any(
            frame.opened_step <= end
            and (frame.closed_step is None or frame.closed_step >= one.start_step)
            for frame in frames.get(one.run_id, [])
        )
        if steps > 0 and not caught:
            found.append(Missed(one, steps))
    return found


def _last_step(one: Injection) -> int:
    last = one.run.readings.order_by("-step").values_list("step", flat=True).first()
    return last or 0
