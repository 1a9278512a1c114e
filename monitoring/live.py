"""What goes to the open pages: rendered once, sent to a plant's group. A courtesy, never the truth.

The only caller of the channel layer. A push may be lost: each frame says what it follows on, and
the consumer makes good from the database what a client has missed.
"""

import logging
import time
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.template.loader import render_to_string
from redis.exceptions import RedisError

from monitoring import delivery
from monitoring.alarms import stalls
from monitoring.models import Alarm, Analysis
from monitoring.sheet_marks import marks_of
from monitoring.standing import standing_on
from monitoring.status import status_of
from simulation.broker import is_viewed
from simulation.models import Plant, Pulse, Reading

logger = logging.getLogger(__name__)

#: A push repeats the newest few, so that one lost message needs no catch-up.
NEWEST = 3
ALARMS_SHOWN = 20
#: After a failed push, none is tried for this long: a dead broker must not slow the detector.
SILENCE_SECONDS = 2.0
_silent_until = 0.0


def group_of(plant_id: int) -> str:
    """Return the name of a plant's websocket group."""
    return f"plant.{plant_id}"


def push_frame(plant_id: int) -> None:
    """Send the newest readings, analyses and partials of a plant to its open pages."""
    if not _somebody_looks(plant_id):
        return
    plant = Plant.objects.select_related("current_run", "speed_preset").filter(pk=plant_id).first()
    if plant is not None and plant.current_run_id is not None:
        frame = frame_of(plant, max(0, plant.step - NEWEST), _newest_analysis(plant))
        if _send(plant_id, frame):
            _note_pushed(plant_id, plant.run.number, plant.step)


def push_partials(plant_id: int, partials: dict[str, str]) -> None:
    """Send rendered partials (element id -> HTML) to a plant's open pages."""
    if _somebody_looks(plant_id):
        _send(plant_id, {"type": "partials", "partials": partials})


def frame_of(plant: Plant, after: int, after_analysis: int, *, limit: int = 1000) -> dict[str, Any]:
    """Return a frame with what follows on a reading and on an analysis, `limit` of each at most.

    `follows` and `follows_analysis` are the steps that a client needs to have already.
    """
    run = plant.run
    found = Reading.objects.filter(run=run, step__gt=after).order_by("step")
    readings = list(found[:limit])
    scored = Analysis.objects.filter(run=run, step__gt=after_analysis).order_by("step")
    scored = scored.select_related("detector_model").defer("detector_model__parameters")
    analyses = list(scored[:limit])
    found_alarms = Alarm.objects.filter(run=run).select_related("analysis__detector_model", "run")
    found_alarms = found_alarms.order_by("-raised_step").prefetch_related("diagnoses")
    alarms = list(found_alarms.defer("analysis__detector_model__parameters")[:ALARMS_SHOWN])
    partials = {"stages": render_stages(plant), "detectors": render_detectors(plant)}
    # The list is the dearest partial, and changes only while an alarm stands or has just ended.
    if not alarms or any((a.cleared_step or plant.step) >= after_analysis for a in alarms):
        context = {"plant": plant, "alarms": alarms}
        partials["alarms"] = render_to_string("monitoring/_alarms.html", context)
    told = plant.as_json()
    hands = [(hand["kind"], hand["number"]) for hand in told["by_hand"]]
    marks = marks_of(plant, hands, standing_on(plant))
    return {
        "type": "frame",
        "plant": told,
        "run": run.number,
        "follows": after,
        "follows_analysis": after_analysis,
        "more": limit in (len(readings), len(analyses)),
        "readings": [reading.as_json() for reading in readings],
        "analyses": [analysis.as_json() for analysis in analyses],
        "alarms": [alarm.as_json() for alarm in alarms],
        "marks": marks.as_json(),
        "partials": partials,
    }


def _newest_analysis(plant: Plant) -> int:
    """Return the step of the analysis that the newest few follow on."""
    steps = Analysis.objects.filter(run=plant.run).order_by("-step").values_list("step", flat=True)
    newest = list(steps[: NEWEST + 1])
    return newest[NEWEST] if len(newest) > NEWEST else 0


def render_stages(plant: Plant) -> str:
    """Return the stage strip of a plant as HTML."""
    status = status_of(plant)
    stalls.note([status])
    return render_to_string("monitoring/_stages.html", {"plant": plant, "status": status})


def render_detectors(plant: Plant) -> str:
    """Return what each detector says at the newest point of a plant as HTML."""
    context = {"plant": plant, "newest_point": newest_point(plant)}
    return render_to_string("monitoring/_detectors.html", context)


def newest_point(plant: Plant) -> Analysis | None:
    """Return the newest scored point of the present run."""
    found = Analysis.objects.filter(run=plant.current_run_id).order_by("-step")
    return found.select_related("detector_model", "run").defer("detector_model__parameters").first()


def _somebody_looks(plant_id: int) -> bool:
    """Tell whether a page shows the plant; False as well while the broker is out of reach."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return False
    try:
        return is_viewed(plant_id)
    except RedisError as error:
        _silent_until = time.monotonic() + SILENCE_SECONDS
        logger.warning(
            "no pushes for %g s: the broker is out of reach (%s)", SILENCE_SECONDS, error
        )
        return False


def _send(plant_id: int, message: dict[str, Any]) -> bool:
    """Send to the plant's group. Returns whether the broker took it."""
    global _silent_until
    layer = get_channel_layer()
    if layer is None:
        raise RuntimeError("CHANNEL_LAYERS has no default layer")
    try:
        async_to_sync(layer.group_send)(
            group_of(plant_id), {"type": "plant.message", "message": message}
        )
    except (RedisError, OSError) as error:
        _silent_until = time.monotonic() + SILENCE_SECONDS
        logger.warning("a push of plant %s was lost (%s)", plant_id, error)
        Pulse.fail("push", error)
        return False
    return True


def _note_pushed(plant_id: int, run: int, step: int) -> None:
    try:
        delivery.note(plant_id, "pushed", run, step)
    except RedisError as error:  # the push itself went through; the stage may say "late"
        logger.warning("a push of plant %s could not be noted (%s)", plant_id, error)
