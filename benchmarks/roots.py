"""Whether the contributions lead to the root: its tag or loop among the first three.

Fourteen samples after the alarm, on fresh simulated runs of each fault whose root is known. The
roots are those of the published descriptions; IDV(1), (2) and (8) change the composition of stream
4, which no continuous measurement shows: the loops that answer for it are taken.

    python benchmarks/roots.py [--detector robust] [--runs 16]
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teplive.settings")

LATER, ONSET, ALPHA, K = 14, 160, 0.0025, 6
REACTOR = {"XMV(10)", "XMEAS(21)", "XMEAS(9)"}
CONDENSER = {"XMV(11)", "XMEAS(22)", "XMEAS(11)", "XMEAS(17)"}
FEEDS = {"XMV(3)", "XMEAS(1)", "XMV(4)", "XMEAS(4)", "XMEAS(8)", "XMV(6)", "XMEAS(10)"}
ROOTS: dict[int, set[str]] = {
    1: FEEDS | {"XMEAS(16)", "XMEAS(20)"},
    2: FEEDS | {"XMEAS(16)", "XMEAS(20)"},
    3: REACTOR,
    4: REACTOR,
    5: CONDENSER,
    6: {"XMV(3)", "XMEAS(1)"},
    7: {"XMV(4)", "XMEAS(4)"},
    8: FEEDS | {"XMEAS(16)", "XMEAS(20)"},
    9: REACTOR,
    10: {"XMEAS(18)", "XMEAS(19)", "XMV(9)"},
    11: REACTOR,
    12: CONDENSER,
    13: REACTOR | {"XMEAS(7)"},
    14: REACTOR,
    15: CONDENSER,
}


def main() -> None:
    """Print, by fault, the share of events, and the mean."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--detector", default="robust", help="a kind (%(default)s)")
    parser.add_argument("--runs", type=int, default=16, help="of each fault (%(default)s)")
    options = parser.parse_args()

    import django

    django.setup()
    import numpy as np

    from monitoring.detectors import evaluation
    from monitoring.evaluating import fault_runs
    from monitoring.fitting import new_detector
    from monitoring.watched import WATCHED

    def rows(fault: int, count: int, seed: int) -> list[np.ndarray]:
        return [run[:, WATCHED] for run in fault_runs(fault, count, seed)]

    detector = new_detector(options.detector).fit(rows(0, 40, 81)).calibrate(rows(0, 60, 82))
    shares = {}
    for fault, roots in ROOTS.items():
        met = []
        for run in rows(fault, options.runs, 83):
            exceeds = detector.exceeds(run, ALPHA)
            exceeds[:ONSET] = False
            raised = next(evaluation.alarms(exceeds, K), None)
            if raised is None or raised[0] + LATER >= len(run):
                continue
            state = detector.start()
            for x in run[: raised[0] + LATER + 1]:
                state, statistics = detector.update(state, x)
            found = detector.contributions(state, x)
            limits = detector.limits(ALPHA)
            name = detector.statistics[detector.leading(statistics, limits)[0]]
            parts = found.get(name, next(iter(found.values())))
            first = {detector.labels[int(i)] for i in np.argsort(-parts)[:3]}
            met.append(bool(first & roots))
        shares[fault] = (float(np.mean(met)), len(met)) if met else (float("nan"), 0)
        print(f"IDV({fault}): {100 * shares[fault][0]:.0f} % of {shares[fault][1]} events")
    events = sum(count for _, count in shares.values())
    mean = sum(share * count for share, count in shares.values() if count) / events
    print(f"{options.detector}: {100 * mean:.0f} % of {events} events")


if __name__ == "__main__":
    main()
