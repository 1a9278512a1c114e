"""The seconds of several plants side by side: control, recording, one instant, one Euler step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.tep import constants as k
from simulation.tep._jit import kernel
from simulation.tep.abreast import euler, evaluate_lanes
from simulation.tep.control import clip_valves, run_loops
from simulation.tep.disturbances import renew_curves, reset_curves
from simulation.tep.draws import MODERN, gaussians, skip_gaussians
from simulation.tep.handover import FASTEST, run_loops_around_hands
from simulation.tep.lanes import filled_lanes, load_curves, load_lane, store_lane
from simulation.tep.measurements import _NOISE, publish_analysers
from simulation.tep.state import N_STREAM_WORDS
from simulation.tep.variables import N_CONTINUOUS, N_XMEAS, N_XMV
from simulation.tep.xoshiro import twelve_sums


@kernel
def run_block(
    states: NDArray[Any],
    lanes: NDArray[Any],
    work: NDArray[Any],
    seconds: int,
    sample: int,
    rows: NDArray[np.float64],
) -> None:
    """Advance up to `LANES` records of STATE_DTYPE in place, side by side; fill rows (m, n, 53).

    Equal to the bit to ``integrate.run``. ``lanes`` is one record of LANES_DTYPE, ``work`` one of
    WORK_DTYPE: scratch both.
    """
    w, one = lanes[0], work[0]
    m = states.shape[0]
    is_modern = True
    for n in range(m):
        load_lane(states[n], one.flag, w, n)
        is_modern &= states[n].rng == MODERN
    full = filled_lanes(m)
    for n in range(m, full):
        load_lane(states[m - 1], one.flag, w, n)
        w.delta_h[n] = 0.0  # it stands still, so that it is found at once
    for second in range(1, seconds + 1):
        for n in range(m):
            s = states[n]
            step = s.step + 1
            if s.closed_loop != 0 and step % FASTEST == 0:
                if s.intervened[0] != 0:
                    run_loops_around_hands(s)
                else:
                    run_loops(step, s.xmeas, s.xmv, s.setpoint, s.last_error, s.override)
                for j in range(N_XMV):
                    w.xmv[j, n] = s.xmv[j]
            if step % sample == 0:
                row = step // sample - (step - second) // sample - 1
                for i in range(N_XMEAS):
                    rows[n, row, i] = s.xmeas[i]
                for i in range(N_XMV):
                    rows[n, row, N_XMEAS + i] = s.xmv[i]
            if w.time_h[n] >= w.boundary[n] or w.time_h[n] == 0.0:
                _renew(s, w, one, n)
        evaluate_lanes(w, full)
        in_lanes = is_modern
        for n in range(m):
            in_lanes &= w.time_h[n] > 0.0
        if in_lanes:
            twelve_sums(w.stream, w.total, w.noise, full)
        for n in range(m):
            s = states[n]
            step = s.step + 1
            # Seen by the loops, by a record, or by whoever asked for these seconds.
            seen = (step + 1) % FASTEST == 0 or (step + 1) % sample == 0 or second == seconds
            if is_modern and not in_lanes:  # one of them begins: the others draw by themselves
                _move_stream(s, w, n, True)
            _publish(s, w, one, n, seen, in_lanes)
            if is_modern and not in_lanes:
                _move_stream(s, w, n, False)
            if w.tripped[n] != 0 and s.shutdown_step < 0:
                s.shutdown_step = step
            if s.closed_loop != 0 and (step % FASTEST == 0 or second == 1):
                clip_valves(s.xmv)
                for j in range(N_XMV):
                    w.xmv[j, n] = s.xmv[j]
            s.step = step
        euler(w, full)
        for n in range(m):
            states[n].time_h = w.time_h[n]
    for n in range(m):
        store_lane(states[n], w, n)
        if is_modern:
            _move_stream(states[n], w, n, True)


@kernel
def _move_stream(s: Any, w: Any, n: int, back: bool) -> None:
    """Copy the noise's stream of a plant into its lane, or back."""
    for word in range(N_STREAM_WORDS):
        if back:
            s.stream[word] = w.stream[word, n]
        else:
            w.stream[word, n] = s.stream[word]


@kernel
def _renew(s: Any, w: Any, one: Any, n: int) -> None:
    """Draw the curves' next segments of one plant, as ``evaluate`` does."""
    for i in range(len(one.flag)):
        one.flag[i] = w.flag[i, n]
    renew_curves(s.time_h, one.flag, s.curves, s.rng, s.generator, s.curve_stream)
    if s.time_h == 0.0:
        reset_curves(s.curves)
    load_curves(s, w, n)


@kernel
def _publish(s: Any, w: Any, one: Any, n: int, seen: bool, in_lanes: bool) -> None:
    """Publish the measurements of one plant, as ``evaluate`` does; draw those that none sees.

    ``in_lanes``: the second's noise was drawn for all plants at once.
    """
    draws = s.time_h > 0.0 and (w.tripped[n] == 0 or s.rng == MODERN)
    noisy = s.time_h > 0.0 and w.tripped[n] == 0
    if draws and not in_lanes:
        if not seen and s.rng != MODERN:
            skip_gaussians(s.generator, N_CONTINUOUS)
        else:
            gaussians(s.rng, s.generator, s.stream, one.noise, N_CONTINUOUS)
            for i in range(N_CONTINUOUS):
                w.noise[i, n] = one.noise[i]
    if seen:
        for i in range(N_CONTINUOUS):
            value = w.value[i, n]
            s.xmeas[i] = value + _NOISE[i] * w.noise[i, n] if noisy else value
    if s.time_h == 0.0 or s.time_h >= s.next_sample_h[0] or s.time_h >= s.next_sample_h[1]:
        for i in range(k.N_COMPONENTS):
            one.composition[k.PRODUCT, i] = w.composition[k.PRODUCT, i, n]
            one.composition[k.PURGE, i] = w.composition[k.PURGE, i, n]
            one.composition[k.REACTOR_FEED, i] = w.composition[k.MIXED, i, n]
        if in_lanes:
            _move_stream(s, w, n, True)
        publish_analysers(s, one)
        if in_lanes:
            _move_stream(s, w, n, False)
