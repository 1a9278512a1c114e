"""The overview of all plants: how near each is to its detector's limits and to a trip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.models import Analysis
from monitoring.status import PlantStatus, statuses
from simulation.models import Plant, Reading
from simulation.tep import TRIP_LIMITS
from simulation.tep.safety import TripLimit
from simulation.tep.variables import N_XMEAS, XMEAS

#: Scored points in a sparkline.
POINTS = 80
WIDTH, HEIGHT = 120.0, 26.0
#: The sparkline's scale: a tenth of the limit at the bottom, ten times the limit at the top.
DECADES = 1.0


@dataclass(frozen=True)
class Sparkline:
    """A statistic over its limit, on a logarithmic scale; the limit is the middle line."""

    points: str
    latest: float | None

    @property
    def is_over(self) -> bool:
        """Whether the newest point is over its limit."""
        return self.latest is not None and self.latest > 1.0

    @property
    def words(self) -> str:
        """The newest point in words."""
        return "no scored point" if self.latest is None else f"{self.latest:.2f} × its limit"


@dataclass(frozen=True)
class TripMargin:
    """The limit that is nearest to tripping the plant.

    ``share`` is the part that is left of the way from the base case to the limit: 1 as in the base
    case, 0 at the limit.
    """

    quantity: str
    share: float
    words: str

    @property
    def percent(self) -> int:
        """The share in %, not below 0."""
        return max(0, round(100 * self.share))

    @property
    def is_narrow(self) -> bool:
        """Whether less than half of the way is left."""
        return self.share < 0.5


@dataclass(frozen=True)
class Row:
    """One plant in the overview."""

    status: PlantStatus
    t2: Sparkline
    spe: Sparkline
    margin: TripMargin | None


def overview(plants: Sequence[Plant]) -> list[Row]:
    """Return a row for each plant, in the order given."""
    runs = [plant.current_run_id for plant in plants if plant.current_run_id is not None]
    readings = {
        reading.run_id: reading
        for plant in plants
        for reading in Reading.objects.filter(run=plant.current_run_id, step=plant.step)
    }
    scored = {run: _newest_scores(run) for run in runs}
    rows = []
    for status in statuses(list(plants)):
        run = status.plant.current_run_id
        points = scored.get(run, []) if run is not None else []
        reading = readings.get(run) if run is not None else None
        margin = None
        if reading is not None and not reading.quality:
            margin = trip_margin(reading.values[:N_XMEAS])
        rows.append(
            Row(
                status,
                sparkline([t2 / limit for t2, limit, _, _ in points]),
                sparkline([spe / limit for _, _, spe, limit in points]),
                margin,
            )
        )
    return rows


def _newest_scores(run_id: int) -> list[tuple[float, float, float, float]]:
    found = Analysis.objects.filter(run=run_id).order_by("-step")
    return list(found.values_list("t2", "t2_limit", "spe", "spe_limit")[:POINTS])[::-1]


def sparkline(ratios: Sequence[float]) -> Sparkline:
    """Draw ratios (statistic over limit, oldest first) as the points of a polyline."""
    if not ratios:
        return Sparkline("", None)
    step = WIDTH / max(1, POINTS - 1)
    first = WIDTH - step * (len(ratios) - 1)
    points = []
    for n, ratio in enumerate(ratios):
        decades = math.log10(max(ratio, 1e-9))
        height = 0.5 + 0.5 * max(-DECADES, min(DECADES, decades)) / DECADES
        points.append(f"{first + n * step:.1f},{HEIGHT * (1 - height):.1f}")
    return Sparkline(" ".join(points), ratios[-1])


def trip_margin(xmeas: NDArray[np.float64]) -> TripMargin | None:
    """Return the nearest trip limit of readings XMEAS(1..41); None if none of them is known."""
    found: list[tuple[float, TripLimit, float, float]] = []
    base = np.array([variable.nominal for variable in XMEAS])
    for limit in TRIP_LIMITS:
        value, normal = limit.quantity_of(xmeas), limit.quantity_of(base)
        if not math.isfinite(value):
            continue
        for bound in (limit.low, limit.high):
            if bound is not None:
                found.append(((bound - value) / (bound - normal), limit, value, bound))
    if not found:
        return None
    share, limit, value, bound = min(found, key=lambda one: one[0])
    side = "above" if bound == limit.high else "below"
    words = f"{limit.quantity} {value:.2f} {limit.unit}; trips {side} {bound:g} {limit.unit}"
    return TripMargin(limit.quantity, share, words)
