"""What becomes of the samples that an outage kept from being taken: a plant's `catch_up`.

`skip`: the plant goes on from now. Process time stood still, so no step is missing; an event says
how many samples were not taken. `run`: the missed samples are taken as fast as possible, each
after the other, and an event says when that is done.
"""

from datetime import datetime, timedelta

from simulation.models import Plant, PlantEvent, Pulse

#: An outage is worth an event if it cost more samples than this and took longer than this.
FEW_SAMPLES = 5
FEW_SECONDS = 2.0
#: So long its processes may load after a start of the product.
STARTING = timedelta(seconds=60)
#: Most samples that are made up for: 250 h of process time. What is older is skipped, and said so.
MOST_CAUGHT_UP = 5000


def set_next_due(plant: Plant, now: datetime) -> list[PlantEvent]:
    """Set when the plant's next sample is due, now that one more was taken, late or not.

    Keeps the beat of the interval. Returns the events to be stored, unsaved. A plant without a due
    time is not the clock's and keeps none.
    """
    due = plant.next_due
    if due is None:
        return []
    interval = timedelta(seconds=plant.interval_seconds)
    skips = plant.catch_up == Plant.CatchUp.SKIP
    if skips and plant.step <= 1 and _product_starts(now):
        # Not an outage: the first sample of a new plant waited until its worker was loaded.
        plant.next_due = now + interval
        return []
    oldest = now
    if plant.catch_up == Plant.CatchUp.RUN:
        oldest = now - interval * MOST_CAUGHT_UP
    # The second bound is for a clock that was set back: the old due time would be far ahead.
    plant.next_due = min(max(due + interval, oldest), now + interval)
    skipped = int((plant.next_due - due - interval) / interval)
    late_seconds = (now - due).total_seconds()
    events = []
    if skipped > FEW_SAMPLES and late_seconds > FEW_SECONDS:
        events.append(
            _event(
                plant,
                PlantEvent.Kind.SKIPPED,
                now,
                f"Step {plant.step} came {late_seconds:.0f} s late (due {due:%Y-%m-%d %H:%M:%S} "
                f"UTC). {skipped} samples were not taken; the run goes on without a missing step.",
            )
        )
    events += _follow_catching_up(plant, late_seconds, now)
    return events


def _product_starts(now: datetime) -> bool:
    """Tell whether the product was started so short ago that its processes may just have loaded."""
    found = Pulse.objects.filter(pk=Pulse.START, beaten_at__gt=now - STARTING)
    return found.exists()


def _follow_catching_up(plant: Plant, late_seconds: float, now: datetime) -> list[PlantEvent]:
    """Note where catching up began, and say when it has ended."""
    owed = plant.samples_owed(now)
    first = plant.catching_up_from
    if plant.catch_up != Plant.CatchUp.RUN:
        plant.catching_up_from = None
    elif first is None and owed > FEW_SAMPLES and late_seconds > FEW_SECONDS:
        plant.catching_up_from = plant.step - 1
    elif first is not None and not owed:
        plant.catching_up_from = None
        text = (
            f"Caught up after an outage: steps {first + 1} to {plant.step} were taken one after "
            "the other, none left out."
        )
        return [_event(plant, PlantEvent.Kind.CAUGHT_UP, now, text)]
    return []


def _event(plant: Plant, kind: str, now: datetime, text: str) -> PlantEvent:
    return PlantEvent(
        plant=plant, run_id=plant.current_run_id, step=plant.step, kind=kind, text=text, at=now
    )
