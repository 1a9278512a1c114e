"""What evidence and the embedded explanation of a stored alarm cost, in ms.

    python benchmarks/explanation.py [--rounds 60]

A plant of a scratch database (SQLite) with the default detector and a trained diagnosis gets a
fault; its alarm is explained again and again. Reference of the same run: reading the same rows.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.stack import environment

FAULT, ONSET_HOURS, HOURS, SEED = 4, 8.0, 12.0, 4651207995


def milliseconds(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median and the 95th percentile of the time that the work takes."""
    work()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append(1000.0 * (time.perf_counter() - begun))
    taken.sort()
    return statistics.median(taken), taken[int(0.95 * len(taken))]


def main() -> None:
    """Print the table of docs/explanation.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="teplive-bench-"))
    try:
        os.environ.update(environment(folder))
        measure(options.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(rounds: int) -> None:
    """Set up the alarm and measure."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("fitdetector", verbosity=0)
    call_command("fitdiagnosis", runs=6, held_out=2, quick=True, verbosity=0)

    from explainer.embedded import explain
    from explainer.evidence import build_evidence
    from explainer.verifying import verify
    from monitoring.diagnosing import model_for
    from monitoring.models import Alarm, Analysis
    from simulation import tep
    from simulation.models import Plant, Reading
    from tests.explainer.conftest import fill

    plant = Plant.objects.create(name="Bench")
    rows, _ = tep.simulate_rows(SEED, HOURS, {FAULT: ONSET_HOURS})
    fill(plant, rows)
    alarm = Alarm.objects.select_related("run__plant", "analysis__detector_model").latest("pk")
    points = Analysis.objects.select_related("run__plant", "detector_model")
    point = points.filter(run=alarm.run).latest("step")
    assert model_for(alarm) is not None, "the diagnosis is part of what is measured"
    evidence = build_evidence(point, alarm)
    text, _ = explain(evidence)

    def read() -> None:
        list(
            Reading.objects.filter(run=alarm.run, step__lte=point.step)
            .order_by("-step")
            .values_list("step", "values")[:160]
        )

    reference, _ = milliseconds(read, rounds)
    print(f"{'':34}{'median ms':>10}{'p95 ms':>10}{'x reading':>11}")
    for name, work in (
        ("reading 160 rows (reference)", read),
        ("evidence, diagnosis included", lambda: build_evidence(point, alarm)),
        ("embedded explanation", lambda: explain(evidence)),
        ("checking its citations", lambda: verify(text, point)),
        ("all of it", lambda: verify(explain(build_evidence(point, alarm))[0], point)),
    ):
        median, late = milliseconds(work, rounds)
        print(f"{name:34}{median:>10.1f}{late:>10.1f}{median / reference:>11.1f}")


if __name__ == "__main__":
    main()
