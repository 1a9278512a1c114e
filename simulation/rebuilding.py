"""The simulator's state at any step of a run: from the newest snapshot before it, or the seed."""

import logging

from simulation import in_force, tep
from simulation.models import Reading, Run, Snapshot
from simulation.tep import SAMPLE_SECONDS, PlantState

logger = logging.getLogger(__name__)


class RunDiffers(Exception):
    """What is computed is not what is stored: the run cannot be gone back to."""


def state_after(run: Run, step: int) -> PlantState:
    """Return the simulator's state after a step of a run, equal to the bit to what it was.

    From the newest snapshot that can be read; one that is damaged or of a later version is named
    in the log and passed over, in the end for the run's seed. What is computed on the way is held
    against the stored readings: RunDiffers says where they differ.
    """
    faults, hands = list(run.injections.all()), list(run.hands.all())
    state, at = _begin(run, step)
    stored = dict(
        Reading.objects.filter(run=run, step__gt=at, step__lte=step).values_list("step", "values")
    )
    for number in range(at + 1, step + 1):
        state = in_force.state_at(state, number, faults, hands)
        state, rows = tep.advance(state, SAMPLE_SECONDS)
        there = stored.get(number)
        if there is not None and there.tobytes() != rows[0].tobytes():
            raise RunDiffers(
                f"step {number} comes out differently from what is stored, so this version of the "
                "simulator is not the one that made the run"
            )
    return state


def _begin(run: Run, step: int) -> tuple[PlantState, int]:
    for snapshot in Snapshot.objects.filter(run=run, step__lte=step).order_by("-step"):
        try:
            return PlantState.from_bytes(bytes(snapshot.state)), snapshot.step
        except ValueError as error:
            logger.warning("snapshot of %s is passed over: %s", snapshot, error)
    return tep.initial_state(run.seed, rng=run.rng), 0
