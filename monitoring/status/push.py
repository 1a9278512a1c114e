"""The stage `push`: what is new goes to the open pages."""

from dataclasses import replace

from monitoring.delivery import Note
from monitoring.status.judging import NOTED, START_WEB, judge, rate_of
from monitoring.status.plant_facts import PlantFacts
from monitoring.status.stage import Stage


def push(facts: PlantFacts, analyse: Stage) -> Stage:
    """Judge the push by how far behind the plant the newest frame is that was sent to a page."""
    plant, around = facts.plant, facts.around
    found = around.survey.of(plant.pk)
    error, error_at = around.error_of("push")
    sent = _step_of(facts, found.sent)
    pages = found.pages
    behind = max(0, plant.step - sent)
    # The oldest step that was not sent came so long ago, if the steps came in their interval.
    overdue = 0.0
    if behind and plant.sampled_at is not None:
        since = (around.now - plant.sampled_at).total_seconds()
        overdue = since + (behind - 1) * plant.interval_seconds
        if found.sent is not None and sent:
            overdue = min(overdue, (around.now - found.sent.at).total_seconds())
    stage = Stage(
        "push",
        "Push",
        "ok",
        "open pages are at the newest step",
        count=pages,
        unit="open page" if pages == 1 else "open pages",
        step=sent or None,
        last_at=found.sent.at if found.sent else None,
        age_seconds=around.seconds_since(found.sent.at if found.sent else None),
        error=error,
        error_at=error_at,
    )
    if around.survey.error:
        return replace(
            stage,
            state="stalled" if facts.is_live else "idle",
            reason=f"the broker, which carries the pushes: {around.broker_error}",
            count=None,
        )
    if not pages:
        return replace(stage, state="idle", reason="no page is open", step=None)
    if not facts.is_live:
        return replace(stage, state="idle", reason=facts.at_rest or "driven in the foreground")
    stage = replace(
        stage,
        lag_steps=behind,
        lag_seconds=overdue,
        rate=rate_of(found.push_times, around.now, plant.interval_seconds),
    )
    state = judge(overdue, plant.interval_seconds, NOTED)
    if state == "ok":
        return stage
    if analyse.state in {"stalled", "late"}:
        return replace(stage, state="waiting", reason="for analyse, after which it pushes")
    pushed = _step_of(facts, found.pushed)
    if pushed <= sent:
        reason = f"no worker has pushed since step {pushed}; the plant is at {plant.step}."
        remedy = "See the log of the plant worker; pages ask for what they miss meanwhile."
        if around.has_fresh_error("push"):
            reason = f"the last push failed: {error}; the plant is at {plant.step}."
    else:
        reason = (
            f"step {pushed} was pushed, and the web server has sent {pages} open "
            f"page{'s' if pages != 1 else ''} nothing after step {sent}."
        )
        remedy = START_WEB
    return replace(stage, state=state, reason=reason, remedy=remedy)


def _step_of(facts: PlantFacts, note: Note | None) -> int:
    """Return the step of a note of the present run, 0 for none."""
    run = facts.plant.current_run
    return note.step if note and run and note.run == run.number else 0
