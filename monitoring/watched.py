"""The 33 continuous variables that the detector watches, as columns of a reading's values."""

import numpy as np

from simulation.tep.variables import LABELS, N_XMEAS

N_CONTINUOUS_XMEAS = 22
N_WATCHED_XMV = 11

#: Column numbers in `Reading.values`: XMEAS(1) to XMEAS(22), XMV(1) to XMV(11).
WATCHED = np.r_[0:N_CONTINUOUS_XMEAS, N_XMEAS : N_XMEAS + N_WATCHED_XMV]

WATCHED_LABELS = tuple(LABELS[i] for i in WATCHED)
