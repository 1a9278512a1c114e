"""Single evaluations of the model against the reference: derivatives and measurements."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.fidelity.comparison import Case, Check, equal, hash_of, relative_error
from simulation.fidelity.gold_runs import load
from simulation.tep import constants as k
from simulation.tep import initial_state
from simulation.tep.evaluation import evaluate
from simulation.tep.state import WORK_DTYPE

STATIC, LIVE = "derivatives at t = 0, every branch", "derivatives at moments of live runs"


def balance_scale(
    case: Mapping[str, NDArray[Any]], n: int, y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the largest single term of each of the 50 balances: a derivative's rounding (50,)."""
    flow, enthalpy = case["stream_flow"][n], case["stream_enthalpy"][n]
    component = np.abs(case["stream_comp"][n].T * flow[:, None])  # (13 streams, 8)
    energy = np.abs(enthalpy * flow)
    duty, rate = np.abs(case["heat_duty"][n]), np.abs(case["reaction_rate"][n])
    scale = np.empty(k.N_STATES)
    into, out = component[k.REACTOR_FEED], component[k.EFFLUENT]
    scale[0:8] = np.maximum(np.maximum(into, out), 1.5 * rate.max())
    scale[8] = max(energy[k.REACTOR_FEED], energy[k.EFFLUENT], duty[0])
    scale[9:17] = component[[k.EFFLUENT, k.RECYCLE, k.PURGE, k.UNDERFLOW]].max(axis=0)
    scale[17] = max(energy[[k.EFFLUENT, k.RECYCLE, k.PURGE, k.UNDERFLOW]].max(), duty[1])
    # the sump gets what is left of two feeds, so their rounding is its rounding
    sump = [k.AC_FEED, k.UNDERFLOW, k.OVERHEAD, k.PRODUCT]
    scale[18:26] = component[sump].max(axis=0)
    scale[26] = max(energy[sump].max(), duty[2])
    mixed = [k.D_FEED, k.E_FEED, k.A_FEED, k.OVERHEAD, k.RECYCLE, k.MIXED]
    scale[27:35] = component[mixed].max(axis=0)
    scale[35] = energy[mixed].max()
    water = k.COOLANT_FACTOR * np.array([y[47] * 10.0, y[48] * 12.0])
    heat = np.maximum(water * np.maximum(case["cw_inlet_temp"][n], y[36:38]), duty[:2] * 1e6 / 1.8)
    scale[36:38] = heat / np.array([7060.0, 11138.0])
    scale[38:50] = np.maximum(np.maximum(case["valve_cmd"][n], np.abs(y[38:50])), 1.0) / (
        k.VALVE_TIME_H
    )
    return np.maximum(scale, 1e-9)


def evaluate_case(case: Mapping[str, NDArray[Any]], n: int, record: NDArray[Any]) -> Any:
    """Evaluate entry ``n`` of a gold file in ``record`` (1,), in place; return the work record."""
    s, w = record[0], np.zeros(1, dtype=WORK_DTYPE)[0]
    s["y"], s["xmv"], s["idv"] = case["y"][n], case["xmv"][n], case["idv"][n]
    s["temperature_guess"] = case["temp_guess"][n]
    if "time_h" in case:
        s["time_h"] = case["time_h"][n]
        s["valve_command"] = case["valve_cmd_in"][n]
        s["curves"] = case["walk_in"][n].T
        s["generator"] = case["rng_in"][n]
        s["held"] = case["xdel_in"][n, 22:]
        s["next_sample_h"] = case["next_sample_in"][n]
        s["xmeas"] = case["xmeas_in"][n]
    else:
        s["time_h"] = 0.0
    evaluate(s, w)
    return w


def derivative_error(case: Mapping[str, NDArray[Any]], n: int, w: Any) -> float:
    """Return the largest error of the 50 derivatives, each relative to its balance's terms."""
    scale = balance_scale(case, n, case["y"][n])
    return float(np.max(np.abs(w["dydt"] - case["dydt"][n]) / scale))


def evaluations(path: Path) -> Case:
    """Compare every evaluation of ``derivative_static`` or ``snapshots_closed_loop``."""
    case = load(path)
    is_live = "time_h" in case
    record = initial_state().record.copy()
    derivative, xmeas, valves, generators, samples = [], [], [], [], []
    count = len(case["y"])
    for n in range(count):
        w = evaluate_case(case, n, record)
        s = record[0]
        derivative.append(derivative_error(case, n, w))
        xmeas.append(relative_error(s["xmeas"], case["xmeas"][n]))
        valves.append(relative_error(s["valve_command"], case["valve_cmd"][n]))
        generators.append(float(s["generator"][0]))
        samples.append(s["next_sample_h"].copy())
    checks = [
        Check("derivatives", count * k.N_STATES, float(np.max(derivative)), 1e-12),
        Check("XMEAS", case["xmeas"].size, float(np.max(xmeas)), 1e-12 if is_live else 1e-11),
        Check("valve commands", case["valve_cmd"].size, float(np.max(valves)), 1e-14),
    ]
    if is_live:
        checks.append(equal("generator", generators, case["rng_out"]))
        checks.append(equal("next sampling times", samples, case["next_sample"]))
    what = f"{count} evaluations"
    return Case(LIVE if is_live else STATIC, path.name, what, tuple(checks), hash_of(path))
