"""Physical properties of mixtures, and temperature from energy.

Downs & Vogel (1993), physical properties. Molar enthalpies of a mixture are cubics in the
temperature: h(T) = l + T (a + T (b/2 + T c/3)) with coefficients that are sums over the
components, so a Newton search forms the sums once and then iterates on four numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.tep import constants as const
from simulation.tep._jit import kernel

# Per lbmol and °C instead of per lb and °F
_LIQUID_A = const.FAHRENHEIT * const.MOLECULAR_WEIGHT * const.LIQUID_CP_A
_LIQUID_B = const.FAHRENHEIT * const.MOLECULAR_WEIGHT * const.LIQUID_CP_B
_LIQUID_C = const.FAHRENHEIT * const.MOLECULAR_WEIGHT * const.LIQUID_CP_C
_VAPOUR_A = const.FAHRENHEIT * const.MOLECULAR_WEIGHT * const.VAPOUR_CP_A
_VAPOUR_B = const.FAHRENHEIT * const.MOLECULAR_WEIGHT * const.VAPOUR_CP_B
_VAPOUR_C = const.FAHRENHEIT * const.MOLECULAR_WEIGHT * const.VAPOUR_CP_C
_LATENT = const.MOLECULAR_WEIGHT * const.LATENT_HEAT
_WEIGHT = const.MOLECULAR_WEIGHT
_DENSITY_A = const.DENSITY_A
_DENSITY_B = const.DENSITY_B
_DENSITY_C = const.DENSITY_C
_ANTOINE_A = const.ANTOINE_A
_ANTOINE_B = const.ANTOINE_B
_ANTOINE_C = const.ANTOINE_C
_KELVIN = const.KELVIN
_GAS_ENERGY = const.GAS_ENERGY
_N = const.N_COMPONENTS

_MAX_UPDATES = 100
_CONVERGED = 1e-12  # °C


@kernel
def molecular_weight(x: NDArray[np.float64]) -> float:
    """Mean molecular weight of mole fractions x (8,), lb/lbmol."""
    weight = 0.0
    for i in range(_N):
        weight += x[i] * _WEIGHT[i]
    return weight


@kernel
def vapour_pressure(i: int, temperature: float) -> float:
    """Vapour pressure of condensable component i at °C, mmHg."""
    return np.exp(_ANTOINE_A[i] + _ANTOINE_B[i] / (temperature + _ANTOINE_C[i]))


@kernel
def liquid_density(x: NDArray[np.float64], temperature: float) -> float:
    """Molar density of a liquid x (8,) at °C, lbmol/ft3."""
    volume = 0.0
    for i in range(_N):
        density = _DENSITY_A[i] + (_DENSITY_B[i] + _DENSITY_C[i] * temperature) * temperature
        volume += x[i] * _WEIGHT[i] / density
    return 1.0 / volume


@kernel
def liquid_cubic(x: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Coefficients (a, b, c, l) of the liquid enthalpy of x (8,)."""
    a = b = c = 0.0
    for i in range(_N):
        a += x[i] * _LIQUID_A[i]
        b += x[i] * _LIQUID_B[i]
        c += x[i] * _LIQUID_C[i]
    return a, b, c, 0.0


@kernel
def vapour_cubic(x: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Coefficients (a, b, c, l) of the vapour enthalpy of x (8,); l is the latent heat."""
    a = b = c = latent = 0.0
    for i in range(_N):
        a += x[i] * _VAPOUR_A[i]
        b += x[i] * _VAPOUR_B[i]
        c += x[i] * _VAPOUR_C[i]
        latent += x[i] * _LATENT[i]
    return a, b, c, latent


@kernel
def energy_at(cubic: tuple[float, float, float, float], temperature: float) -> float:
    """Value of an enthalpy cubic at °C, 10^6 BTU/lbmol."""
    a, b, c, latent = cubic
    return latent + temperature * (a + temperature * (b / 2.0 + temperature * c / 3.0))


@kernel
def internal(cubic: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Turn a vapour enthalpy into the internal energy u = h - R (T + 273.15)."""
    a, b, c, latent = cubic
    return a - _GAS_ENERGY, b, c, latent - _GAS_ENERGY * _KELVIN


@kernel
def temperature_of(cubic: tuple[float, float, float, float], energy: float, guess: float) -> float:
    """Temperature (°C) at which the cubic has the given molar energy, by Newton from ``guess``.

    Returns ``guess`` itself if 100 updates do not bring an update below 1e-12 °C (or on NaN),
    as the published plant does.
    """
    a, b, c, _ = cubic
    temperature = guess
    for _ in range(_MAX_UPDATES):
        slope = a + temperature * (b + temperature * c)
        update = -(energy_at(cubic, temperature) - energy) / slope
        temperature += update
        if abs(update) < _CONVERGED:
            return temperature
    return guess
