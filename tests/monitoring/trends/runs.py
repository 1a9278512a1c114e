"""Runs for trends to show."""

from datetime import timedelta

import numpy as np
from django.utils import timezone

from simulation.models import Plant, Reading


def store(plant, count, *, seed=1, missing=(), spike=None):
    """A run of steady readings a second apart; the newest is of now."""
    plant.reset(seed)
    begin = timezone.now() - timedelta(seconds=count)
    noise = np.random.default_rng(seed).normal(0, 1, (count + 1, 53))
    rows = []
    for step in range(1, count + 1):
        if step in missing:
            continue
        values = 2700 + noise[step]
        if step == spike:
            values = values + 500
        at = begin + timedelta(seconds=step)
        rows.append(
            Reading(run=plant.run, step=step, sim_hours=step / 20, sampled_at=at, values=values)
        )
    Reading.objects.bulk_create(rows, batch_size=5000)
    Plant.objects.filter(pk=plant.pk).update(step=count)
    plant.refresh_from_db()
    return plant.run
