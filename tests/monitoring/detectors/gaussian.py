"""Normal operation with a known covariance: correlated Gaussian runs."""

import numpy as np

N_VARIABLES = 8
LABELS = [f"V{i + 1}" for i in range(N_VARIABLES)]


def gaussian_runs(seed, n_runs, n_rows=600):
    """Runs of one fixed process: correlated, off-centre, of unlike scales."""
    mixing = np.random.default_rng(7).normal(size=(N_VARIABLES, N_VARIABLES))
    mixing *= np.geomspace(1.0, 0.05, N_VARIABLES)
    scales = np.geomspace(1e-3, 1e3, N_VARIABLES)
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(size=(n_rows, N_VARIABLES)) @ mixing.T + 5.0) * scales for _ in range(n_runs)
    ]
