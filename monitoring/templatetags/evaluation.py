"""Filters for tables of figures."""

from typing import Any

from django import template

register = template.Library()


@register.filter
def percent(value: Any, decimals: int = 1) -> str:
    """Return a fraction in percent, a dash for what is not known."""
    if not isinstance(value, int | float):
        return "–"
    return f"{100 * value:.{decimals}f} %"


@register.filter
def at(table: Any, key: Any) -> Any:
    """Return what a table holds under a key, None for nothing."""
    return table.get(str(key)) if isinstance(table, dict) else None
