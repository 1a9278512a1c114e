"""Branches: a new plant with the same past as another, and something different from then on.

A branch is entered at once, as rows (`branch`, `twin`), and prepared and run by a task
(`run_ahead`), because that takes the compiled simulator. Free of Celery. Every function may be
called twice, late or out of order.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from simulation import by_hand
from simulation.models import (
    Hand,
    Injection,
    Plant,
    PlantError,
    PlantEvent,
    Reading,
    Run,
    Snapshot,
)
from simulation.models.actor import Actor
from simulation.models.plant import steps_in
from simulation.models.reading import hours_at
from simulation.rebuilding import RunDiffers, state_after
from simulation.signals import plant_branched, plant_changed
from simulation.stepping import Tick, step_plants

logger = logging.getLogger(__name__)

#: A branch takes over so much of the past: 48 h. The rest is at the original.
PAST_STEPS = 960
MOST_HOURS, MOST_BRANCHES = 240.0, 10
#: Readings copied in one transaction, and the pause after it: SQLite has one writer.
COPIED_AT_ONCE = 200
PAUSE_SECONDS = 0.02
#: One task runs a branch for so long and then lets others have their turn.
SLICE_SECONDS = 1.0
#: A branch that nothing was heard of for so long is taken up by the sweep.
FORGOTTEN_SECONDS = 5.0


@dataclass(frozen=True)
class Change:
    """What is different in a branch from its first own step on; nothing by default."""

    without_faults: bool = False
    faults: Mapping[int, float] = field(default_factory=dict)
    """Magnitude by IDV number."""
    valves: Mapping[int, float] = field(default_factory=dict)
    """Position (%) by XMV number."""
    setpoints: Mapping[int, float] = field(default_factory=dict)
    """Set point by loop number."""

    @property
    def words(self) -> str:
        """The change in words."""
        parts = ["without faults"] if self.without_faults else []
        parts += [
            f"IDV({idv})" + ("" if size == 1.0 else f" at {size:g}")
            for idv, size in self.faults.items()
        ]
        parts += [f"XMV({number}) at {value:g} %" for number, value in self.valves.items()]
        parts += [f"set point of loop {n} at {value:g}" for n, value in self.setpoints.items()]
        return ", ".join(parts) or "unchanged"


def branch(
    plant: Plant,
    *,
    hours: float,
    at_step: int | None = None,
    change: Change | None = None,
    name: str = "",
    by: Actor | None = None,
) -> Plant:
    """Enter a branch of a plant's run at a step (the present one by default) for some hours.

    Returns the new plant, which a task prepares and runs. Raises PlantError for what cannot be.
    """
    change = change or Change()
    if not plant.is_simulated:
        raise PlantError(
            gettext(
                "%(plant)s is fed from outside: nobody knows its true state, so it has no branches."
            )
            % {"plant": plant},
            gettext("Choose a simulated plant."),
        )
    if not 0.05 <= hours <= MOST_HOURS:
        raise PlantError(
            gettext("A branch runs for 0.05 to %(most_hours)s h, not %(hours)s.")
            % {"most_hours": f"{MOST_HOURS:g}", "hours": f"{hours:g}"},
            gettext("Give other hours."),
        )
    with transaction.atomic():
        plant = Plant.objects.select_for_update().get(pk=plant.pk)
        run = plant.run
        if plant.tep_state is None:
            raise PlantError(
                gettext("%(plant)s is still being prepared.") % {"plant": plant},
                gettext("Wait until it runs."),
            )
        step = plant.step if at_step is None else at_step
        if not 0 <= step <= plant.step:
            raise PlantError(
                gettext("Step %(step)s has not been taken: %(plant)s is at step %(step2)s.")
                % {"step": step, "plant": plant, "step2": plant.step},
                gettext("Name a step from 0 to %(step)s.") % {"step": plant.step},
            )
        if plant.state == Plant.State.TRIPPED and step == plant.step:
            raise PlantError(
                gettext("%(plant)s has tripped: from here on nothing moves any more.")
                % {"plant": plant},
                gettext("Branch at an earlier step."),
            )
        if branches_of(plant).count() >= MOST_BRANCHES:
            raise PlantError(
                gettext("%(plant)s has %(most_branches)s branches already.")
                % {"plant": plant, "most_branches": MOST_BRANCHES},
                gettext("Delete one of them first."),
            )
        if step == plant.step and step > 0:
            # The state of this very moment: to be had without computing anything.
            Snapshot.objects.get_or_create(
                run=run, step=step, defaults={"state": bytes(plant.tep_state)}
            )
        made = Plant.objects.create(
            name=_free_name(name or f"{plant.name} · {hours_at(step):.2f} h, {change.words}"),
            description=f"Branch of {plant.name}, run {run.number}, at step {step}: "
            f"{change.words}."[:200],
            interval_seconds=plant.interval_seconds,
            run_until_step=step + steps_in(hours),
            state_reason="it is being prepared",
        )
        made.current_run = Run.objects.create(
            plant=made, number=1, seed=run.seed, rng=run.rng, parent=run, branch_step=step
        )
        made.step = step
        made.save()
        _copy_rows(run, made.current_run, step, change)
        _make_way(made.current_run, step, change)
        for idv, size in change.faults.items():
            made.inject([idv], by=by, magnitude=size)
        for number, value in change.valves.items():
            by_hand.take(made, by_hand.VALVE, number, value, by=by)
        for number, value in change.setpoints.items():
            by_hand.take(made, by_hand.SETPOINT, number, value, by=by)
        PlantEvent.note(made, PlantEvent.Kind.BRANCHED, made.description)
        after = {"branch": made.pk, "name": made.name, "step": step, "change": change.words}
        audit.record("branch-create", plant, by=by, after={**after, "hours": hours})
    return made


def twin(plant: Plant, *, by: Actor | None = None) -> Plant:
    """Enter the no-fault twin of a plant's run: the same seed and noise, without the injections.

    It branches off before the first injection and runs to where the plant is now. Raises
    PlantError where there was no injection.
    """
    first = plant.run.injections.order_by("start_step").values_list("start_step", flat=True).first()
    if first is None or first > plant.step:
        raise PlantError(
            gettext("No fault has acted on run %(number)s of %(plant)s: it is its own twin.")
            % {"number": plant.run.number, "plant": plant},
            gettext("Inject a fault first."),
        )
    step = first - 1
    return branch(
        plant,
        at_step=step,
        hours=min(MOST_HOURS, hours_at(plant.step - step)),
        change=Change(without_faults=True),
        name=f"{plant.name} · twin without faults",
        by=by,
    )


def branches_of(plant: Plant) -> models.QuerySet[Plant]:
    """Return the plants that are branches of the plant's runs, oldest first."""
    found = Plant.objects.filter(current_run__parent__plant=plant)
    return found.select_related("current_run__parent__plant").order_by("pk")


