"""The runs of a file, simulated side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation import tep
from simulation.dataset.plan import NORMAL, Plan, RunPlan
from simulation.tep import SECONDS_PER_HOUR
from simulation.tep.files import rounded

#: Plants in one call of the batch kernel.
TOGETHER = 8


@dataclass(frozen=True)
class Course:
    """One simulated run: ``rows`` (n, 53) at samples 1..n; ``shutdown_step`` -1 without a trip."""

    run: RunPlan
    rows: NDArray[np.float64]
    shutdown_step: int
    trip_reason: str


def simulate_runs(plan: Plan, runs: Sequence[RunPlan]) -> list[Course]:
    """Simulate runs of one fault; equal to the bit to one by one, and to ``simulate``."""
    found: list[Course] = []
    for first in range(0, len(runs), TOGETHER):
        found += _together(plan, runs[first : first + TOGETHER])
    return found


def _together(plan: Plan, runs: Sequence[RunPlan]) -> list[Course]:
    states = [tep.initial_state(run.seed, rng=plan.rng) for run in runs]
    parts: list[NDArray[np.float64]] = []
    done = 0
    if runs[0].fault != NORMAL:
        # As in `simulate`: what begins at 8 h acts from second 28800 on.
        onset = max(round(plan.onset_hours * SECONDS_PER_HOUR), 1) - 1
        states, rows = tep.advance_many(states, onset, sample_seconds=plan.sample_seconds)
        parts.append(rows)
        states = [tep.with_idv(state, runs[0].fault, plan.magnitude) for state in states]
        done = onset
    states, rows = tep.advance_many(states, plan.seconds - done, sample_seconds=plan.sample_seconds)
    table = np.concatenate([*parts, rows], axis=1)
    courses = []
    for run, state, own in zip(runs, states, table, strict=True):
        kept = own
        if state.is_shut_down and plan.after_trip == "drop":
            kept = own[: state.shutdown_step // plan.sample_seconds]
        if plan.digits is not None:
            kept = rounded(kept, plan.digits)
        courses.append(Course(run, kept, state.shutdown_step, tep.trip_reason(state) or ""))
    return courses
