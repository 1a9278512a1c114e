"""Time derivatives of the 50 states, and the valves with their sticking.

Downs & Vogel (1993), process model and disturbances IDV(14), IDV(15), IDV(19). All per hour.
"""

from __future__ import annotations

from typing import Any

from simulation.tep import constants as k
from simulation.tep import disturbances as dist
from simulation.tep._jit import kernel
from simulation.tep.variables import N_XMV, xmv_index

_RECYCLE_VALVE = xmv_index(5)
_SEPARATOR_VALVE = xmv_index(7)
_STRIPPER_VALVE = xmv_index(8)
_STEAM_VALVE = xmv_index(9)
_REACTOR_COOLANT_VALVE = xmv_index(10)
_CONDENSER_COOLANT_VALVE = xmv_index(11)


@kernel
def fill_balances(s: Any, w: Any) -> None:
    """Set the derivatives of holdups, energies and cooling-water temperatures."""
    rate, flow, x, h, dydt = w.rate, w.flow, w.composition, w.enthalpy, w.dydt
    for i in range(k.N_COMPONENTS):
        effluent = x[k.EFFLUENT, i] * flow[k.EFFLUENT]
        recycle = x[k.RECYCLE, i] * flow[k.RECYCLE]
        dydt[k.Y_REACTOR + i] = x[k.REACTOR_FEED, i] * flow[k.REACTOR_FEED] - effluent
        dydt[k.Y_SEPARATOR + i] = (
            effluent
            - recycle
            - x[k.PURGE, i] * flow[k.PURGE]
            - x[k.UNDERFLOW, i] * flow[k.UNDERFLOW]
        )
        dydt[k.Y_STRIPPER + i] = (
            x[k.STRIPPED, i] * flow[k.STRIPPED] - x[k.PRODUCT, i] * flow[k.PRODUCT]
        )
        dydt[k.Y_MIXING_ZONE + i] = (
            x[k.D_FEED, i] * flow[k.D_FEED]
            + x[k.E_FEED, i] * flow[k.E_FEED]
            + x[k.A_FEED, i] * flow[k.A_FEED]
            + x[k.OVERHEAD, i] * flow[k.OVERHEAD]
            + recycle
            - x[k.MIXED, i] * flow[k.MIXED]
        )
    dydt[k.Y_REACTOR + k.A] += -rate[0] - rate[1] - rate[2]
    dydt[k.Y_REACTOR + k.C] += -rate[0] - rate[1]
    dydt[k.Y_REACTOR + k.D] += -rate[0] - k.D_PER_REACTION_4 * rate[3]
    dydt[k.Y_REACTOR + k.E] += -rate[1] - rate[2]
    dydt[k.Y_REACTOR + k.F] += rate[2] + rate[3]
    dydt[k.Y_REACTOR + k.G] += rate[0]
    dydt[k.Y_REACTOR + k.H] += rate[1]

    effluent = h[k.EFFLUENT] * flow[k.EFFLUENT]
    recycle = h[k.RECYCLE] * flow[k.RECYCLE]  # includes the compressor's work
    underflow = h[k.UNDERFLOW] * flow[k.UNDERFLOW]
    overhead = h[k.OVERHEAD] * flow[k.OVERHEAD]
    dydt[k.Y_REACTOR_ENERGY] = (
        h[k.REACTOR_FEED] * flow[k.REACTOR_FEED] - effluent + w.heat_of_reaction + w.duty[0]
    )
    dydt[k.Y_SEPARATOR_ENERGY] = (
        effluent - recycle - h[k.PURGE] * flow[k.PURGE] - underflow + w.duty[1]
    )
    dydt[k.Y_STRIPPER_ENERGY] = (
        h[k.AC_FEED] * flow[k.AC_FEED]
        + underflow
        - overhead
        - h[k.PRODUCT] * flow[k.PRODUCT]
        + w.duty[2]
    )
    dydt[k.Y_MIXING_ZONE_ENERGY] = (
        h[k.D_FEED] * flow[k.D_FEED]
        + h[k.E_FEED] * flow[k.E_FEED]
        + h[k.A_FEED] * flow[k.A_FEED]
        + overhead
        + recycle
        - h[k.MIXED] * flow[k.MIXED]
    )

    y = s.y
    reactor_water = y[k.Y_VALVES + _REACTOR_COOLANT_VALVE] * k.RANGE_REACTOR_COOLANT / 100.0
    condenser_water = y[k.Y_VALVES + _CONDENSER_COOLANT_VALVE] * k.RANGE_CONDENSER_COOLANT / 100.0
    dydt[k.Y_REACTOR_COOLANT] = (
        k.COOLANT_FACTOR * reactor_water * (w.inlet_temperature[0] - y[k.Y_REACTOR_COOLANT])
        - w.duty[0] * 1e6 / k.FAHRENHEIT
    ) / k.COOLANT_REACTOR
    dydt[k.Y_CONDENSER_COOLANT] = (
        k.COOLANT_FACTOR * condenser_water * (w.inlet_temperature[1] - y[k.Y_CONDENSER_COOLANT])
        - w.duty[1] * 1e6 / k.FAHRENHEIT
    ) / k.COOLANT_CONDENSER


@kernel
def fill_valves(s: Any, w: Any) -> None:
    """Accept or (sticking) ignore the controllers' outputs; set the valves' derivatives.

    A sticking valve follows only a change of more than 2 % from the last accepted command.
    """
    command, xmv, flag = s.valve_command, s.xmv, w.flag
    for j in range(N_XMV):
        sticks = 0.0
        if j == _REACTOR_COOLANT_VALVE:
            sticks = flag[dist.REACTOR_VALVE_STICKS]
        elif j == _CONDENSER_COOLANT_VALVE:
            sticks = flag[dist.CONDENSER_VALVE_STICKS]
        elif j in (_RECYCLE_VALVE, _SEPARATOR_VALVE, _STRIPPER_VALVE, _STEAM_VALVE):
            sticks = flag[dist.OTHER_VALVES_STICK]
        if s.time_h == 0.0 or abs(command[j] - xmv[j]) > k.STICTION_BAND * sticks:
            command[j] = xmv[j]
        command[j] = min(max(command[j], 0.0), 100.0)
        w.dydt[k.Y_VALVES + j] = (command[j] - s.y[k.Y_VALVES + j]) / k.VALVE_TIME_H[j]
