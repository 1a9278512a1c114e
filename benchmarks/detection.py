"""The figures of docs/detection.md: false alarms, how many runs, faults, from one script.

    python benchmarks/detection.py [--part false-alarms|how-many|faults|others] [--rng reference]

Everything is simulated with seeds of its own; two threads, a few minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from monitoring.detectors import PCADetector
from monitoring.detectors.decimation import block_means
from monitoring.detectors.evaluation import alarms, detection_delay, false_alarms_per_1000h, fdr
from simulation.tep import LABELS, SAMPLE_SECONDS, fresh_seed, simulate_rows, warm_up

WATCHED = [*range(22), *range(41, 52)]
NAMES = [LABELS[column] for column in WATCHED]
PRESETS = {"Demo": (3, 1), "Balanced": (2, 4), "Realistic": (6, 1)}  # k, N
POINT_HOURS = SAMPLE_SECONDS / 3600
ONSET = 160  # rows: 8 h
ALPHAS = (0.05, 0.01, 0.005, 0.001)
Rows = NDArray[np.float64]


class Simulated:
    """Runs whose seeds never repeat within one of these."""

    def __init__(self, rng: str, entropy: int) -> None:
        self.rng, self.source, self.seen = rng, np.random.default_rng(entropy), set[int]()

    def seed(self) -> int:
        """Return a seed that was not used before."""
        while (seed := fresh_seed(self.source)) in self.seen:
            pass
        self.seen.add(seed)
        return seed

    def runs(self, count: int, hours: float, idv: int = 0) -> list[Rows]:
        """Return the watched columns of runs, up to a trip."""

        def one(seed: int) -> Rows:
            rows, stop = simulate_rows(seed, hours, {idv: 8.0} if idv else None, rng=self.rng)
            return rows[: None if stop < 0 else stop // SAMPLE_SECONDS + 1, WATCHED]

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(one, [self.seed() for _ in range(count)]))


def exceeds(detector: PCADetector, rows: Rows, alpha: float, n: int) -> NDArray[np.bool_]:
    """Return which points exceed either limit."""
    return detector.exceeds(block_means(rows, n), alpha, n)


def rates(detector: PCADetector, runs: Iterable[Rows], alpha: float, n: int) -> list[float]:
    """Return the false alarm rates of T², SPE and either, %."""
    limits = detector.limits(alpha, n)
    scores = [detector.score(block_means(run, n)) for run in runs]
    t2 = np.concatenate(scores)[:, 0] > limits[0]
    spe = np.concatenate(scores)[:, 1] > limits[1]
    return [100 * float(x.mean()) for x in (t2, spe, t2 | spe)]


def events(detector: PCADetector, runs: list[Rows], alpha: float, preset: str) -> float:
    """Return false alarm events per 1000 h under a preset's rule."""
    k, n = PRESETS[preset]
    found = [exceeds(detector, run, alpha, n) for run in runs]
    return false_alarms_per_1000h(found, k, POINT_HOURS * n)


def false_alarms(detector: PCADetector, data: Simulated) -> None:
    """Print the table of false alarms, the starts and the number formats."""
    sets = {"80 × 48 h": data.runs(80, 48), "6 × 400 h": data.runs(6, 400)}
    for name, runs in sets.items():
        for alpha in ALPHAS:
            cells = [*rates(detector, runs, alpha, 1), *rates(detector, runs, alpha, 4)]
            cells += [events(detector, runs, alpha, preset) for preset in PRESETS]
            print(f"| {name} | {100 * alpha:g} |", " | ".join(f"{c:.2f}" for c in cells), "|")
    normal = sets["80 × 48 h"]
    z = [detector.score(run) for run in normal]
    for column, what in enumerate(("t2", "spe")):
        for lag in (1, 5):
            values = [s[:, column] for s in z]
            r = np.mean([np.corrcoef(v[:-lag], v[lag:])[0, 1] for v in values])
            print(f"autocorrelation of {what} at lag {lag}: {r:.2f}")
    mean = np.mean([s[:960, 0] for s in z], axis=0)
    early = mean[25:35].mean()
    print(f"mean T² at reading 1: {mean[0]:.1f}, 30: {early:.1f}, later {mean[200:].mean():.1f}")
    for name, convert in (
        ("single precision", lambda run: run.astype(np.float32).astype(float)),
        ("five digits", lambda run: np.vectorize(lambda v: float(f"{v:.5g}"))(run)),
    ):
        print(name, [f"{r:.2f}" for r in rates(detector, [convert(r) for r in normal], 0.005, 1)])
    starts = data.runs(300, 3)
    for alpha in (0.01, 0.005, 0.001):
        raised = sum(
            any(True for _ in alarms(exceeds(detector, run[:30], alpha, n), k))
            for run in starts
            for k, n in PRESETS.values()
        )
        print(f"alarms in the first 30 readings of 300 starts, alpha {alpha:g}: {raised}")


