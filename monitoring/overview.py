"""The overview of all plants: pulse, alarms, the way to the detector's limits and to a trip."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np
from django.db.models import Q
from django.utils import timezone
from numpy.typing import NDArray

from monitoring.models import Analysis, AnalysisCursor, DetectorSettings
from monitoring.models.analysis import says_nothing
from monitoring.pulse import Beat, beat_of
from monitoring.standing import Tallies, tallies_of
from simulation.models import Hand, Plant, Reading
from simulation.tep import TRIP_LIMITS
from simulation.tep.safety import TripLimit
from simulation.tep.variables import N_XMEAS, XMEAS

#: Scored points in a sparkline.
POINTS = 80
WIDTH, HEIGHT = 120.0, 26.0
MARGIN_BAR = 60.0
#: The sparkline's scale: a tenth of the limit at the bottom, ten times the limit at the top.
DECADES = 1.0
#: Of points that the detector in charge does not judge yet, as charts say it.
WARMING_UP = "warming up: not judged"
#: Plants whose rows one set of queries fetches.
TOGETHER = 50
#: Steps that a detector may be behind without a word.
MOST_UNREAD = 10


@dataclass(frozen=True)
class Sparkline:
    """A statistic over its limit, on a logarithmic scale; the limit is the middle line.

    `lines` are the points of a polyline each, one for each stretch without a gap; `unjudged` is
    left edge and width of each stretch in which the detector in charge does not judge yet.
    """

    lines: tuple[str, ...]
    latest: float | None
    unjudged: tuple[tuple[float, float], ...] = ()
    is_warming_up: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the newest point is over its limit, and is judged."""
        return self.latest is not None and self.latest > 1.0 and not self.is_warming_up

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.lines or self.unjudged)

    @property
    def words(self) -> str:
        """The newest point in words."""
        told = "no scored point" if self.latest is None else f"{self.latest:.2f} × its limit"
        if not self.is_warming_up:
            return told
        return WARMING_UP if self.latest is None else f"{told}; {WARMING_UP}"


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
    def width(self) -> float:
        """The share as the width of its bar, 0 to `MARGIN_BAR`."""
        return round(MARGIN_BAR * min(1.0, max(0.0, self.share)), 1)

    @property
    def is_narrow(self) -> bool:
        """Whether less than half of the way is left."""
        return self.share < 0.5


@dataclass(frozen=True)
class Score:
    """T² and SPE of a point over their limits, and whether the detector in charge is silent."""

    t2: float
    spe: float
    unjudged: bool


@dataclass(frozen=True)
class Row:
    """One plant in the overview."""

    plant: Plant
    beat: Beat
    standing: Tallies
    unread: int
    hands: tuple[Hand, ...]
    t2: Sparkline
    spe: Sparkline
    margin: TripMargin | None

    @property
    def is_behind(self) -> bool:
        """Whether the detector has left more unread than a page should pass over in silence."""
        return self.unread > MOST_UNREAD

    @property
    def is_abnormal(self) -> bool:
        """Whether an operator should look at the plant."""
        return bool(
            self.standing
            or self.beat.is_missed
            or self.is_behind
            or self.plant.state in (Plant.State.TRIPPED, Plant.State.FAILED)
            or (self.margin and self.margin.is_narrow)
            or self.t2.is_over
            or self.spe.is_over
        )


def overview(plants: Sequence[Plant]) -> list[Row]:
    """Return a row for each plant, in the order given. The number of queries does not grow.

    More precisely, it grows by a few for every `TOGETHER` plants.
    """
    rows: list[Row] = []
    now = timezone.now()
    for first in range(0, len(plants), TOGETHER):
        rows += _rows(plants[first : first + TOGETHER], now)
    return rows


