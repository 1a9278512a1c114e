"""The control loops as data: what each holds and moves, its set point, and what a hand may set.

Ricker's base case as controlled in Chiang, Russell & Braatz, "Fault Detection and Diagnosis in
Industrial Systems" (2000). Free of compiled code: a web process names loops without a compiler.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.tep.state import N_LOOPS
from simulation.tep.variables import XMEAS, index_of


@dataclass(frozen=True)
class Loop:
    """One loop. It acts on a valve, or (a cascade's outer loop) on another loop's set point.

    ``integral_seconds`` is None for a P loop; ``span`` is the measurement's and ``output_span``
    the driven set point's range, both in measurement units.
    """

    number: int
    xmeas_number: int
    setpoint: float
    gain: float
    integral_seconds: float | None
    span: float
    period_seconds: int = 3
    xmv_number: int | None = None
    drives_loop: int | None = None
    output_span: float = 100.0


# fmt: off
LOOPS: tuple[Loop, ...] = (  # in the order in which they run within one second
    Loop(1, 2, 3664.0, 1.0, None, 5811.0, xmv_number=1),
    Loop(2, 3, 4509.3, 1.0, None, 8354.0, xmv_number=2),
    Loop(3, 1, 0.25052, 1.0, None, 1.017, xmv_number=3),
    Loop(4, 4, 9.3477, 1.0, None, 15.25, xmv_number=4),
    Loop(5, 5, 26.902, -0.083, 1.0, 53.0, xmv_number=5),
    Loop(6, 10, 0.33712, 1.22, None, 1.0, xmv_number=6),  # with the purge override
    Loop(7, 12, 50.0, -2.06, None, 70.0, xmv_number=7),
    Loop(8, 15, 50.0, -1.62, None, 70.0, xmv_number=8),
    Loop(9, 19, 230.31, 0.41, None, 460.0, xmv_number=9),
    Loop(10, 21, 94.599, -1.56, 1452.0, 150.0, xmv_number=10),
    Loop(11, 17, 22.949, 1.09, 2600.0, 46.0, xmv_number=11),
    Loop(16, 18, 65.731, 0.169, 236.0, 130.0, drives_loop=9, output_span=460.0),
    Loop(17, 8, 75.0, 1.11, 3168.0, 50.0, drives_loop=4, output_span=15.25),
    Loop(18, 9, 120.4, 28.3, 982.0, 150.0, drives_loop=10, output_span=150.0),
    Loop(13, 23, 32.188, 18.0, 3168.0, 100.0, 360, drives_loop=3, output_span=1.017),
    Loop(14, 26, 6.882, 8.3, 3168.0, 100.0, 360, drives_loop=1, output_span=5811.0),
    Loop(15, 27, 18.776, 2.37, 5069.0, 100.0, 360, drives_loop=2, output_span=8354.0),
    Loop(19, 30, 13.823, -83.2 / 15.0, 6336.0, 26.0, 360, drives_loop=6, output_span=1.0),
    Loop(20, 38, 0.8357, -3.26, 12408.0, 1.6, 900, drives_loop=16, output_span=130.0),
)
# fmt: on

_CASCADED_LOOPS = frozenset(loop.drives_loop for loop in LOOPS if loop.drives_loop)


def initial_setpoints() -> NDArray[np.float64]:
    """Return the set points (20,) by loop number - 1, each in its measurement's unit."""
    setpoint = np.zeros(N_LOOPS)
    for loop in LOOPS:
        setpoint[loop.number - 1] = loop.setpoint
    return setpoint


def check_valve_position(position: Any, label: str = "a valve") -> float:
    """Return a position in %, or say why it cannot be one (ValueError)."""
    value = _number(position)
    if value is None or not 0.0 <= value <= 100.0:
        raise ValueError(f"{label} is set to 0 to 100 %, not {position!r}")
    return value


def check_setpoint(value: Any, label: str = "a set point") -> float:
    """Return a set point, or say why it cannot be one (ValueError)."""
    number = _number(value)
    if number is None:
        raise ValueError(f"{label} is set to a finite number, not {value!r}")
    return number


def loop_number(name: int | str) -> int:
    """Return the number of a control loop from its number or the label of what it controls.

    Both 17 and ``"XMEAS(8)"`` name the loop of the reactor's level. ValueError for others.
    """
    if isinstance(name, str) and not name.strip().isdigit():
        column = index_of(name)
        for loop in LOOPS:
            if loop.xmeas_number - 1 == column:
                return loop.number
        controlled = ", ".join(XMEAS[i].label for i in sorted(x.xmeas_number - 1 for x in LOOPS))
        raise ValueError(f"no loop controls {name}; there are loops for {controlled}")
    numbers = sorted(loop.number for loop in LOOPS)
    whole = int(name) if isinstance(name, str) else name
    if isinstance(whole, bool) or whole not in numbers:
        raise ValueError(f"there is no loop {name!r}; loops are {', '.join(map(str, numbers))}")
    return int(whole)


def is_cascaded(loop: int) -> bool:
    """Tell whether another loop sets the set point of loop number ``loop``."""
    return loop in _CASCADED_LOOPS


def setpoint_range(loop: int) -> tuple[float, float]:
    """Return what an operator may set a loop to: from nothing to twice its published set point.

    A level or a composition ends at 100 %, a flow or a temperature at the top of its transmitter.
    The mathematics takes any finite number; this is the guard against a slip of the hand.
    """
    one = next(one for one in LOOPS if one.number == loop)
    top = 100.0 if "%" in XMEAS[one.xmeas_number - 1].unit else one.span
    return 0.0, min(2.0 * one.setpoint, top)


def nominal_setpoint(loop: int) -> float:
    """Return the set point loop number ``loop`` has in the published control system."""
    return next(one.setpoint for one in LOOPS if one.number == loop)


def _number(value: Any) -> float | None:
    try:
        if isinstance(value, bool | np.bool_):
            return None
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
