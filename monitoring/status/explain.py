"""The stage `explain`: alarms and requests become explanations."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from monitoring.status.judging import START_EXPLAIN_WORKER
from monitoring.status.plant_facts import PlantFacts
from monitoring.status.stage import Stage


def explain(facts: PlantFacts) -> Stage:
    """Judge the explainer by what it tells of itself and by its worker's pulse."""
    told, around = facts.contributed, facts.around
    count = int(told.get("explanations", 0))
    waiting = int(told.get("explanations_waiting", 0))
    last_at = _moment(told.get("last_explanation_at"))
    failure = str(told.get("explanation_error") or "")
    error, error_at = failure, _moment(told.get("explanation_error_at"))
    if not error:
        error, error_at = around.error_of("explain")
    in_an_hour = told.get("explanations_in_an_hour")
    stage = Stage(
        "explain",
        "Explain",
        "idle",
        "nothing to explain",
        count=count,
        unit="explanations",
        step=told.get("last_explanation_step"),
        last_at=last_at,
        age_seconds=around.seconds_since(last_at),
        lag_steps=waiting,
        lag_seconds=told.get("explanation_lag_seconds"),
        rate=in_an_hour / 3600 if in_an_hour else None,
        error=error,
        error_at=error_at,
    )
    if (waiting or facts.is_live) and around.worker_is_silent("explain"):
        reason = "no worker for explanations gives a sign of life."
        return replace(
            stage,
            state="stalled",
            reason=f"{waiting} wait; {reason}" if waiting else reason,
            age_seconds=around.worker_silence("explain"),
            remedy=START_EXPLAIN_WORKER,
        )
    if waiting:
        reason = str(told.get("explanation_reason") or f"{waiting} under way or waiting")
        return replace(stage, state="waiting", reason=reason)
    if failure:
        return replace(stage, state="late", reason=f"the newest explanation failed: {failure}")
    if count:
        return replace(stage, state="ok", reason="all alarms are explained")
    return stage


def _moment(told: Any) -> datetime | None:
    return datetime.fromisoformat(told) if isinstance(told, str) else told
