"""From the plant's inside to the 41 published measurements.

Downs & Vogel (1993), process measurements. Continuous readings carry fresh noise at every
evaluation; analysers publish, at each sampling instant, the composition of the instant before:
their dead time equals their period.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.tep import constants as k
from simulation.tep._jit import kernel
from simulation.tep.draws import MODERN, gaussians
from simulation.tep.thermo import molecular_weight
from simulation.tep.variables import N_CONTINUOUS, N_XMEAS, XMEAS, xmeas_index

_NOISE = np.array([x.noise_std for x in XMEAS])
_FEED_ANALYSER = xmeas_index(23)  # A..F of the reactor feed
_PURGE_ANALYSER = xmeas_index(29)  # A..H of the purge
_PRODUCT_ANALYSER = xmeas_index(37)  # D..H of the product
_GROUPS = np.array([_FEED_ANALYSER, _PRODUCT_ANALYSER, N_XMEAS])  # gas, product; sampled together


@kernel
def gauge(pressure: float) -> float:
    """Turn mmHg absolute into kPa gauge."""
    return (pressure - k.ATM_MMHG) / k.ATM_MMHG * k.ATM_KPA


@kernel
def fill_values(s: Any, w: Any) -> None:
    """Set the noise-free XMEAS(1..22)."""
    flow, value = w.flow, w.value
    w.weight[k.D_FEED] = molecular_weight(w.composition[k.D_FEED])
    w.weight[k.E_FEED] = molecular_weight(w.composition[k.E_FEED])
    value[0] = k.KSCM_PER_LBMOL * flow[k.A_FEED]
    value[1] = k.KG_PER_LB * flow[k.D_FEED] * w.weight[k.D_FEED]
    value[2] = k.KG_PER_LB * flow[k.E_FEED] * w.weight[k.E_FEED]
    value[3] = k.KSCM_PER_LBMOL * flow[k.AC_FEED]
    value[4] = k.KSCM_PER_LBMOL * flow[k.RECYCLE]
    value[5] = k.KSCM_PER_LBMOL * flow[k.MIXED]
    value[6] = gauge(w.pressure[0])
    value[7] = 100.0 * (w.liquid_volume[k.REACTOR] - k.REACTOR_LEVEL[0]) / k.REACTOR_LEVEL[1]
    value[8] = w.temperature[k.REACTOR]
    value[9] = k.KSCM_PER_LBMOL * flow[k.PURGE]
    value[10] = w.temperature[k.SEPARATOR]
    value[11] = 100.0 * (w.liquid_volume[k.SEPARATOR] - k.SEPARATOR_LEVEL[0]) / k.SEPARATOR_LEVEL[1]
    value[12] = gauge(w.pressure[1])
    value[13] = flow[k.UNDERFLOW] / w.density[k.SEPARATOR] / k.FT3_PER_M3
    value[14] = 100.0 * (w.liquid_volume[k.STRIPPER] - k.STRIPPER_LEVEL[0]) / k.STRIPPER_LEVEL[1]
    value[15] = gauge(w.pressure[2])  # "stripper pressure" is the mixing zone's
    value[16] = flow[k.PRODUCT] / w.density[k.STRIPPER] / k.FT3_PER_M3
    value[17] = w.temperature[k.STRIPPER]
    value[18] = w.duty[2] * k.STEAM_LB_PER_ENERGY * k.KG_PER_LB
    value[19] = k.KW_PER_DUTY * w.compressor_work
    value[20] = s.y[k.Y_REACTOR_COOLANT]
    value[21] = s.y[k.Y_CONDENSER_COOLANT]


@kernel
def publish_continuous(s: Any, w: Any, noisy: bool) -> None:
    """Publish XMEAS(1..22), with noise or (at time 0 and after a shutdown) without it.

    Without noise the reference draws nothing. The modern generator draws all the same after time
    0, so that a second's noise is the same in a run that has tripped and in one that has not.
    """
    if noisy:
        gaussians(s.rng, s.generator, s.stream, w.noise, N_CONTINUOUS)
        for i in range(N_CONTINUOUS):
            s.xmeas[i] = w.value[i] + _NOISE[i] * w.noise[i]
    else:
        if s.rng == MODERN and s.time_h > 0.0:
            gaussians(s.rng, s.generator, s.stream, w.noise, N_CONTINUOUS)
        for i in range(N_CONTINUOUS):
            s.xmeas[i] = w.value[i]


@kernel
def composition_at(w: Any, i: int) -> float:
    """Present composition, mol%, that analyser XMEAS index i (22..40) looks at."""
    if i >= _PRODUCT_ANALYSER:
        return 100.0 * w.composition[k.PRODUCT, i - _PRODUCT_ANALYSER + k.D]
    if i >= _PURGE_ANALYSER:
        return 100.0 * w.composition[k.PURGE, i - _PURGE_ANALYSER]
    return 100.0 * w.composition[k.REACTOR_FEED, i - _FEED_ANALYSER]


@kernel
def publish_analysers(s: Any, w: Any) -> None:
    """Publish XMEAS(23..41) where due: what is held, with noise; and take the next sample.

    Sampling times accumulate like the plant's clock, so a sample may fall a second late.
    """
    if s.time_h == 0.0:
        for i in range(N_CONTINUOUS, N_XMEAS):
            s.held[i - N_CONTINUOUS] = composition_at(w, i)
            s.xmeas[i] = s.held[i - N_CONTINUOUS]
        s.next_sample_h[0] = s.gas_interval_h
        s.next_sample_h[1] = k.PRODUCT_INTERVAL_H
    for group in range(2):
        if s.time_h >= s.next_sample_h[group]:
            first = _GROUPS[group]
            gaussians(s.rng, s.generator, s.stream, w.noise, _GROUPS[group + 1] - first)
            for i in range(first, _GROUPS[group + 1]):
                s.xmeas[i] = s.held[i - N_CONTINUOUS] + _NOISE[i] * w.noise[i - first]
                s.held[i - N_CONTINUOUS] = composition_at(w, i)
            s.next_sample_h[group] += s.gas_interval_h if group == 0 else k.PRODUCT_INTERVAL_H
