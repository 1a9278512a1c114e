"""An ensemble: one plant's state carried on many times, each with noise of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation import tep
from simulation.tep import SAMPLE_SECONDS, SECONDS_PER_HOUR, PlantState
from simulation.tep.variables import LABELS

MEMBERS, HOURS = 8, 8.0


@dataclass(frozen=True)
class Ensemble:
    """M members over n samples.

    ``hours`` (n,) is plant time; ``rows`` (M, n, 53) holds what each member recorded, NaN once it
    has tripped: a plant that is shut down has no course to be averaged. ``trip_hours`` (M,) is the
    plant time of each trip, NaN for none.
    """

    start_hours: float
    hours: NDArray[np.float64]
    rows: NDArray[np.float64]
    trip_hours: NDArray[np.float64]
    final_states: tuple[PlantState, ...]

    @property
    def members(self) -> int:
        """How many members there are."""
        return len(self.rows)

    def quantile(self, share: float) -> NDArray[np.float64]:
        """Return (n, 53): the quantile over the members that still run, NaN where none does."""
        ordered = np.sort(self.rows, axis=0)  # NaN comes last
        count = (~np.isnan(self.rows[:, :, 0])).sum(axis=0)
        place = np.maximum(count - 1, 0) * share
        below = np.floor(place).astype(np.int64)
        above = np.ceil(place).astype(np.int64)
        instants = np.arange(self.rows.shape[1])
        low, high = ordered[below, instants], ordered[above, instants]
        return low + (high - low) * (place - below)[:, None]


def ensemble(
    state: PlantState, seed: int, *, members: int = MEMBERS, hours: float = HOURS
) -> Ensemble:
    """Carry a state on for some hours, ``members`` times, in one call of the batch kernel.

    Set points, valves by hand and disturbances stay as they are. Member m draws its noise from
    stream m of ``seed`` (``with_noise``): the same state and seed give the same ensemble. Segments
    of random disturbances that are under way stay as they were drawn, later ones are drawn anew.
    ValueError for a plant that is shut down, no member, or hours that hold no sample.
    """
    if state.is_shut_down:
        raise ValueError("the plant is shut down: it has no course any more")
    if members < 1:
        raise ValueError(f"an ensemble has at least one member, not {members}")
    seconds = round(hours * SECONDS_PER_HOUR)
    if not SAMPLE_SECONDS <= seconds <= 1000 * SECONDS_PER_HOUR:
        raise ValueError(f"an ensemble looks 0.05 to 1000 h ahead, not {hours:g}")
    starts = [tep.with_noise(state, seed, stream) for stream in range(members)]
    finals, rows = tep.advance_many(starts, seconds)
    first = state.step // SAMPLE_SECONDS + 1
    times = (first + np.arange(rows.shape[1])) * SAMPLE_SECONDS / SECONDS_PER_HOUR
    trips = np.array(
        [
            final.shutdown_step / SECONDS_PER_HOUR if final.is_shut_down else np.nan
            for final in finals
        ]
    )
    rows = rows.reshape(members, -1, len(LABELS)).copy()
    for member, trip in enumerate(trips):
        if not np.isnan(trip):
            rows[member, times >= trip] = np.nan
    return Ensemble(state.step / SECONDS_PER_HOUR, times, rows, trips, tuple(finals))
