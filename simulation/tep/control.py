"""Decentralised control: nineteen discrete P and PI loops and the purge override.

Ricker's base case as controlled in Chiang, Russell & Braatz, "Fault Detection and Diagnosis in
Industrial Systems" (2000), velocity form. The controllers see measurements only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.tep._jit import kernel
from simulation.tep.loops import LOOPS
from simulation.tep.variables import XMV, xmeas_index, xmv_index

CLOSED_LOOP_XMV = np.array([valve.nominal for valve in XMV])  # % at the start of a closed-loop run

_COUNT = len(LOOPS)
_PERIOD = np.array([loop.period_seconds for loop in LOOPS])
_LOOP = np.array([loop.number - 1 for loop in LOOPS])
_PV = np.array([xmeas_index(loop.xmeas_number) for loop in LOOPS])
_GAIN = np.array([loop.gain for loop in LOOPS])
_SPAN = np.array([loop.span for loop in LOOPS])
_INTEGRAL = np.array([
    loop.period_seconds / loop.integral_seconds if loop.integral_seconds else 0.0 for loop in LOOPS
])  # fmt: skip
_VALVE = np.array([-1 if loop.xmv_number is None else xmv_index(loop.xmv_number) for loop in LOOPS])
_TARGET = np.array([-1 if loop.drives_loop is None else loop.drives_loop - 1 for loop in LOOPS])
_OUTPUT_SPAN = np.array([loop.output_span for loop in LOOPS])

PURGE_LOOP = 6 - 1  # its place
_PURGE_VALVE = xmv_index(6)
_SEPARATOR_PRESSURE = xmeas_index(13)
_OFF, _HIGH, _LOW = 0, 1, 2
_HIGH_TRIP, _LOW_TRIP, _RELEASE = 2950.0, 2300.0, 2633.7  # kPa gauge
_RELEASE_VALVE, _RELEASE_SETPOINT = 40.060, 0.33712
_LAST_CLIPPED = xmv_index(11)  # the agitator is never limited


def loop_tables() -> tuple[NDArray[Any], ...]:
    """Return the loops as arrays (19,), in their order, places 0-based and -1 for none.

    Period (s), loop, measurement, gain, span, period per integral time, valve, driven loop,
    span of the driven set point.
    """
    return _PERIOD, _LOOP, _PV, _GAIN, _SPAN, _INTEGRAL, _VALVE, _TARGET, _OUTPUT_SPAN


@kernel
def purge_override(
    xmeas: NDArray[np.float64],
    xmv: NDArray[np.float64],
    setpoint: NDArray[np.float64],
    last_error: NDArray[np.float64],
    override: NDArray[np.int64],
) -> bool:
    """Open the purge on high separator pressure, shut it on low; True while it replaces loop 6."""
    pressure = xmeas[_SEPARATOR_PRESSURE]
    if pressure >= _HIGH_TRIP or (override[0] == _HIGH and pressure >= _RELEASE):
        xmv[_PURGE_VALVE] = 100.0
        override[0] = _HIGH
        return True
    released = override[0] == _HIGH
    if not released:
        if pressure <= _LOW_TRIP or (override[0] == _LOW and pressure <= _RELEASE):
            xmv[_PURGE_VALVE] = 0.0
            override[0] = _LOW
            return True
        released = override[0] == _LOW
    override[0] = _OFF
    if released:
        xmv[_PURGE_VALVE] = _RELEASE_VALVE
        setpoint[PURGE_LOOP] = _RELEASE_SETPOINT
        last_error[PURGE_LOOP] = 0.0
    return released


@kernel
def run_loops(
    step: int,
    xmeas: NDArray[np.float64],
    xmv: NDArray[np.float64],
    setpoint: NDArray[np.float64],
    last_error: NDArray[np.float64],
    override: NDArray[np.int64],
) -> None:
    """Run every loop whose period divides ``step``, in order; neither outputs are limited."""
    for n in range(_COUNT):
        if step % _PERIOD[n] != 0:
            continue
        loop = _LOOP[n]
        if loop == PURGE_LOOP and purge_override(xmeas, xmv, setpoint, last_error, override):
            continue
        error = 100.0 * (setpoint[loop] - xmeas[_PV[n]]) / _SPAN[n]
        change = _GAIN[n] * ((error - last_error[loop]) + error * _INTEGRAL[n])
        last_error[loop] = error
        if _VALVE[n] >= 0:
            xmv[_VALVE[n]] += change
        else:
            setpoint[_TARGET[n]] += change * _OUTPUT_SPAN[n] / 100.0


@kernel
def clip_valves(xmv: NDArray[np.float64]) -> None:
    """Limit XMV(1..11) to 0..100 %."""
    for j in range(_LAST_CLIPPED + 1):
        xmv[j] = min(max(xmv[j], 0.0), 100.0)
