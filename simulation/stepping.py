"""The step: the only place where a simulated plant moves.

Free of Celery: the worker's task, `manage.py runsimulation` and the tests call the same function.
"""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from django.conf import settings
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from numpy.typing import NDArray

from simulation import in_force, tep
from simulation.fields import Vector
from simulation.models import Hand, Injection, Plant, PlantEvent, Pulse, Reading, Snapshot
from simulation.outage import set_next_due
from simulation.signals import plant_changed, plant_sampled
from simulation.tep import SAMPLE_SECONDS, PlantState

logger = logging.getLogger(__name__)

#: What a step writes; the rest of the row belongs to people.
MOVED_FIELDS = ["step", "tep_state", "sampled_at", "next_due", "catching_up_from"]
HALTED_FIELDS = [
    "state",
    "state_reason",
    "next_due",
    "catching_up_from",
    "run_until_step",
    "last_error",
    "last_error_at",
]

#: The clock of the scheduler and that of the worker may differ by this much.
CLOCK_TOLERANCE = timedelta(milliseconds=20)
#: A due time further ahead than the interval and this is no due time.
CLOCK_JUMP_SECONDS = 2.0

#: A plant that catches up takes so many samples in one transaction, and goes on for so long in one
#: task, with pauses in which other writers have their turn.
STEPS_AT_ONCE = 20
CATCH_UP_SECONDS = 0.5
PAUSE_SECONDS = 0.02

#: The plants that a thread of this process is stepping, with the tick that came meanwhile.
_in_hand: dict[int, "Tick | None"] = {}
_hand = threading.Lock()


@dataclass(frozen=True)
class Tick:
    """A hint that a plant is due: the worker takes the step only if the plant is still there."""

    plant_id: int
    run_id: int
    after_step: int


def due_ticks(now: datetime | None = None) -> list[Tick]:
    """Return a tick for each plant that is due, the longest waiting first."""
    now = now or timezone.now()
    running = Plant.objects.filter(state=Plant.State.RUNNING, next_due__isnull=False)
    rows = running.order_by("next_due").values_list(
        "next_due", "interval_seconds", "pk", "current_run_id", "step"
    )
    return [Tick(*tick) for due, interval, *tick in rows if due and is_due(due, interval, now)]


def is_due(due: datetime, interval_seconds: float, now: datetime) -> bool:
    """Tell whether a due time has come, or is one that the plant's interval cannot have set.

    The second is what a machine's clock leaves behind when it is set back: the plant would stand
    still until the old time comes again.
    """
    ahead = (due - now).total_seconds()
    return ahead <= 0 or ahead > interval_seconds + CLOCK_JUMP_SECONDS


def step_plants(ticks: Iterable[Tick], *, even_if_early: bool = False) -> list[int]:
    """Take one sample of each plant that is due and as its tick says; returns the plants' ids.

    A plant that makes up for an outage (`Plant.catch_up`) takes as many as it owes, for
    `CATCH_UP_SECONDS` at most: the clock hints it again. One thread has a plant in hand at a time;
    a further tick that comes meanwhile is left to that thread, so extras cost no thread and no
    lock of the database.
    """
    moved: dict[int, None] = {}
    deadline = time.monotonic() + CATCH_UP_SECONDS
    mine = _take_in_hand(ticks)
    try:
        while mine:
            stepped = _step_each(list(mine.values()), even_if_early)
            moved.update(dict.fromkeys(plant.pk for plant in stepped))
            now = timezone.now()
            behind = {
                plant.pk: Tick(plant.pk, plant.run.pk, plant.step)
                for plant in stepped
                if _wants_more(plant, now, even_if_early) and time.monotonic() < deadline
            }
            if behind:
                time.sleep(PAUSE_SECONDS)  # SQLite has one writer: others have their turn
            mine = behind | _let_go(pk for pk in mine if pk not in behind)
    finally:
        _let_go(mine, and_forget=True)
    return list(moved)


def _take_in_hand(ticks: Iterable[Tick]) -> dict[int, Tick]:
    """Return the ticks of plants that no other thread has in hand; leave the rest to those."""
    mine = {}
    with _hand:
        for tick in ticks:
            if tick.plant_id in _in_hand and tick.plant_id not in mine:
                _in_hand[tick.plant_id] = tick
            else:
                _in_hand[tick.plant_id] = None
                mine[tick.plant_id] = tick
    return mine


def _let_go(plant_ids: Iterable[int], *, and_forget: bool = False) -> dict[int, Tick]:
    """Take the plants out of hand, except those with a tick that came meanwhile: return these."""
    came = {}
    with _hand:
        for pk in plant_ids:
            tick = _in_hand.pop(pk, None)
            if tick is not None and not and_forget:
                _in_hand[pk] = None
                came[pk] = tick
    return came


