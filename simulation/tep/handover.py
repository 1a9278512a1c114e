"""Hand and automatic: who has a valve or a set point, and the change-over without a bump.

A valve held by hand keeps its value; a cascaded set point held by hand opens its cascade. Every
loop whose output leads nowhere then stands by. In the velocity form a loop's memory is its last
error alone, and a bump at the return has two sources, each met by what a loop on standby does:

* the change of error since it stopped acting: the last error goes on being taken;
* an error that is large by now, at once integrated: an inner loop's set point follows its
  measurement, as its outer loop stands by too; any other loop keeps the operator's set point,
  and at the return the error it then has is forgiven, to be taken up again over minutes.

The purge override belongs to loop 6 and is off while XMV(6) is by hand, so that the return cannot
be taken for its release.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.tep._jit import kernel
from simulation.tep.control import PURGE_LOOP, loop_tables, purge_override
from simulation.tep.loops import (
    LOOPS,
    check_setpoint,
    check_valve_position,
    is_cascaded,
    loop_number,
)
from simulation.tep.state import N_LOOPS, PlantState
from simulation.tep.variables import xmv_index

_COUNT = len(LOOPS)
_PERIOD, _LOOP, _PV, _GAIN, _SPAN, _INTEGRAL, _VALVE, _TARGET, _OUTPUT_SPAN = loop_tables()
FASTEST = int(_PERIOD.min())
_CASCADED = np.array([is_cascaded(number) for number in range(1, N_LOOPS + 1)])
# An error forgiven at the return comes back with this time constant: 5 min, or ten calls.
_FADE = 1.0 - _PERIOD / np.maximum(300.0, 10.0 * _PERIOD)
_FADED = 1e-6  # % of span
_OFF = 0


@kernel
def run_loops_around_hands(s: Any) -> None:
    """Run the loops of record ``s`` due in its next second where hands may hold something.

    With nothing held and no forgiven error left it does what ``run_loops`` does, and says so by
    clearing ``s.intervened``.
    """
    step = s.step + 1
    if step % FASTEST != 0:
        return
    xmeas, setpoint, last_error, handed = s.xmeas, s.setpoint, s.last_error, s.handed_error
    acting = np.zeros(N_LOOPS, dtype=np.bool_)
    intervened = 0
    for n in range(_COUNT):  # a loop comes after the one it drives
        loop = _LOOP[n]
        if _VALVE[n] >= 0:
            acting[loop] = s.by_hand[_VALVE[n]] == 0
        else:
            acting[loop] = acting[_TARGET[n]] and s.local[_TARGET[n]] == 0
        if not acting[loop]:
            intervened = 1
        if step % _PERIOD[n] != 0:
            if handed[loop] != 0.0:
                intervened = 1
            continue
        own = s.local[loop] != 0 or not _CASCADED[loop]  # the set point is an operator's
        if loop == PURGE_LOOP:
            if not acting[loop]:
                s.override[0] = _OFF
            else:
                kept = setpoint[loop]
                if purge_override(xmeas, s.xmv, setpoint, last_error, s.override):
                    handed[loop] = 0.0  # its release begins from a remembered error of its own
                    if own and s.override[0] == _OFF:  # released: but this set point is held
                        setpoint[loop] = kept
                        last_error[loop] = 100.0 * (kept - xmeas[_PV[n]]) / _SPAN[n]
                    continue
        if not acting[loop]:
            if not own:
                setpoint[loop] = xmeas[_PV[n]]
            handed[loop] = 100.0 * (setpoint[loop] - xmeas[_PV[n]]) / _SPAN[n]
            last_error[loop] = 0.0
            continue
        if handed[loop] != 0.0:
            handed[loop] *= _FADE[n]
            if abs(handed[loop]) < _FADED:
                handed[loop] = 0.0
            else:
                intervened = 1
        error = 100.0 * (setpoint[loop] - xmeas[_PV[n]]) / _SPAN[n] - handed[loop]
        change = _GAIN[n] * ((error - last_error[loop]) + error * _INTEGRAL[n])
        last_error[loop] = error
        if _VALVE[n] >= 0:
            s.xmv[_VALVE[n]] += change
        else:
            setpoint[_TARGET[n]] += change * _OUTPUT_SPAN[n] / 100.0
    for j in range(len(s.by_hand)):
        if s.by_hand[j] != 0:
            intervened = 1
    for loop in range(N_LOOPS):
        if s.local[loop] != 0:
            intervened = 1
    s.intervened[0] = intervened


def with_valve(state: PlantState, number: int, position: float) -> PlantState:
    """Return the state with XMV(number) held by hand at ``position``, %, from the next second on.

    ValueError for a number outside 1..12 or a position outside 0..100.
    """
    place = xmv_index(number)
    position = check_valve_position(position, f"XMV({number})")
    xmv, by_hand = state.xmv.copy(), state.record[0]["by_hand"].copy()
    xmv[place], by_hand[place] = position, 1
    return state.replace(xmv=xmv, by_hand=by_hand, intervened=1)


def with_valve_automatic(state: PlantState, number: int) -> PlantState:
    """Return the state with XMV(number) given back to its loop, which goes on without a bump.

    XMV(12), the agitator, has no loop and stays where it is.
    """
    by_hand = state.record[0]["by_hand"].copy()
    by_hand[xmv_index(number)] = 0
    return state.replace(by_hand=by_hand)


def with_setpoint(state: PlantState, loop: int | str, value: float) -> PlantState:
    """Return the state with a loop's set point at ``value``, in the unit of what it controls.

    A cascaded set point is held there until it is given back; the loop that sets it stands by.
    """
    number = loop_number(loop)
    setpoint, local = state.setpoints.copy(), state.record[0]["local"].copy()
    setpoint[number - 1] = check_setpoint(value, f"the set point of loop {number}")
    if not is_cascaded(number):
        return state.replace(setpoint=setpoint)
    local[number - 1] = 1
    return state.replace(setpoint=setpoint, local=local, intervened=1)


def with_setpoint_automatic(state: PlantState, loop: int | str) -> PlantState:
    """Return the state with a cascaded set point given back to the loop that sets it."""
    local = state.record[0]["local"].copy()
    local[loop_number(loop) - 1] = 0
    return state.replace(local=local)
