"""How fast the plant runs: simulated time, compilation, several plants.

References of the same run: a straightforward kernel that follows the equations in order
(`straightforward.py`, with the floor form of the generator and with the exact `fmod`), this
project's own kernels as plain Python without the compiler, and the 45.6 million draws that 48 h
of noise need, computed one after the other.

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

PLAIN_PYTHON = """
import sys, time
import numpy as np
from simulation.tep.integrate import run
from simulation.tep.state import WORK_DTYPE, PlantState
record = PlantState.from_bytes(sys.stdin.buffer.read()).record.copy().view(np.recarray)
work, rows = np.zeros(1, WORK_DTYPE).view(np.recarray), np.empty((1, 1, 53))
began = time.perf_counter()
with np.errstate(all="ignore"):
    run(record, work, 180, 180, rows)
print(time.perf_counter() - began)
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


def plain_python_hour(blob: bytes) -> float:
    """Time one sample of a plant with the compiler off; return the seconds of an hour of it."""
    done = subprocess.run(
        [sys.executable, "-c", PLAIN_PYTHON],
        input=blob,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    return float(done.stdout) * 20.0


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

    from simulation.tep import (
        DEFAULT_SEED,
        advance,
        advance_many,
        initial_state,
        simulate,
        warm_up,
        with_valve,
    )
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

    from benchmarks.straightforward import floor_form, fmod_form

    for name, kernel in (("floor", floor_form), ("fmod", fmod_form)):
        kernel(float(DEFAULT_SEED), 180, 0, 0)
        plain, _ = best_of(
            options.repeats,
            lambda kernel=kernel: kernel(float(DEFAULT_SEED), seconds, 0, 0),
        )
        print(f"straightforward kernel, {name} form: {plain:.3f} s, {plain / best:.2f} times ours")
    python = plain_python_hour(advance(start, 3600)[0].to_bytes()) * options.hours
    print(f"plain Python, from one sample: {python:.0f} s, {python / best:,.0f} times ours")
    modern, _ = best_of(
        options.repeats, lambda: advance(initial_state(DEFAULT_SEED, rng="modern"), seconds)
    )
    print(f"modern generator: {modern:.3f} s, {modern / best:.2f} of the reference one's time")
    held = with_valve(start, 12, 50.0)  # every second the way around hands
    by_hand, _ = best_of(options.repeats, lambda: advance(held, seconds))
    print(f"a valve by hand: {by_hand:.3f} s, {by_hand / best:.2f} of automatic control's time")
    called, _ = best_of(1, lambda: simulate(options.hours, controller=lambda *_: None))
    print(f"a Python controller called every 3 s: {called:.3f} s")

    one = 180
    state, _ = advance(start, one)
    sample, _ = best_of(200, lambda: advance(state, one))
    print(f"one sample of {one} s: {sample * 1e6:.0f} µs")
    straight = statistics.median(
        best_of(1, lambda: floor_form(float(DEFAULT_SEED), seconds, 0, 0))[0] for _ in range(3)
    )
    per_hour = straight / options.hours
    share = min(options.hours, 4.8)
    span = round(3600 * share)
    for rng in ("reference", "modern"):
        plants = [initial_state(1000 + n, rng=rng) for n in range(64)]
        advance_many(plants, 3)  # compiled, or loaded
        single, _ = best_of(options.repeats, lambda p=plants: [advance(one, span) for one in p])
        batch, _ = best_of(options.repeats, lambda p=plants: advance_many(p, span))
        both, _ = best_of(options.repeats, lambda p=plants: advance_many(p, span, threads=2))
        wanted = 64 * share * per_hour
        print(f"64 plants, {share:g} h each, {rng} generator:")
        print(f"  one by one {single:.3f} s, {wanted / single:.2f} times straightforward")
        print(
            f"  in one call, one core {batch:.3f} s, {wanted / batch:.2f} times straightforward, "
            f"{single / batch:.2f} times one by one"
        )
        print(f"  in one call, two cores {both:.3f} s, {batch / both:.2f} times one core")
        for count in (2, 5, 8, 16):
            some = plants[:count]
            alone, _ = best_of(options.repeats, lambda p=some: [advance(one, span) for one in p])
            abreast, _ = best_of(options.repeats, lambda p=some: advance_many(p, span))
            print(f"  {count} plants in one call: {alone / abreast:.2f} times one by one")
    from simulation.whatif.forecast import forecast, seed_of

    for rng in ("reference", "modern"):
        state = advance(initial_state(DEFAULT_SEED, rng=rng), 8 * 3600)[0]
        took, _ = best_of(
            options.repeats, lambda s=state: forecast(s, seed_of(DEFAULT_SEED, s.step))
        )
        print(f"a forecast of 8 courses over 8 h, {rng} generator: {took:.3f} s")


if __name__ == "__main__":
    main()
