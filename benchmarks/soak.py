"""A soak of the real product: memory of each process, growth of the database, latency by minute.

Starts `manage.py up` with some plants and no page open. Flat means: the memory of no process grew
by more than 2 % (at least 0.5, at most 2 MB) from the middle of the run to its end (straight line
through the second half), and the median latency of the last quarter is at most 1.5 times that of
the second.
"""

import argparse
import statistics
import sys
import time
from collections import defaultdict
from datetime import timedelta

import psutil
from product import latencies, product

from tests.stack import Stack

NAMES = {
    "-n plant@": "plant worker",
    "-n explain@": "explain worker",
    " beat -l ": "beat",
    " daphne ": "web server",
    "valkey-server": "broker",
}
SAMPLE_SECONDS = 5.0
MOST_GROWTH, MOST_MEGABYTES = 0.02, 2.0
MOST_SLOWDOWN = 1.5


def memory(stack: Stack) -> dict[str, float]:
    """Return the private memory of each process in MB (pages that no other process has).

    A share of common pages would change with the other processes that happen to run.
    """
    found = {}
    assert stack.process is not None
    for pattern, name in NAMES.items():
        for process in stack.children(pattern):
            try:
                found[name] = process.memory_full_info().uss / 1e6
            except psutil.Error:
                continue
    found["runner"] = psutil.Process(stack.process.pid).memory_full_info().uss / 1e6
    return found


def cpu_seconds(process: psutil.Process) -> float:
    """Return the seconds of processor time that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def growth(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Return level in MB and growth in MB of the second half, by a straight line through it."""
    half = points[len(points) // 2 :]
    times, values = zip(*half, strict=True)
    slope, start = statistics.linear_regression(times, values)
    return start + slope * times[0], slope * (times[-1] - times[0])


def quarters(points: list[tuple[float, float]]) -> list[float]:
    """Return the mean in MB of each quarter of the run."""
    size = max(1, len(points) // 4)
    return [
        statistics.fmean(value for _age, value in points[first : first + size])
        for first in range(0, 4 * size, size)
        if points[first : first + size]
    ]


def percentile(values: list[float], share: float) -> float:
    """Return a percentile in ms, 0 for none."""
    return 1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def main() -> int:
    """Run, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--interval", type=float, default=0.2)
    parser.add_argument("--plants", type=int, default=5)
    options = parser.parse_args()
    with product(options.plants, options.interval) as (stack, plants):
        from django.utils import timezone

        from simulation.models import Plant, PlantEvent, Reading

        def rows() -> int:
            return Reading.objects.filter(run__plant__in=plants).count()

        def size() -> int:
            files = stack.data_dir.glob("teplive.sqlite3*")
            return sum(file.stat().st_size for file in files)

        time.sleep(10)  # imports and first allocations are no growth
        sizes, counts = [size()], [rows()]
        begin, at_begin = timezone.now(), time.monotonic()
        seen: dict[str, list[tuple[float, float]]] = defaultdict(list)
        busy = {process.pid: cpu_seconds(process) for process in stack.children(".")}
        while (age := time.monotonic() - at_begin) < 60 * options.minutes:
            if stack.process is None or stack.process.poll() is not None:
                sys.exit(f"The product has ended after {age:.0f} s: somebody stopped it.")
            for name, megabytes in memory(stack).items():
                seen[name].append((age, megabytes))
            time.sleep(SAMPLE_SECONDS)
        end = timezone.now()
        sizes.append(size())
        counts.append(rows())
        used = {}
        for process in stack.children("."):
            line = f" {' '.join(process.cmdline())} "
            name = next((n for pattern, n in NAMES.items() if pattern in line), "other")
            spent = cpu_seconds(process) - busy.get(process.pid, 0.0)
            used[name] = 100 * spent / (60 * options.minutes)
        runs = list(Plant.objects.filter(pk__in=plants).values_list("current_run_id", flat=True))
        minutes = []
        # A last piece of less than half a minute says nothing by itself.
        while begin + timedelta(minutes=len(minutes) + 0.5) < end:
            first = begin + timedelta(minutes=len(minutes))
            minutes.append(latencies(runs, first, min(end, first + timedelta(minutes=1))))
        skipped = [
            (at - begin).total_seconds()
            for at in PlantEvent.objects.filter(kind="skipped").values_list("at", flat=True)
        ]

    taken = counts[1] - counts[0]
    during = sum(age >= 0 for age in skipped)
    wanted = options.plants * 60 * options.minutes / options.interval
    print(
        f"{options.plants} plants at {options.interval:g} s for {options.minutes:g} min, no page "
        f"open: {taken} samples, {100 * taken / wanted:.1f} % of {wanted:.0f}; "
        f"outages: {during}, and {len(skipped) - during} at the start, before the measurement"
    )
    print(f"database: {(sizes[1] - sizes[0]) / max(1, taken):.0f} bytes a sample with its analysis")
    print("\ntick to analysis by minute   samples   p50 ms   p95 ms")
    for number, values in enumerate(minutes, 1):
        middle, late = percentile(values, 0.5), percentile(values, 0.95)
        print(f"  {number:>4} {len(values):>29} {middle:>8.1f} {late:>8.1f}")
    print("\nmemory (private)  MB   growth in the second half   CPU   mean of each quarter")
    wrong = []
    for name, points in sorted(seen.items()):
        level, grown = growth(points)
        cpu = f"{used[name]:.0f} %" if name in used else ""
        fourths = "  ".join(f"{value:.1f}" for value in quarters(points))
        print(
            f"  {name:<14} {level:>5.1f}   {grown:>+6.2f} MB {100 * grown / level:>+6.1f} %   "
            f"{cpu:>6}   {fourths}"
        )
        if grown > min(MOST_MEGABYTES, max(0.5, MOST_GROWTH * level)):
            wrong.append(f"the {name} grows: {grown:+.1f} MB")
    quarter = max(1, len(minutes) // 4)
    early = [v for m in minutes[quarter : 2 * quarter] for v in m] or minutes[0]
    late = [v for m in minutes[-quarter:] for v in m]
    slowdown = percentile(late, 0.5) / max(1e-9, percentile(early, 0.5))
    print(f"\nlatency of the last quarter to that of the second (p50): {slowdown:.2f}")
    if slowdown > MOST_SLOWDOWN:
        wrong.append(f"the latency grows: {slowdown:.2f} times")
    if taken < 0.98 * wanted:
        wrong.append(f"the interval was not held: {100 * taken / wanted:.1f} % of the samples")
    print("\n".join(f"WRONG: {text}" for text in wrong) or "all holds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
