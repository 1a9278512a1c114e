"""Several plants side by side: one array of lanes for each number of the plant.

Written lane by lane in the innermost loop, the arithmetic of one instant is the same operation on
neighbouring numbers, which the compiler turns into vector instructions. The plants' records stay
the truth: what is hot is copied into lanes for the time of a call, and back at its end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.tep import constants as k
from simulation.tep._jit import kernel
from simulation.tep.disturbances import read_flags
from simulation.tep.state import N_CURVES, N_STREAM_WORDS
from simulation.tep.variables import N_CONTINUOUS, N_IDV, N_XMV

#: Plants side by side. Sixteen fill two vectors of eight doubles, and their lanes stay in the
#: second-level cache; more gained nothing.
LANES = 16

LANES_DTYPE = np.dtype(
    [
        # of the state
        ("y", "f8", (k.N_STATES, LANES)),
        ("xmv", "f8", (N_XMV, LANES)),
        ("command", "f8", (N_XMV, LANES)),
        ("guess", "f8", (4, LANES)),
        ("curves", "f8", (N_CURVES, 5, LANES)),  # A, B, C, D, start
        ("boundary", "f8", (LANES,)),  # the next end of any curve's segment, h
        ("flag", "f8", (N_IDV, LANES)),
        ("time_h", "f8", (LANES,)),
        ("delta_h", "f8", (LANES,)),
        # of the instant, as in WORK_DTYPE
        ("dydt", "f8", (k.N_STATES, LANES)),
        ("value", "f8", (N_CONTINUOUS, LANES)),
        ("curve_value", "f8", (N_CURVES, LANES)),
        ("temperature", "f8", (4, LANES)),
        ("pressure", "f8", (3, LANES)),
        ("density", "f8", (3, LANES)),
        ("liquid_volume", "f8", (3, LANES)),
        ("vapour_volume", "f8", (2, LANES)),
        ("reactor_liquid", "f8", (k.N_COMPONENTS, LANES)),
        ("partial_pressure", "f8", (2, k.N_COMPONENTS, LANES)),
        ("factor", "f8", (5, LANES)),  # exponentials: k1, k2, k3; powers of A and C
        ("rate", "f8", (4, LANES)),
        ("flow", "f8", (k.N_STREAMS, LANES)),
        ("composition", "f8", (k.N_STREAMS, k.N_COMPONENTS, LANES)),
        ("enthalpy", "f8", (k.N_STREAMS, LANES)),
        ("weight", "f8", (k.N_STREAMS, LANES)),
        ("heat_of_reaction", "f8", (LANES,)),
        ("duty", "f8", (3, LANES)),
        ("compressor_work", "f8", (LANES,)),
        ("inlet_temperature", "f8", (2, LANES)),
        # of a search for a temperature
        ("cubic", "f8", (4, LANES)),
        ("energy", "f8", (LANES,)),
        ("found", "f8", (LANES,)),
        ("done", "i8", (LANES,)),
        # of the noise, where all plants draw from the modern generator
        ("stream", "u8", (N_STREAM_WORDS, LANES)),
        ("total", "u8", (LANES,)),
        ("noise", "f8", (N_CONTINUOUS, LANES)),
        ("tripped", "i8", (LANES,)),
    ],
    align=True,
)


#: Lanes of one vector; a part of one costs more than a whole one, unless it is less than half.
_VECTOR = 8
_LESS_THAN_HALF = 4


@kernel
def filled_lanes(m: int) -> int:
    """Return how many lanes to compute for ``m`` plants: full vectors, the rest of copies."""
    if m <= _LESS_THAN_HALF:
        return m
    return (m + _VECTOR - 1) // _VECTOR * _VECTOR


@kernel
def load_lane(s: Any, flag: Any, w: Any, n: int) -> None:
    """Copy what is hot of the record ``s`` into lane ``n``; ``flag`` (20,) is scratch."""
    for i in range(k.N_STATES):
        w.y[i, n] = s.y[i]
    for j in range(N_XMV):
        w.xmv[j, n] = s.xmv[j]
        w.command[j, n] = s.valve_command[j]
    for vessel in range(4):
        w.guess[vessel, n] = s.temperature_guess[vessel]
    read_flags(s.idv, flag)
    for i in range(N_IDV):
        w.flag[i, n] = flag[i]
    w.time_h[n] = s.time_h
    w.delta_h[n] = s.delta_h
    load_curves(s, w, n)
    for word in range(N_STREAM_WORDS):
        w.stream[word, n] = s.stream[word]
    for stream in (k.D_FEED, k.E_FEED, k.A_FEED, k.AC_FEED):
        for i in range(k.N_COMPONENTS):
            w.composition[stream, i, n] = 0.0
    w.composition[k.D_FEED, k.B, n], w.composition[k.D_FEED, k.D, n] = (
        k.FEED_IMPURITY,
        k.FEED_PURITY,
    )
    w.composition[k.E_FEED, k.F, n], w.composition[k.E_FEED, k.E, n] = (
        k.FEED_IMPURITY,
        k.FEED_PURITY,
    )
    w.composition[k.A_FEED, k.B, n], w.composition[k.A_FEED, k.A, n] = (
        k.FEED_IMPURITY,
        k.FEED_PURITY,
    )


@kernel
def load_curves(s: Any, w: Any, n: int) -> None:
    """Copy the curves of the record ``s`` into lane ``n``, with the next boundary of any."""
    nearest = np.inf
    for j in range(N_CURVES):
        for part in range(5):
            w.curves[j, part, n] = s.curves[j, part]
        nearest = min(nearest, s.curves[j, 5])
    w.boundary[n] = nearest


@kernel
def store_lane(s: Any, w: Any, n: int) -> None:
    """Copy back into the record ``s`` what only lane ``n`` has kept up to date."""
    for i in range(k.N_STATES):
        s.y[i] = w.y[i, n]
    for j in range(N_XMV):
        s.valve_command[j] = w.command[j, n]
    for vessel in range(4):
        s.temperature_guess[vessel] = w.guess[vessel, n]
