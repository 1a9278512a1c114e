"""What a run must have stored: an uninterrupted reference with the same seed and injections."""

import numpy as np

from simulation import tep
from simulation.models import Hand, Plant, Reading, Run
from simulation.stepping import Tick
from simulation.tep import loops


def tick_of(plant: Plant) -> Tick:
    """The hint that a healthy clock would send now."""
    plant.refresh_from_db()
    return Tick(plant.pk, plant.current_run_id, plant.step)


def reference(run: Run, steps: int) -> np.ndarray:
    """The rows (steps, 53) of one uninterrupted integration with the run's seed, rng and rows.

    Stated on its own, not by `simulation.in_force`: what is in force is read off the rows second
    by second here.
    """
    faults, hands = list(run.injections.all()), list(run.hands.all())
    state, rows, held = tep.initial_state(run.seed, rng=run.rng), [], {}
    for step in range(1, steps + 1):
        flags = np.zeros(20)
        for fault in faults:
            if fault.start_step <= step and (fault.end_step is None or step < fault.end_step):
                flags[fault.idv - 1] = fault.magnitude
        now = {
            (hand.kind, hand.number): (hand.start_step, towards(state, hand, step))
            for hand in hands
            if hand.start_step <= step and (hand.end_step is None or step < hand.end_step)
        }
        for what in sorted({*held, *now}, key=lambda one: (one[0] != "valve", one[1])):
            if now.get(what) != held.get(what):
                state = changed(state, *what, now.get(what))
        held = now
        state, row = tep.advance(state.replace(idv=flags), tep.SAMPLE_SECONDS)
        rows.append(row[0])
    return np.array(rows).reshape(steps, 53)


def towards(state: tep.PlantState, hand: Hand, step: int) -> float:
    """Where a hand holds at a step: on a ramp an equal part of what is left further than it was."""
    left = hand.start_step + hand.ramp_steps - step
    was = (state.xmv if hand.kind == "valve" else state.setpoints)[hand.number - 1]
    return float(was + (hand.value - was) / left) if left > 1 else hand.value


def changed(
    state: tep.PlantState, kind: str, number: int, hand: tuple[int, float] | None
) -> tep.PlantState:
    """The state with a valve or a set point taken over, or (without a hand) given back."""
    if kind == "valve":
        if hand is None:
            return tep.with_valve_automatic(state, number)
        return tep.with_valve(state, number, hand[1])
    if hand is not None:
        return tep.with_setpoint(state, number, hand[1])
    if loops.is_cascaded(number):
        return tep.with_setpoint_automatic(state, number)
    return tep.with_setpoint(state, number, loops.nominal_setpoint(number))


def assert_trajectory(run: Run) -> int:
    """The readings are 1, 2, 3 ... and equal to the bit to the reference; returns their number."""
    stored = list(Reading.objects.filter(run=run).order_by("step"))
    assert [reading.step for reading in stored] == list(range(1, len(stored) + 1))
    if stored:
        values = np.array([reading.values for reading in stored])
        assert values.tobytes() == reference(run, len(stored)).tobytes()
    return len(stored)
