"""The stage `simulate`: a worker takes the step that the clock asks for."""

from dataclasses import replace

from monitoring.status.judging import (
    START_EXPLAIN_WORKER,
    START_PLANT_WORKER,
    STEP_PATIENCE_SECONDS,
    judge,
    rate_of,
)
from monitoring.status.plant_facts import PlantFacts
from monitoring.status.stage import Stage
from simulation.models import Plant
from simulation.models.reading import hours_at

#: A branch shares its worker with the explanations, and loads the compiled simulator first.
AHEAD_PATIENCE_SECONDS = 30.0


def simulate(facts: PlantFacts) -> Stage:
    """Judge the steps by their due time and by the worker's pulse."""
    plant, around = facts.plant, facts.around
    error, error_at = plant.last_error, plant.last_error_at
    if not error:
        error, error_at = around.error_of("simulate")
    rate = None
    if plant.state == Plant.State.RUNNING:
        rate = rate_of(facts.backlog.reading_times, around.now, plant.interval_seconds)
    stage = Stage(
        "simulate",
        "Simulate",
        "ok",
        f"at {plant.sim_hours:.2f} h of process time",
        count=plant.step,
        unit="readings",
        step=plant.step,
        last_at=plant.sampled_at,
        age_seconds=around.seconds_since(plant.sampled_at),
        rate=rate,
        error=error,
        error_at=error_at,
    )
    if plant.state == Plant.State.FAILED:
        return replace(
            stage, state="stalled", reason=f"{plant.state_reason}.", remedy="Reset the plant."
        )
    if plant.is_running_ahead and plant.state != Plant.State.PAUSED:
        return _ahead(facts, stage)
    if plant.state != Plant.State.RUNNING:
        return replace(stage, state="idle", reason=facts.at_rest)
    if plant.next_due is None:
        return _in_the_foreground(facts, stage)
    overdue = max(0.0, facts.overdue_seconds)
    missed = int(overdue / plant.interval_seconds) + 1 if overdue else 0
    stage = replace(stage, lag_seconds=overdue, lag_steps=missed if overdue > 0.5 else 0)
    return _by_the_clock(facts, stage, overdue)


def _by_the_clock(facts: PlantFacts, stage: Stage, overdue: float) -> Stage:
    plant, around = facts.plant, facts.around
    if around.worker_is_silent("analyse"):
        return replace(
            stage,
            state="stalled",
            reason="no plant worker gives a sign of life.",
            age_seconds=around.worker_silence("analyse"),
            remedy=START_PLANT_WORKER,
        )
    state = judge(overdue, plant.interval_seconds)
    if state == "ok":
        return stage
    if plant.catching_up_from is not None and _keeps_stepping(stage, plant.interval_seconds):
        owed = plant.samples_owed(around.now)
        reason = f"catching up after an outage: step {plant.step} is taken, {owed} more are owed"
        return replace(stage, state="late", reason=reason)
    was_due = f"step {plant.step + 1} was due at {plant.next_due:%H:%M:%S} UTC and"
    waiting = around.survey.queues.get("simulate", 0)
    if around.has_fresh_error("simulate"):
        reason, remedy = f"{was_due} the last try failed: {stage.error}.", ""
    elif waiting or around.clock_is_silent:
        reason = f"{was_due} no worker has taken it; {waiting} ticks wait in the queue."
        remedy = START_PLANT_WORKER
    else:
        # The tick has left the queue, or has not been sent yet: either may take a moment.
        state = "late" if overdue < STEP_PATIENCE_SECONDS else state
        reason = f"{was_due} is not stored; a worker has the tick and is not done with it."
        remedy = "See the log of the plant worker; manage.py doctor looks at the database."
    return replace(stage, state=state, reason=reason, remedy=remedy)


def _keeps_stepping(stage: Stage, interval_seconds: float) -> bool:
    return judge(stage.age_seconds or 0.0, interval_seconds) == "ok"


def _ahead(facts: PlantFacts, stage: Stage) -> Stage:
    """Judge a branch that is prepared, or runs to a step by the explain worker's task."""
    plant = facts.plant
    goal = hours_at(plant.run_until_step or 0)
    since = facts.around.seconds_since(plant.sampled_at or plant.created_at) or 0.0
    stage = replace(stage, rate=None, lag_seconds=max(0.0, since - 1.0))
    if since < AHEAD_PATIENCE_SECONDS:
        doing = "being prepared" if plant.tep_state is None else f"running to {goal:.2f} h"
        return replace(stage, reason=f"{doing}, as fast as it can")
    return replace(
        stage,
        state="stalled",
        reason=f"it was to run to {goal:.2f} h and nothing was heard of it for {since:.0f} s.",
        remedy=START_EXPLAIN_WORKER,
    )


def _in_the_foreground(facts: PlantFacts, stage: Stage) -> Stage:
    plant = facts.plant
    since = facts.around.seconds_since(plant.sampled_at or plant.run.started_at) or 0.0
    overdue = max(0.0, since - plant.interval_seconds)
    state = judge(overdue, plant.interval_seconds)
    stage = replace(stage, state=state, lag_seconds=overdue)
    reason = "driven by manage.py runsimulation in the foreground"
    if state == "ok":
        return replace(stage, reason=reason)
    return replace(
        stage,
        reason=f"{reason}, which took step {plant.step} last.",
        remedy="Pause and resume the plant to hand it over to the clock.",
    )
