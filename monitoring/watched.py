"""The continuous variables that detectors watch, as labels and columns of a reading's values."""

import numpy as np

from simulation.models import Plant
from simulation.tep.variables import LABELS, N_XMEAS

N_CONTINUOUS_XMEAS = 22
N_WATCHED_XMV = 11

#: Column numbers in `Reading.values`: XMEAS(1) to XMEAS(22), XMV(1) to XMV(11).
WATCHED = np.r_[0:N_CONTINUOUS_XMEAS, N_XMEAS : N_XMEAS + N_WATCHED_XMV]

WATCHED_LABELS = tuple(LABELS[i] for i in WATCHED)

#: Sets of variables for which detectors are fitted, by their size: the 33, the 22 measurements
#: alone for plants whose valves are not known, and with the 19 analysers.
VARIABLE_SETS: dict[int, tuple[str, ...]] = {
    33: WATCHED_LABELS,
    22: WATCHED_LABELS[:N_CONTINUOUS_XMEAS],
    52: (*LABELS[:N_XMEAS], *WATCHED_LABELS[N_CONTINUOUS_XMEAS:]),
}


def variables_of(plant: Plant) -> int:
    """Return which of `VARIABLE_SETS` the readings of a plant can be scored on."""
    known = plant.is_simulated or plant.variables >= len(WATCHED_LABELS)
    return len(WATCHED_LABELS) if known else N_CONTINUOUS_XMEAS


def sets_of(plant: Plant) -> tuple[int, ...]:
    """Return the sets of variables whose detectors may watch a plant: its own, and all 52."""
    if plant.is_simulated or plant.variables >= len(VARIABLE_SETS[52]):
        return (len(WATCHED_LABELS), 52)
    return (variables_of(plant),)
