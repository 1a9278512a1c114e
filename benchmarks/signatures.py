"""How well the explainer's signatures name held-out faults, for either generator of noise.

    python benchmarks/signatures.py [--rng modern|reference] [--runs 40]

Nothing is chosen on these runs. The patterns are those of the first alarm after the onset (k = 3
and k = 6) and of later readings; see docs/explanation.md for how the table was made.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teplive.settings")

import django

django.setup()

from explainer.evidence import profile_of  # noqa: E402
from explainer.matching import match_signatures  # noqa: E402
from explainer.signatures import HARD_TO_SEE  # noqa: E402
from monitoring.detectors import PCADetector  # noqa: E402
from monitoring.detectors.evaluation import detection_delay  # noqa: E402
from simulation.tep import LABELS, SAMPLE_SECONDS, fresh_seed, simulate_rows  # noqa: E402

WATCHED = [*range(22), *range(41, 52)]
NAMES = [LABELS[column] for column in WATCHED]
FAULTS = [idv for idv in range(1, 21) if idv not in HARD_TO_SEE]
ALPHA = 0.01
MOMENTS = ((3, 0), (3, 10), (3, 20), (3, 60), (6, 0), (6, 20))  # k, readings after the alarm
FULL_HOUR = 20
Rows = NDArray[np.float64]


def run_of(rng: str, seed: int, hours: float, idv: int = 0, onset: float = 0.0) -> Rows:
    """Return the watched columns, up to a trip."""
    rows, stop = simulate_rows(seed, hours, {idv: onset} if idv else None, rng=rng)
    return rows[: None if stop < 0 else stop // SAMPLE_SECONDS + 1, WATCHED]


def main() -> None:
    """Print the table of docs/explanation.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rng", choices=("modern", "reference"), default="modern")
    parser.add_argument("--runs", type=int, default=40, help="of each fault")
    parser.add_argument("--seed", type=int, default=20261199)
    options = parser.parse_args()
    source = np.random.default_rng(options.seed)
    pool = ThreadPoolExecutor(2)

    def normal(count: int) -> list[Rows]:
        seeds = [fresh_seed(source) for _ in range(count)]
        return list(pool.map(lambda seed: run_of(options.rng, seed, 48.0), seeds))

    detector = PCADetector(NAMES).fit(normal(20)).calibrate(normal(20))
    limits = detector.limits(ALPHA)
    found: dict[tuple[int, int], list[tuple[int, bool, bool, float, float]]] = {}
    for idv in FAULTS:
        onsets = [float(source.integers(80, 241)) / 20 for _ in range(options.runs)]
        jobs = [(fresh_seed(source), onset) for onset in onsets]
        runs = pool.map(
            lambda job, n=idv: run_of(options.rng, job[0], job[1] + 16, n, job[1]), jobs
        )
        for rows, onset in zip(runs, onsets, strict=True):
            exceeds = detector.exceed(detector.score(rows), limits)
            z = (rows - detector.mean_) / detector.sd_
            first = round(onset * 20)
            for k, later in MOMENTS:
                delay = detection_delay(exceeds, first, k)
                if delay is None:
                    continue
                alarm_onset = first + delay - k + 1
                end = first + delay + later + 1
                if end > len(rows):
                    continue
                profile = profile_of(z[end - FULL_HOUR : end], NAMES, end - alarm_onset)
                best = match_signatures({"profile": asdict(profile)}).best
                ranked = [match.idv for match in best]
                found.setdefault((k, later), []).append(
                    (idv, ranked[0] == idv, idv in ranked, best[0].score, best[1].score)
                )
    print(f"{options.rng} generator, {options.runs} runs of each of {len(FAULTS)} faults")
    print("| k | readings later | alarms | top-1 | top-3 | named | right where named |")
    for (k, later), cases in found.items():
        table = np.array([case[1:] for case in cases], dtype=float)
        named = table[:, 2] >= 0.55
        shares = (table[:, 0].mean(), table[:, 1].mean(), named.mean(), table[named, 0].mean())
        print(
            f"| {k} | {later} | {len(cases)} |", " | ".join(f"{100 * s:.0f}" for s in shares), "|"
        )
    at_alarm = found[(3, 0)]
    for idv in FAULTS:
        right = [case[1] for case in at_alarm if case[0] == idv]
        print(f"IDV({idv}) at the alarm, k = 3: {100 * np.mean(right):.0f} % of {len(right)}")
    lead = np.array([case[3] - case[4] for case in at_alarm])
    right = np.array([case[1] for case in at_alarm])
    clear = lead >= 0.1
    print(f"lead of 0.1 or more: {clear.mean():.2f}, right {right[clear].mean():.2f}, "
          f"else {right[~clear].mean():.2f}")  # fmt: skip
    scores = []
    for rows in normal(5):
        z = (rows - detector.mean_) / detector.sd_
        for end in range(200, 960, 20):
            profile = profile_of(z[end - FULL_HOUR : end], NAMES, FULL_HOUR)
            scores.append(match_signatures({"profile": asdict(profile)}).best[0].score)
    print(f"normal patterns with a score from 0.55: {np.mean(np.array(scores) >= 0.55):.3f}")


if __name__ == "__main__":
    main()
