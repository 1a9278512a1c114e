"""One evaluation of the plant: what happens at one instant, in the order that matters.

The order fixes which draw of the generator goes where (Downs & Vogel's published simulation).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.tep._jit import kernel
from simulation.tep.balances import fill_balances, fill_valves
from simulation.tep.constants import FT3_PER_M3, N_STATES
from simulation.tep.disturbances import read_curves, read_flags, renew_curves, reset_curves
from simulation.tep.measurements import fill_values, publish_analysers, publish_continuous
from simulation.tep.process import (
    fill_compressor,
    fill_feeds,
    fill_mixing_zone,
    fill_reactor,
    fill_separator,
    fill_stripper,
)
from simulation.tep.safety import TRIP_LIMITS
from simulation.tep.variables import xmeas_index
from simulation.tep.vessels import fill_vessels

_PRESSURE_LIMIT, _TEMPERATURE_LIMIT, *_LIQUID_LIMITS = TRIP_LIMITS
_PRESSURE, _PRESSURE_MAX = xmeas_index(_PRESSURE_LIMIT.xmeas_number), _PRESSURE_LIMIT.high
_TEMPERATURE = xmeas_index(_TEMPERATURE_LIMIT.xmeas_number)
_TEMPERATURE_MAX = _TEMPERATURE_LIMIT.high
_LIQUID_MIN = np.array([limit.low for limit in _LIQUID_LIMITS])  # m3: reactor, separator, stripper
_LIQUID_MAX = np.array([limit.high for limit in _LIQUID_LIMITS])


@kernel
def is_tripped(w: Any) -> bool:
    """Tell whether any shutdown limit is violated, strictly, by the noise-free values in ``w``."""
    tripped = w.value[_PRESSURE] > _PRESSURE_MAX or w.value[_TEMPERATURE] > _TEMPERATURE_MAX
    for vessel in range(3):
        liquid = w.liquid_volume[vessel] / FT3_PER_M3
        if liquid > _LIQUID_MAX[vessel] or liquid < _LIQUID_MIN[vessel]:
            tripped = True
    return tripped


@kernel
def evaluate(s: Any, w: Any) -> bool:
    """Evaluate the plant at ``s.time_h``: publish measurements, set ``w.dydt``; True if shut down.

    ``s`` is a record of STATE_DTYPE (guesses, curves, generator, analysers and valve commands
    move on; y, xmv, idv and the clock stay), ``w`` one of WORK_DTYPE. A shut-down plant has
    derivatives 0 and no noise; its curves, analysers and valve commands go on.
    """
    read_flags(s.idv, w.flag)
    renew_curves(s.time_h, w.flag, s.curves, s.rng, s.generator, s.curve_stream)
    if s.time_h == 0.0:
        reset_curves(s.curves)
    read_curves(s.time_h, s.curves, w.curve_value)
    fill_vessels(s, w)
    fill_feeds(s, w)
    fill_mixing_zone(w)
    fill_reactor(s, w)
    fill_separator(s, w)
    fill_compressor(s, w)
    fill_stripper(s, w)
    fill_values(s, w)
    tripped = is_tripped(w)
    publish_continuous(s, w, s.time_h > 0.0 and not tripped)
    publish_analysers(s, w)
    fill_balances(s, w)
    fill_valves(s, w)
    if tripped:
        for i in range(N_STATES):
            w.dydt[i] = 0.0
    return tripped
