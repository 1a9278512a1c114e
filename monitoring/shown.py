"""Values of the plant's variables as text, in the units that whoever looks has chosen."""

import math
from dataclasses import replace
from decimal import Decimal

from accounts import display
from monitoring.charts import Trend, trend_of
from monitoring.units_table import spelled
from simulation.fields import Vector
from simulation.tep.units import conversion_of


def is_si() -> bool:
    """Whether the present page is shown in SI."""
    return display.present().units == display.SI


def number_in_units(value: float, label: str, *, difference: bool = False) -> float:
    """Return a value of a variable, unrounded, in the units of the present page."""
    if not is_si():
        return value
    return conversion_of(label).to_si(value, difference=difference)


def vector_in_units(values: Vector, label: str) -> Vector:
    """Return values of a variable in the units of the present page."""
    if not is_si():
        return values
    conversion = conversion_of(label)
    return conversion.factor * values + conversion.offset


def trend_in_units(trend: Trend) -> Trend:
    """Return a chart's description in the units of the present page."""
    if not is_si():
        return trend

    def shown(edge: float | None) -> float | None:
        return None if edge is None else number_in_units(edge, trend.label)

    return replace(
        trend,
        unit=unit_in_units(trend.label),
        decimals=decimals_in_units(trend.label),
        low=shown(trend.low),
        high=shown(trend.high),
        trip_low=shown(trend.trip_low),
        trip_high=shown(trend.trip_high),
    )


def unit_in_units(label: str) -> str:
    """Return the unit of a variable on the present page."""
    return spelled(conversion_of(label).si) if is_si() else trend_of(label).unit


def decimals_in_units(label: str, decimals: int | None = None) -> int:
    """Return how many decimals of a variable the present page shows."""
    own = trend_of(label).decimals if decimals is None else decimals
    return conversion_of(label).decimals(own) if is_si() else own


def places(value: float) -> int:
    """Return with how many decimals a number was set: four at most, more only for a tiny one."""
    text = f"{value:.4f}"
    if value and not float(text):
        text = f"{Decimal(f'{value:g}'):f}"
    return len(text.rstrip("0").partition(".")[2])


def figure_text(
    value: float | None, label: str, decimals: int | None = None, *, difference: bool = False
) -> str:
    """Return a value as text without its unit; a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    number = number_in_units(float(value), label, difference=difference)
    return f"{number:z.{decimals_in_units(label, decimals)}f}"  # z: no "-0.0"
