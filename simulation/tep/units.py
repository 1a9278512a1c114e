"""The process's own units and their SI counterparts.

Each conversion is ``factor * value + offset``. A difference (a standard deviation, a deviation from
set point) takes the factor alone. Where the published plant has a number of its own for a factor,
that one is taken, so that the converted reading is what the model computes with:

- kscmh, thousand standard cubic metres an hour. The model's own molar volume is 359 ft3/lbmol,
  which is that of an ideal gas at 0 °C and 101.325 kPa; a pound is 0.45359237 kg by definition.
- kPa gauge is above the model's atmosphere of 101.325 kPa.
- °C: 0 °C is 273.15 K.
- hour, kilo, and per cent: by definition of the SI (BIPM, SI Brochure, 9th edition). A valve's and
  a level's percent is a share of a span, no quantity, and stays percent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulation.tep.constants import ATM_KPA, KELVIN, KSCM_PER_LBMOL, SECONDS_PER_HOUR
from simulation.tep.variables import VARIABLES, index_of

MOL_PER_LBMOL = 453.59237  # a pound is 0.45359237 kg exactly
#: The conditions of a standard cubic metre, in words for a page.
STANDARD_CONDITIONS = "0 °C and 101.325 kPa"


@dataclass(frozen=True)
class Conversion:
    """From one of the process's own units to SI."""

    original: str
    si: str
    factor: float
    offset: float = 0.0

    def to_si(self, value: float, *, difference: bool = False) -> float:
        """Return a value, or a difference of two values, in SI."""
        return self.factor * value + (0.0 if difference else self.offset)

    def from_si(self, value: float, *, difference: bool = False) -> float:
        """Return a value, or a difference of two values, in the process's own unit."""
        return (value - (0.0 if difference else self.offset)) / self.factor

    def decimals(self, decimals: int) -> int:
        """Return how many decimals in SI show as much as `decimals` do in the own unit."""
        return max(0, decimals - math.floor(math.log10(self.factor)))


_HOUR = float(SECONDS_PER_HOUR)
CONVERSIONS: dict[str, Conversion] = {
    one.original: one
    for one in (
        Conversion("kscmh", "mol/s", MOL_PER_LBMOL / (KSCM_PER_LBMOL * _HOUR)),
        Conversion("kg/h", "kg/s", 1.0 / _HOUR),
        Conversion("m3/h", "m3/s", 1.0 / _HOUR),
        Conversion("kPa gauge", "Pa", 1000.0, 1000.0 * ATM_KPA),
        Conversion("°C", "K", 1.0, KELVIN),
        Conversion("kW", "W", 1000.0),
        Conversion("mol%", "mol/mol", 0.01),
        Conversion("%", "%", 1.0),
    )
}


def conversion_of(label: str) -> Conversion:
    """Return the conversion of ``XMEAS(n)`` or ``XMV(n)``. Raises ValueError for no label."""
    return CONVERSIONS[VARIABLES[index_of(label)].unit]