def delete(made: Plant, *, by: Actor | None = None) -> None:
    """Delete a branch with everything it stored. Raises PlantError for a plant that is none."""
    with transaction.atomic():
        locked = Plant.objects.select_for_update().get(pk=made.pk)
        if not locked.is_branch:
            raise PlantError(
                gettext("%(locked)s is no branch.") % {"locked": locked},
                gettext("Delete plants in the admin."),
            )
        parent = locked.run.parent
        before = {"branch": locked.pk, "name": locked.name, "step": locked.run.branch_step}
        audit.record("branch-delete", parent.plant if parent else locked, by=by, before=before)
        locked.delete()


# -- running ----------------------------------------------------------------------------------


def run_ahead(plant_id: int) -> bool:
    """Prepare a branch if need be, and run it for a moment. Returns whether there is more to do."""
    plant = _waiting().filter(pk=plant_id).select_related("current_run__parent").first()
    if plant is None:
        return False
    if plant.tep_state is None and not _prepare(plant):
        return False
    deadline = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < deadline:
        plant = _waiting().filter(pk=plant_id, state=Plant.State.RUNNING).first()
        if plant is None:
            return False
        tick = Tick(plant.pk, plant.run.pk, plant.step)
        if not step_plants([tick], even_if_early=True):
            return False  # another worker has it in hand
    return True


def forgotten() -> list[int]:
    """Return the branches that are to run ahead and that no task seems to have in hand."""
    before = timezone.now() - timedelta(seconds=FORGOTTEN_SECONDS)
    silent = Q(sampled_at__lt=before) | Q(sampled_at=None, created_at__lt=before)
    standing = Q(state=Plant.State.RUNNING) | Q(tep_state=None, state=Plant.State.STOPPED)
    return list(_waiting().filter(silent, standing).order_by("pk").values_list("pk", flat=True))


def _waiting() -> models.QuerySet[Plant]:
    return Plant.objects.filter(run_until_step__isnull=False).select_related("current_run")


