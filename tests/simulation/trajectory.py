"""What a run must have stored: an uninterrupted reference with the same seed and injections."""

import numpy as np

from simulation import tep
from simulation.models import Injection, Plant, Reading, Run
from simulation.stepping import Tick


def tick_of(plant: Plant) -> Tick:
    """The hint that a healthy clock would send now."""
    plant.refresh_from_db()
    return Tick(plant.pk, plant.current_run_id, plant.step)


def reference(run: Run, steps: int) -> np.ndarray:
    """The rows (steps, 53) of one uninterrupted integration with the run's seed, rng and faults."""
    faults = list(Injection.objects.filter(run=run))
    state, rows = tep.initial_state(run.seed, rng=run.rng), []
    for step in range(1, steps + 1):
        flags = np.zeros(20)
        for fault in faults:
            if fault.start_step <= step and (fault.end_step is None or step < fault.end_step):
                flags[fault.idv - 1] = 1.0
        state, row = tep.advance(state.replace(idv=flags), tep.SAMPLE_SECONDS)
        rows.append(row[0])
    return np.array(rows).reshape(steps, 53)


def assert_trajectory(run: Run) -> int:
    """The readings are 1, 2, 3 ... and equal to the bit to the reference; returns their number."""
    stored = list(Reading.objects.filter(run=run).order_by("step"))
    assert [reading.step for reading in stored] == list(range(1, len(stored) + 1))
    if stored:
        values = np.array([reading.values for reading in stored])
        assert values.tobytes() == reference(run, len(stored)).tobytes()
    return len(stored)