def _wants_more(plant: Plant, now: datetime, even_if_early: bool) -> bool:
    """Tell whether the plant owes samples and is to make up for them, or runs ahead."""
    if plant.run_until_step is not None:
        return plant.state == Plant.State.RUNNING and plant.step < plant.run_until_step
    is_to = plant.catch_up == Plant.CatchUp.RUN and not even_if_early
    return is_to and plant.samples_owed(now) > 0


def _step_each(ticks: list[Tick], even_if_early: bool) -> list[Plant]:
    """Step the plants together; return those that moved.

    If the database refuses the whole, the plants are stepped one by one, so that one plant with a
    row that cannot be stored halts itself and no other. A database that is busy or away is
    another matter: OperationalError goes to the caller.
    """
    try:
        return _step_together(ticks, even_if_early)
    except OperationalError:
        raise
    except DatabaseError as error:
        if transaction.get_connection().in_atomic_block:
            raise
        if len(ticks) > 1:
            return [plant for tick in ticks for plant in _step_each([tick], even_if_early)]
        _halt(ticks[0].plant_id, error)
        return []


def _halt(plant_id: int, error: Exception) -> None:
    """Halt a plant whose step the database refuses, and say so."""
    with transaction.atomic():
        plant = Plant.objects.select_for_update().get(pk=plant_id)
        _fail(plant, error, timezone.now())
        plant.save(update_fields=HALTED_FIELDS)
        _note_halt(plant)
        transaction.on_commit(
            partial(plant_changed.send, sender=Plant, plant_id=plant_id), robust=True
        )


def _step_together(ticks: list[Tick], even_if_early: bool) -> list[Plant]:
    """Take one sample (180 s of process time) of each plant that is due and as its tick says.

    ONE transaction: lock, check run, step and due time, integrate, save the simulator's state,
    insert the readings. A tick that was sent twice, late or out of order finds another step or a
    later due time and does nothing, so a message can never make or lose a sample. A plant that
    catches up takes up to `STEPS_AT_ONCE`. Returns the plants that moved. `even_if_early` is for
    a caller that is its own clock.
    """
    wanted = {tick.plant_id: tick for tick in ticks}
    batch = _Batch()
    with transaction.atomic():
        now = timezone.now()
        plants = [
            plant
            for plant in Plant.objects.select_for_update(of=("self",))
            .select_related("current_run")
            .filter(pk__in=wanted, state=Plant.State.RUNNING)
            .order_by("pk")
            if _is_due(plant, wanted[plant.pk], now, even_if_early)
        ]
        faults, hands = _faults(plants), _hands(plants)
        for _ in range(STEPS_AT_ONCE):
            batch.step(plants, faults, hands, now)
            plants = [plant for plant in plants if _wants_more(plant, now, even_if_early)]
            if not plants:
                break
        batch.save()
    return list(batch.moved.values())


