"""Where a second of the plant goes: each part of the kernel for several plants, ns a plant.

python benchmarks/kernel_parts.py [--plants 16]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

PARTS = {
    "curves": "_curves",
    "vessels: temperatures, densities, pressures": "_vessels",
    "feeds": "_feeds",
    "mixing zone": "_mixing_zone",
    "reactor: kinetics, coil": "_reactor",
    "separator and condenser": "_separator",
    "compressor": "_compressor",
    "stripper": "_stripper",
    "noise-free measurements": "_values",
    "trips": "_trips",
    "balances": "_balances",
    "valves": "_valves",
    "Euler step": "euler",
}
TIMES, REPEATS = 2000, 7


def main() -> None:
    """Print every part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--plants", type=int, default=16, help="side by side (%(default)s)")
    m = parser.parse_args().plants

    import numba
    import numpy as np

    from simulation import tep
    from simulation.tep import abreast
    from simulation.tep.block import run_block
    from simulation.tep.control import run_loops
    from simulation.tep.draws import gaussians
    from simulation.tep.lanes import LANES_DTYPE
    from simulation.tep.state import WORK_DTYPE, stack
    from simulation.tep.xoshiro import twelve_sums

    def best(job: Callable[[], object]) -> float:
        job()
        found = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            job()
            found.append(time.perf_counter() - began)
        return min(found) / TIMES / m * 1e9

    states = stack([tep.initial_state(1000 + n) for n in range(m)])
    lanes, work = np.zeros(1, LANES_DTYPE), np.zeros(1, WORK_DTYPE)
    run_block(states, lanes, work, 360, 180, np.empty((m, 2, 53)))

    def repeated(part: Any) -> Any:
        @numba.njit(nogil=True, error_model="numpy")
        def repeat(lanes: Any, m: int, times: int) -> None:
            for _ in range(times):
                part(lanes[0], m)

        return repeat

    total = 0.0
    for name, part in PARTS.items():
        repeat = repeated(getattr(abreast, part))
        cost = best(lambda repeat=repeat: repeat(lanes.copy(), m, TIMES))
        total += cost
        print(f"{name:45} {cost:7.1f} ns")
    print(f"{'one instant':45} {total:7.1f} ns")

    @numba.njit(nogil=True, error_model="numpy")
    def draw(states: Any, work: Any, times: int) -> None:
        for _ in range(times):
            for n in range(states.shape[0]):
                s = states[n]
                gaussians(s.rng, s.generator, s.stream, work[0].noise, 22)

    @numba.njit(nogil=True, error_model="numpy")
    def draw_abreast(lanes: Any, m: int, times: int) -> None:
        for _ in range(times):
            twelve_sums(lanes[0].stream, lanes[0].total, lanes[0].noise, m)

    @numba.njit(nogil=True, error_model="numpy")
    def control(states: Any, times: int) -> None:
        for step in range(times):
            for n in range(states.shape[0]):
                s = states[n]
                run_loops(step, s.xmeas, s.xmv, s.setpoint, s.last_error, s.override)

    modern = stack([tep.initial_state(1000 + n, rng="modern") for n in range(m)])
    print(
        f"{'22 gaussians, reference':45} {best(lambda: draw(states.copy(), work, TIMES)):7.1f} ns"
    )
    print(f"{'22 gaussians, modern':45} {best(lambda: draw(modern.copy(), work, TIMES)):7.1f} ns")
    abreast_cost = best(lambda: draw_abreast(lanes.copy(), m, TIMES))
    print(f"{'22 gaussians, modern, side by side':45} {abreast_cost:7.1f} ns")
    print(f"{'loops, a second':45} {best(lambda: control(states.copy(), TIMES)):7.1f} ns")
    for name, plants in (("reference", states), ("modern", modern)):
        begin = plants.copy()
        rows = np.empty((m, 10, 53))
        job = lambda begin=begin, rows=rows: run_block(  # noqa: E731
            begin.copy(), lanes, work, 1800, 180, rows
        )
        job()
        cost = min(_once(job) for _ in range(REPEATS)) / 1800 / m * 1e9
        print(f"{f'a whole second, {name}':45} {cost:7.1f} ns")


def _once(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