def how_many(data: Simulated) -> None:
    """Print the table of how many runs a fit and a calibration want."""
    pool, judged = data.runs(60, 48), data.runs(80, 48)
    choose = np.random.default_rng(1)
    plans = [(2, 2, 24), (5, 5, 24), (2, 10, 24), (5, 10, 24), (5, 10, 48), (10, 10, 48),
             (5, 20, 48), (10, 20, 48), (10, 40, 48)]  # fmt: skip
    for fit, limit, hours in plans:
        cells = []
        for _ in range(12):
            chosen = choose.permutation(60)[: fit + limit]
            runs = [pool[i][: round(hours / POINT_HOURS)] for i in chosen]
            detector = PCADetector(NAMES).fit(runs[:fit]).calibrate(runs[fit:])
            one, four = (rates(detector, judged, 0.005, n)[:2] for n in (1, 4))
            cells.append(
                [*one, *four, *(events(detector, judged, 0.005, p) for p in ("Demo", "Balanced"))]
            )
        mean, sd, most = np.mean(cells, 0), np.std(cells, 0, ddof=1), np.max(cells, 0)
        shares = " | ".join(f"{m:.2f} ± {s:.2f}" for m, s in zip(mean[:4], sd[:4], strict=True))
        counts = " | ".join(f"{m:.1f} ({w:.1f})" for m, w in zip(mean[4:], most[4:], strict=True))
        print(f"| {fit} + {limit} runs of {hours} h | {shares} | {counts} |", flush=True)


