"""Every method on the same fresh runs, the textbook ones beside ours, in one table.

Peers learn from 500 normal rows with a nominal 1 %, as published: PCA T² with the F limit
(FaultExplainer's model) on 22, 33 and 52 variables, PCA Q with the Jackson-Mudholkar limit, dynamic
PCA Q, CVA T²r. Ours are fitted, calibrated and judged on simulated runs of four different seeds.
With --braatz the public test files are scored too.

    python benchmarks/leaderboard.py [--runs 16] [--normal 150] [--braatz DIR]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teplive.settings")

K, ONSET, POINT_HOURS, NOMINAL_OF_PEERS = 6, 160, 0.05, 0.01


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=16, help="of each fault (%(default)s)")
    parser.add_argument("--normal", type=int, default=150, help="fresh normal runs (%(default)s)")
    parser.add_argument("--alpha", type=float, default=0.0025, help="of ours (%(default)s)")
    parser.add_argument("--seed", type=int, default=500, help="of the experiment (%(default)s)")
    parser.add_argument("--braatz", type=Path, help="folder of the public dNN_te.dat files")
    options = parser.parse_args()

    import django

    django.setup()
    import numpy as np

    from monitoring.detectors import DETECTORS, PCADetector, evaluation
    from monitoring.detectors.cva import CVADetector
    from monitoring.detectors.dpca import DPCADetector
    from monitoring.detectors.lagged import LAGS, lagged
    from monitoring.evaluating import HARD, fault_runs
    from monitoring.watched import VARIABLE_SETS
    from simulation.tep.variables import index_of

    columns = {
        size: [index_of(label) for label in labels] for size, labels in VARIABLE_SETS.items()
    }
    seed = options.seed
    fit, limits, normal = (
        fault_runs(0, count, seed + n) for n, count in enumerate((40, 80, options.normal))
    )
    small = fit[0][:500]
    judges: dict[str, tuple[int, Callable[[np.ndarray], np.ndarray]]] = {}

    def peer(name: str, size: int, column: int) -> None:
        model = PCADetector(VARIABLE_SETS[size]).fit([small[:, columns[size]]])
        limit = model.theoretical_limits(NOMINAL_OF_PEERS)[column]
        judges[name] = size, lambda X: model.score(X)[:, column] > limit

    for size in (22, 33, 52):
        peer(f"PCA T², F limit, {size} variables", size, 0)
    peer("PCA Q, Jackson-Mudholkar, 52 variables", 52, 1)
    rows = small[:, columns[33]]
    dynamic = DPCADetector(VARIABLE_SETS[33]).fit([rows])
    q_limit = dynamic.model_.theoretical_limits(NOMINAL_OF_PEERS).spe_limit
    judges["dynamic PCA Q, 2 lags, 33 variables"] = 33, lambda X: dynamic.score(X)[:, 1] > q_limit
    assert lagged(rows, LAGS).shape[1] == 33 * (LAGS + 1)
    cva = CVADetector(VARIABLE_SETS[33]).fit([rows])
    r_limit = float(np.quantile(cva.score(rows)[cva.warm_up :, 1], 1.0 - NOMINAL_OF_PEERS))
    judges["CVA T²r, 29 states, 33 variables"] = 33, lambda X: cva.score(X)[:, 1] > r_limit
    took = {}
    for kind, cls in DETECTORS.items():
        began = time.perf_counter()
        model = cls(VARIABLE_SETS[33]).fit([run[:, columns[33]] for run in fit])
        model.calibrate([run[:, columns[33]] for run in limits])
        took[kind] = time.perf_counter() - began
        judges[f"ours: {kind}"] = 33, lambda X, model=model: model.exceeds(X, options.alpha)

    figures: dict[str, dict[int, tuple[float, list[int | None]]]] = {name: {} for name in judges}
    for fault in range(1, 21):
        runs = fault_runs(fault, options.runs, seed + 3)
        for name, (size, exceeds) in judges.items():
            found = [exceeds(run[:, columns[size]]) for run in runs]
            rate = float(np.mean([one[ONSET:].mean() for one in found]))
            delays = [evaluation.detection_delay(one, ONSET, K) for one in found]
            figures[name][fault] = rate, delays
    print(
        f"{options.runs} runs of each fault, {len(normal) * 48:,} h of normal operation, "
        f"alarm after {K} points\n"
    )
    print("| method | mean of 20 | without 3, 9, 15 | 3 / 9 / 15 | FAR % | false alarms in 1000 h |"
          " found | median delay |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for name, (size, exceeds) in judges.items():
        of_fault = figures[name]
        calm = [exceeds(run[:, columns[size]]) for run in normal]
        far = 100 * float(np.mean(np.concatenate([one[20:] for one in calm])))
        events = evaluation.false_alarms_per_1000h(calm, K, POINT_HOURS)
        rates = {fault: 100 * rate for fault, (rate, _) in of_fault.items()}
        rest = np.mean([rate for fault, rate in rates.items() if fault not in HARD])
        hard = " / ".join(f"{rates[fault]:.0f}" for fault in HARD)
        found = sum(sum(d is not None for d in ds) > len(ds) / 2 for _, ds in of_fault.values())
        every = [d for _, delays in of_fault.values() for d in delays]
        delay = np.median([np.inf if d is None else d for d in every])
        print(
            f"| {name} | {np.mean(list(rates.values())):.1f} | {rest:.1f} | {hard} | {far:.2f} | "
            f"{events:.1f} | {found} | {delay if np.isfinite(delay) else '-'} |",
            flush=True,
        )
    print("\nfit and limits:", ", ".join(f"{kind} {s:.1f} s" for kind, s in took.items()))
    for path in sorted(options.braatz.glob("d??_te.dat")) if options.braatz else []:
        public = np.full((len(table := np.loadtxt(path)), 53), np.nan)
        public[:, :52] = table
        line = path.name
        for kind in ("robust", "sharp", "pca"):
            exceeds = judges[f"ours: {kind}"][1](public[:, columns[33]])
            if path.name.startswith("d00"):
                line += f"   {kind} FAR {100 * exceeds.mean():.2f} %"
            else:
                delay = evaluation.detection_delay(exceeds, ONSET, K)
                line += f"   {kind} FDR {100 * exceeds[ONSET:].mean():.1f} %, delay {delay}"
        print(line)


if __name__ == "__main__":
    main()
