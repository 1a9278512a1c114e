"""Values of the plant's variables on pages: in the units that the user has chosen.

What is pushed is rendered for everybody in the process's own units; static/js/units.js converts it
by the attributes that stand here.
"""

import math
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from monitoring import shown
from monitoring.charts import trend_of

register = template.Library()


@register.simple_tag
def quantity(
    value: float | None,
    label: str,
    decimals: int | None = None,
    *,
    difference: bool = False,
    unit: bool = True,
) -> SafeString | str:
    """Return a value of ``XMEAS(n)`` or ``XMV(n)`` with its unit; a dash for none.

    `value` is in the process's own unit. `difference=True` is for what has no zero of its own (a
    standard deviation, a deviation). `unit=False` leaves the unit to `{% unit_of label %}`.
    """
    if value is None or not math.isfinite(value):
        return "–"
    trend = trend_of(label)
    figure = shown.figure_text(value, label, decimals, difference=difference)
    return format_html(
        '<data class="quantity" value="{}" data-unit="{}" data-decimals="{}"{}{}>{}</data>',
        repr(float(value)),
        trend.unit,
        trend.decimals if decimals is None else decimals,
        SafeString(" data-difference") if difference else "",
        "" if unit else SafeString(" data-bare"),
        f"{figure} {shown.unit_in_units(label)}" if unit else figure,
    )


@register.simple_tag
def unit_of(label: str) -> SafeString:
    """Return the unit of a variable, for the head of a column or beside a bare value."""
    return format_html(
        '<span class="unit" data-unit-of="{}">{}</span>',
        trend_of(label).unit,
        shown.unit_in_units(label),
    )


@register.filter
def in_units(value: Any, label: str) -> str:
    """Return a number as a chart's attribute needs it: converted, unrounded, never localised."""
    return "" if value is None else repr(shown.number_in_units(float(value), label))


@register.filter
def unit_name(label: str) -> str:
    """Return the unit of a variable for an attribute of a page that is not pushed."""
    return shown.unit_in_units(label)


@register.filter
def decimals_of(label: str) -> int:
    """Return how many decimals of a variable a page that is not pushed shows."""
    return shown.decimals_in_units(label)


@register.filter
def places(value: float | None) -> int:
    """Return with how many decimals a limit or a deadband was set."""
    return 0 if value is None else shown.places(value)


@register.filter
def short_unit(name: str) -> str:
    """Return a unit as a drawing has room for it: ``kPa g`` is gauge pressure."""
    return name.replace("kPa gauge", "kPa g")
