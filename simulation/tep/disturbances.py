"""Disturbances: flags that act at once, and random curves that act through the plant's inputs.

Downs & Vogel (1993), process disturbances. Each of twelve curves is a chain of cubic segments
drawn one at a time. A flag is looked at when a segment is drawn, so IDV 8-13, 16-18 and 20 begin
(and end) with a random delay of up to a segment, and draws are consumed whether a fault is on or
not. Only a pulse (IDV 17, 18, 20) that comes back takes none, which shifts the reference's noise.
A magnitude between 0 and 1 scales what a fault does: the step, the span of a random curve, the
top of a pulse, the band of a sticking valve.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.tep._jit import kernel
from simulation.tep.draws import uniform_signed
from simulation.tep.state import N_CURVES
from simulation.tep.variables import N_IDV, idv_index

# Curves, 0-based, with what each drives
(
    CURVE_FEED_A,  # A fraction of the A/C feed
    CURVE_FEED_B,  # B fraction of the A/C feed
    CURVE_D_TEMPERATURE,  # °C
    CURVE_AC_TEMPERATURE,  # °C
    CURVE_REACTOR_COOLANT,  # inlet temperature, °C
    CURVE_CONDENSER_COOLANT,  # inlet temperature, °C
    CURVE_KINETICS_1,  # factor on reaction 1
    CURVE_KINETICS_2,  # factor on reaction 2
    CURVE_STEAM,  # relative change of steam heat transfer
    CURVE_REACTOR_FOULING,  # 0..1
    CURVE_CONDENSER_FOULING,  # 0..1
    CURVE_OUTLET_PLUGGING,  # 0..1
) = range(N_CURVES)

# Step disturbances
A_IN_FEED = idv_index(1)
B_IN_FEED = idv_index(2)
D_FEED_HOT = idv_index(3)
REACTOR_COOLANT_HOT = idv_index(4)
CONDENSER_COOLANT_HOT = idv_index(5)
A_FEED_LOST = idv_index(6)
C_HEADER_LOW = idv_index(7)
# Sticking valves
REACTOR_VALVE_STICKS = idv_index(14)
CONDENSER_VALVE_STICKS = idv_index(15)
OTHER_VALVES_STICK = idv_index(19)

# Columns of a curve's memory
_A, _B, _C, _D, _START, _END = range(6)

# Segment length = mean + span * u; target = centre + span * u while the flag is on (u in [-1, 1))
_LENGTH_SPAN = np.array([0.2, 0.7, 0.25, 0.7, 0.15, 0.15, 1.0, 1.0, 0.4, 1.5, 2.0, 1.5])  # h
_LENGTH_MEAN = np.array([0.5, 1.0, 0.5, 1.0, 0.25, 0.25, 2.0, 2.0, 0.5, 2.0, 3.0, 2.0])  # h
_TARGET_SPAN = np.array([0.03, 0.003, 10.0, 10.0, 10.0, 10.0, 0.25, 0.25, 0.25, 0.0, 0.0, 0.0])
_CENTRE = np.array([0.485, 0.005, 45.0, 45.0, 35.0, 40.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
_SLOPE_SPAN = 0.0  # end slopes are always level, but their draw is consumed
_FLAG = np.array([idv_index(n) for n in (8, 8, 9, 10, 11, 12, 13, 13, 16, 17, 18, 20)])
_FIRST_PULSE = CURVE_REACTOR_FOULING
_PULSE_TOP = 0.1  # a pulse curve above this has just risen and must come back; one of a fault
# scaled to less is known by its shape, a quadratic alone
_PULSE_RETURN_H = 0.1
FIRST_BOUNDARY_H = 0.1  # always the double 0.1, whatever the analysers use


@kernel
def reset_curves(curves: NDArray[np.float64]) -> None:
    """Set all curves (12, 6) to their undisturbed values until the first boundary."""
    for j in range(N_CURVES):
        for k in range(6):
            curves[j, k] = 0.0
        curves[j, _A] = _CENTRE[j]
        curves[j, _END] = FIRST_BOUNDARY_H


@kernel
def renew_curves(
    time_h: float,
    flag: NDArray[np.float64],
    curves: NDArray[np.float64],
    rng: int,
    generator: NDArray[np.float64],
    streams: NDArray[np.uint64],
) -> None:
    """Draw the next segment of every curve whose boundary has been reached, in order.

    The reference generator draws all from the one ``generator``, the modern one from each
    curve's own of ``streams`` (12, 4).
    """
    for j in range(N_CURVES):
        if time_h < curves[j, _END]:
            continue
        a, b, c, d = curves[j, _A], curves[j, _B], curves[j, _C], curves[j, _D]
        span = curves[j, _END] - curves[j, _START]
        value = a + span * (b + span * (c + span * d))
        slope = b + span * (2.0 * c + 3.0 * span * d)
        on = flag[_FLAG[j]]
        stream = streams[j]
        start = curves[j, _END]  # the boundary itself, not the present time
        if j < _FIRST_PULSE:
            length = _LENGTH_SPAN[j] * uniform_signed(rng, generator, stream) + _LENGTH_MEAN[j]
            target = _TARGET_SPAN[j] * uniform_signed(rng, generator, stream) * on + _CENTRE[j]
            end_slope = _SLOPE_SPAN * uniform_signed(rng, generator, stream) * on
            curves[j, _A] = value
            curves[j, _B] = slope
            curves[j, _C] = (3.0 * (target - value) - length * (end_slope + 2.0 * slope)) / (
                length * length
            )
            curves[j, _D] = (2.0 * (value - target) + length * (end_slope + slope)) / (
                length * length * length
            )
        elif value > _PULSE_TOP or (c > 0.0 and d == 0.0):  # has risen: back to zero; no draw
            length = _PULSE_RETURN_H
            curves[j, _A] = value
            curves[j, _B] = slope
            curves[j, _C] = -(3.0 * value + 0.2 * slope) / 0.01
            curves[j, _D] = (2.0 * value + 0.1 * slope) / 0.001
        else:  # quadratic rise from 0 to the fault's magnitude, or stay at 0
            length = _LENGTH_SPAN[j] * uniform_signed(rng, generator, stream) + _LENGTH_MEAN[j]
            curves[j, _A] = 0.0
            curves[j, _B] = 0.0
            curves[j, _C] = on / (length * length)
            curves[j, _D] = 0.0
        curves[j, _START] = start
        curves[j, _END] = start + length


@kernel
def read_curves(time_h: float, curves: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Evaluate all curves at ``time_h`` into ``out`` (12,)."""
    for j in range(N_CURVES):
        s = time_h - curves[j, _START]
        out[j] = curves[j, _A] + s * (curves[j, _B] + s * (curves[j, _C] + s * curves[j, _D]))


@kernel
def read_flags(idv: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Limit ``idv`` (20,) to magnitudes from 0 (off) to 1 (the published fault)."""
    for i in range(N_IDV):
        out[i] = min(idv[i], 1.0) if idv[i] > 0.0 else 0.0
