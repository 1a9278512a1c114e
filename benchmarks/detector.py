"""What scoring costs: scikit-learn's own path against the precomputed matrices, in one run.

    python benchmarks/detector.py --help

Both sides compute T² and SPE from the same fitted PCA. Read the ratios: the microseconds are
those of the machine.
"""

from __future__ import annotations

import argparse
import sys
import timeit
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from monitoring.detectors import InnovationBank, PCADetector, RobustBank, SharpBank


def normal_rows(n_rows: int, n_variables: int, seed: int) -> NDArray[np.float64]:
    """Correlated Gaussian rows. The cost of scoring does not depend on the values."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).normal(size=(n_variables, n_variables))
    mixing *= np.geomspace(1.0, 0.05, n_variables)
    return 50.0 + rng.normal(size=(n_rows, n_variables)) @ mixing.T


def microseconds(call: Callable[[], object], seconds: float, repeats: int) -> float:
    """Best mean time of a call over several repeats, each about `seconds` long."""
    once = max(min(timeit.repeat(call, number=3, repeat=3)) / 3, 1e-7)
    number = max(int(seconds / once), 3)
    return min(timeit.repeat(call, number=number, repeat=repeats)) / number * 1e6


def main() -> None:
    """Fit once, time every way of scoring, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variables", type=int, default=33, help="columns (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=960, help="rows of the batch (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.3, help="per repeat (%(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="best of these (%(default)s)")
    options = parser.parse_args()

    rows = normal_rows(5_000, options.variables, seed=1)
    batch = normal_rows(options.batch, options.variables, seed=2)
    one, x = batch[:1], batch[0].copy()
    scaler = StandardScaler().fit(rows)
    pca = PCA(n_components=0.9, svd_solver="full").fit(scaler.transform(rows))
    labels = [f"V{i + 1}" for i in range(options.variables)]
    detector = PCADetector(labels, n_components=0.9).fit([rows])
    detector.calibrate([normal_rows(5_000, options.variables, seed=3)])

    def scikit_learn(X: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        z = scaler.transform(X)
        scores = pca.transform(z)
        t2 = np.sum(scores**2 / pca.explained_variance_, axis=1)
        return t2, np.sum((z - pca.inverse_transform(scores)) ** 2, axis=1)

    ours = detector.score(batch)[:, :2].T
    np.testing.assert_allclose(ours, scikit_learn(batch), rtol=1e-9)
    state = detector.start()
    names = np.array(labels)

    def plain_step(row: NDArray[np.float64]) -> tuple[float, float, list[tuple[str, float]]]:
        """One sample as FaultExplainer takes it: scale, project, T², SPE, six contributions."""
        z = scaler.transform(row)
        scores = pca.transform(z)
        t2 = float(np.sum(scores**2 / pca.explained_variance_))
        residual = z - pca.inverse_transform(scores)
        spe = float(np.sum(residual**2))
        parts = np.zeros(z.shape[1])
        for component in range(pca.n_components_):
            for variable in range(z.shape[1]):
                part = scores[0, component] / pca.explained_variance_[component]
                part *= pca.components_[component, variable] * z[0, variable]
                parts[variable] += max(part, 0.0)
        order = np.argsort(-parts)[:6]
        return t2, spe, [(str(names[i]), float(parts[i])) for i in order]

    def running(cls: type[InnovationBank]) -> Callable[[], object]:
        """A bank in the middle of a run."""
        bank = cls(labels).fit([rows]).calibrate([normal_rows(5_000, options.variables, seed=3)])
        kept = bank.start()
        for point in batch[:50]:
            kept, _ = bank.update(kept, point)
        return lambda: bank.update(kept, x)

    n = len(batch)
    described = f"{options.variables} variables, {detector.n_components_} components"
    cases: list[tuple[str, Callable[[], object], int]] = [
        ("one row:  scikit-learn", lambda: scikit_learn(one), 1),
        ("one row:  score", lambda: detector.score(one), 1),
        ("one row:  PCA update", lambda: detector.update(state, x), 1),
        ("one row:  robust bank update", running(RobustBank), 1),
        ("one row:  sharp bank update", running(SharpBank), 1),
        ("one row:  FaultExplainer's step", lambda: plain_step(one), 1),
        (f"{n} rows: scikit-learn", lambda: scikit_learn(batch), n),
        (f"{n} rows: score", lambda: detector.score(batch), n),
        ("contributions (T² and SPE)", lambda: detector.contributions(state, x), 1),
        ("limits(alpha, decimation)", lambda: detector.limits(0.005, 4), 1),
    ]
    print(f"{described}; best of {options.repeats}")
    print(f"{'':32} {'µs a row':>10} {'ratio':>8}")
    reference = float("nan")
    for name, call, n_rows in cases:
        cost = microseconds(call, options.seconds, options.repeats) / n_rows
        compared = "row" in name
        if "scikit-learn" in name:
            reference = cost
        ratio = f"{reference / cost:.1f} ×" if compared else ""
        print(f"{name:32} {cost:10.2f} {ratio:>8}")


if __name__ == "__main__":
    main()