def faults(detector: PCADetector, data: Simulated) -> None:
    """Print the table of faults, and what their alarms name."""
    rules = [("Demo", 0.01), ("Demo", 0.005), ("Demo", 0.001), ("Balanced", 0.005),
             ("Balanced", 0.001), ("Realistic", 0.005)]  # fmt: skip
    for idv in range(1, 21):
        runs = data.runs(10, 48, idv)
        limits = detector.limits(0.005)
        scores = [detector.score(run[ONSET:]) for run in runs]
        t2 = np.mean([fdr(s[:, 0] > limits[0], 0) for s in scores])
        spe = np.mean([fdr(s[:, 1] > limits[1], 0) for s in scores])
        either = np.mean([fdr(detector.exceed(s, limits), 0) for s in scores])
        cells = [f"{100 * share:.1f}" for share in (t2, spe, either)]
        for preset, alpha in rules:
            k, n = PRESETS[preset]
            delays = [
                detection_delay(exceeds(detector, run, alpha, n), ONSET // n, k) for run in runs
            ]
            minutes = [(d + 1) * n * 3 for d in delays if d is not None]
            if not minutes:
                cells.append("-")
            elif len(minutes) < len(runs) and len(minutes) < 6:
                cells.append(f"({len(minutes)} of 10)")
            elif len(minutes) < len(runs):
                cells.append(f"{np.median(minutes):.0f} ({len(minutes)} of 10)")
            else:
                cells.append(f"{np.median(minutes):.0f} ({max(minutes)})")
        print(f"| {idv} |", " | ".join(cells), "|", flush=True)
        tags: dict[str, list[str]] = {"T²": [], "SPE": []}
        for run in runs:
            delay = detection_delay(exceeds(detector, run, 0.005, 1), ONSET, 3)
            if delay is None:
                continue
            end = ONSET + delay + 1
            shares = detector.contributions(
                detector.start(), run[end - 3 : end].mean(axis=0)
            ).values()
            for name, values in zip(tags, shares, strict=True):
                tags[name].append(NAMES[int(np.argmax(values))])
        for name, found in tags.items():
            counted = sorted({(found.count(tag), tag) for tag in found}, reverse=True)[:2]
            print(f"    {name} names {counted}", flush=True)


def others(detector: PCADetector, normal: list[Rows], data: Simulated) -> None:
    """Print what 22 variables lose, what limits of the fit rows are worth, and the public sets."""
    measured = PCADetector(NAMES[:22]).fit([run[:, :22] for run in normal[:5]])
    measured.calibrate([run[:, :22] for run in normal[5:]])
    for idv in (4, 7, 11):
        runs = data.runs(10, 48, idv)
        shares = [
            100 * np.mean([fdr(exceeds(one, run[:, :width], 0.005, 1), ONSET) for run in runs])
            for one, width in ((measured, 22), (detector, 33))
        ]
        print(f"IDV({idv}) exceeds with 22 variables {shares[0]:.1f} %, with 33 {shares[1]:.1f} %")
    fresh = data.runs(20, 48)
    for alpha in (0.01, 0.05):
        found = []
        for run in data.runs(20, 25):
            small = PCADetector(NAMES).fit([run])
            limits = small.theoretical_limits(alpha)
            scores = [small.score(other) for other in fresh]
            t2 = np.concatenate(scores)[:, 0] > limits[0]
            spe = np.concatenate(scores)[:, 1] > limits[1]
            found.append((100 * t2.mean(), 100 * spe.mean()))
        rates_found = ", ".join(f"{rate:.1f}" for rate in np.mean(found, axis=0))
        print(f"theoretical limits of 500 rows at {100 * alpha:g} %: T², SPE {rates_found} %")
    folder = Path(os.environ.get("TEPLIVE_SHARED", "../shared")) / "fdd" / "braatz"
    for path in sorted(folder.glob("*_te.dat")):
        rows = np.loadtxt(path)[:, WATCHED]
        exceeding = exceeds(detector, rows, 0.005, 1)
        delay = detection_delay(exceeding, ONSET, 3)
        scores, limits = detector.score(rows), detector.limits(0.005)
        print(
            f"{path.name}: FDR {100 * fdr(exceeding, ONSET):.1f} %, Demo after "
            f"{None if delay is None else 3 * (delay + 1)} min; all points: T² "
            f"{100 * np.mean(scores[:, 0] > limits[0]):.1f} %, SPE "
            f"{100 * np.mean(scores[:, 1] > limits[1]):.1f} %"
        )


def main() -> None:
    """Print the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("false-alarms", "how-many", "faults", "others"))
    parser.add_argument("--rng", choices=("modern", "reference"), default="modern")
    parser.add_argument("--seed", type=int, default=20261125)
    options = parser.parse_args()
    warm_up()
    data = Simulated(options.rng, options.seed)
    normal = [*data.runs(5, 48), *data.runs(20, 48)]
    detector = PCADetector(NAMES).fit(normal[:5]).calibrate(normal[5:])
    print(f"{options.rng} generator, {detector.n_components_} components")
    # Each part has seeds of its own, so that it gives the same figures alone.
    if options.part in (None, "false-alarms"):
        false_alarms(detector, Simulated(options.rng, options.seed + 1))
    if options.part in (None, "faults"):
        faults(detector, Simulated(options.rng, options.seed + 2))
    if options.part in (None, "how-many"):
        how_many(Simulated(options.rng, options.seed + 3))
    if options.part in (None, "others"):
        others(detector, normal, Simulated(options.rng, options.seed + 4))


if __name__ == "__main__":
    main()
