"""Flows, reactions, heat and balances of the plant, unit by unit in flow-sheet order.

Downs & Vogel (1993), process model: feeds -> mixing zone -> reactor -> condenser and separator
-> compressor (recycle) and purge -> stripper -> product. Every kernel takes the plant's record
``s`` (STATE_DTYPE) and the record ``w`` (WORK_DTYPE) that collects what is found on the way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.tep import constants as k
from simulation.tep import disturbances as dist
from simulation.tep._jit import kernel
from simulation.tep.thermo import energy_at, liquid_cubic, molecular_weight, vapour_cubic


@kernel
def fill_feeds(s: Any, w: Any) -> None:
    """Set flow, composition and temperature of the four feeds and both cooling waters."""
    x, flow, temperature = w.composition, w.flow, w.stream_temperature
    curve, flag, y = w.curve_value, w.flag, s.y
    for stream in (k.D_FEED, k.E_FEED, k.A_FEED, k.AC_FEED):
        for i in range(k.N_COMPONENTS):
            x[stream, i] = 0.0
        temperature[stream] = k.FEED_TEMPERATURE
    x[k.D_FEED, k.B], x[k.D_FEED, k.D] = k.FEED_IMPURITY, k.FEED_PURITY
    x[k.E_FEED, k.F], x[k.E_FEED, k.E] = k.FEED_IMPURITY, k.FEED_PURITY
    x[k.A_FEED, k.B], x[k.A_FEED, k.A] = k.FEED_IMPURITY, k.FEED_PURITY
    a_fraction = (
        curve[dist.CURVE_FEED_A] - 0.03 * flag[dist.A_IN_FEED] - 0.00243719 * flag[dist.B_IN_FEED]
    )
    b_fraction = curve[dist.CURVE_FEED_B] + 0.005 * flag[dist.B_IN_FEED]
    x[k.AC_FEED, k.A] = a_fraction
    x[k.AC_FEED, k.B] = b_fraction
    x[k.AC_FEED, k.C] = 1.0 - a_fraction - b_fraction

    temperature[k.D_FEED] = curve[dist.CURVE_D_TEMPERATURE] + 5.0 * flag[dist.D_FEED_HOT]
    temperature[k.AC_FEED] = curve[dist.CURVE_AC_TEMPERATURE]
    w.inlet_temperature[0] = (
        curve[dist.CURVE_REACTOR_COOLANT] + 5.0 * flag[dist.REACTOR_COOLANT_HOT]
    )
    w.inlet_temperature[1] = (
        curve[dist.CURVE_CONDENSER_COOLANT] + 5.0 * flag[dist.CONDENSER_COOLANT_HOT]
    )

    valve = k.Y_VALVES
    flow[k.D_FEED] = y[valve] * k.RANGE_D / 100.0
    flow[k.E_FEED] = y[valve + 1] * k.RANGE_E / 100.0
    flow[k.A_FEED] = y[valve + 2] * (1.0 - flag[dist.A_FEED_LOST]) * k.RANGE_A / 100.0
    flow[k.AC_FEED] = (
        y[valve + 3] * (1.0 - 0.2 * flag[dist.C_HEADER_LOW]) * k.RANGE_AC / 100.0 + k.AC_FEED_FLOOR
    )
    for stream in (k.D_FEED, k.E_FEED, k.A_FEED, k.AC_FEED):
        w.enthalpy[stream] = energy_at(vapour_cubic(x[stream]), temperature[stream])


@kernel
def fill_mixing_zone(w: Any) -> None:
    """Set the stream from the mixing zone to the reactor, driven by the pressure difference."""
    drop = max(w.pressure[2] - w.pressure[0], 0.0)
    w.weight[k.MIXED] = molecular_weight(w.composition[k.MIXED])
    w.flow[k.MIXED] = k.MIXED_COEFFICIENT * np.sqrt(drop) / w.weight[k.MIXED]
    w.stream_temperature[k.MIXED] = w.temperature[k.MIXING_ZONE]
    w.enthalpy[k.MIXED] = energy_at(
        vapour_cubic(w.composition[k.MIXED]), w.temperature[k.MIXING_ZONE]
    )
    w.flow[k.REACTOR_FEED] = w.flow[k.MIXED]
    w.stream_temperature[k.REACTOR_FEED] = w.stream_temperature[k.MIXED]
    w.enthalpy[k.REACTOR_FEED] = w.enthalpy[k.MIXED]
    for i in range(k.N_COMPONENTS):
        w.composition[k.REACTOR_FEED, i] = w.composition[k.MIXED, i]


@kernel
def fill_reactor(s: Any, w: Any) -> None:
    """Set reaction rates, the effluent and the duty of the cooling coil.

    A + C + D -> G, A + C + E -> H, A + E -> F, 3 D -> 2 F, in the vapour space.
    """
    temperature, space = w.temperature[k.REACTOR], w.vapour_volume[k.REACTOR]
    p = w.partial_pressure[k.REACTOR]
    thermal = k.GAS_KINETICS * (temperature + k.KELVIN)
    k1 = w.curve_value[dist.CURVE_KINETICS_1] * np.exp(k.LN_K1 - k.ACTIVATION_1 / thermal)
    k2 = w.curve_value[dist.CURVE_KINETICS_2] * np.exp(k.LN_K2 - k.ACTIVATION_2 / thermal)
    k3 = np.exp(k.LN_K3 - k.ACTIVATION_3 / thermal)
    common = 0.0
    if p[k.A] > 0.0 and p[k.C] > 0.0:
        common = space * p[k.A] ** k.ORDER_A * p[k.C] ** k.ORDER_C
    w.rate[0] = k1 * common * p[k.D]
    w.rate[1] = k2 * common * p[k.E]
    w.rate[2] = k3 * space * p[k.A] * p[k.E]
    w.rate[3] = k.K4_PER_K3 * k3 * space * p[k.A] * p[k.D]
    w.heat_of_reaction = k.HEAT_1 * w.rate[0] + k.HEAT_2 * w.rate[1]

    drop = max(w.pressure[0] - w.pressure[1], 0.0)
    w.weight[k.EFFLUENT] = molecular_weight(w.composition[k.EFFLUENT])
    w.flow[k.EFFLUENT] = (
        k.EFFLUENT_COEFFICIENT
        * np.sqrt(drop)
        * (1.0 - 0.25 * w.curve_value[dist.CURVE_OUTLET_PLUGGING])
        / w.weight[k.EFFLUENT]
    )
    w.stream_temperature[k.EFFLUENT] = temperature
    w.enthalpy[k.EFFLUENT] = energy_at(vapour_cubic(w.composition[k.EFFLUENT]), temperature)

    level = w.liquid_volume[k.REACTOR] / k.COIL_LEVEL_UNIT
    if level > k.COIL_FULL:
        wetted = 1.0
    elif level < k.COIL_EMPTY:
        wetted = 0.0
    else:
        wetted = k.COIL_SLOPE * level - k.COIL_INTERCEPT
    agitator = (s.y[k.Y_VALVES + 11] + 150.0) / 100.0
    w.coil_conductance = (
        wetted * (-0.5 * agitator * agitator + 2.75 * agitator - 2.5) * k.COIL_CONDUCTANCE
    )
    w.duty[0] = (
        w.coil_conductance
        * (s.y[k.Y_REACTOR_COOLANT] - temperature)
        * (1.0 - 0.35 * w.curve_value[dist.CURVE_REACTOR_FOULING])
    )


@kernel
def fill_separator(s: Any, w: Any) -> None:
    """Set the condenser's duty, and the separator's purge and underflow."""
    ratio = w.flow[k.EFFLUENT] / k.CONDENSER_FLOW
    square = ratio * ratio
    conductance = k.CONDENSER_CONDUCTANCE * (1.0 - 1.0 / (1.0 + square * square))
    w.duty[1] = (
        conductance  # driven by the reactor effluent's temperature, not the separator's
        * (s.y[k.Y_CONDENSER_COOLANT] - w.temperature[k.REACTOR])
        * (1.0 - 0.25 * w.curve_value[dist.CURVE_CONDENSER_FOULING])
    )
    temperature = w.temperature[k.SEPARATOR]
    w.weight[k.PURGE] = molecular_weight(w.composition[k.PURGE])
    w.flow[k.PURGE] = (
        k.PURGE_COEFFICIENT
        * s.y[k.Y_VALVES + 5]
        * np.sqrt(max(w.pressure[1] - k.ATM_MMHG, 0.0))
        / w.weight[k.PURGE]
    )
    w.stream_temperature[k.PURGE] = temperature
    w.enthalpy[k.PURGE] = energy_at(vapour_cubic(w.composition[k.PURGE]), temperature)
    w.flow[k.UNDERFLOW] = s.y[k.Y_VALVES + 6] * k.RANGE_UNDERFLOW / 100.0
    w.stream_temperature[k.UNDERFLOW] = temperature
    w.enthalpy[k.UNDERFLOW] = energy_at(liquid_cubic(w.composition[k.UNDERFLOW]), temperature)


@kernel
def fill_compressor(s: Any, w: Any) -> None:
    """Set the recycle: a compressor on its curve, with a bypass valve back to its suction.

    All of the compressor's work is charged to the net recycle.
    """
    head = w.pressure[2] - w.pressure[1]
    ratio = min(max(w.pressure[2] / w.pressure[1], 1.0), k.COMPRESSOR_MAX_RATIO)
    through = k.COMPRESSOR_MAX + k.COMPRESSOR_SLOPE * (1.0 - ratio * ratio * ratio)  # lb/h
    weight = w.weight[k.PURGE]
    w.compressor_work = (
        through
        * (w.temperature[k.SEPARATOR] + k.KELVIN)
        * (k.FAHRENHEIT * 1e-6 * k.GAS_COMPRESSOR)
        * head
        / (weight * w.pressure[1])
    )
    bypass = k.BYPASS_COEFFICIENT * s.y[k.Y_VALVES + 4] * np.sqrt(max(head, 0.0))
    w.weight[k.RECYCLE] = weight
    w.flow[k.RECYCLE] = max(through - bypass, k.RECYCLE_FLOOR) / weight
    w.stream_temperature[k.RECYCLE] = w.temperature[k.SEPARATOR]
    w.enthalpy[k.RECYCLE] = w.enthalpy[k.PURGE] + w.compressor_work / w.flow[k.RECYCLE]
    for i in range(k.N_COMPONENTS):
        w.composition[k.RECYCLE, i] = w.composition[k.PURGE, i]


@kernel
def fill_stripper(s: Any, w: Any) -> None:
    """Split the stripper's feeds into overhead and sump; set product and steam duty."""
    flow, x, temperature = w.flow, w.composition, w.temperature[k.STRIPPER]
    for i in range(k.N_GASES):
        w.split[i] = k.SPLIT_GASES[i]
    if flow[k.UNDERFLOW] > k.DRY_UNDERFLOW:
        if temperature > k.STRIP_HOT:
            factor = temperature - k.STRIP_HOT_OFFSET
        elif temperature < k.STRIP_COLD:
            factor = k.STRIP_COLD_FACTOR
        else:
            factor = k.STRIP_NUMERATOR / (k.STRIP_POLE - temperature) - k.STRIP_OFFSET
        ratio = flow[k.AC_FEED] / flow[k.UNDERFLOW] * factor
        for i in range(k.N_GASES, k.N_COMPONENTS):
            stripping = k.STRIP_COEFFICIENT[i - k.N_GASES] * ratio
            w.split[i] = stripping / (1.0 + stripping)
    else:
        for i in range(k.N_GASES, k.N_COMPONENTS):
            w.split[i] = k.SPLIT_DRY[i - k.N_GASES]

    flow[k.OVERHEAD] = 0.0
    flow[k.STRIPPED] = 0.0
    for i in range(k.N_COMPONENTS):  # component flows first, mole fractions below
        entering = x[k.AC_FEED, i] * flow[k.AC_FEED] + x[k.UNDERFLOW, i] * flow[k.UNDERFLOW]
        x[k.OVERHEAD, i] = w.split[i] * entering
        x[k.STRIPPED, i] = entering - x[k.OVERHEAD, i]
        flow[k.OVERHEAD] += x[k.OVERHEAD, i]
        flow[k.STRIPPED] += x[k.STRIPPED, i]
    for stream in (k.OVERHEAD, k.STRIPPED):
        w.stream_temperature[stream] = temperature
        if flow[stream] != 0.0:
            for i in range(k.N_COMPONENTS):
                x[stream, i] /= flow[stream]
    w.enthalpy[k.OVERHEAD] = energy_at(vapour_cubic(x[k.OVERHEAD]), temperature)

    flow[k.PRODUCT] = s.y[k.Y_VALVES + 7] * k.RANGE_PRODUCT / 100.0
    w.stream_temperature[k.PRODUCT] = temperature
    w.enthalpy[k.PRODUCT] = energy_at(liquid_cubic(x[k.PRODUCT]), temperature)
    steam = s.y[k.Y_VALVES + 8] * k.RANGE_STEAM * (1.0 + w.curve_value[dist.CURVE_STEAM]) / 100.0
    w.duty[2] = max(k.STEAM_TEMPERATURE - temperature, 0.0) * steam
