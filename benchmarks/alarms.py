"""What the alarm limits cost: seconds for the readings of a run, against scoring the same readings.

`python benchmarks/alarms.py` on a new SQLite file in a temporary folder, sample by sample; then a
sample by which hundreds of alarms begin, and one by which they return.
"""

import logging
import os
import tempfile
import time

os.environ["TEPLIVE_DATA_DIR"] = tempfile.mkdtemp(prefix="teplive-bench-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teplive.settings")

import django

django.setup()
logging.disable(logging.ERROR)  # no broker runs here

from django.core.management import call_command  # noqa: E402

SAMPLES = 300


def main() -> None:
    """Print the cost by sample of either, and their ratio."""
    call_command("migrate", verbosity=0)
    from monitoring.alarms.holding import hold_against_limits
    from monitoring.analysing import analyse_plant
    from monitoring.fitting import FitPlan, fit_detector
    from monitoring.models import AlarmDefinition, AlarmJournalEntry
    from simulation.models import Plant
    from simulation.stepping import Tick, step_plants

    fit_detector(FitPlan(kind="robust", runs=2, limit_runs=6, hours=24.0, faults=()))
    plant = Plant.objects.create(name="Benchmark")
    plant.reset(4651207995)
    plant.start()
    plant.inject([6], start_step=100)
    scoring = holding = cpu_scoring = cpu_holding = 0.0
    for step in range(SAMPLES):
        plant.refresh_from_db()
        if not step_plants([Tick(plant.pk, plant.run.pk, plant.step)], even_if_early=True):
            break
        begin, cpu_begin = time.perf_counter(), time.process_time()
        analyse_plant(plant.pk)
        scored, cpu_scored = time.perf_counter(), time.process_time()
        hold_against_limits(plant.pk)
        if step >= 10:  # warm
            scoring += scored - begin
            holding += time.perf_counter() - scored
            cpu_scoring += cpu_scored - cpu_begin
            cpu_holding += time.process_time() - cpu_scored
    plant.refresh_from_db()
    count = plant.step - 10
    limits = AlarmDefinition.objects.filter(in_service=True).count()
    print(f"{limits} alarms, {count} samples, {AlarmJournalEntry.objects.count()} journal entries")
    for clock, scored_in, held_in in (
        ("wall", scoring, holding),
        ("processor", cpu_scoring, cpu_holding),
    ):
        print(
            f"{clock}: analyse {1000 * scored_in / count:.2f} ms, "
            f"limits {1000 * held_in / count:.2f} ms a sample, ratio {held_in / scored_in:.2f}"
        )
    storm()


def storm() -> None:
    """Print what a sample costs by which every limit of a plant is passed at once, and is no more.

    The limits lie where normal operation is always beyond them, then where it never is.
    """
    from django.db.models import F

    from monitoring.alarms.holding import hold_against_limits
    from monitoring.alarms.normal_operation import NORMAL
    from monitoring.models import AlarmDefinition, AlarmOccurrence
    from simulation.models import Plant
    from simulation.stepping import Tick, step_plants

    plant = Plant.objects.create(name="Storm")
    plant.reset(4651207995)
    plant.start()
    AlarmDefinition.objects.bulk_create(
        AlarmDefinition(
            code=f"storm-{number}-{kind}", name=f"{tag} {kind}", plant=plant, kind=kind, tag=tag,
            limit=normal.mean - side * 10.0 * max(normal.sd, 1.0),
        )
        for number, (tag, normal) in enumerate(NORMAL.items(), 1)
        for kind, side in (("hihi", 1.0), ("hi", 1.0), ("lo", -1.0), ("lolo", -1.0))
    )  # fmt: skip
    own = AlarmDefinition.objects.filter(plant=plant)
    standing = AlarmOccurrence.objects.filter(plant=plant, is_active=True)
    for text, move in (("begin", None), ("return", 1e6)):
        if move is not None:
            own.filter(kind__in=["hihi", "hi"]).update(limit=F("limit") + move)
            own.filter(kind__in=["lo", "lolo"]).update(limit=F("limit") - move)
        before = standing.count()
        plant.refresh_from_db()
        step_plants([Tick(plant.pk, plant.run.pk, plant.step)], even_if_early=True)
        begin, cpu = time.perf_counter(), time.process_time()
        hold_against_limits(plant.pk)
        wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
        print(
            f"{abs(standing.count() - before)} alarms {text} by one sample: "
            f"{1000 * wall:.0f} ms, {1000 * cpu:.0f} ms of the processor"
        )


if __name__ == "__main__":
    main()
