"""How the tests compare numbers: relative errors as the reference defines them."""

import numpy as np

from simulation.tep import constants as k


def relative_error(found, expected) -> float:
    """Largest |found - expected| / max(|expected|, 1e-9)."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    return float(np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1e-9), initial=0.0))


def balance_scale(case: dict[str, np.ndarray], n: int, y: np.ndarray) -> np.ndarray:
    """Largest single term of each of the 50 balances: the scale of a derivative's rounding."""
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
    scale[18:26] = component[[k.AC_FEED, k.UNDERFLOW, k.OVERHEAD, k.PRODUCT]].max(axis=0)
    scale[26] = max(energy[[k.AC_FEED, k.UNDERFLOW, k.OVERHEAD, k.PRODUCT]].max(), duty[2])
    mixed = [k.D_FEED, k.E_FEED, k.A_FEED, k.OVERHEAD, k.RECYCLE, k.MIXED]
    scale[27:35] = component[mixed].max(axis=0)
    scale[35] = energy[mixed].max()
    water = 500.53 * np.array([y[47] * 10.0, y[48] * 12.0])
    heat = np.maximum(water * np.maximum(case["cw_inlet_temp"][n], y[36:38]), duty[:2] * 1e6 / 1.8)
    scale[36:38] = heat / np.array([7060.0, 11138.0])
    scale[38:50] = np.maximum(np.maximum(case["valve_cmd"][n], np.abs(y[38:50])), 1.0) / (
        k.VALVE_TIME_H
    )
    return np.maximum(scale, 1e-9)