def _prepare(plant: Plant) -> bool:
    """Give a branch its past and its state. Returns whether it may run."""
    run, parent = plant.run, plant.run.parent
    step = run.branch_step or 0
    try:
        if parent is None:
            raise RunDiffers("the plant that it branched off was deleted")
        state = state_after(parent, step)
    except (RunDiffers, ValueError, ArithmeticError) as error:
        logger.error("branch %s cannot be prepared: %s", plant.pk, error)
        _give_up(plant, str(error))
        return False
    _copy_past(parent, run, step)
    with transaction.atomic():
        locked = Plant.objects.select_for_update().get(pk=plant.pk)
        if locked.tep_state is None and locked.run_until_step is not None:
            locked.tep_state = state.to_bytes()
            locked.state, locked.state_reason = Plant.State.RUNNING, ""
            locked.sampled_at = timezone.now()
            locked.save()
            plant_branched.send(sender=Plant, plant_id=plant.pk)
            _tell(plant.pk)
    return True


def _give_up(plant: Plant, why: str) -> None:
    with transaction.atomic():
        locked = Plant.objects.select_for_update().get(pk=plant.pk)
        locked.state, locked.run_until_step = Plant.State.FAILED, None
        locked.state_reason = f"It could not be prepared: {why}"[:300]
        locked.last_error, locked.last_error_at = why, timezone.now()
        locked.save()
        PlantEvent.note(locked, PlantEvent.Kind.FAILED, locked.state_reason)
        _tell(plant.pk)


def _tell(plant_id: int) -> None:
    transaction.on_commit(lambda: plant_changed.send(sender=Plant, plant_id=plant_id), robust=True)


# -- copying ----------------------------------------------------------------------------------


def _copy_rows(parent: Run, run: Run, step: int, change: Change) -> None:
    """Copy what acts: faults (or only their past) and hands."""
    injections, times = [], []
    for one in parent.injections.all():
        if change.without_faults:
            if one.start_step > step:
                continue
            one.end_step = step + 1 if one.end_step is None else min(one.end_step, step + 1)
        one.pk, one.run = None, run
        injections.append(one)
        times.append(one.injected_at)
    Injection.objects.bulk_create(injections)
    hands = list(parent.hands.all())
    taken_at = [hand.made_at for hand in hands]
    for hand in hands:
        hand.pk, hand.run = None, run
    Hand.objects.bulk_create(hands)
    # Creating sets the time to now; they were done when they were done.
    for one, at in zip(injections, times, strict=True):
        one.injected_at = at
    for hand, at in zip(hands, taken_at, strict=True):
        hand.made_at = at
    Injection.objects.bulk_update(injections, ["injected_at"])
    Hand.objects.bulk_update(hands, ["made_at"])


def _make_way(run: Run, step: int, change: Change) -> None:
    """End what the original did later to the very things that are changed."""
    for idv in change.faults:
        _end_after(run.injections.filter(idv=idv), step)
    for kind, numbers in ((by_hand.VALVE, change.valves), (by_hand.SETPOINT, change.setpoints)):
        for number in numbers:
            _end_after(run.hands.filter(kind=kind, number=number), step)


def _end_after(found: models.QuerySet[Any], step: int) -> None:
    found.filter(start_step__gt=step).delete()
    in_force = Q(end_step__isnull=True) | Q(end_step__gt=step + 1)
    found.filter(in_force).update(end_step=step + 1)


def _copy_past(parent: Run, run: Run, step: int) -> None:
    """Copy the newest readings up to the step; those that are there already stay."""
    first = max(0, step - PAST_STEPS)
    while True:
        last = Reading.objects.filter(run=run).order_by("-step").values_list("step", flat=True)
        after = max(first, last.first() or 0)
        rows = list(
            Reading.objects.filter(run=parent, step__gt=after, step__lte=step).order_by("step")[
                :COPIED_AT_ONCE
            ]
        )
        if not rows:
            return
        for row in rows:
            row.pk, row.run, row.ingest_key = None, run, ""
        Reading.objects.bulk_create(rows, ignore_conflicts=True)
        time.sleep(PAUSE_SECONDS)


def _free_name(wanted: str) -> str:
    wanted, number = wanted[:56], 1
    name = wanted
    while Plant.objects.filter(name=name).exists():
        number += 1
        name = f"{wanted[: 60 - len(f' {number}')]} {number}"
    return name
