"""In which order the overview lists the plants, and which of them. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from monitoring.overview import Row, Sparkline

Key = Callable[[Row], Any]


def attention(row: Row) -> tuple[Any, ...]:
    """Return what sorts the plants that need a look first."""
    stopped = row.plant.state in ("tripped", "failed")
    return (
        [-count for count in row.standing.urgency],
        not stopped,
        not row.beat.is_missed,
        not row.is_abnormal,
        row.plant.state != "running",
        row.plant.name.lower(),
    )


def _falling(line: Sparkline) -> float:
    return math.inf if line.latest is None else -line.latest


#: The orders by the name that the address gives: words, and the key that sorts.
ORDERS: dict[str, tuple[str, Key]] = {
    "attention": ("needs a look first", attention),
    "name": ("name", lambda row: row.plant.name.lower()),
    "state": ("state", lambda row: (row.plant.state, row.plant.name.lower())),
    "pulse": ("longest without a sample", lambda row: -(row.beat.age_seconds or math.inf)),
    "alarms": ("alarms", lambda row: [-count for count in row.standing.urgency]),
    "t2": ("T²", lambda row: _falling(row.t2)),
    "spe": ("SPE", lambda row: _falling(row.spe)),
    "margin": ("nearest to a trip", lambda row: row.margin.share if row.margin else math.inf),
}
#: Which plants: words, and the condition.
CHOICES: dict[str, tuple[str, Callable[[Row], bool]]] = {
    "all": ("all", lambda row: True),
    "abnormal": ("abnormal only", lambda row: row.is_abnormal),
    "running": ("running only", lambda row: row.plant.state == "running"),
}


def arranged(rows: Sequence[Row], order: str, choice: str) -> list[Row]:
    """Return the rows chosen, in order; the order is stable. Unknown names mean the first."""
    _, key = ORDERS.get(order, ORDERS["attention"])
    _, chosen = CHOICES.get(choice, CHOICES["all"])
    return sorted(filter(chosen, rows), key=key)
