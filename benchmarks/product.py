"""The real product for benchmarks: `manage.py up` on a scratch folder, with its database."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
for _name in ("DATABASE_URL", "REDIS_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
    os.environ.pop(_name, None)

from tests.stack import PASSWORD, Stack, environment  # noqa: E402


@contextmanager
def product(plants: int, interval: float, **settings: str) -> Iterator[tuple[Stack, list[int]]]:
    """Yield the running product and the ids of its plants, which run; remove all afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="teplive-bench-"))
    stack = Stack(folder, **settings)
    try:
        os.environ.update(environment(folder, **settings))
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("fitdetector", runs=2, limit_runs=6, hours=24.0, verbosity=0)
        from django.contrib.auth import get_user_model
        from django.db import connection

        from simulation.models import Plant

        get_user_model().objects.create_superuser("admin", password=PASSWORD)
        made = []
        for number in range(1, plants + 1):
            plant = Plant.objects.create(name=f"Plant {number}", interval_seconds=interval)
            plant.start()
            made.append(plant.pk)
        connection.close()
        stack.start()
        stack.wait("readings", lambda: stack.plant()["analyses"] > 5, 60)
        yield stack, made
    finally:
        if stack.process is not None:
            stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


def latencies(run_ids: list[int], after: object, until: object) -> list[float]:
    """Return the seconds from each reading to its analysis, of readings taken in a span of time.

    From the moment at which the step's transaction began to that at which the score was made.
    """
    from monitoring.models import Analysis
    from simulation.models import Reading

    taken = {
        (run, step): at
        for run, step, at in Reading.objects.filter(
            run__in=run_ids, sampled_at__gte=after, sampled_at__lt=until
        ).values_list("run", "step", "sampled_at")
    }
    scored = Analysis.objects.filter(run__in=run_ids).values_list("run", "step", "analysed_at")
    return [
        (at - taken[run, step]).total_seconds() for run, step, at in scored if (run, step) in taken
    ]
