"""What the published generator's period does to a detector's false alarms, measured.

    python benchmarks/noise_period.py [--runs 60]

A T² chart of 13 principal components over XMEAS 1..22 and XMV 1..11, fitted and limited at 99 %
on runs of the modern generator, is applied to fresh normal runs of 48 h: with the modern
generator, with good seeds of the reference one, with seeds whose noise repeats soon, and with
pairs of seeds that are phases of one cycle.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulation.tep import advance, fresh_seed, initial_state, simulate_rows
from simulation.tep.draws import next_state

COLUMNS = [*range(22), *range(41, 52)]
COMPONENTS = 13
SETTLED = 100  # rows left out at the beginning
BLOCK = 20  # rows an hour


def period_hours(seed: int) -> float:
    """Return the period of a seed's noise, hours of plant time at 264 draws a second."""
    g = float(seed)
    for _ in range(2000):
        g = next_state(g)
    exponent = (int(g) & -int(g)).bit_length() - 1
    return 2.0 ** (30 - exponent) / 264.0 / 3600.0


def normal(seed: int, rng: str) -> np.ndarray:
    """Return the settled rows of a normal run of 48 h."""
    rows, _ = simulate_rows(seed, 48.0, rng=rng)
    return rows[SETTLED:, COLUMNS]


class Chart:
    """T² of the leading components, limited at the 99 % quantile of further runs."""

    def __init__(self, runs: list[np.ndarray]) -> None:
        half = len(runs) // 2
        fit = np.concatenate(runs[:half])
        self.mean, self.std = fit.mean(axis=0), fit.std(axis=0)
        _, values, axes = np.linalg.svd((fit - self.mean) / self.std, full_matrices=False)
        self.axes = axes[:COMPONENTS].T / (values[:COMPONENTS] / np.sqrt(len(fit)))
        self.limit = np.quantile(np.concatenate([self.score(run) for run in runs[half:]]), 0.99)

    def score(self, rows: np.ndarray) -> np.ndarray:
        """Return T² of each row."""
        return np.sum(((rows - self.mean) / self.std @ self.axes) ** 2, axis=1)

    def rate(self, rows: np.ndarray) -> float:
        """Return the share of rows beyond the limit, %."""
        return 100.0 * float(np.mean(self.score(rows) > self.limit))


def tell(name: str, rates: list[float]) -> None:
    """Print mean, its standard error, and spread of the runs' false alarm rates."""
    found = np.array(rates)
    error = found.std(ddof=1) / np.sqrt(len(found))
    print(
        f"{name}: {len(found)} runs, {found.mean():.3f} ± {error:.3f} %, "
        f"a run's standard deviation {found.std(ddof=1):.3f}, largest {found.max():.2f} %"
    )


def correlation_of_phases(chart: Chart, seed: int, hours: float) -> list[tuple[str, float]]:
    """Correlate T² and its hourly means of a run with those of one that joins its cycle later."""
    state, _ = advance(initial_state(seed), round(hours * 3600))
    second, _ = simulate_rows(int(state.generator), 48.0)
    _, rows = advance(state, 48 * 3600)
    one, two = chart.score(rows[SETTLED:, COLUMNS]), chart.score(second[SETTLED:, COLUMNS])
    hourly = [score[: len(score) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
              for score in (one, two)]  # fmt: skip
    return [
        ("rows", float(np.corrcoef(one, two)[0, 1])),
        ("hourly means", float(np.corrcoef(*hourly)[0, 1])),
    ]


def repetition(seed: int) -> tuple[float, float, float]:
    """Find where the noise of one long run comes again: hours, correlation, chance level."""
    seconds = 150 * 3600
    state, _ = advance(initial_state(seed), 3600)
    _, rows = advance(state, seconds, sample_seconds=1)
    noise = np.diff(rows[:, [6, 8, 10, 12, 15, 17, 20, 21]], axis=0)  # small slow parts
    noise = (noise - noise.mean(axis=0)) / noise.std(axis=0)
    size = 2 ** int(np.ceil(np.log2(2 * len(noise))))
    spectrum = np.fft.rfft(noise, size, axis=0)
    first, last = 135 * 3600, 145 * 3600
    best, at = 0.0, 0
    for i in range(noise.shape[1]):
        for j in range(noise.shape[1]):
            product = np.fft.irfft(spectrum[:, i].conj() * spectrum[:, j], size)
            overlap = len(noise) - np.arange(first, last)
            values = np.abs(product[first:last]) / overlap
            if values.max() > best:
                best, at = float(values.max()), first + int(values.argmax())
    return at / 3600.0, best, 5.5 / np.sqrt(len(noise) - last)


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=60)
    runs = parser.parse_args().runs
    source = np.random.default_rng(1)
    training = [normal(int(seed), "modern") for seed in source.integers(1, 10**10, 60)]
    chart = Chart(training)
    arbitrary = [int(seed) for seed in source.integers(1, 10**10, 100 * runs)]
    periods = np.array([period_hours(seed) for seed in arbitrary])
    for hours in (48.0, 10.0, 2.0):
        print(
            f"seeds whose noise repeats within {hours:g} h: {100 * np.mean(periods < hours):.1f} %"
        )
    modern = [chart.rate(normal(seed, "modern")) for seed in arbitrary[:runs]]
    tell("modern", modern)
    tell("reference, good seeds",
         [chart.rate(normal(fresh_seed(source), "reference")) for _ in range(runs)])  # fmt: skip
    for low, high in ((10.0, 48.0), (2.0, 10.0), (0.0, 2.0)):
        chosen = [s for s, p in zip(arbitrary, periods, strict=True) if low <= p < high][:runs]
        tell(f"reference, noise repeating after {low:g} to {high:g} h",
             [chart.rate(normal(seed, "reference")) for seed in chosen])  # fmt: skip
    pairs = [correlation_of_phases(chart, fresh_seed(source), 10.0 + n / 7) for n in range(8)]
    for n, name in enumerate(("rows", "hourly means")):
        values = [pair[n][1] for pair in pairs]
        print(f"T² of two phases of one cycle, {name}: correlation {np.mean(values):.3f} "
              f"(smallest {min(values):.3f}, largest {max(values):.3f})")  # fmt: skip
    hours, best, chance = repetition(4651207995)
    print(f"one run against itself: correlation {best:.3f} after {hours:.3f} h "
          f"(chance stays below {chance:.3f})")  # fmt: skip


if __name__ == "__main__":
    main()
