"""What a deviation is measured from: a number, or the set point of the tag's loop."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from django.db import connection

from monitoring.models import AlarmDefinition
from simulation.fields import Vector
from simulation.models import Hand, Plant
from simulation.tep.loops import LOOPS, Loop, is_cascaded

UNKNOWN = float("nan")
_ASK_HANDS = (
    "SELECT number, value, from_value, ramp_steps, start_step, end_step FROM simulation_hand "
    "WHERE run_id = %s AND kind = %s ORDER BY start_step, id"
)


class HeldSetpoint(NamedTuple):
    """A set point by hand, from its first step until before its last; empty: still."""

    number: int
    value: float
    from_value: float | None
    ramp_steps: int
    start_step: int
    end_step: int | None

    def covers(self, step: int) -> bool:
        """Tell whether it is in force at a step."""
        return self.start_step <= step and (self.end_step is None or step < self.end_step)

    def at(self, step: int, before: float) -> float:
        """Return where it stands at a step; `before` is where it was when it was taken."""
        taken = step - self.start_step + 1
        if taken >= self.ramp_steps:
            return self.value
        begin = before if self.from_value is None else self.from_value
        return begin + (self.value - begin) * taken / self.ramp_steps


def loop_of(tag: str) -> Loop | None:
    """Return the loop that holds a tag, None where none does."""
    return next((loop for loop in LOOPS if f"XMEAS({loop.xmeas_number})" == tag), None)


def setpoint_hands(run_id: int) -> list[HeldSetpoint]:
    """Return the set points that were held by hand in a run, in the order in which they began.

    By hand: it is asked with every sample, and building the statement costs more than running it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ASK_HANDS, [run_id, Hand.Kind.SETPOINT.value])
        return [HeldSetpoint(*row) for row in cursor.fetchall()]


def references_of(
    definition: AlarmDefinition, steps: Sequence[int], hands: Sequence[HeldSetpoint]
) -> list[float]:
    """Return the reference at each step; NaN where there is none, or it is not known.

    A loop that another one gives its set point to has a known one only while it is held by hand.
    """
    if definition.reference is not None:
        return [definition.reference] * len(steps)
    loop = loop_of(definition.tag)
    if loop is None:
        return [UNKNOWN] * len(steps)
    by_itself = UNKNOWN if is_cascaded(loop.number) else loop.setpoint
    held = [hand for hand in hands if hand.number == loop.number]
    if not held:
        return [by_itself] * len(steps)
    return [_setpoint_at(step, held, by_itself) for step in steps]


def setpoints_of(plant: Plant, tag: str, span: tuple[int, int]) -> Vector | None:
    """Return the set point of a tag's loop in the present run at each step of a span.

    NaN where it is not known; None for a plant that has not run.
    """
    if plant.current_run_id is None:
        return None
    steps = range(span[0], span[1] + 1)
    hands = setpoint_hands(plant.current_run_id)
    return np.array(references_of(AlarmDefinition(tag=tag), steps, hands))


def _setpoint_at(step: int, held: Sequence[HeldSetpoint], by_itself: float) -> float:
    for index in reversed(range(len(held))):
        hand = held[index]
        if hand.covers(step):
            on_a_ramp = step - hand.start_step + 1 < hand.ramp_steps and hand.from_value is None
            before = by_itself
            if on_a_ramp:
                before = _setpoint_at(hand.start_step - 1, held[:index], by_itself)
            return hand.at(step, before)
    return by_itself
