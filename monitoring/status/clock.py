"""The stage `clock`: beat, which says when a plant is due."""

from monitoring.status.judging import CLOCK_SILENCE_SECONDS, START_BEAT
from monitoring.status.plant_facts import PlantFacts
from monitoring.status.stage import Stage, State

#: A step is due and no tick waits: then a shorter silence of beat is enough to name it.
SILENCE_WHEN_DUE_SECONDS = 2.0
#: Beat shows its pulse so often.
PULSE_SECONDS = 1.0


def clock(facts: PlantFacts) -> Stage:
    """Judge the clock by its pulse."""
    plant, around = facts.plant, facts.around
    silence = around.clock_silence
    error, error_at = around.error_of("clock")
    state: State = "ok"
    reason, remedy = f"a sample every {plant.interval_seconds:g} s", ""
    overdue = facts.overdue_seconds
    starved = overdue > 1.0 and not around.survey.queues.get("simulate")
    patience = SILENCE_WHEN_DUE_SECONDS if starved else CLOCK_SILENCE_SECONDS
    if not facts.is_live:
        state = "idle"
        reason = facts.at_rest or "the plant is driven in the foreground"
        if plant.is_running_ahead:
            reason = "the plant runs ahead, as fast as it can"
    elif silence is None or silence > patience:
        state, remedy = "stalled", START_BEAT
        reason = "beat, the plants' clock, gives no sign of life."
    return Stage(
        "clock",
        "Clock",
        state,
        reason,
        step=plant.step + 1 if facts.is_live else None,
        last_at=around.beaten_at("clock"),
        age_seconds=silence,
        lag_seconds=max(0.0, (silence or 0.0) - PULSE_SECONDS) if facts.is_live else None,
        rate=1 / plant.interval_seconds if facts.is_live and state == "ok" else None,
        error=error,
        error_at=error_at,
        remedy=remedy,
    )
