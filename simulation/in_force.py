"""What acts on a plant at a step: faults switched on, valves and set points held by hand.

A run is a function of its seed, its generator, its injections and its hands alone. Here is the
part of that function between two samples: the live step and whoever computes a run again from its
rows (a branch, a test) share it. Free of Django: a row is anything with these fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulation import tep
from simulation.tep import PlantState, loops
from simulation.tep.variables import N_IDV

VALVE, SETPOINT = "valve", "setpoint"


class Spanned(Protocol):
    """Acts from ``start_step`` until before ``end_step`` (None: for good)."""

    start_step: int
    end_step: int | None


class Fault(Spanned, Protocol):
    """A disturbance that is switched on; ``magnitude`` 1 is the published one."""

    idv: int
    magnitude: float


class Held(Spanned, Protocol):
    """A valve at a position (%), or the set point of a loop at a value (its unit).

    With ``ramp_steps`` it goes there in so many equal steps, a sample each; 0 is at once.
    """

    kind: str
    number: int
    value: float
    ramp_steps: int


def covers(one: Spanned, step: int) -> bool:
    """Tell whether a row acts while ``step`` is integrated."""
    return one.start_step <= step and (one.end_step is None or step < one.end_step)


def is_ramping(hand: Held, step: int) -> bool:
    """Tell whether a hand is on its way to its value while ``step`` is integrated."""
    return covers(hand, step) and step < hand.start_step + hand.ramp_steps


def ramped(now: float, to: float, steps_left: int) -> float:
    """Return where a ramp stands after its next step: an equal part of what is left.

    A function of where it is and of what is to come, so a ramp may begin at a value that nobody
    knew when it was planned. The last step ends at ``to`` exactly.
    """
    return to if steps_left <= 1 else now + (to - now) / steps_left


def flags_at(faults: Iterable[Fault], step: int) -> NDArray[np.float64]:
    """Return the 20 IDV flags, 0 to 1, in force while ``step`` is integrated."""
    flags = np.zeros(N_IDV)
    for fault in faults:
        if covers(fault, step):
            flags[fault.idv - 1] = max(flags[fault.idv - 1], fault.magnitude)
    return flags


def with_hands_at(state: PlantState, hands: Sequence[Held], step: int) -> PlantState:
    """Return the state after the changes that fall between ``step - 1`` and ``step``.

    What ends there is given back without a bump, unless another hand takes it at once; then what
    begins there is taken, and what is on a ramp moves on. In the order of the numbers, valves
    first: the result does not depend on the order of the rows.
    """
    changing = [
        hand
        for hand in hands
        if hand.start_step == step or hand.end_step == step or is_ramping(hand, step)
    ]
    for hand in sorted(changing, key=lambda one: (one.kind != VALVE, one.number)):
        if hand.end_step is not None and hand.end_step <= hand.start_step:
            continue  # cancelled before it began
        if covers(hand, step):
            state = _taken(state, hand, step)
        elif not any(_same(hand, other) and covers(other, step) for other in hands):
            state = _given_back(state, hand)
    return state


def state_at(
    state: PlantState, step: int, faults: Iterable[Fault], hands: Sequence[Held]
) -> PlantState:
    """Return the state to integrate for ``step`` from that after ``step - 1``."""
    if hands:
        state = with_hands_at(state, hands, step)
    return state.replace(idv=flags_at(faults, step))


def _same(one: Held, other: Held) -> bool:
    return (one.kind, one.number) == (other.kind, other.number)


def _taken(state: PlantState, hand: Held, step: int) -> PlantState:
    left = hand.start_step + hand.ramp_steps - step
    if hand.kind == VALVE:
        now = float(state.xmv[hand.number - 1])
        return tep.with_valve(state, hand.number, ramped(now, hand.value, left))
    now = float(state.setpoints[hand.number - 1])
    return tep.with_setpoint(state, hand.number, ramped(now, hand.value, left))


def _given_back(state: PlantState, hand: Held) -> PlantState:
    if hand.kind == VALVE:
        return tep.with_valve_automatic(state, hand.number)
    if loops.is_cascaded(hand.number):
        return tep.with_setpoint_automatic(state, hand.number)
    return tep.with_setpoint(state, hand.number, loops.nominal_setpoint(hand.number))
