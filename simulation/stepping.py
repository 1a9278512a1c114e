"""The step: the only place where a simulated plant moves.

Free of Celery: the worker's task, `manage.py runsimulation` and the tests call the same function.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from simulation import tep
from simulation.fields import Vector
from simulation.models import Injection, Plant, PlantEvent, Pulse, Reading
from simulation.signals import plant_changed, plant_sampled
from simulation.tep import SAMPLE_SECONDS, PlantState
from simulation.tep.variables import N_IDV

logger = logging.getLogger(__name__)

#: What a step writes; the rest of the row belongs to people.
MOVED_FIELDS = ["step", "tep_state", "sampled_at", "next_due"]
HALTED_FIELDS = ["state", "state_reason", "next_due", "last_error", "last_error_at"]

#: The clock of the scheduler and that of the worker may differ by this much.
CLOCK_TOLERANCE = timedelta(milliseconds=20)
#: A due time further ahead than the interval and this is no due time.
CLOCK_JUMP_SECONDS = 2.0


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
    """Take one sample of each plant that is due, as `_step_together` does, all in one go.

    If the database refuses the whole, the plants are stepped one by one, so that one plant with a
    row that cannot be stored halts itself and no other. A database that is busy or away is
    another matter: OperationalError goes to the caller.
    """
    ticks = list(ticks)
    try:
        return _step_together(ticks, even_if_early)
    except OperationalError:
        raise
    except DatabaseError as error:
        if transaction.get_connection().in_atomic_block:
            raise
        if len(ticks) > 1:
            return [pk for tick in ticks for pk in step_plants([tick], even_if_early=even_if_early)]
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


def _step_together(ticks: list[Tick], even_if_early: bool) -> list[int]:
    """Take one sample (180 s of process time) of each plant that is due and as its tick says.

    ONE transaction: lock, check run, step and due time, integrate, save the simulator's state,
    insert the readings. A tick that was sent twice, late or out of order finds another step or a
    later due time and does nothing, so a message can never make or lose a sample. Returns the ids
    of the plants that moved. `even_if_early` is for a caller that is its own clock.
    """
    wanted = {tick.plant_id: tick for tick in ticks}
    moved: list[int] = []
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
        flags = _flags(plants)
        readings = []
        halted: list[Plant] = []
        for plant in plants:
            try:
                state = plant.load_state().replace(idv=flags[plant.pk])
                state, values = _one_sample(state)
            except (ValueError, ArithmeticError) as error:
                _fail(plant, error, now)
                halted.append(plant)
                continue
            plant.step += 1
            plant.tep_state = state.to_bytes()
            plant.sampled_at = now
            plant.next_due = _next_due(plant, now)
            if state.is_shut_down:
                plant.state, plant.next_due = Plant.State.TRIPPED, None
                plant.state_reason = tep.trip_reason(state) or "a safety limit was passed"
                halted.append(plant)
            readings.append(
                Reading(
                    run=plant.run,
                    step=plant.step,
                    sim_hours=plant.sim_hours,
                    sampled_at=now,
                    values=values,
                )
            )
            moved.append(plant.pk)
        Reading.objects.bulk_create(readings)
        Plant.objects.bulk_update([p for p in plants if p.pk in moved], MOVED_FIELDS)
        for plant in halted:
            plant.save(update_fields=HALTED_FIELDS)
            _note_halt(plant)
        if moved:
            transaction.on_commit(
                partial(plant_sampled.send, sender=Plant, plant_ids=moved), robust=True
            )
        for plant in halted:
            transaction.on_commit(
                partial(plant_changed.send, sender=Plant, plant_id=plant.pk), robust=True
            )
    return moved


def _is_due(plant: Plant, tick: Tick, now: datetime, even_if_early: bool) -> bool:
    if (plant.current_run_id, plant.step) != (tick.run_id, tick.after_step):
        return False
    if even_if_early or plant.next_due is None:
        return even_if_early
    return is_due(plant.next_due, plant.interval_seconds, now + CLOCK_TOLERANCE)


def _next_due(plant: Plant, now: datetime) -> datetime | None:
    """Keep the beat of the interval; after a delay go on from now instead of replaying ticks.

    None stays None: such a plant is not the clock's.
    """
    if plant.next_due is None:
        return None
    interval = timedelta(seconds=plant.interval_seconds)
    return min(max(plant.next_due + interval, now), now + interval)


def _flags(plants: list[Plant]) -> dict[int, Vector]:
    """Return the 20 IDV flags in force for the next step of each plant."""
    flags = {plant.pk: np.zeros(N_IDV) for plant in plants}
    next_step = F("run__plant__step") + 1
    active = Injection.objects.filter(
        Q(end_step__isnull=True) | Q(end_step__gt=next_step),
        run__in=[plant.current_run_id for plant in plants],
        start_step__lte=next_step,
    )
    for plant_id, idv in active.values_list("run__plant_id", "idv"):
        flags[plant_id][idv - 1] = 1.0
    return flags


def _one_sample(state: PlantState) -> tuple[PlantState, Vector]:
    """Integrate to the next sample. Raises ArithmeticError if a value is not finite."""
    state, rows = tep.advance(state, SAMPLE_SECONDS)
    if not np.isfinite(rows).all():
        raise ArithmeticError("the simulator gave a value that is not a finite number")
    return state, rows[0]


def _fail(plant: Plant, error: Exception, now: datetime) -> None:
    """Halt a plant that cannot be integrated, and say so; the others go on."""
    logger.error("plant %s failed at step %s: %s", plant.pk, plant.step + 1, error)
    plant.state, plant.next_due = Plant.State.FAILED, None
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
