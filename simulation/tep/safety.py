"""The safety shutdown: limits on noise-free readings that stop the plant for ever, and their words.

Downs & Vogel (1993), process operating constraints (shutdown limits). Liquid limits are volumes,
not levels in percent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.tep.constants import FT3_PER_M3, REACTOR_LEVEL, SEPARATOR_LEVEL, STRIPPER_LEVEL
from simulation.tep.state import PlantState
from simulation.tep.variables import xmeas_index


@dataclass(frozen=True)
class TripLimit:
    """A shutdown limit: the plant trips outside ``low`` .. ``high`` (strictly).

    ``offset + factor * XMEAS(xmeas_number)`` turns the reading into the quantity in ``unit``.
    """

    quantity: str
    unit: str
    xmeas_number: int
    low: float | None
    high: float | None
    factor: float = 1.0
    offset: float = 0.0

    def quantity_of(self, xmeas: NDArray[np.float64]) -> float:
        """Return the limited quantity, in ``unit``, from readings XMEAS(1..41)."""
        return self.offset + self.factor * float(xmeas[xmeas_index(self.xmeas_number)])

    def excess(self, quantity: float) -> float:
        """Return how far beyond the limit a quantity is, relative to it; negative when within."""
        above = -math.inf if self.high is None else quantity / self.high - 1.0
        below = -math.inf if self.low is None else 1.0 - quantity / self.low
        return max(above, below)

    def sentence(self, quantity: float) -> str:
        """Say which side of the limit a quantity is on, with value and unit."""
        too_high = self.low is None or (self.high is not None and quantity > self.high / 2)
        side, bound = ("above", self.high) if too_high else ("below", self.low)
        return (
            f"{self.quantity} {quantity:.2f} {self.unit} is {side} "
            f"its limit of {bound:g} {self.unit}"
        )


def _liquid(
    vessel: str, xmeas_number: int, low: float, high: float, level: tuple[float, float]
) -> TripLimit:
    offset, span = level  # ft3: percent = 100 (volume - offset) / span
    return TripLimit(
        f"{vessel} liquid",
        "m3",
        xmeas_number,
        low,
        high,
        factor=span / 100.0 / FT3_PER_M3,
        offset=offset / FT3_PER_M3,
    )


TRIP_LIMITS: tuple[TripLimit, ...] = (
    TripLimit("reactor pressure", "kPa gauge", 7, None, 3000.0),
    TripLimit("reactor temperature", "°C", 9, None, 175.0),
    _liquid("reactor", 8, 2.0, 24.0, REACTOR_LEVEL),
    _liquid("separator", 12, 1.0, 12.0, SEPARATOR_LEVEL),
    _liquid("stripper", 15, 1.0, 8.0, STRIPPER_LEVEL),
)


def trip_reason_of(xmeas: NDArray[np.float64]) -> str:
    """Say which limits the noise-free readings XMEAS(1..41) violate, with values and units.

    While the plant is shut down its XMEAS(1..22) carry no noise, so any row recorded after the
    shutdown will do. If rounding hides the violation, the limit that is nearest is named.
    """
    found = []
    for limit in TRIP_LIMITS:
        quantity = limit.quantity_of(xmeas)
        found.append((limit.excess(quantity), limit.sentence(quantity)))
    violated = [sentence for excess, sentence in found if excess > 0.0]
    return "; ".join(violated) if violated else max(found)[1]


def trip_reason(state: PlantState) -> str | None:
    """Say in words why the plant is shut down; None if it is not."""
    return trip_reason_of(state.xmeas) if state.is_shut_down else None
