"""The Tennessee Eastman Process as a library: a pure core on NumPy and Numba.

    state = initial_state(seed=4651207995)
    state, rows = advance(with_idv(state, 4), 3600)

Names of variables and the state's type come at once; the compiled parts (and Numba with them)
are imported when first used, so that a web process that only shows labels stays small.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulation.tep.constants import SAMPLE_SECONDS, SECONDS_PER_HOUR
from simulation.tep.rng import DEFAULT_SEED, SEED_LIMIT, check_seed, fresh_seed
from simulation.tep.safety import TRIP_LIMITS, TripLimit, trip_reason, trip_reason_of
from simulation.tep.state import (
    BLOB_BYTES,
    LAYOUT_VERSION,
    STATE_DTYPE,
    PlantState,
    stack,
    unstack,
)
from simulation.tep.variables import (
    IDV,
    LABELS,
    LEGACY_NAMES,
    XMEAS,
    XMV,
    Idv,
    Xmeas,
    Xmv,
    idv_index,
    index_of,
    label_of,
    xmeas_index,
    xmv_index,
)

if TYPE_CHECKING:
    from simulation.tep.integrate import (
        advance,
        initial_state,
        row_hours,
        warm_up,
        with_faults,
        with_idv,
    )
    from simulation.tep.scenario import simulate_rows

_COMPILED = {
    "advance": "integrate",
    "initial_state": "integrate",
    "row_hours": "integrate",
    "warm_up": "integrate",
    "with_faults": "integrate",
    "with_idv": "integrate",
    "simulate_rows": "scenario",
}

__all__ = [
    "BLOB_BYTES",
    "DEFAULT_SEED",
    "IDV",
    "LABELS",
    "LAYOUT_VERSION",
    "LEGACY_NAMES",
    "SAMPLE_SECONDS",
    "SECONDS_PER_HOUR",
    "SEED_LIMIT",
    "STATE_DTYPE",
    "TRIP_LIMITS",
    "XMEAS",
    "XMV",
    "Idv",
    "PlantState",
    "TripLimit",
    "Xmeas",
    "Xmv",
    "advance",
    "check_seed",
    "fresh_seed",
    "idv_index",
    "index_of",
    "initial_state",
    "label_of",
    "row_hours",
    "simulate_rows",
    "stack",
    "trip_reason",
    "trip_reason_of",
    "unstack",
    "warm_up",
    "with_faults",
    "with_idv",
    "xmeas_index",
    "xmv_index",
]


def __getattr__(name: str) -> Any:
    """Import a compiled name on first use (PEP 562)."""
    if name not in _COMPILED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_COMPILED[name]}"), name)
    globals()[name] = value
    return value
