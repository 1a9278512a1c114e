"""Mean and standard deviation of every tag in normal operation: the table of the alarm limits.

`python benchmarks/normal_operation.py` prints the rows of monitoring/alarms/normal_operation.py.
"""

import numpy as np

from simulation import tep
from simulation.tep.variables import LABELS

SEEDS = range(1000, 1005)
HOURS = 100.0


def main() -> None:
    """Print mean and standard deviation by tag."""
    rows = np.vstack([tep.simulate_rows(seed, HOURS, rng="modern")[0] for seed in SEEDS])
    for label, mean, sd in zip(LABELS, rows.mean(axis=0), rows.std(axis=0), strict=True):
        print(f"    ({mean:.6g}, {sd:.4g}),  # {label}")


if __name__ == "__main__":
    main()
