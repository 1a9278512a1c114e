"""Stored runs for tests, without simulating them."""

from datetime import timedelta

import numpy as np
from django.utils import timezone

from monitoring.models import Analysis, AnalysisCursor, LimitCursor
from simulation.models import Plant, Reading, Run


def fill(plant: Plant, model, readings: int, days_old: float, *, read_to: int | None = None) -> Run:
    """A new run with readings, one a minute up to `days_old` ago, scored one by one."""
    plant.reset(1)
    run, now = plant.run, timezone.now()
    last = now - timedelta(days=days_old)
    at = [last - timedelta(minutes=readings - step) for step in range(1, readings + 1)]
    Reading.objects.bulk_create(
        Reading(run=run, step=i, sim_hours=i / 20, sampled_at=moment, values=np.full(53, float(i)))
        for i, moment in enumerate(at, 1)
    )
    read_to = readings if read_to is None else read_to
    Analysis.objects.bulk_create(
        Analysis(
            run=run, step=i, first_step=i, t2=1.0, spe=1.0, t2_limit=2.0, spe_limit=2.0,
            exceeds=False, streak=-i, alarming=False, t2_contributions=np.zeros(33),
            spe_contributions=np.zeros(33), detector_model=model, analysed_at=now,
        )
        for i in range(1, read_to + 1)
    )  # fmt: skip
    Plant.objects.filter(pk=plant.pk).update(step=readings)
    AnalysisCursor.objects.update_or_create(plant=plant, defaults={"run": run, "step": read_to})
    LimitCursor.objects.update_or_create(plant=plant, defaults={"run": run, "step": read_to})
    plant.refresh_from_db()
    return run
