"""Whole runs from time 0: the way training and test data are made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from simulation.tep.constants import SAMPLE_SECONDS, SECONDS_PER_HOUR
from simulation.tep.integrate import advance, initial_state, with_idv
from simulation.tep.rng import DEFAULT_SEED
from simulation.tep.state import PlantState
from simulation.tep.variables import idv_index


def simulate_rows(
    seed: SupportsIndex | float = DEFAULT_SEED,
    hours: float = 48.0,
    idv: Mapping[int, float] | None = None,
    *,
    closed_loop: bool = True,
    compat: str | None = None,
    sample_seconds: int = SAMPLE_SECONDS,
) -> tuple[NDArray[np.float64], int]:
    """Simulate a run from time 0; return its rows (n, 53) and its shutdown step (-1 if none).

    ``idv`` gives the onset in hours of each fault, which stays on: ``{4: 8.0}`` switches IDV(4)
    on for step 28800 and later ones, so row 160 of the standard run (8.00 h) is still normal and
    row 161 is the first that can show the fault. After a shutdown rows go on, frozen: cut them at
    the shutdown step if that is not wanted. ValueError for a bad seed, hours, fault or onset.
    """
    last = _step_of(hours, "hours")
    onsets = sorted((_step_of(hour, f"onset of IDV({n})"), n) for n, hour in (idv or {}).items())
    for _, number in onsets:
        idv_index(number)
    state = initial_state(seed, closed_loop=closed_loop, compat=compat)
    pieces: list[NDArray[np.float64]] = []

    def run_to(state: PlantState, step: int) -> PlantState:
        state, rows = advance(
            state, max(min(step, last) - state.step, 0), sample_seconds=sample_seconds
        )
        pieces.append(rows)
        return state

    for onset, number in onsets:
        state = with_idv(run_to(state, onset - 1), number)
    state = run_to(state, last)
    return np.concatenate(pieces), state.shutdown_step


def _step_of(hours: float, name: str) -> int:
    try:
        steps = float(hours) * SECONDS_PER_HOUR
    except (TypeError, ValueError):
        raise ValueError(f"{name} is a number of hours, not {hours!r}") from None
    if not math.isfinite(steps) or steps < 0.0:
        raise ValueError(f"{name} is a number of hours from 0 on, not {hours!r}")
    return round(steps)
