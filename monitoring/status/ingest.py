"""The stage `ingest`: rows from outside, in place of clock and simulate."""

from dataclasses import replace

from monitoring.status.judging import FROM_OUTSIDE, judge, rate_of
from monitoring.status.plant_facts import PlantFacts
from monitoring.status.stage import Stage
from simulation.models import Plant

REMEDY = "Look after the sender; pause the plant where no more rows are to come."


def ingest(facts: PlantFacts) -> Stage:
    """Judge the feed by when a row should have come: one an interval."""
    plant, around = facts.plant, facts.around
    refusal = facts.newest_refusal
    last_at = plant.sampled_at
    overdue = max(0.0, (around.seconds_since(last_at) or 0.0) - plant.interval_seconds)
    missed = int(overdue / plant.interval_seconds) + 1 if overdue > 0.5 else 0
    is_running = plant.state == Plant.State.RUNNING
    stage = Stage(
        "ingest",
        "Ingest",
        "ok",
        f"a row every {plant.interval_seconds:g} s is expected",
        count=plant.reading_count,
        unit="readings",
        step=plant.step,
        last_at=last_at,
        age_seconds=around.seconds_since(last_at),
        lag_steps=missed if is_running and last_at else None,
        lag_seconds=overdue if is_running and last_at else None,
        rate=rate_of(facts.backlog.reading_times, around.now, plant.interval_seconds)
        if is_running
        else None,
        error=refusal.last_detail if refusal else "",
        error_at=refusal.last_at if refusal else None,
    )
    if not is_running:
        return replace(stage, state="idle", reason=facts.at_rest)
    refused = bool(refusal and refusal.last_at and (last_at is None or refusal.last_at > last_at))
    why = f" The newest one was refused: {stage.error}" if refused else ""
    if last_at is None:
        since = around.seconds_since(plant.run.started_at) or 0.0
        if refused and judge(since - plant.interval_seconds, plant.interval_seconds) == "stalled":
            return replace(
                stage,
                state="stalled",
                reason=f"rows come, and none could be stored.{why}",
                age_seconds=since,
                remedy="Correct what the sender sends.",
            )
        return replace(stage, state="waiting", reason=f"no row has come yet.{why}".rstrip("."))
    state = judge(overdue, plant.interval_seconds, FROM_OUTSIDE)
    if state == "ok":
        return stage
    remedy = "Correct what the sender sends." if refused else REMEDY
    reason = f"no row has been stored since {last_at:%H:%M:%S} UTC, step {plant.step}.{why}"
    return replace(stage, state=state, reason=reason, remedy=remedy)
