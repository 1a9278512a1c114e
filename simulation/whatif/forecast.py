"""A forecast: when the plant will trip if nothing is changed, and how sure that is.

It is the simulator's own knowledge of the plant's true state, disturbances included: a yardstick
and a teacher, not something that a detector could know.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.tep import PlantState
from simulation.tep.safety import TRIP_LIMITS, TripLimit
from simulation.tep.variables import XMEAS, Xmeas
from simulation.whatif.claims import RangeClaim, TripClaim, span
from simulation.whatif.ensemble import HOURS, MEMBERS, Ensemble, ensemble

#: A measurement has left its range when so many samples in a row are outside (noise is not).
SAMPLES_OUTSIDE = 5
SPREAD = (0.1, 0.9)


@dataclass(frozen=True)
class Forecast:
    """Claims from an ensemble, and its median with spread: arrays (n, 53)."""

    start_hours: float
    ahead_hours: float
    members: int
    hours: NDArray[np.float64]
    median: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    trips: tuple[TripClaim, ...]
    ranges: tuple[RangeClaim, ...]

    @property
    def words(self) -> str:
        """The whole in one sentence."""
        if not self.trips:
            return f"No trip within {span(self.ahead_hours)}, {self.members} of {self.members}."
        said = "; ".join(claim.words for claim in self.trips)
        return f"{said[0].upper()}{said[1:]}."


def forecast(
    state: PlantState, seed: int, *, members: int = MEMBERS, hours: float = HOURS
) -> Forecast:
    """Return what becomes of the plant in the next hours if nothing is changed.

    ``seed`` names the noise of the members: for a live run `seed_of` derives it. ValueError as in
    `ensemble`.
    """
    found = ensemble(state, seed, members=members, hours=hours)
    return Forecast(
        start_hours=found.start_hours,
        ahead_hours=hours,
        members=members,
        hours=found.hours,
        median=found.quantile(0.5),
        low=found.quantile(SPREAD[0]),
        high=found.quantile(SPREAD[1]),
        trips=_trip_claims(found),
        ranges=_range_claims(found),
    )


def seed_of(run_seed: int, step: int) -> int:
    """Return the seed of the ensemble made at a step of a run, the same each time."""
    mixed = np.random.SeedSequence([run_seed, step]).generate_state(1, np.uint64)[0]
    return int(mixed % np.uint64(2**32 - 2)) + 1


def _trip_claims(found: Ensemble) -> tuple[TripClaim, ...]:
    by_limit: dict[tuple[TripLimit, str], list[float]] = {}
    for final, hour in zip(found.final_states, found.trip_hours, strict=True):
        if np.isnan(hour):
            continue
        limit = max(TRIP_LIMITS, key=lambda one: one.excess(one.quantity_of(final.xmeas)))
        quantity = limit.quantity_of(final.xmeas)
        side = "above" if limit.low is None or (limit.high or 0.0) / 2 < quantity else "below"
        by_limit.setdefault((limit, side), []).append(float(hour) - found.start_hours)
    claims = [
        TripClaim(
            quantity=limit.quantity,
            unit=limit.unit,
            bound=float((limit.high if side == "above" else limit.low) or 0.0),
            side=side,
            count=len(hours),
            members=found.members,
            first_h=min(hours),
            median_h=float(np.median(hours)),
            last_h=max(hours),
        )
        for (limit, side), hours in by_limit.items()
    ]
    return tuple(sorted(claims, key=lambda one: (-one.count, one.median_h)))


def _range_claims(found: Ensemble) -> tuple[RangeClaim, ...]:
    claims = []
    for column, variable in enumerate(XMEAS):
        if not variable.critical or variable.operating_range is None:
            continue
        low, high = variable.operating_range
        for side, bound, outside in (
            ("above", high, found.rows[:, :, column] > high),
            ("below", low, found.rows[:, :, column] < low),
        ):
            hours = [_first_run(member, found.hours) for member in outside]
            left = [hour - found.start_hours for hour in hours if hour is not None]
            if left:
                claims.append(_range_claim(variable, side, bound, left, found.members))
    return tuple(sorted(claims, key=lambda one: one.median_h))


def _range_claim(
    variable: Xmeas, side: str, bound: float, left: list[float], members: int
) -> RangeClaim:
    return RangeClaim(
        label=variable.label,
        name=variable.description,
        unit=variable.unit,
        bound=bound,
        side=side,
        count=len(left),
        members=members,
        median_h=float(np.median(left)),
    )


def _first_run(outside: NDArray[np.bool_], hours: NDArray[np.float64]) -> float | None:
    """Return the hour at which a run of `SAMPLES_OUTSIDE` samples begins, None without one."""
    if len(outside) < SAMPLES_OUTSIDE:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(outside, SAMPLES_OUTSIDE)
    runs = np.logical_and.reduce(windows, axis=1)
    first = int(np.argmax(runs))
    return float(hours[first]) if runs[first] else None
