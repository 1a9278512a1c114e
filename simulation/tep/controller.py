"""What a controller of one's own looks like: it sees measurements and never the plant's state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from simulation.tep.handover import with_valve_automatic
from simulation.tep.state import PlantState
from simulation.tep.variables import N_XMV, xmv_index

DEFAULT_PERIOD_SECONDS = 3  # as the published fast loops


@runtime_checkable
class Controller(Protocol):
    """Anything callable; a plain function does. ``period_seconds`` is read if there is one.

    It is called every ``period_seconds`` (whole seconds from 1 on; 3 without one) with

    * ``hours``: plant time, h;
    * ``xmeas``: the 41 published measurements, noise and dead times included, of the evaluation
      before, which is what the published loops see in the same second;
    * ``xmv``: the 12 valve settings in force, %.

    Both arrays are read-only copies. It returns the valves it moves: a mapping of XMV numbers to
    percent, or an array of 12 with NaN where it leaves a valve alone, or None for no move. A valve
    it has moved is by hand from then on; None as a valve's value gives it back to its published
    loop. Values beyond 0 to 100 % are limited as the published controllers' are; other than
    finite ones are refused.
    """

    def __call__(
        self, hours: float, xmeas: NDArray[np.float64], xmv: NDArray[np.float64]
    ) -> Mapping[int, float | None] | NDArray[np.float64] | None:
        """Return the moves of one call."""


def period_of(controller: Any) -> int:
    """Return how many seconds lie between two calls; ValueError for no controller."""
    if not callable(controller):
        raise ValueError(f"a controller is callable with (hours, xmeas, xmv), not {controller!r}")
    period = getattr(controller, "period_seconds", DEFAULT_PERIOD_SECONDS)
    if isinstance(period, bool) or not isinstance(period, int | np.integer) or period < 1:
        raise ValueError(f"a controller's period_seconds is a whole number from 1, not {period!r}")
    return int(period)


def moves_of(answer: Any) -> tuple[NDArray[np.float64], list[int]]:
    """Turn a controller's answer into moves (12,), NaN for none, and the valves given back."""
    moves = np.full(N_XMV, np.nan)
    given_back: list[int] = []
    if answer is None:
        return moves, given_back
    if isinstance(answer, Mapping):
        for number, value in answer.items():
            place = xmv_index(number)
            if value is None:
                given_back.append(number)
            else:
                moves[place] = _finite(number, value)
        return moves, given_back
    array = np.asarray(answer, dtype=np.float64)
    if array.shape != (N_XMV,) or np.isinf(array).any():
        raise ValueError(
            f"a controller returns a mapping of XMV numbers to percent or {N_XMV} values, finite "
            f"or NaN for no move; not {answer!r}"
        )
    return array, given_back


def call(controller: Any, record: NDArray[Any]) -> None:
    """Let a controller act on the plant's record (1,), in place, before its next second."""
    s = record[0]
    xmeas, xmv = s["xmeas"].copy(), s["xmv"].copy()
    xmeas.flags.writeable = xmv.flags.writeable = False
    moves, given_back = moves_of(controller(float(s["step"] + 1) / 3600.0, xmeas, xmv))
    given = ~np.isnan(moves)
    if given.any():
        s["xmv"][given] = moves[given]
        s["by_hand"][given] = 1
        s["intervened"] = 1
    for number in given_back:
        record[:] = with_valve_automatic(PlantState(record.copy()), number).record


def _finite(number: int, value: Any) -> float:
    try:
        position = float(value)
    except (TypeError, ValueError):
        position = np.nan
    if not np.isfinite(position):
        raise ValueError(f"the controller set XMV({number}) to {value!r}; give a finite percentage")
    return position
