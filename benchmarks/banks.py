"""The innovation banks, measured: false alarms on fresh normal runs, every fault on fresh runs.

Fit, limits, normal figures and faults come from four different experiments of the modern
generator. With --braatz the public test files are scored too.

    python benchmarks/banks.py [--fit 40] [--limits 30] [--normal 45] [--runs 16] [--braatz DIR]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teplive.settings")

K, ONSET, HOURS = 6, 160, 48.0


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fit", type=int, default=40, help="normal runs to fit (%(default)s)")
    parser.add_argument("--limits", type=int, default=30, help="for the limits (%(default)s)")
    parser.add_argument("--normal", type=int, default=45, help="fresh normal runs (%(default)s)")
    parser.add_argument("--runs", type=int, default=16, help="of each fault (%(default)s)")
    parser.add_argument("--braatz", type=Path, help="folder of the public dNN_te.dat files")
    options = parser.parse_args()

    import django

    django.setup()
    import numpy as np

    from monitoring.detectors import evaluation
    from monitoring.detectors.bank import ALPHA, KINDS, InnovationBank
    from monitoring.watched import WATCHED, WATCHED_LABELS
    from simulation.dataset.course import simulate_runs
    from simulation.dataset.plan import Plan

    def rows_of(seed: int, fault: int, count: int) -> list[np.ndarray]:
        plan = Plan(faults=(fault,), runs=count, hours=HOURS, seed=seed)
        runs = [plan.run(fault, number + 1) for number in range(count)]
        return [course.rows[:, WATCHED] for course in simulate_runs(plan, runs)]

    fit, limits, normal = (
        rows_of(seed, 0, count)
        for seed, count in ((11, options.fit), (12, options.limits), (13, options.normal))
    )
    banks = {}
    for kind in KINDS.values():
        began = time.perf_counter()
        bank = banks[kind.name] = InnovationBank(WATCHED_LABELS, kind).fit(fit).calibrate(limits)
        took = time.perf_counter() - began
        exceeds = [bank.exceeds(run)[bank.order :] for run in normal]
        events = evaluation.false_alarms_per_1000h(exceeds, K, 0.05)
        state, x = bank.start(), normal[0][0]
        for row in normal[0][:20]:
            state, _ = bank.update(state, row)
        began = time.perf_counter()
        for _ in range(5000):
            bank.update(state, x)
        each = (time.perf_counter() - began) / 5000
        print(
            f"{kind.name}: fit and limits {took:.1f} s; nominal FAR {100 * ALPHA:g} %, measured "
            f"{100 * np.mean(np.concatenate(exceeds)):.2f} % on {len(normal) * HOURS:,.0f} h; "
            f"{events:.1f} false alarms per 1000 h; an update {1e6 * each:.0f} µs"
        )
    print(f"\nfault   {'   '.join(f'{name:>6} FDR %  delay  found' for name in banks)}")
    table: dict[str, dict[int, float]] = {name: {} for name in banks}
    for fault in range(1, 21):
        runs = rows_of(14, fault, options.runs)
        line = f"{fault:>5}"
        for name, bank in banks.items():
            exceeds = [bank.exceeds(run) for run in runs]
            delays = [evaluation.detection_delay(one, ONSET, K) for one in exceeds]
            found = [delay for delay in delays if delay is not None]
            table[name][fault] = 100 * float(np.mean([one[ONSET:].mean() for one in exceeds]))
            middle = f"{np.median(found):.0f}" if found else "-"
            line += f"   {table[name][fault]:>12.1f}  {middle:>5}  {len(found):>2}/{len(runs)}"
        print(line)
    for name, found in table.items():
        rest = [value for fault, value in found.items() if fault not in (3, 9, 15)]
        print(
            f"{name}: mean of 20 {np.mean(list(found.values())):.1f} %, "
            f"without 3, 9 and 15 {np.mean(rest):.1f} %"
        )
    for path in sorted(options.braatz.glob("d??_te.dat")) if options.braatz else []:
        public = np.loadtxt(path)[:, [*range(22), *range(41, 52)]]
        line = path.name
        for name, bank in banks.items():
            exceeds = bank.exceeds(public)
            if path.name.startswith("d00"):
                line += f"   {name} FAR {100 * exceeds[bank.order :].mean():.2f} %"
            else:
                delay = evaluation.detection_delay(exceeds, ONSET, K)
                line += f"   {name} FDR {100 * exceeds[ONSET:].mean():.1f} %, delay {delay}"
        print(line)


if __name__ == "__main__":
    main()
