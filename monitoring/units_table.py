"""The table by which a page converts what is pushed to it: numbers in the process's own units."""

import json
from functools import cache
from typing import Any

from django.http import HttpRequest

from simulation.tep.units import CONVERSIONS
from simulation.tep.variables import VARIABLES


def spelled(unit: str) -> str:
    """Return a unit as pages write it."""
    return unit.replace("m3", "m³")


@cache
def si_table() -> str:
    """Return, as JSON, unit -> [SI unit, factor, offset], and the unit of each column."""
    units = {
        spelled(one.original): [spelled(one.si), one.factor, one.offset]
        for one in CONVERSIONS.values()
    }
    columns = [spelled(variable.unit) for variable in VARIABLES]
    return json.dumps({"units": units, "columns": columns}, ensure_ascii=False)


def context(request: HttpRequest) -> dict[str, Any]:
    """Add the table to every template; the page carries it where SI is chosen."""
    return {"si_table": si_table}
