"""Plant time: from one state to a later one, second by second.

Explicit Euler with steps of one second and controllers between the steps, as in the closed-loop
simulation of Chiang, Russell & Braatz (2000). Within second I the order is: controllers whose
period divides I, record if due, one evaluation and Euler step, limits on the valves. A recorded
row therefore shows measurements one evaluation old, and valves before they are limited.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from simulation.tep._jit import kernel
from simulation.tep.constants import (
    DELTA_H,
    DELTA_H_SINGLE,
    GAS_INTERVAL_H,
    GAS_INTERVAL_H_SINGLE,
    INITIAL_STATE,
    N_STATES,
    SAMPLE_SECONDS,
    SECONDS_PER_HOUR,
    Y_VALVES,
)
from simulation.tep.control import CLOSED_LOOP_XMV, clip_valves, run_loops
from simulation.tep.disturbances import FIRST_BOUNDARY_H
from simulation.tep.evaluation import evaluate
from simulation.tep.handover import run_loops_around_hands
from simulation.tep.loops import initial_setpoints
from simulation.tep.rng import DEFAULT_SEED, check_seed
from simulation.tep.state import RNGS, STATE_DTYPE, WORK_DTYPE, PlantState
from simulation.tep.variables import LABELS, N_IDV, N_XMEAS, N_XMV, idv_index
from simulation.tep.xoshiro import stream_of, streams_of_curves

COMPAT = (None, "braatz")


@kernel
def run(
    states: NDArray[Any], work: NDArray[Any], seconds: int, sample: int, rows: NDArray[np.float64]
) -> None:
    """Advance N records of STATE_DTYPE in place; fill rows (N, n, 53).

    ``work`` is one scratch record of WORK_DTYPE; ``rows`` has room for every multiple of
    ``sample`` among the steps.
    """
    w = work[0]
    for n in range(states.shape[0]):
        s = states[n]
        first = s.step + 1
        row = 0
        for step in range(first, first + seconds):
            if s.closed_loop != 0 and s.intervened[0] != 0:
                run_loops_around_hands(s)
            elif s.closed_loop != 0:
                run_loops(step, s.xmeas, s.xmv, s.setpoint, s.last_error, s.override)
            if step % sample == 0:
                for i in range(N_XMEAS):
                    rows[n, row, i] = s.xmeas[i]
                for i in range(N_XMV):
                    rows[n, row, N_XMEAS + i] = s.xmv[i]
                row += 1
            if evaluate(s, w) and s.shutdown_step < 0:
                s.shutdown_step = step
            s.time_h += s.delta_h
            for i in range(N_STATES):
                s.y[i] += s.delta_h * w.dydt[i]
            if s.closed_loop != 0:
                clip_valves(s.xmv)
            s.step = step


def initial_state(
    seed: SupportsIndex | float = DEFAULT_SEED,
    *,
    closed_loop: bool = True,
    compat: str | None = None,
    rng: str = "reference",
    stream: int = 0,
) -> PlantState:
    """Return the base case at time 0, ready for its first second.

    ``closed_loop=False`` leaves the valves where they are, without controllers; the plant is
    open-loop unstable and trips after 3.6 h. ``compat="braatz"`` takes the step and the gas
    analysers' period in single precision, as the build behind the public data files did. Any
    seed from 1 to 2^53 - 1 is used as it is; see ``fresh_seed`` for good ones. ``rng="modern"``
    draws from xoshiro256++ instead of the published generator, whose noise repeats after 141 h;
    every seed is good there, and ``stream`` 0..4095 names one of a seed's own streams. ValueError
    for a bad seed, compat, rng or stream.
    """
    if compat not in COMPAT:
        raise ValueError(f"compat is None or 'braatz', not {compat!r}")
    check_rng(rng)
    if stream and rng != "modern":
        raise ValueError("only the modern generator has streams; say rng='modern'")
    record = np.zeros(1, dtype=STATE_DTYPE)
    s = record[0]
    s["y"] = INITIAL_STATE
    s["xmv"] = INITIAL_STATE[Y_VALVES:]
    s["generator"] = check_seed(seed)
    s["rng"] = RNGS.index(rng)
    if rng == "modern":
        s["generator"] = 0.0
        s["stream"] = stream_of(seed, stream)
        s["curve_stream"] = streams_of_curves(s["stream"])
    s["delta_h"] = DELTA_H if compat is None else DELTA_H_SINGLE
    s["gas_interval_h"] = GAS_INTERVAL_H if compat is None else GAS_INTERVAL_H_SINGLE
    s["curves"][:, 5] = FIRST_BOUNDARY_H  # so that time 0 draws nothing
    s["shutdown_step"] = -1
    evaluate(s, np.zeros(1, dtype=WORK_DTYPE)[0])
    if closed_loop:
        s["closed_loop"] = 1
        s["xmv"] = CLOSED_LOOP_XMV
        s["setpoint"] = initial_setpoints()
    return PlantState(record)


def check_rng(rng: str) -> str:
    """Return the name of a generator, or say which there are (ValueError)."""
    if rng not in RNGS:
        raise ValueError(f"rng is {' or '.join(map(repr, RNGS))}, not {rng!r}")
    return rng


def with_noise(state: PlantState, seed: SupportsIndex | float, stream: int = 0) -> PlantState:
    """Return the same plant with fresh noise from now on: the modern generator's, of a seed.

    Members of an ensemble take the same seed and ``stream`` 0, 1, 2, ...: their noises cannot
    overlap. Segments of random disturbances that are under way stay as they were drawn.
    """
    noise = stream_of(seed, stream)
    return state.replace(
        rng=RNGS.index("modern"),
        generator=0.0,
        stream=noise,
        curve_stream=streams_of_curves(noise),
    )


def advance(
    state: PlantState, seconds: int, *, sample_seconds: int = SAMPLE_SECONDS
) -> tuple[PlantState, NDArray[np.float64]]:
    """Return the state ``seconds`` later and the rows recorded on the way.

    Rows are (n, 53): XMEAS(1..41), XMV(1..12), one for each multiple of ``sample_seconds`` that
    the step counter reaches (``row_hours`` tells when). ``state`` is not changed. ValueError for
    a negative or fractional ``seconds``, or a ``sample_seconds`` below 1.
    """
    seconds = whole_number("seconds", seconds, 0)
    sample_seconds = whole_number("sample_seconds", sample_seconds, 1)
    record = state.record.copy()
    n_rows = (state.step + seconds) // sample_seconds - state.step // sample_seconds
    rows = np.empty((1, n_rows, len(LABELS)))
    run(record, np.zeros(1, dtype=WORK_DTYPE), seconds, sample_seconds, rows)
    return PlantState(record), rows[0]


def row_hours(
    state: PlantState, seconds: int, *, sample_seconds: int = SAMPLE_SECONDS
) -> NDArray[np.float64]:
    """Return the nominal hours (step / 3600) of the rows ``advance`` records from ``state``."""
    seconds = whole_number("seconds", seconds, 0)
    sample_seconds = whole_number("sample_seconds", sample_seconds, 1)
    first = state.step // sample_seconds + 1
    last = (state.step + seconds) // sample_seconds
    return np.arange(first, last + 1) * sample_seconds / SECONDS_PER_HOUR


def with_idv(state: PlantState, idv: int, on: bool | float = True) -> PlantState:
    """Return the state with disturbance IDV(idv), 1..20, switched on or off.

    A number between 0 and 1 instead of ``on`` scales the fault: half the step, half the span of
    the random variation, half the band in which a valve sticks. It acts from the next second on.
    ValueError for any other number.
    """
    flags = state.idv.copy()
    flags[idv_index(idv)] = check_magnitude(on, idv)
    return state.replace(idv=flags)


def check_magnitude(magnitude: Any, idv: int) -> float:
    """Return a magnitude of IDV(idv) from 0 to 1, or say why it cannot be one (ValueError)."""
    try:
        value = float(magnitude)
    except (TypeError, ValueError):
        value = float("nan")
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"the magnitude of IDV({idv}) is 0 to 1, not {magnitude!r}")
    return value


def with_faults(state: PlantState, idvs: Iterable[int]) -> PlantState:
    """Return the state with exactly these disturbances (1..20) on and all others off."""
    flags = np.zeros(N_IDV)
    for idv in idvs:
        flags[idv_index(idv)] = 1.0
    return state.replace(idv=flags)


def whole_number(name: str, value: Any, lowest: int) -> int:
    """Return a whole number from ``lowest`` on, or say that ``name`` is one (ValueError)."""
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        whole = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} is a whole number, not {value!r}") from None
    if whole < lowest:
        raise ValueError(f"{name} is at least {lowest}, not {whole}")
    return whole
