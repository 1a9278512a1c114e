"""The Tennessee Eastman Process as a library: a pure core on NumPy and Numba.

    run = simulate(48, idv={4: 8.0})
    run["XMEAS(7)"], run.units["XMEAS(7)"], run.events

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
    from simulation.tep.batch import advance_many, warm_up, warm_up_abreast
    from simulation.tep.controller import Controller
    from simulation.tep.handover import (
        with_setpoint,
        with_setpoint_automatic,
        with_valve,
        with_valve_automatic,
    )
    from simulation.tep.integrate import (
        advance,
        initial_state,
        row_hours,
        with_faults,
        with_idv,
        with_noise,
    )
    from simulation.tep.interventions import Injection, SetpointMove, ValveMove
    from simulation.tep.optional import MissingPackageError
    from simulation.tep.result import Event, RunResult
    from simulation.tep.scenario import simulate, simulate_rows
    from simulation.tep.simulator import Simulator, Snapshot

_COMPILED = {
    "Controller": "controller",
    "with_setpoint": "handover",
    "with_setpoint_automatic": "handover",
    "with_valve": "handover",
    "with_valve_automatic": "handover",
    "advance": "integrate",
    "advance_many": "batch",
    "initial_state": "integrate",
    "row_hours": "integrate",
    "warm_up": "batch",
    "warm_up_abreast": "batch",
    "with_faults": "integrate",
    "with_idv": "integrate",
    "with_noise": "integrate",
    "Injection": "interventions",
    "SetpointMove": "interventions",
    "ValveMove": "interventions",
    "MissingPackageError": "optional",
    "Event": "result",
    "RunResult": "result",
    "simulate": "scenario",
    "simulate_rows": "scenario",
    "Simulator": "simulator",
    "Snapshot": "simulator",
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
    "Controller",
    "Event",
    "Idv",
    "Injection",
    "MissingPackageError",
    "PlantState",
    "RunResult",
    "SetpointMove",
    "Simulator",
    "Snapshot",
    "TripLimit",
    "ValveMove",
    "Xmeas",
    "Xmv",
    "advance",
    "advance_many",
    "check_seed",
    "fresh_seed",
    "idv_index",
    "index_of",
    "initial_state",
    "label_of",
    "row_hours",
    "simulate",
    "simulate_rows",
    "stack",
    "trip_reason",
    "trip_reason_of",
    "unstack",
    "warm_up",
    "warm_up_abreast",
    "with_faults",
    "with_idv",
    "with_noise",
    "with_setpoint",
    "with_setpoint_automatic",
    "with_valve",
    "with_valve_automatic",
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
