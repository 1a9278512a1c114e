"""The stage `analyse`: the detector scores what it has not scored yet."""

from dataclasses import replace

from monitoring.status.judging import START_BEAT, START_PLANT_WORKER, judge, rate_of
from monitoring.status.plant_facts import PlantFacts
from monitoring.status.stage import Stage
from simulation.models import Plant


def analyse(facts: PlantFacts) -> Stage:
    """Judge the detector by how long the oldest complete block of readings waits."""
    plant, around, cursor = facts.plant, facts.around, facts.cursor
    error, error_at = (cursor.last_error, cursor.last_error_at) if cursor else ("", None)
    if not error:
        error, error_at = around.error_of("analyse")
    last_at = cursor.analysed_at if cursor else None
    unread, size = facts.unread, facts.settings.decimation
    lag = around.seconds_since(facts.backlog.block_complete_at) or 0.0
    stage = Stage(
        "analyse",
        "Analyse",
        "ok",
        "no alarm",
        count=facts.analyses,
        unit="scored",
        step=facts.analysed_step,
        last_at=last_at,
        age_seconds=around.seconds_since(last_at),
        lag_steps=unread,
        lag_seconds=max(0.0, lag),
        rate=_rate(facts),
        error=error,
        error_at=error_at,
    )
    if plant.step == 0 and not _worker_is_missed(facts):
        return replace(stage, state="idle", reason="no reading yet")
    if unread and facts.settings.detector_in_use() is None:
        return _without_detector(facts, stage)
    if unread >= size and judge(lag, plant.interval_seconds) != "ok":
        return _behind(facts, stage, lag)
    if _worker_is_missed(facts):
        return replace(
            stage,
            state="stalled",
            reason="no plant worker gives a sign of life.",
            age_seconds=around.worker_silence("analyse"),
            remedy=START_PLANT_WORKER,
        )
    if not plant.is_simulated and facts.is_live and around.clock_is_silent:
        # A simulated plant has the stage `clock` for it.
        reason = "beat, which sweeps up what a lost message left, gives no sign of life"
        return replace(stage, state="late", reason=reason, remedy=START_BEAT)
    return _keeping_up(facts, stage)


def _without_detector(facts: PlantFacts, stage: Stage) -> Stage:
    """Call a plant that runs unwatched stalled; of one at rest nothing stands still, it waits."""
    remedy = "Run: manage.py fitdetector"
    if facts.plant.state == Plant.State.RUNNING:
        reason = "no detector has been fitted."
        return replace(stage, state="stalled", reason=reason, remedy=remedy)
    reason = f"{facts.unread} readings wait, and no detector has been fitted"
    return replace(stage, state="waiting", reason=reason, lag_seconds=0.0, remedy=remedy)


def _worker_is_missed(facts: PlantFacts) -> bool:
    """Tell whether the worker is silent and no earlier stage says so already."""
    fed = not facts.plant.is_simulated
    return fed and facts.is_live and facts.around.worker_is_silent("analyse")


def _rate(facts: PlantFacts) -> float | None:
    if facts.plant.state != Plant.State.RUNNING and not facts.unread:
        return None
    seconds = facts.plant.interval_seconds * facts.settings.decimation
    return rate_of(facts.backlog.analysis_times, facts.around.now, seconds)


def _behind(facts: PlantFacts, stage: Stage, lag: float) -> Stage:
    """Tell a dead worker from one that fails, and from one that is only slow."""
    plant, around = facts.plant, facts.around
    source = "simulate" if plant.is_simulated else "ingest"
    where = f"{source} is at step {plant.step}, analyse at {facts.analysed_step}"
    state = judge(lag, plant.interval_seconds)
    if around.worker_is_silent("analyse"):
        return replace(
            stage,
            state=state,
            reason=f"no worker on the queue; {where}.",
            remedy=START_PLANT_WORKER,
        )
    cursor = facts.cursor
    if cursor is not None and cursor.last_error:
        return replace(
            stage,
            state=state,
            reason=f"{where}; the last try failed: {cursor.last_error}.",
            remedy="See the log of the plant worker.",
        )
    scored = around.seconds_since(cursor.analysed_at if cursor else None)
    if scored is not None and judge(scored - plant.interval_seconds, 1.0) != "stalled":
        samples, points = _rates(facts)
        trend = "catching up" if points >= samples else "falling further behind"
        return replace(stage, state="late", reason=f"{where}: {facts.unread} wait, {trend}.")
    waiting = around.survey.queues.get("analyse", 0)
    queue = f"{waiting} hints wait in the queue" if waiting else "the queue is empty"
    return replace(
        stage,
        state=state,
        reason=f"{where}; a worker is alive, {queue}, and nothing has been scored for "
        f"{scored if scored is not None else lag:.0f} s.",
        remedy=START_PLANT_WORKER,
    )


def _rates(facts: PlantFacts) -> tuple[float, float]:
    """Return readings a second that come, and that are scored."""
    times = facts.backlog
    now, interval = facts.around.now, facts.plant.interval_seconds
    size = facts.settings.decimation
    samples = rate_of(times.reading_times, now, interval) or 0.0
    # Points of one transaction carry one time, so that a fast worker has no measurable duration.
    points = rate_of(times.analysis_times, now, interval * size)
    return samples, float("inf") if points is None else points * size


def _keeping_up(facts: PlantFacts, stage: Stage) -> Stage:
    plant, settings, unread = facts.plant, facts.settings, facts.unread
    is_running = plant.state == Plant.State.RUNNING
    if facts.standing_alarm is not None:
        return replace(stage, state="ok" if is_running else "idle", reason="an alarm stands")
    streak = facts.cursor.streak if facts.cursor else 0
    if 0 < streak < settings.consecutive:
        reason = f"{streak} of {settings.consecutive} consecutive exceedances"
        return replace(stage, state="waiting", reason=reason)
    if 0 < unread < settings.decimation:
        reason = f"aggregating {unread} of {settings.decimation} readings"
        return replace(stage, state="waiting", reason=reason)
    if not is_running:
        return replace(stage, state="idle", reason="all readings are scored")
    return stage