class _Batch:
    """What one transaction of steps is to store."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.events: list[PlantEvent] = []
        self.moved: dict[int, Plant] = {}
        self.halted: list[Plant] = []
        self.arrived: list[Plant] = []
        self.snapshots: list[Snapshot] = []

    def step(
        self,
        plants: list[Plant],
        faults: dict[int, list[Injection]],
        hands: dict[int, list[Hand]],
        now: datetime,
    ) -> None:
        """Take the next sample of each plant, in one call; halt those that cannot be moved."""
        states: dict[int, PlantState] = {}
        for plant in plants:
            try:
                states[plant.pk] = in_force.state_at(
                    plant.load_state(), plant.step + 1, faults[plant.pk], hands[plant.pk]
                )
            except (ValueError, ArithmeticError) as error:
                self._halt(plant, error, now)
        moved = _samples(states)
        for plant in plants:
            found = moved.get(plant.pk)
            if isinstance(found, Exception):
                self._halt(plant, found, now)
            elif found is not None:
                self._take(plant, *found, now)

    def _halt(self, plant: Plant, error: Exception, now: datetime) -> None:
        _fail(plant, error, now)
        self.halted.append(plant)

    def _take(self, plant: Plant, state: PlantState, values: Vector, now: datetime) -> None:
        """Take over what a plant has become."""
        plant.step += 1
        plant.tep_state = state.to_bytes()
        plant.sampled_at = now
        self.events += set_next_due(plant, now)
        if state.is_shut_down:
            plant.state, plant.next_due = Plant.State.TRIPPED, None
            plant.catching_up_from = plant.run_until_step = None
            plant.state_reason = tep.trip_reason(state) or "a safety limit was passed"
            self.halted.append(plant)
        elif plant.run_until_step is not None and plant.step >= plant.run_until_step:
            _rest(plant)
            self.arrived.append(plant)
        if plant.step % settings.SNAPSHOT_STEPS == 0:
            self.snapshots.append(
                Snapshot(run=plant.run, step=plant.step, state=plant.tep_state, at=now)
            )
        self.readings.append(
            Reading(
                run=plant.run,
                step=plant.step,
                sim_hours=plant.sim_hours,
                sampled_at=now,
                values=values,
            )
        )
        self.moved[plant.pk] = plant

    def save(self) -> None:
        """Store all, and tell listeners once it is committed."""
        Reading.objects.bulk_create(self.readings)
        Plant.objects.bulk_update(self.moved.values(), MOVED_FIELDS)
        PlantEvent.objects.bulk_create(self.events)
        Snapshot.objects.bulk_create(self.snapshots)
        for snapshot in self.snapshots:
            kept_from = snapshot.step - settings.SNAPSHOT_STEPS * (settings.SNAPSHOTS_KEPT - 1)
            Snapshot.objects.filter(run=snapshot.run, step__lt=kept_from).delete()
        for plant in self.halted:
            plant.save(update_fields=HALTED_FIELDS)
            _note_halt(plant)
        for plant in self.arrived:
            plant.save(update_fields=HALTED_FIELDS)
        if self.moved:
            transaction.on_commit(
                partial(plant_sampled.send, sender=Plant, plant_ids=list(self.moved)), robust=True
            )
        for plant in [*self.halted, *self.arrived]:
            transaction.on_commit(
                partial(plant_changed.send, sender=Plant, plant_id=plant.pk), robust=True
            )


def _is_due(plant: Plant, tick: Tick, now: datetime, even_if_early: bool) -> bool:
    if (plant.current_run_id, plant.step) != (tick.run_id, tick.after_step):
        return False
    if even_if_early or plant.next_due is None:
        return even_if_early
    return is_due(plant.next_due, plant.interval_seconds, now + CLOCK_TOLERANCE)


def _faults(plants: list[Plant]) -> dict[int, list[Injection]]:
    """Return the injections of each plant that are in force or planned."""
    faults: dict[int, list[Injection]] = {plant.pk: [] for plant in plants}
    next_step = F("run__plant__step") + 1
    found = Injection.objects.filter(
        Q(end_step__isnull=True) | Q(end_step__gt=next_step),
        run__in=[plant.current_run_id for plant in plants],
    )
    owners = {plant.current_run_id: plant.pk for plant in plants}
    for injection in found.order_by():
        faults[owners[injection.run_id]].append(injection)
    return faults


def _hands(plants: list[Plant]) -> dict[int, list[Hand]]:
    """Return what is held by hand on each plant, is planned to be, or is given back next."""
    hands: dict[int, list[Hand]] = {plant.pk: [] for plant in plants}
    owners = {plant.current_run_id: plant.pk for plant in plants}
    found = Hand.objects.changing_from(F("run__plant__step") + 1).filter(run__in=owners)
    for hand in found.order_by():
        hands[owners[hand.run_id]].append(hand)
    return hands


def _samples(
    states: dict[int, PlantState],
) -> dict[int, tuple[PlantState, Vector] | Exception]:
    """Integrate plants to their next sample, all in one call; an error only where it belongs."""
    if not states:
        return {}
    try:
        found, rows = tep.advance_many(states.values(), SAMPLE_SECONDS, wait_for_compiler=False)
    except (ValueError, ArithmeticError) as error:
        if len(states) == 1:
            return dict.fromkeys(states, error)
        # One of them cannot be moved, so each is tried alone.
        return {pk: _samples({pk: state})[pk] for pk, state in states.items()}
    return {
        pk: (state, own[0]) if len(own) == 1 and np.isfinite(own).all() else _strange(own)
        for pk, state, own in zip(states, found, rows, strict=True)
    }


def _strange(rows: NDArray[np.float64]) -> ArithmeticError:
    if len(rows) != 1:
        return ArithmeticError(f"the simulator gave {len(rows)} samples instead of one")
    return ArithmeticError("the simulator gave a value that is not a finite number")


def _rest(plant: Plant) -> None:
    """Let a plant rest that has run as far ahead as it was to."""
    plant.state, plant.run_until_step = Plant.State.PAUSED, None
    plant.state_reason = f"it has run to {plant.sim_hours:.2f} h, as far as it was to"


def _fail(plant: Plant, error: Exception, now: datetime) -> None:
    """Halt a plant that cannot be integrated, and say so; the others go on."""
    logger.error("plant %s failed at step %s: %s", plant.pk, plant.step + 1, error)
    plant.state, plant.next_due = Plant.State.FAILED, None
    plant.catching_up_from = plant.run_until_step = None
    plant.state_reason = f"Step {plant.step + 1} could not be taken: {error}"[:300]
    plant.last_error, plant.last_error_at = str(error), now


def _note_halt(plant: Plant) -> None:
    """Store the event of a plant that has just tripped or failed."""
    if plant.state == Plant.State.TRIPPED:
        text = f"Tripped at {plant.sim_hours:.2f} h (step {plant.step}): {plant.state_reason}."
        PlantEvent.note(plant, PlantEvent.Kind.TRIP, text)
    else:
        PlantEvent.note(plant, PlantEvent.Kind.FAILED, plant.state_reason)


def note_stepping_failed(error: Exception) -> None:
    """Note that a whole step task failed, e.g. for want of the database's lock."""
    logger.exception("the step failed")
    Pulse.fail("simulate", error)
