"""One instant of several plants side by side: the same arithmetic as ``evaluation``, lane by lane.

Every statement is that of the kernels for one plant, in the same order and the same grouping, so
each lane equals a single plant to the bit; a test holds them to it. Where those branch, both
values are computed here and one is chosen. ``m`` is how many lanes are in use: a number that the
compiler does not know, or it would unroll the loops instead of vectorising them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.tep import constants as k
from simulation.tep import disturbances as dist
from simulation.tep import thermo as mix
from simulation.tep._jit import kernel
from simulation.tep.balances import (
    _CONDENSER_COOLANT_VALVE,
    _REACTOR_COOLANT_VALVE,
    _RECYCLE_VALVE,
    _SEPARATOR_VALVE,
    _STEAM_VALVE,
    _STRIPPER_VALVE,
)
from simulation.tep.evaluation import (
    _LIQUID_MAX,
    _LIQUID_MIN,
    _PRESSURE,
    _PRESSURE_MAX,
    _TEMPERATURE,
    _TEMPERATURE_MAX,
)
from simulation.tep.measurements import gauge
from simulation.tep.state import N_CURVES
from simulation.tep.variables import N_XMV

_N = k.N_COMPONENTS
_LIQUID_A, _LIQUID_B, _LIQUID_C = mix._LIQUID_A, mix._LIQUID_B, mix._LIQUID_C
_VAPOUR_A, _VAPOUR_B, _VAPOUR_C = mix._VAPOUR_A, mix._VAPOUR_B, mix._VAPOUR_C
_LATENT, _WEIGHT = mix._LATENT, mix._WEIGHT
_DENSITY_A, _DENSITY_B, _DENSITY_C = mix._DENSITY_A, mix._DENSITY_B, mix._DENSITY_C
_ANTOINE_A, _ANTOINE_B, _ANTOINE_C = mix._ANTOINE_A, mix._ANTOINE_B, mix._ANTOINE_C
_MAX_UPDATES, _CONVERGED = mix._MAX_UPDATES, mix._CONVERGED
#: By valve: the flag that makes it stick, the first one (0, never read) for none.
_STICKS = np.zeros(N_XMV, dtype=np.int64)
_CAN_STICK = np.zeros(N_XMV)
for _valve, _flag in (
    (_REACTOR_COOLANT_VALVE, dist.REACTOR_VALVE_STICKS),
    (_CONDENSER_COOLANT_VALVE, dist.CONDENSER_VALVE_STICKS),
    (_RECYCLE_VALVE, dist.OTHER_VALVES_STICK),
    (_SEPARATOR_VALVE, dist.OTHER_VALVES_STICK),
    (_STRIPPER_VALVE, dist.OTHER_VALVES_STICK),
    (_STEAM_VALVE, dist.OTHER_VALVES_STICK),
):
    _STICKS[_valve], _CAN_STICK[_valve] = _flag, 1.0


@kernel
def evaluate_lanes(w: Any, m: int) -> None:
    """Evaluate ``m`` lanes at their times: ``w.value``, ``w.dydt`` and ``w.tripped``."""
    _curves(w, m)
    _vessels(w, m)
    _feeds(w, m)
    _mixing_zone(w, m)
    _reactor(w, m)
    _separator(w, m)
    _compressor(w, m)
    _stripper(w, m)
    _values(w, m)
    _trips(w, m)
    _balances(w, m)
    _valves(w, m)


@kernel
def euler(w: Any, m: int) -> None:
    """Move the states of ``m`` lanes on by one step; those of a plant that is shut down stay."""
    for i in range(k.N_STATES):
        for n in range(m):
            rate = 0.0 if w.tripped[n] != 0 else w.dydt[i, n]
            w.y[i, n] += w.delta_h[n] * rate
    for n in range(m):
        w.time_h[n] += w.delta_h[n]


@kernel
def _curves(w: Any, m: int) -> None:
    for j in range(N_CURVES):
        for n in range(m):
            s = w.time_h[n] - w.curves[j, 4, n]
            w.curve_value[j, n] = w.curves[j, 0, n] + s * (
                w.curves[j, 1, n] + s * (w.curves[j, 2, n] + s * w.curves[j, 3, n])
            )


# -- vessels ----------------------------------------------------------------------------------


@kernel
def _search(w: Any, vessel: int, m: int) -> None:
    """Find ``w.temperature[vessel]`` at which ``w.cubic`` is ``w.energy``, by Newton."""
    for n in range(m):
        w.found[n] = w.guess[vessel, n]
        w.done[n] = 0
    for _ in range(_MAX_UPDATES):
        count = 0
        for n in range(m):
            a, b, c, latent = w.cubic[0, n], w.cubic[1, n], w.cubic[2, n], w.cubic[3, n]
            temperature = w.found[n]
            slope = a + temperature * (b + temperature * c)
            value = latent + temperature * (a + temperature * (b / 2.0 + temperature * c / 3.0))
            update = -(value - w.energy[n]) / slope
            was_done = w.done[n]
            w.found[n] = temperature if was_done != 0 else temperature + update
            now_done = 1 if was_done != 0 or abs(update) < _CONVERGED else 0
            w.done[n] = now_done
            count += now_done
        if count == m:
            break
    for n in range(m):
        temperature = w.found[n] if w.done[n] != 0 else w.guess[vessel, n]
        w.guess[vessel, n] = temperature
        w.temperature[vessel, n] = temperature


@kernel
def _condensed(w: Any, x: Any, vessel: int, first: int, start: int, energy: int, m: int) -> None:
    """Reactor, separator or stripper: mole fractions ``x`` (8, lanes), temperature, volume."""
    for n in range(m):
        total = 0.0
        for i in range(_N):
            if i >= start:
                total += w.y[first + i, n]
        a = 0.0
        b = 0.0
        c = 0.0
        for i in range(_N):
            share = w.y[first + i, n] / total if i >= start else 0.0
            x[i, n] = share
            a += share * _LIQUID_A[i]
            b += share * _LIQUID_B[i]
            c += share * _LIQUID_C[i]
        w.cubic[0, n] = a
        w.cubic[1, n] = b
        w.cubic[2, n] = c
        w.cubic[3, n] = 0.0
        w.energy[n] = w.y[energy, n] / total
        w.liquid_volume[vessel, n] = total  # the amount, until the density is known
    _search(w, vessel, m)
    for n in range(m):
        temperature = w.temperature[vessel, n]
        volume = 0.0
        for i in range(_N):
            density = _DENSITY_A[i] + (_DENSITY_B[i] + _DENSITY_C[i] * temperature) * temperature
            volume += x[i, n] * _WEIGHT[i] / density
        w.density[vessel, n] = 1.0 / volume
        w.liquid_volume[vessel, n] = w.liquid_volume[vessel, n] / w.density[vessel, n]


@kernel
def _vapour(w: Any, vessel: int, first: int, x: Any, volume: float, stream: int, m: int) -> None:
    """Partial pressures, pressure and vapour composition above the liquid ``x``."""
    for i in range(k.N_GASES, _N):
        for n in range(m):
            w.partial_pressure[vessel, i, n] = _ANTOINE_A[i] + _ANTOINE_B[i] / (
                w.temperature[vessel, n] + _ANTOINE_C[i]
            )
        for n in range(m):
            w.partial_pressure[vessel, i, n] = np.exp(w.partial_pressure[vessel, i, n])
    for n in range(m):
        temperature = w.temperature[vessel, n]
        space = volume - w.liquid_volume[vessel, n]
        w.vapour_volume[vessel, n] = space
        gas = k.GAS_LAW * (temperature + k.KELVIN) / space
        pressure = 0.0
        for i in range(_N):
            if i < k.N_GASES:
                partial = w.y[first + i, n] * gas
            else:
                partial = w.partial_pressure[vessel, i, n] * x[i, n]
            w.partial_pressure[vessel, i, n] = partial
            pressure += partial
        w.pressure[vessel, n] = pressure
        for i in range(_N):
            w.composition[stream, i, n] = w.partial_pressure[vessel, i, n] / pressure


@kernel
def _vessels(w: Any, m: int) -> None:
    x = w.reactor_liquid
    _condensed(w, x, k.REACTOR, k.Y_REACTOR, k.D, k.Y_REACTOR_ENERGY, m)
    _vapour(w, k.REACTOR, k.Y_REACTOR, x, k.REACTOR_VOLUME, k.EFFLUENT, m)
    x = w.composition[k.UNDERFLOW]
    _condensed(w, x, k.SEPARATOR, k.Y_SEPARATOR, k.D, k.Y_SEPARATOR_ENERGY, m)
    _vapour(w, k.SEPARATOR, k.Y_SEPARATOR, x, k.SEPARATOR_VOLUME, k.PURGE, m)
    x = w.composition[k.PRODUCT]
    _condensed(w, x, k.STRIPPER, k.Y_STRIPPER, k.A, k.Y_STRIPPER_ENERGY, m)
    for n in range(m):
        total = 0.0
        for i in range(_N):
            total += w.y[k.Y_MIXING_ZONE + i, n]
        a = 0.0
        b = 0.0
        c = 0.0
        latent = 0.0
        for i in range(_N):
            share = w.y[k.Y_MIXING_ZONE + i, n] / total
            w.composition[k.MIXED, i, n] = share
            a += share * _VAPOUR_A[i]
            b += share * _VAPOUR_B[i]
            c += share * _VAPOUR_C[i]
            latent += share * _LATENT[i]
        w.cubic[0, n] = a - k.GAS_ENERGY
        w.cubic[1, n] = b
        w.cubic[2, n] = c
        w.cubic[3, n] = latent - k.GAS_ENERGY * k.KELVIN
        w.energy[n] = w.y[k.Y_MIXING_ZONE_ENERGY, n] / total
        w.pressure[2, n] = total
    _search(w, k.MIXING_ZONE, m)
    for n in range(m):
        w.pressure[2, n] = (
            w.pressure[2, n]
            * k.GAS_LAW
            * (w.temperature[k.MIXING_ZONE, n] + k.KELVIN)
            / k.MIXING_ZONE_VOLUME
        )


# -- streams ----------------------------------------------------------------------------------


@kernel
def _vapour_enthalpy(w: Any, stream: int, t: Any, m: int) -> None:
    """Set enthalpy and mean weight of a vapour stream at the temperatures ``t`` (lanes,)."""
    for n in range(m):
        a = 0.0
        b = 0.0
        c = 0.0
        latent = 0.0
        weight = 0.0
        for i in range(_N):
            x = w.composition[stream, i, n]
            a += x * _VAPOUR_A[i]
            b += x * _VAPOUR_B[i]
            c += x * _VAPOUR_C[i]
            latent += x * _LATENT[i]
            weight += x * _WEIGHT[i]
        temperature = t[n]
        w.enthalpy[stream, n] = latent + temperature * (
            a + temperature * (b / 2.0 + temperature * c / 3.0)
        )
        w.weight[stream, n] = weight


@kernel
def _liquid_enthalpy(w: Any, stream: int, t: Any, m: int) -> None:
    for n in range(m):
        a = 0.0
        b = 0.0
        c = 0.0
        for i in range(_N):
            x = w.composition[stream, i, n]
            a += x * _LIQUID_A[i]
            b += x * _LIQUID_B[i]
            c += x * _LIQUID_C[i]
        temperature = t[n]
        w.enthalpy[stream, n] = 0.0 + temperature * (
            a + temperature * (b / 2.0 + temperature * c / 3.0)
        )


@kernel
def _feeds(w: Any, m: int) -> None:
    valve = k.Y_VALVES
    for n in range(m):
        a_fraction = (
            w.curve_value[dist.CURVE_FEED_A, n]
            - 0.03 * w.flag[dist.A_IN_FEED, n]
            - 0.00243719 * w.flag[dist.B_IN_FEED, n]
        )
        b_fraction = w.curve_value[dist.CURVE_FEED_B, n] + 0.005 * w.flag[dist.B_IN_FEED, n]
        w.composition[k.AC_FEED, k.A, n] = a_fraction
        w.composition[k.AC_FEED, k.B, n] = b_fraction
        w.composition[k.AC_FEED, k.C, n] = 1.0 - a_fraction - b_fraction
        w.inlet_temperature[0, n] = (
            w.curve_value[dist.CURVE_REACTOR_COOLANT, n] + 5.0 * w.flag[dist.REACTOR_COOLANT_HOT, n]
        )
        w.inlet_temperature[1, n] = (
            w.curve_value[dist.CURVE_CONDENSER_COOLANT, n]
            + 5.0 * w.flag[dist.CONDENSER_COOLANT_HOT, n]
        )
        w.flow[k.D_FEED, n] = w.y[valve, n] * k.RANGE_D / 100.0
        w.flow[k.E_FEED, n] = w.y[valve + 1, n] * k.RANGE_E / 100.0
        w.flow[k.A_FEED, n] = (
            w.y[valve + 2, n] * (1.0 - w.flag[dist.A_FEED_LOST, n]) * k.RANGE_A / 100.0
        )
        w.flow[k.AC_FEED, n] = (
            w.y[valve + 3, n] * (1.0 - 0.2 * w.flag[dist.C_HEADER_LOW, n]) * k.RANGE_AC / 100.0
            + k.AC_FEED_FLOOR
        )
    for n in range(m):
        w.found[n] = w.curve_value[dist.CURVE_D_TEMPERATURE, n] + 5.0 * w.flag[dist.D_FEED_HOT, n]
    _vapour_enthalpy(w, k.D_FEED, w.found, m)
    for n in range(m):
        w.found[n] = k.FEED_TEMPERATURE
    _vapour_enthalpy(w, k.E_FEED, w.found, m)
    _vapour_enthalpy(w, k.A_FEED, w.found, m)
    _vapour_enthalpy(w, k.AC_FEED, w.curve_value[dist.CURVE_AC_TEMPERATURE], m)


@kernel
def _mixing_zone(w: Any, m: int) -> None:
    _vapour_enthalpy(w, k.MIXED, w.temperature[k.MIXING_ZONE], m)
    for n in range(m):
        drop = max(w.pressure[2, n] - w.pressure[0, n], 0.0)
        w.flow[k.MIXED, n] = k.MIXED_COEFFICIENT * np.sqrt(drop) / w.weight[k.MIXED, n]


@kernel
def _reactor(w: Any, m: int) -> None:
    for n in range(m):
        thermal = k.GAS_KINETICS * (w.temperature[k.REACTOR, n] + k.KELVIN)
        w.factor[0, n] = k.LN_K1 - k.ACTIVATION_1 / thermal
        w.factor[1, n] = k.LN_K2 - k.ACTIVATION_2 / thermal
        w.factor[2, n] = k.LN_K3 - k.ACTIVATION_3 / thermal
    for which in range(3):
        for n in range(m):
            w.factor[which, n] = np.exp(w.factor[which, n])
    for n in range(m):  # powers of what is not positive are not taken for the product below
        w.factor[3, n] = w.partial_pressure[k.REACTOR, k.A, n] ** k.ORDER_A
        w.factor[4, n] = w.partial_pressure[k.REACTOR, k.C, n] ** k.ORDER_C
    _vapour_enthalpy(w, k.EFFLUENT, w.temperature[k.REACTOR], m)
    for n in range(m):
        temperature, space = w.temperature[k.REACTOR, n], w.vapour_volume[k.REACTOR, n]
        p_a = w.partial_pressure[k.REACTOR, k.A, n]
        p_c = w.partial_pressure[k.REACTOR, k.C, n]
        p_d = w.partial_pressure[k.REACTOR, k.D, n]
        p_e = w.partial_pressure[k.REACTOR, k.E, n]
        k1 = w.curve_value[dist.CURVE_KINETICS_1, n] * w.factor[0, n]
        k2 = w.curve_value[dist.CURVE_KINETICS_2, n] * w.factor[1, n]
        k3 = w.factor[2, n]
        both = space * w.factor[3, n] * w.factor[4, n]
        common = both if (p_a > 0.0) & (p_c > 0.0) else 0.0
        w.rate[0, n] = k1 * common * p_d
        w.rate[1, n] = k2 * common * p_e
        w.rate[2, n] = k3 * space * p_a * p_e
        w.rate[3, n] = k.K4_PER_K3 * k3 * space * p_a * p_d
        w.heat_of_reaction[n] = k.HEAT_1 * w.rate[0, n] + k.HEAT_2 * w.rate[1, n]

        drop = max(w.pressure[0, n] - w.pressure[1, n], 0.0)
        w.flow[k.EFFLUENT, n] = (
            k.EFFLUENT_COEFFICIENT
            * np.sqrt(drop)
            * (1.0 - 0.25 * w.curve_value[dist.CURVE_OUTLET_PLUGGING, n])
            / w.weight[k.EFFLUENT, n]
        )
        level = w.liquid_volume[k.REACTOR, n] / k.COIL_LEVEL_UNIT
        partly = k.COIL_SLOPE * level - k.COIL_INTERCEPT
        below = 0.0 if level < k.COIL_EMPTY else partly
        wetted = 1.0 if level > k.COIL_FULL else below
        agitator = (w.y[k.Y_VALVES + 11, n] + 150.0) / 100.0
        conductance = (
            wetted * (-0.5 * agitator * agitator + 2.75 * agitator - 2.5) * k.COIL_CONDUCTANCE
        )
        w.duty[0, n] = (
            conductance
            * (w.y[k.Y_REACTOR_COOLANT, n] - temperature)
            * (1.0 - 0.35 * w.curve_value[dist.CURVE_REACTOR_FOULING, n])
        )


@kernel
def _separator(w: Any, m: int) -> None:
    _vapour_enthalpy(w, k.PURGE, w.temperature[k.SEPARATOR], m)
    _liquid_enthalpy(w, k.UNDERFLOW, w.temperature[k.SEPARATOR], m)
    for n in range(m):
        ratio = w.flow[k.EFFLUENT, n] / k.CONDENSER_FLOW
        square = ratio * ratio
        conductance = k.CONDENSER_CONDUCTANCE * (1.0 - 1.0 / (1.0 + square * square))
        w.duty[1, n] = (
            conductance
            * (w.y[k.Y_CONDENSER_COOLANT, n] - w.temperature[k.REACTOR, n])
            * (1.0 - 0.25 * w.curve_value[dist.CURVE_CONDENSER_FOULING, n])
        )
        w.flow[k.PURGE, n] = (
            k.PURGE_COEFFICIENT
            * w.y[k.Y_VALVES + 5, n]
            * np.sqrt(max(w.pressure[1, n] - k.ATM_MMHG, 0.0))
            / w.weight[k.PURGE, n]
        )
        w.flow[k.UNDERFLOW, n] = w.y[k.Y_VALVES + 6, n] * k.RANGE_UNDERFLOW / 100.0


@kernel
def _compressor(w: Any, m: int) -> None:
    for n in range(m):
        head = w.pressure[2, n] - w.pressure[1, n]
        ratio = min(max(w.pressure[2, n] / w.pressure[1, n], 1.0), k.COMPRESSOR_MAX_RATIO)
        through = k.COMPRESSOR_MAX + k.COMPRESSOR_SLOPE * (1.0 - ratio * ratio * ratio)
        weight = w.weight[k.PURGE, n]
        work = (
            through
            * (w.temperature[k.SEPARATOR, n] + k.KELVIN)
            * (k.FAHRENHEIT * 1e-6 * k.GAS_COMPRESSOR)
            * head
            / (weight * w.pressure[1, n])
        )
        w.compressor_work[n] = work
        bypass = k.BYPASS_COEFFICIENT * w.y[k.Y_VALVES + 4, n] * np.sqrt(max(head, 0.0))
        w.flow[k.RECYCLE, n] = max(through - bypass, k.RECYCLE_FLOOR) / weight
        w.enthalpy[k.RECYCLE, n] = w.enthalpy[k.PURGE, n] + work / w.flow[k.RECYCLE, n]


@kernel
def _stripper(w: Any, m: int) -> None:
    for n in range(m):
        temperature = w.temperature[k.STRIPPER, n]
        warm = k.STRIP_NUMERATOR / (k.STRIP_POLE - temperature) - k.STRIP_OFFSET
        cooler = k.STRIP_COLD_FACTOR if temperature < k.STRIP_COLD else warm
        hot = temperature - k.STRIP_HOT_OFFSET
        factor = hot if temperature > k.STRIP_HOT else cooler
        underflow = w.flow[k.UNDERFLOW, n]
        ratio = w.flow[k.AC_FEED, n] / underflow * factor
        wet = underflow > k.DRY_UNDERFLOW
        overhead = 0.0
        stripped = 0.0
        for i in range(_N):
            if i < k.N_GASES:
                split = k.SPLIT_GASES[i]
            else:
                stripping = k.STRIP_COEFFICIENT[i - k.N_GASES] * ratio
                share = stripping / (1.0 + stripping)
                split = share if wet else k.SPLIT_DRY[i - k.N_GASES]
            entering = (
                w.composition[k.AC_FEED, i, n] * w.flow[k.AC_FEED, n]
                + w.composition[k.UNDERFLOW, i, n] * underflow
            )
            up = split * entering
            down = entering - up
            w.composition[k.OVERHEAD, i, n] = up
            w.composition[k.STRIPPED, i, n] = down
            overhead += up
            stripped += down
        w.flow[k.OVERHEAD, n] = overhead
        w.flow[k.STRIPPED, n] = stripped
        for i in range(_N):
            up = w.composition[k.OVERHEAD, i, n]
            down = w.composition[k.STRIPPED, i, n]
            w.composition[k.OVERHEAD, i, n] = up / overhead if overhead != 0.0 else up
            w.composition[k.STRIPPED, i, n] = down / stripped if stripped != 0.0 else down
    _vapour_enthalpy(w, k.OVERHEAD, w.temperature[k.STRIPPER], m)
    _liquid_enthalpy(w, k.PRODUCT, w.temperature[k.STRIPPER], m)
    for n in range(m):
        w.flow[k.PRODUCT, n] = w.y[k.Y_VALVES + 7, n] * k.RANGE_PRODUCT / 100.0
        steam = (
            w.y[k.Y_VALVES + 8, n]
            * k.RANGE_STEAM
            * (1.0 + w.curve_value[dist.CURVE_STEAM, n])
            / 100.0
        )
        w.duty[2, n] = max(k.STEAM_TEMPERATURE - w.temperature[k.STRIPPER, n], 0.0) * steam


# -- outcome ----------------------------------------------------------------------------------


@kernel
def _values(w: Any, m: int) -> None:
    for n in range(m):
        w.value[0, n] = k.KSCM_PER_LBMOL * w.flow[k.A_FEED, n]
        w.value[1, n] = k.KG_PER_LB * w.flow[k.D_FEED, n] * w.weight[k.D_FEED, n]
        w.value[2, n] = k.KG_PER_LB * w.flow[k.E_FEED, n] * w.weight[k.E_FEED, n]
        w.value[3, n] = k.KSCM_PER_LBMOL * w.flow[k.AC_FEED, n]
        w.value[4, n] = k.KSCM_PER_LBMOL * w.flow[k.RECYCLE, n]
        w.value[5, n] = k.KSCM_PER_LBMOL * w.flow[k.MIXED, n]
        w.value[6, n] = gauge(w.pressure[0, n])
        w.value[7, n] = (
            100.0 * (w.liquid_volume[k.REACTOR, n] - k.REACTOR_LEVEL[0]) / k.REACTOR_LEVEL[1]
        )
        w.value[8, n] = w.temperature[k.REACTOR, n]
        w.value[9, n] = k.KSCM_PER_LBMOL * w.flow[k.PURGE, n]
        w.value[10, n] = w.temperature[k.SEPARATOR, n]
        w.value[11, n] = (
            100.0 * (w.liquid_volume[k.SEPARATOR, n] - k.SEPARATOR_LEVEL[0]) / k.SEPARATOR_LEVEL[1]
        )
    for n in range(m):
        w.value[12, n] = gauge(w.pressure[1, n])
        w.value[13, n] = w.flow[k.UNDERFLOW, n] / w.density[k.SEPARATOR, n] / k.FT3_PER_M3
        w.value[14, n] = (
            100.0 * (w.liquid_volume[k.STRIPPER, n] - k.STRIPPER_LEVEL[0]) / k.STRIPPER_LEVEL[1]
        )
        w.value[15, n] = gauge(w.pressure[2, n])
        w.value[16, n] = w.flow[k.PRODUCT, n] / w.density[k.STRIPPER, n] / k.FT3_PER_M3
        w.value[17, n] = w.temperature[k.STRIPPER, n]
        w.value[18, n] = w.duty[2, n] * k.STEAM_LB_PER_ENERGY * k.KG_PER_LB
        w.value[19, n] = k.KW_PER_DUTY * w.compressor_work[n]
        w.value[20, n] = w.y[k.Y_REACTOR_COOLANT, n]
        w.value[21, n] = w.y[k.Y_CONDENSER_COOLANT, n]


@kernel
def _trips(w: Any, m: int) -> None:
    for n in range(m):
        tripped = (w.value[_PRESSURE, n] > _PRESSURE_MAX) | (
            w.value[_TEMPERATURE, n] > _TEMPERATURE_MAX
        )
        for vessel in range(3):
            liquid = w.liquid_volume[vessel, n] / k.FT3_PER_M3
            tripped |= (liquid > _LIQUID_MAX[vessel]) | (liquid < _LIQUID_MIN[vessel])
        w.tripped[n] = 1 if tripped else 0


@kernel
def _balances(w: Any, m: int) -> None:
    for i in range(_N):
        for n in range(m):
            effluent = w.composition[k.EFFLUENT, i, n] * w.flow[k.EFFLUENT, n]
            recycle = w.composition[k.PURGE, i, n] * w.flow[k.RECYCLE, n]
            mixed = w.composition[k.MIXED, i, n] * w.flow[k.MIXED, n]
            w.dydt[k.Y_REACTOR + i, n] = mixed - effluent
            w.dydt[k.Y_SEPARATOR + i, n] = (
                effluent
                - recycle
                - w.composition[k.PURGE, i, n] * w.flow[k.PURGE, n]
                - w.composition[k.UNDERFLOW, i, n] * w.flow[k.UNDERFLOW, n]
            )
            w.dydt[k.Y_STRIPPER + i, n] = (
                w.composition[k.STRIPPED, i, n] * w.flow[k.STRIPPED, n]
                - w.composition[k.PRODUCT, i, n] * w.flow[k.PRODUCT, n]
            )
            w.dydt[k.Y_MIXING_ZONE + i, n] = (
                w.composition[k.D_FEED, i, n] * w.flow[k.D_FEED, n]
                + w.composition[k.E_FEED, i, n] * w.flow[k.E_FEED, n]
                + w.composition[k.A_FEED, i, n] * w.flow[k.A_FEED, n]
                + w.composition[k.OVERHEAD, i, n] * w.flow[k.OVERHEAD, n]
                + recycle
                - mixed
            )
    for n in range(m):
        r1, r2, r3, r4 = w.rate[0, n], w.rate[1, n], w.rate[2, n], w.rate[3, n]
        w.dydt[k.Y_REACTOR + k.A, n] += -r1 - r2 - r3
        w.dydt[k.Y_REACTOR + k.C, n] += -r1 - r2
        w.dydt[k.Y_REACTOR + k.D, n] += -r1 - k.D_PER_REACTION_4 * r4
        w.dydt[k.Y_REACTOR + k.E, n] += -r2 - r3
        w.dydt[k.Y_REACTOR + k.F, n] += r3 + r4
        w.dydt[k.Y_REACTOR + k.G, n] += r1
        w.dydt[k.Y_REACTOR + k.H, n] += r2
    for n in range(m):
        effluent = w.enthalpy[k.EFFLUENT, n] * w.flow[k.EFFLUENT, n]
        recycle = w.enthalpy[k.RECYCLE, n] * w.flow[k.RECYCLE, n]
        underflow = w.enthalpy[k.UNDERFLOW, n] * w.flow[k.UNDERFLOW, n]
        overhead = w.enthalpy[k.OVERHEAD, n] * w.flow[k.OVERHEAD, n]
        mixed = w.enthalpy[k.MIXED, n] * w.flow[k.MIXED, n]
        w.dydt[k.Y_REACTOR_ENERGY, n] = mixed - effluent + w.heat_of_reaction[n] + w.duty[0, n]
        w.dydt[k.Y_SEPARATOR_ENERGY, n] = (
            effluent
            - recycle
            - w.enthalpy[k.PURGE, n] * w.flow[k.PURGE, n]
            - underflow
            + w.duty[1, n]
        )
        w.dydt[k.Y_STRIPPER_ENERGY, n] = (
            w.enthalpy[k.AC_FEED, n] * w.flow[k.AC_FEED, n]
            + underflow
            - overhead
            - w.enthalpy[k.PRODUCT, n] * w.flow[k.PRODUCT, n]
            + w.duty[2, n]
        )
        w.dydt[k.Y_MIXING_ZONE_ENERGY, n] = (
            w.enthalpy[k.D_FEED, n] * w.flow[k.D_FEED, n]
            + w.enthalpy[k.E_FEED, n] * w.flow[k.E_FEED, n]
            + w.enthalpy[k.A_FEED, n] * w.flow[k.A_FEED, n]
            + overhead
            + recycle
            - mixed
        )
    for n in range(m):
        reactor_water = (
            w.y[k.Y_VALVES + _REACTOR_COOLANT_VALVE, n] * k.RANGE_REACTOR_COOLANT / 100.0
        )
        condenser_water = (
            w.y[k.Y_VALVES + _CONDENSER_COOLANT_VALVE, n] * k.RANGE_CONDENSER_COOLANT / 100.0
        )
        w.dydt[k.Y_REACTOR_COOLANT, n] = (
            k.COOLANT_FACTOR
            * reactor_water
            * (w.inlet_temperature[0, n] - w.y[k.Y_REACTOR_COOLANT, n])
            - w.duty[0, n] * 1e6 / k.FAHRENHEIT
        ) / k.COOLANT_REACTOR
        w.dydt[k.Y_CONDENSER_COOLANT, n] = (
            k.COOLANT_FACTOR
            * condenser_water
            * (w.inlet_temperature[1, n] - w.y[k.Y_CONDENSER_COOLANT, n])
            - w.duty[1, n] * 1e6 / k.FAHRENHEIT
        ) / k.COOLANT_CONDENSER


@kernel
def _valves(w: Any, m: int) -> None:
    for j in range(N_XMV):
        flag = _STICKS[j]
        can = _CAN_STICK[j]
        for n in range(m):
            sticks = w.flag[flag, n] if can != 0.0 else 0.0
            follows = (w.time_h[n] == 0.0) | (
                abs(w.command[j, n] - w.xmv[j, n]) > k.STICTION_BAND * sticks
            )
            command = w.xmv[j, n] if follows else w.command[j, n]
            command = min(max(command, 0.0), 100.0)
            w.command[j, n] = command
            w.dydt[k.Y_VALVES + j, n] = (command - w.y[k.Y_VALVES + j, n]) / k.VALVE_TIME_H[j]
