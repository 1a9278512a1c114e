"""The tour: begun and steered by a person, advanced by a task, one transaction at a time.

Nothing is made up: a scene ends when the database holds what it waits for; past its limit the tour
says that it did not come, and goes on. Every function may be called twice or late.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from simulation import branching
from simulation.models import Plant, PlantError
from simulation.models.actor import Actor, actor_of
from teplive.demo import conditions
from teplive.demo.scenes import SCENES
from teplive.models import DemoTour

logger = logging.getLogger(__name__)
#: A longer silence between two looks was an outage: it does not count as a scene's time.
OUTAGE = timedelta(seconds=10)
State = DemoTour.State


def begin(by: Actor | None) -> DemoTour:
    """Begin a tour, in the name of whom it acts. Raises PlantError while one is going."""
    with transaction.atomic():
        plant = conditions.demo_plant()
        Plant.objects.select_for_update().get(pk=plant.pk)
        if DemoTour.present() is not None:
            raise PlantError(
                gettext("A demonstration is running already."),
                gettext("Look on, or stop it first."),
            )
        for twin in Plant.objects.filter(current_run__parent__plant=plant):
            branching.delete(twin)
        tour = DemoTour.objects.create(plant=plant, started_by=actor_of(by))
        conditions.act(tour)
        tour.scene_at = timezone.now()
        tour.save()
        audit.record("demo-begin", plant, by=by)
    return tour


def advance(tour_id: int, now: datetime | None = None) -> bool:
    """Go on to the next scene if it is time. Returns whether it did."""
    with transaction.atomic():
        tour = _locked(tour_id)
        if tour is None or tour.state != State.RUNNING:
            return False
        now = now or timezone.now()
        if now - tour.looked_at > OUTAGE:
            tour.scene_at = min(now, tour.scene_at + (now - tour.looked_at))
        tour.looked_at = now
        broken = _what_broke(tour)
        if broken:
            _end(tour, State.STOPPED, broken)
            return True
        met = conditions.holds(tour)
        if met and tour.met_at is None:
            tour.met_at = now
        seconds = tour.seconds(now)
        if met and seconds >= tour.current.at_least:
            waited = (tour.met_at or now) - tour.scene_at
            words = f"{tour.current.reached}, after {waited.total_seconds():.0f} s."
            _to_next(tour, words, reached=True)
        elif seconds >= tour.current.at_most:
            words = f"Within {tour.current.at_most:g} s {tour.current.missed}."
            _to_next(tour, words, reached=False)
        else:
            tour.save()
            return False
    return True


def steer(tour_id: int, action: str, by: Actor | None) -> None:
    """Do `next`, `pause`, `resume` or `stop`; what is so already stays. Raises PlantError."""
    with transaction.atomic():
        tour = _locked(tour_id)
        if tour is None or not tour.is_going:
            raise PlantError(gettext("The demonstration has ended."), gettext("Begin a new one."))
        now = timezone.now()
        who = by.get_username() if by is not None else "the command line"
        if action == "stop":
            _end(tour, State.STOPPED, f"Stopped by {who}.")
        elif action == "next":
            if tour.state == State.PAUSED:
                _go_on(tour, now, by)
            met = conditions.holds(tour)
            words = f"{tour.current.reached}." if met else f"Left early by {who}."
            _to_next(tour, words, reached=met)
        elif action == "pause" and tour.state == State.RUNNING:
            tour.state, tour.paused_at = State.PAUSED, now
            if tour.plant.state == Plant.State.RUNNING:
                tour.plant.pause(by=by)
            tour.save()
        elif action == "resume" and tour.state == State.PAUSED:
            _go_on(tour, now, by)
            tour.save()
        audit.record(f"demo-{action}", tour.plant, by=by)


def advance_all() -> None:
    """Advance what is running; called again and again by the clock."""
    for tour_id in DemoTour.objects.filter(state=State.RUNNING).values_list("pk", flat=True):
        advance(tour_id)


def _locked(tour_id: int) -> DemoTour | None:
    tours = DemoTour.objects.select_for_update(of=("self",))
    return (
        tours.select_related("plant", "run", "alarm", "twin", "started_by")
        .filter(pk=tour_id)
        .first()
    )


def _what_broke(tour: DemoTour) -> str:
    """Say what somebody else did to the plant that the tour cannot go on with; empty: nothing."""
    plant = tour.plant
    if plant.current_run_id != tour.run_id:
        return "Somebody began another run of the plant."
    if plant.state != Plant.State.RUNNING:
        return f"The plant is {plant.state}: {plant.state_reason or 'somebody stopped it'}."[:300]
    return ""


def _to_next(tour: DemoTour, words: str, *, reached: bool) -> None:
    """Note how the scene ended, and begin the next one, or end."""
    tour.note(words, reached)
    if tour.scene + 1 == len(SCENES):
        _end(tour, State.DONE, "")
        return
    tour.scene += 1
    tour.scene_at, tour.met_at = timezone.now(), None
    tour.looked_at = tour.scene_at
    try:
        with transaction.atomic():
            conditions.act(tour)
    except PlantError as error:
        tour.plant.refresh_from_db()
        _end(tour, State.STOPPED, f"{error} {error.hint}")
        return
    tour.save()


def _end(tour: DemoTour, state: str, why: str) -> None:
    """End the tour and hold its plant, so that it costs nothing while nobody looks."""
    tour.state, tour.why_stopped, tour.ended_at = state, why[:300], timezone.now()
    tour.save()
    if tour.plant.state == Plant.State.RUNNING and tour.plant.current_run_id == tour.run_id:
        tour.plant.pause(by=tour.started_by)
    logger.info("demonstration %s: %s %s", tour.pk, state, why)


def _go_on(tour: DemoTour, now: datetime, by: Actor | None) -> None:
    """Take up the time where the pause began."""
    if tour.paused_at is not None:
        tour.scene_at += now - tour.paused_at
    tour.state, tour.paused_at, tour.looked_at = State.RUNNING, None, now
    if tour.plant.state == Plant.State.PAUSED:
        tour.plant.resume(by=by)
