"""Temperatures, volumes and pressures of the four vessels, from their holdups and energies.

Downs & Vogel (1993), process model. In the reactor and the separator A, B and C are wholly
vapour; D..H are counted wholly as liquid, in Raoult equilibrium with a vapour whose amount is
neglected. The energy of these two vessels is that of their liquid alone.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from simulation.tep import constants as k
from simulation.tep._jit import kernel
from simulation.tep.thermo import (
    internal,
    liquid_cubic,
    liquid_density,
    temperature_of,
    vapour_cubic,
    vapour_pressure,
)


@kernel
def fractions_of(y: NDArray[Any], first: int, start: int, x: NDArray[Any]) -> float:
    """Set x (8,) to the mole fractions of the holdups y[first:first+8] from component ``start``.

    Components before ``start`` get 0. Returns the total amount, lbmol.
    """
    total = 0.0
    for i in range(k.N_COMPONENTS):
        if i >= start:
            total += y[first + i]
    for i in range(k.N_COMPONENTS):
        x[i] = y[first + i] / total if i >= start else 0.0
    return total


@kernel
def fill_liquid(s: Any, w: Any, vessel: int, x: NDArray[Any], amount: float, energy: float) -> None:
    """Find temperature, density and volume of the liquid x in reactor, separator or stripper."""
    temperature = temperature_of(liquid_cubic(x), energy / amount, s.temperature_guess[vessel])
    s.temperature_guess[vessel] = temperature
    w.temperature[vessel] = temperature
    w.density[vessel] = liquid_density(x, temperature)
    w.liquid_volume[vessel] = amount / w.density[vessel]


@kernel
def fill_vapour(
    w: Any, vessel: int, y: NDArray[Any], first: int, x: NDArray[Any], volume: float, stream: int
) -> None:
    """Find partial pressures, pressure and vapour composition above the liquid x."""
    temperature = w.temperature[vessel]
    space = volume - w.liquid_volume[vessel]
    w.vapour_volume[vessel] = space
    gas = k.GAS_LAW * (temperature + k.KELVIN) / space
    pressure = 0.0
    for i in range(k.N_COMPONENTS):
        gaseous = i < k.N_GASES
        partial = y[first + i] * gas if gaseous else vapour_pressure(i, temperature) * x[i]
        w.partial_pressure[vessel, i] = partial
        pressure += partial
    w.pressure[vessel] = pressure
    for i in range(k.N_COMPONENTS):
        w.composition[stream, i] = w.partial_pressure[vessel, i] / pressure


@kernel
def fill_vessels(s: Any, w: Any) -> None:
    """Fill the thermodynamic state of all vessels; remembers the temperatures as guesses."""
    y = s.y
    reactor_x = w.reactor_liquid[0]
    amount = fractions_of(y, k.Y_REACTOR, k.D, reactor_x)
    fill_liquid(s, w, k.REACTOR, reactor_x, amount, y[k.Y_REACTOR_ENERGY])
    fill_vapour(w, k.REACTOR, y, k.Y_REACTOR, reactor_x, k.REACTOR_VOLUME, k.EFFLUENT)

    separator_x = w.composition[k.UNDERFLOW]
    amount = fractions_of(y, k.Y_SEPARATOR, k.D, separator_x)
    fill_liquid(s, w, k.SEPARATOR, separator_x, amount, y[k.Y_SEPARATOR_ENERGY])
    fill_vapour(w, k.SEPARATOR, y, k.Y_SEPARATOR, separator_x, k.SEPARATOR_VOLUME, k.PURGE)

    stripper_x = w.composition[k.PRODUCT]
    amount = fractions_of(y, k.Y_STRIPPER, k.A, stripper_x)
    fill_liquid(s, w, k.STRIPPER, stripper_x, amount, y[k.Y_STRIPPER_ENERGY])

    mixed_x = w.composition[k.MIXED]
    amount = fractions_of(y, k.Y_MIXING_ZONE, k.A, mixed_x)
    temperature = temperature_of(
        internal(vapour_cubic(mixed_x)),
        y[k.Y_MIXING_ZONE_ENERGY] / amount,
        s.temperature_guess[k.MIXING_ZONE],
    )
    s.temperature_guess[k.MIXING_ZONE] = temperature
    w.temperature[k.MIXING_ZONE] = temperature
    w.pressure[2] = amount * k.GAS_LAW * (temperature + k.KELVIN) / k.MIXING_ZONE_VOLUME
