"""What a sample costs on its whole way, as a ratio to integrating it alone, in the same run.

    .venv/bin/python benchmarks/data_path.py [--plants 1 50] [--steps 200]

The way: lock, integrate, store (one transaction), read, score, store the analysis (one
transaction), render and send to the websocket group. In one process, on a database of its own
(DATABASE_URL is respected) and an embedded broker, with a page supposed to be open on each plant.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def timed(work: Callable[[], object]) -> float:
    """Return the wall seconds of a call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(plant_count: int, steps: int) -> None:
    """Print the cost per sample of each part, with so many plants."""
    from monitoring import live
    from monitoring.analysing import analyse_plant
    from simulation import tep
    from simulation.broker import note_viewer
    from simulation.models import Plant
    from simulation.stepping import Tick, step_plants

    plants = [Plant.objects.create(name=f"{plant_count}-{i}") for i in range(plant_count)]
    for plant in plants:
        plant.start(by_clock=False)
    states = [plant.load_state() for plant in Plant.objects.filter(pk__in=[p.pk for p in plants])]
    names = ("integrate alone", "step (integrate and store)", "detect", "push")
    seconds = dict.fromkeys(names, 0.0)

    def integrate() -> None:
        for i, state in enumerate(states):
            states[i], _ = tep.advance(state, tep.SAMPLE_SECONDS)

    for step in range(steps):
        for plant in plants:
            note_viewer(plant.pk, 60)
        ticks = [
            Tick(*row)
            for row in Plant.objects.filter(pk__in=[p.pk for p in plants]).values_list(
                "pk", "current_run_id", "step"
            )
        ]
        parts: dict[str, Callable[[], object]] = {
            "integrate alone": integrate,
            "step (integrate and store)": lambda ticks=ticks: step_plants(
                ticks, even_if_early=True
            ),
            "detect": lambda: [analyse_plant(p.pk) for p in plants],
            "push": lambda: [live.push_frame(p.pk) for p in plants],
        }
        for name, part in parts.items():
            spent = timed(part)
            if step >= 5:  # the first ones fill caches
                seconds[name] += spent
    samples = plant_count * (steps - 5)
    reference = seconds["integrate alone"] / samples
    print(f"\n{plant_count} plant{'s' if plant_count > 1 else ''}, {samples} samples")
    for name, spent in seconds.items():
        print(f"  {name:<28} {1000 * spent / samples:8.3f} ms   {spent / samples / reference:6.1f}")
    whole = sum(s for name, s in seconds.items() if name != "integrate alone") / samples
    print(f"  {'the whole way':<28} {1000 * whole:8.3f} ms   {whole / reference:6.1f}")
    for plant in plants:
        plant.delete()


def main() -> None:
    """Set up a scratch installation, measure, remove it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--plants", type=int, nargs="+", default=[1, 50])
    parser.add_argument("--steps", type=int, default=200)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="teplive-bench-"))
    os.environ["TEPLIVE_DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "teplive.settings"
    os.environ.pop("REDIS_URL", None)
    import django
    from django.conf import settings
    from django.core.management import call_command

    from teplive.embedded_broker import EmbeddedBroker

    broker = EmbeddedBroker(settings.DATA_DIR, settings.EMBEDDED_BROKER_SOCKET)
    broker.start()
    try:
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("fitdetector", runs=2, limit_runs=6, hours=24.0)
        print(f"database: {settings.DATABASES['default']['ENGINE'].rsplit('.', maxsplit=1)[-1]}")
        print(f"{'':<30} {'per sample':>11}   ratio")
        for count in options.plants:
            measure(count, max(options.steps, 10))
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
