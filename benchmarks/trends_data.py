"""What it takes to open 24 h of 1 Hz data as a trend: server time and bytes, and a ratio.

    .venv/bin/python benchmarks/trends_data.py [--readings 86400] [--days 0]

Readings of a seeded random walk on a database of its own (DATABASE_URL is respected), asked for by
the address that the page asks, through the whole of Django. The reference is reading the same
column of the same rows as model objects, measured in the same run.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["TEPLIVE_DATA_DIR"] = tempfile.mkdtemp(prefix="teplive-bench-")


def timed(work: Callable[[], object]) -> float:
    """Return the wall seconds of a call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fill(count: int) -> int:
    """Store so many readings, one a second, and return the plant's id."""
    import numpy as np
    from django.utils import timezone

    from simulation.models import Plant, Reading
    from simulation.tep.variables import LABELS, VARIABLES

    plant = Plant.objects.create(name="bench", interval_seconds=1.0)
    plant.reset(1)
    nominal = np.array([variable.nominal for variable in VARIABLES])
    rng, begin, level = np.random.default_rng(7), timezone.now(), np.zeros(len(LABELS))
    for start in range(1, count + 1, 5000):
        steps = range(start, min(start + 5000, count + 1))
        walk = level + np.cumsum(rng.normal(0, 1e-3, (len(steps), len(LABELS))), axis=0)
        level = walk[-1]
        Reading.objects.bulk_create(
            Reading(
                run=plant.run,
                step=step,
                sim_hours=step / 20,
                sampled_at=begin + timedelta(seconds=step),
                values=nominal * (1 + row),
            )
            for step, row in zip(steps, walk, strict=True)
        )
    Plant.objects.filter(pk=plant.pk).update(step=count)
    return plant.pk


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=86_400)
    count = parser.parse_args().readings
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teplive.settings")
    os.environ.setdefault("TEPLIVE_DEBUG", "0")
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    settings.ALLOWED_HOSTS.append("testserver")
    call_command("migrate", verbosity=0)
    plant = fill(count)
    from simulation.models import Reading
    from simulation.tep.variables import LABELS

    client = Client()
    client.force_login(User.objects.create_user("bench", password=None))
    reference = min(
        timed(lambda: [one.values[6] for one in Reading.objects.order_by("step").iterator()])
        for _ in range(3)
    )
    print(f"{count} readings; the same rows as model objects: {reference * 1000:.0f} ms")
    for wall in ("", "&wall=1"):
        for traces in (1, 4, 48):
            tags = "&".join(f"tag={label}" for label in LABELS[:traces])
            address = (
                f"/trends/data?plant={plant}&first=1&last={count}&rows=2000&marks=1{wall}&{tags}"
            )
            size = len(client.get(address).content)
            took = statistics.median(timed(lambda a=address: client.get(a)) for _ in range(5))
            print(
                f"{traces:2} traces{', wall time' if wall else ''}: {took * 1000:.0f} ms, "
                f"{size / 1000:.0f} kB, {took / reference:.2f} of the reference"
            )


if __name__ == "__main__":
    main()
