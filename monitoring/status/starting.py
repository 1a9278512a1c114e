"""Whether a stage that stands still has not come to life yet, after a start that may still last.

Pages call it starting then, and its alarm waits.
"""

from dataclasses import replace
from datetime import datetime

from monitoring.status.plant_facts import PlantFacts
from monitoring.status.stage import Stage
from simulation.models import Pulse

#: So long a start may take, from the start of the product or of the plant's run, whichever is
#: later: until the processes are loaded, the first step is taken and the detector has been read.
#: The supervisor kills a process as hung that shows no life for 45 s; the last one is started some
#: seconds after the first.
GRACE_SECONDS = 60.0


def is_starting(facts: PlantFacts, stage: Stage) -> bool:
    """Tell whether the alarm of a stage that stalls may wait.

    That is so while it has neither worked nor failed since a start that is not long ago. While the
    product itself starts, a stage that has worked once has the grace, too.

    Only of a plant that runs: what has ended, or has failed, is not on its way.
    """
    if not facts.is_live:
        return False
    around = facts.around
    product = around.beaten_at(Pulse.START)
    if product is not None and (around.now - product).total_seconds() <= GRACE_SECONDS:
        # Its processes load, and take the processor from those that live already.
        return stage.error_at is None or stage.error_at < product
    return seconds_without_life(facts, stage) is not None


def seconds_without_life(facts: PlantFacts, stage: Stage) -> float | None:
    """Return the seconds since the start, while it may last and the stage has not lived since.

    None for a stage that has worked or failed since the start, however short a while ago that was:
    if it stands still now, it has stopped, and that is no start.
    """
    run, around = facts.plant.current_run, facts.around
    if not facts.is_live or run is None:
        return None
    begun = max(run.started_at, around.beaten_at(Pulse.START) or run.started_at)
    seconds = (around.now - begun).total_seconds()
    if seconds > GRACE_SECONDS:
        return None
    signs: list[datetime | None] = [stage.last_at, stage.error_at]
    if stage.name == "explain":  # its worker answers the sweeps, also with nothing to explain
        signs.append(around.beaten_at("explain"))
    elif stage.name in {"simulate", "analyse"} and around.worker_is_silent("analyse"):
        # A worker that answered and is silent now is not one that loads.
        signs.append(around.beaten_at("analyse"))
    lived = any(sign is not None and sign >= begun for sign in signs)
    return None if lived else max(0.0, seconds)


def marked(facts: PlantFacts, stage: Stage) -> Stage:
    """Return a stage that is behind as one that starts, if that is what it does."""
    if stage.state not in {"late", "stalled"}:
        return stage
    if stage.name == "analyse" and facts.settings.detector_in_use() is None:
        return stage  # waiting does not help: somebody has to fit one
    return replace(stage, starting_seconds=seconds_without_life(facts, stage))
