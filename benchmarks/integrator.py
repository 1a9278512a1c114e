"""How fast the plant runs: simulated time, compilation, several plants.

Reference of the same run: the 45.6 million draws that 48 h of noise need, computed one after the
other with the floor form of the generator, which is what a direct implementation spends most of
its time on.

    python benchmarks/integrator.py [--hours 48] [--repeats 5] [--no-compile]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

DRAWS_PER_SECOND = 264  # 22 continuous measurements, 12 draws each
FRESH_PROCESS = """
import time
began = time.perf_counter()
import simulation.tep as tep
tep.advance
imported = time.perf_counter()
tep.warm_up()
print(imported - began, time.perf_counter() - imported)
"""


def best_of(repeats: int, job: Callable[[], object]) -> tuple[float, float]:
    """Return the shortest and the median time of a job, in seconds."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        job()
        times.append(time.perf_counter() - began)
    return min(times), statistics.median(times)


def compile_times() -> dict[str, tuple[float, float]]:
    """Time import and first step in fresh processes, without and with the disk cache."""
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "simulation"
        package.mkdir()
        (package / "__init__.py").touch()
        shutil.copytree(
            ROOT / "simulation" / "tep", package / "tep", ignore=shutil.ignore_patterns("__py*")
        )
        for name in ("cold", "warm"):
            done = subprocess.run(
                [sys.executable, "-c", FRESH_PROCESS],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": folder},
                capture_output=True,
                text=True,
                check=True,
            )
            imported, loaded = map(float, done.stdout.split())
            times[name] = (imported, loaded)
    return times


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=48.0, help="simulated hours a run (48)")
    parser.add_argument("--repeats", type=int, default=5, help="runs to take the best of (5)")
    parser.add_argument(
        "--no-compile", action="store_true", help="leave out the compile times (20 s)"
    )
    options = parser.parse_args()

    import numba
    import numpy as np

    from simulation.tep import DEFAULT_SEED, advance, initial_state, warm_up
    from simulation.tep.draws import next_state

    @numba.njit(nogil=True)
    def draw_floor_form(g: float, count: int) -> float:
        total = 0.0
        for _ in range(count):
            g = next_state(g)
            total += g
        return total

    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, Numba {numba.__version__}")
    if not options.no_compile:
        for name, (imported, loaded) in compile_times().items():
            print(
                f"{name} start: import {imported:.2f} s, kernels and first seconds {loaded:.2f} s"
            )

    warm_up()
    draw_floor_form(1.0, 1)
    seconds = round(options.hours * 3600)
    start = initial_state(DEFAULT_SEED)
    best, median = best_of(options.repeats, lambda: advance(start, seconds))
    draws = seconds * DRAWS_PER_SECOND
    floor, _ = best_of(options.repeats, lambda: draw_floor_form(float(DEFAULT_SEED), draws))
    print(f"{options.hours:g} h closed loop: best {best:.3f} s, median {median:.3f} s")
    print(f"one simulated hour: {best / options.hours * 1000:.2f} ms")
    print(f"speed: {seconds / best:,.0f} times real time")
    print(f"reference, the noise's draws alone in floor form: {floor:.3f} s")
    print(f"ratio to the reference: {best / floor:.2f}")

    one = 180
    state, _ = advance(start, one)
    sample, _ = best_of(200, lambda: advance(state, one))
    print(f"one sample of {one} s: {sample * 1e6:.0f} µs")
    with ThreadPoolExecutor(2) as pool:
        both, _ = best_of(
            options.repeats, lambda: list(pool.map(lambda s: advance(s, seconds), [start, start]))
        )
    print(f"two plants in two threads: {both:.3f} s, {2 * best / both:.2f} times one core")


if __name__ == "__main__":
    main()
