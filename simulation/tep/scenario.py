"""Whole runs from time 0 in one call."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from simulation.tep.constants import SAMPLE_SECONDS, SECONDS_PER_HOUR
from simulation.tep.integrate import advance, initial_state, with_idv
from simulation.tep.result import RunResult
from simulation.tep.rng import DEFAULT_SEED
from simulation.tep.schedule import MAX_HOURS, step_of
from simulation.tep.simulator import Simulator
from simulation.tep.state import PlantState
from simulation.tep.variables import idv_index


def simulate(
    hours: float = 48.0,
    *,
    seed: SupportsIndex | float = DEFAULT_SEED,
    idv: Any = None,
    xmv: Any = None,
    setpoints: Any = None,
    sample_seconds: int = SAMPLE_SECONDS,
    compat: str | None = None,
    rng: str = "reference",
    closed_loop: bool = True,
    controller: Any = None,
) -> RunResult:
    """Simulate a run from time 0 and return its readings, units and events.

    ``idv`` switches disturbances on: ``{4: 8.0}`` from 8 h on, ``{1: (10, 12, 0.5)}`` from 10 to
    12 h at half its magnitude, a list of tuples for several times, or ``Injection`` objects.
    ``xmv`` takes valves over by hand: ``{10: 38.0}`` from the beginning, ``{10: (38.0, 5, 9)}``
    from 5 to 9 h. ``setpoints`` is ``{17: 70.0}`` or ``{"XMEAS(8)": (70.0, 5, 9)}``. The second
    28800 is the first of what begins at 8 h, so row 160 of 3-minute samples is still normal and
    row 161 the first that can show a fault. ``controller`` moves valves in the place of the
    published loops (``simulation.tep.controller``). ``compat`` and ``rng`` are those of
    ``initial_state``. ValueError says what cannot be.
    """
    last = step_of(hours, "hours")
    if last < 1:
        raise ValueError(
            f"hours is more than 0 (a second at least) and at most {MAX_HOURS:,.0f}, not {hours!r}"
        )
    simulator = Simulator(
        seed,
        idv=idv,
        xmv=xmv,
        setpoints=setpoints,
        sample_seconds=sample_seconds,
        compat=compat,
        rng=rng,
        closed_loop=closed_loop,
        controller=controller,
    )
    simulator.run_to(hours)
    return simulator.result()


def simulate_rows(
    seed: SupportsIndex | float = DEFAULT_SEED,
    hours: float = 48.0,
    idv: Mapping[int, float] | None = None,
    *,
    closed_loop: bool = True,
    compat: str | None = None,
    sample_seconds: int = SAMPLE_SECONDS,
    rng: str = "reference",
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
    state = initial_state(seed, closed_loop=closed_loop, compat=compat, rng=rng)
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