def _rows(plants: Sequence[Plant], now: datetime) -> list[Row]:
    standing = tallies_of(plants)
    cursors = {one.plant_id: one for one in AnalysisCursor.objects.filter(plant__in=plants)}
    settings = DetectorSettings.objects.filter(plant__in=plants)
    decimations: dict[int, int] = dict(settings.values_list("plant_id", "decimation"))
    analysed = {
        plant.pk: cursor.step
        for plant in plants
        if (cursor := cursors.get(plant.pk)) and cursor.run_id == plant.current_run_id
    }
    scores = _scores(plants, analysed, decimations)
    readings = _newest_readings(plants)
    hands = _hands(plants)
    rows = []
    for plant in plants:
        reading, points = readings.get(plant.current_run_id), scores.get(plant.current_run_id, [])
        margin = None
        if reading is not None and not reading.quality:
            margin = trip_margin(reading.values[:N_XMEAS])
        unread = max(0, plant.step - analysed.get(plant.pk, 0))
        rows.append(
            Row(
                plant=plant,
                beat=beat_of(plant, now),
                standing=standing.get(plant.pk, Tallies()),
                unread=0 if plant.is_running_ahead else unread,
                hands=tuple(hands.get(plant.pk, [])),
                t2=sparkline([one.t2 for one in points], [one.unjudged for one in points]),
                spe=sparkline([one.spe for one in points], [one.unjudged for one in points]),
                margin=margin,
            )
        )
    return rows


def _scores(
    plants: Sequence[Plant], analysed: dict[int, int], decimations: dict[int, int]
) -> dict[int | None, list[Score]]:
    """Return the scored points of the newest steps by run: steps, as they bound the search."""
    wanted = Q(pk__in=[])
    for plant in plants:
        if newest := analysed.get(plant.pk):
            first = newest - POINTS * decimations.get(plant.pk, 1)
            wanted |= Q(run=plant.current_run_id, step__gt=first, step__lte=newest)
    found: dict[int | None, list[Score]] = defaultdict(list)
    columns = ("run_id", "t2", "t2_limit", "spe", "spe_limit", "statistics")
    points = Analysis.objects.filter(wanted).order_by("run", "step").values_list(*columns)
    for run, t2, t2_limit, spe, spe_limit, said in points:
        found[run].append(Score(t2 / t2_limit, spe / spe_limit, says_nothing(said)))
    return found


def _newest_readings(plants: Sequence[Plant]) -> dict[int | None, Reading]:
    wanted = Q(pk__in=[])
    for plant in plants:
        if plant.step:
            wanted |= Q(run=plant.current_run_id, step=plant.step)
    return {reading.run_id: reading for reading in Reading.objects.filter(wanted)}


def _hands(plants: Sequence[Plant]) -> dict[int, list[Hand]]:
    """Return what is by hand for the next step of each plant, valves first."""
    by_run = {plant.current_run_id: plant for plant in plants if plant.current_run_id}
    found: dict[int, list[Hand]] = defaultdict(list)
    wanted = Q(pk__in=[])
    for run, plant in by_run.items():
        step = plant.step + 1
        open_ended = Q(end_step__isnull=True) | Q(end_step__gt=step)
        wanted |= Q(run=run, start_step__lte=step) & open_ended
    for hand in Hand.objects.filter(wanted).order_by("-kind", "number"):
        found[by_run[hand.run_id].pk].append(hand)
    return found


def sparkline(ratios: Sequence[float | None], unjudged: Sequence[bool] | None = None) -> Sparkline:
    """Draw ratios (statistic over limit, oldest first) as polylines; None is a gap.

    `unjudged` says of each whether the detector in charge does not judge it yet.
    """
    silent = [False] * len(ratios) if unjudged is None else list(unjudged)
    if not ratios:
        return Sparkline((), None)
    step = WIDTH / max(1, POINTS - 1)
    first = WIDTH - step * (len(ratios) - 1)
    lines: list[list[str]] = [[]]
    for n, ratio in enumerate(ratios):
        if ratio is None:
            lines.append([])
            continue
        decades = math.log10(max(ratio, 1e-9))
        height = 0.5 + 0.5 * max(-DECADES, min(DECADES, decades)) / DECADES
        lines[-1].append(f"{first + n * step:.1f},{HEIGHT * (1 - height):.1f}")
    bands = []
    for is_silent, run in groupby(enumerate(silent), key=lambda one: one[1]):
        places = [n for n, _ in run]
        if is_silent:
            left = max(0.0, first + (places[0] - 0.5) * step)
            right = min(WIDTH, first + (places[-1] + 0.5) * step)
            bands.append((round(left, 1), round(right - left, 1)))
    drawn = tuple(" ".join(line) for line in lines if line)
    return Sparkline(drawn, ratios[-1], tuple(bands), silent[-1])


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
