"""A plant that runs live."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.utils import timezone

from simulation import tep
from simulation.models.fault_preset import FaultPreset
from simulation.models.hand import Hand
from simulation.models.injection import Injection
from simulation.models.run import Run
from simulation.models.speed_preset import INTERVAL_VALIDATORS, SpeedPreset
from simulation.signals import plant_changed
from simulation.tep import SAMPLE_SECONDS, PlantState
from simulation.tep.variables import IDV, N_IDV

Actor = User | AnonymousUser


def actor_of(by: Actor | None) -> User | None:
    """Return the user to be named in a row; None for a caller without an account."""
    return by if isinstance(by, User) else None


class PlantError(Exception):
    """An operation that the plant's present state does not allow; `hint` says what would help."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Plant(models.Model):
    """A simulated plant: its speed, its present run and the simulator's whole state.

    `tep_state` holds everything the simulator remembers, so that any process can take the next
    step. Every change goes through a method that locks the row; `stepping.py` takes the steps.
    """

    class State(models.TextChoices):
        """What the clock does with the plant."""

        STOPPED = "stopped", "stopped"
        RUNNING = "running", "running"
        PAUSED = "paused", "paused"
        TRIPPED = "tripped", "tripped"
        FAILED = "failed", "failed"

    class Source(models.TextChoices):
        """Where the readings come from."""

        SIMULATOR = "simulator", "simulator"
        OUTSIDE = "outside", "fed from outside"

    class Variables(models.IntegerChoices):
        """What each row of a plant fed from outside must hold; further known tags are kept."""

        XMEAS = 22, "XMEAS 1-22"
        CONTINUOUS = 33, "XMEAS 1-22 and XMV 1-11"
        ALL = 52, "XMEAS 1-41 and XMV 1-11"

    class CatchUp(models.TextChoices):
        """What happens to the samples that an outage kept from being taken."""

        SKIP = "skip", "go on from now"
        RUN = "run", "run what was missed, as fast as possible"

    name = models.CharField(max_length=60, unique=True)
    description = models.CharField(max_length=200, blank=True)
    source = models.CharField(
        max_length=10,
        choices=Source.choices,
        default=Source.SIMULATOR,
        help_text="Cannot be changed later.",
    )
    variables = models.PositiveSmallIntegerField(
        choices=Variables.choices,
        default=Variables.CONTINUOUS,
        help_text="Of a plant fed from outside: what each row must hold.",
    )
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.STOPPED, editable=False
    )
    state_reason = models.CharField(max_length=300, blank=True, editable=False)
    interval_seconds = models.FloatField(
        "interval (s)",
        default=1.0,
        validators=INTERVAL_VALIDATORS,
        help_text="Wall seconds between samples, 0.2 to 600.",
    )
    speed_preset = models.ForeignKey(
        SpeedPreset,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text="Empty when the interval was set by hand.",
    )
    current_run = models.OneToOneField(
        Run, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    step = models.PositiveIntegerField(
        default=0, editable=False, help_text="Last committed step of the run: its readings."
    )
    rows = models.PositiveIntegerField(
        default=0, editable=False, help_text="Readings of the run of a plant fed from outside."
    )
    tep_state = models.BinaryField(null=True, editable=False)
    next_due = models.DateTimeField(null=True, editable=False, db_index=True)
    sampled_at = models.DateTimeField(null=True, editable=False)
    catch_up = models.CharField(
        "after an outage",
        max_length=4,
        choices=CatchUp.choices,
        default=CatchUp.SKIP,
    )
    catching_up_from = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text="Last step before the outage whose samples are being made up for; empty: none.",
    )
    run_until_step = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text="Of a branch: the step that it runs to, as fast as it can; empty: none.",
    )
    keep_days = models.FloatField(
        "keep for (days)",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.01)],
        help_text="Older readings and analyses are pruned every night; empty: kept.",
    )
    keep_readings = models.PositiveIntegerField(
        "keep the newest",
        null=True,
        blank=True,
        validators=[MinValueValidator(1000)],
        help_text="More readings than this are pruned every night; empty: all are kept.",
    )
    last_error = models.TextField(blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        permissions = [
            ("operate_plant", "Can start, pause, reset a plant and change its speed"),
            ("inject_fault", "Can inject and clear faults"),
            ("feed_plant", "Can send rows to a plant that is fed from outside"),
        ]

    def __str__(self) -> str:
        return self.name

    # -- reading ------------------------------------------------------------------------------

    @property
    def sim_hours(self) -> float:
        """Process time of the run in hours."""
        return self.step * SAMPLE_SECONDS / 3600

    @property
    def is_simulated(self) -> bool:
        """Whether the simulator makes the readings; else they come from outside."""
        return self.source == self.Source.SIMULATOR

    @property
    def reading_count(self) -> int:
        """Readings of the present run. A simulated run has one for each step."""
        return self.step if self.is_simulated else self.rows

    @property
    def is_branch(self) -> bool:
        """Whether the present run began as a branch of another plant's."""
        return self.current_run is not None and self.current_run.is_branch

    @property
    def is_running_ahead(self) -> bool:
        """Whether it runs to a step as fast as it can, or is about to: by a task, not the clock."""
        return self.run_until_step is not None

    @property
    def run(self) -> Run:
        """The present run. Raises PlantError for a plant that never had one."""
        if self.current_run is None:
            raise PlantError(f"{self} has not been started yet.", "Start it first.")
        return self.current_run

    def samples_owed(self, now: datetime) -> int:
        """Return how many samples are due at `now` and were not taken; 0 while all is well."""
        if self.state != self.State.RUNNING or self.next_due is None or self.next_due > now:
            return 0
        return int((now - self.next_due).total_seconds() / self.interval_seconds) + 1

    def idvs_at(self, step: int) -> list[int]:
        """Return the IDV numbers in force while `step` is integrated, ascending."""
        if self.current_run_id is None:
            return []
        active = Injection.objects.filter(run_id=self.current_run_id).active_at(step)
        return sorted(set(active.values_list("idv", flat=True)))

    @property
    def active_idvs(self) -> list[int]:
        """The IDV numbers in force for the next step, ascending."""
        return self.idvs_at(self.step + 1)

    @property
    def active_faults(self) -> dict[int, float]:
        """Magnitude by IDV number of the faults in force for the next step, ascending."""
        if self.current_run_id is None:
            return {}
        active = Injection.objects.filter(run_id=self.current_run_id).active_at(self.step + 1)
        return dict(sorted(active.values_list("idv", "magnitude")))

    @property
    def hands(self) -> list[Hand]:
        """What is by hand for the next step: valves first, by number."""
        if self.current_run_id is None:
            return []
        held = Hand.objects.filter(run_id=self.current_run_id).active_at(self.step + 1)
        found = list(held.select_related("made_by"))
        return sorted(found, key=lambda one: (one.kind != Hand.Kind.VALVE, one.number))

    # -- operating ----------------------------------------------------------------------------

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Lock the row, take its present values, save what the block changes, tell listeners."""
        with transaction.atomic():
            Plant.objects.select_for_update().get(pk=self.pk)
            self.refresh_from_db()
            yield
            self.save()
            plant_id = self.pk
            transaction.on_commit(
                lambda: plant_changed.send(sender=Plant, plant_id=plant_id), robust=True
            )

    def start(self, *, by: Actor | None = None, by_clock: bool = True) -> None:
        """Run from the present state; begin a run first if there is none or it has ended.

        `by_clock=False` leaves the ticking to the caller (`manage.py runsimulation`); a further
        `start` hands the plant over to the clock.
        """
        with self.changing():
            handed_over = self.next_due is not None or not self.is_simulated
            if self.state == self.State.RUNNING and (handed_over or not by_clock):
                return
            if self.state == self.State.TRIPPED:
                raise PlantError(f"{self} has tripped: {self.state_reason}", "Reset it first.")
            if self.current_run is None or self.current_run.ended_at is not None:
                self._begin_run(None)
            self._set_running()
            if not by_clock:
                self.next_due = None

    def pause(self, *, by: Actor | None = None) -> None:
        """Hold the run; `resume` goes on with the next step."""
        with self.changing():
            if self.state == self.State.PAUSED:
                return
            if self.state != self.State.RUNNING:
                raise PlantError(
                    f"{self} is {self.state}, so it cannot be paused.", "Only a running plant can."
                )
            self._set_still(self.State.PAUSED, by)

    def resume(self, *, by: Actor | None = None) -> None:
        """Go on after a pause."""
        with self.changing():
            if self.state == self.State.RUNNING:
                return
            if self.state not in {self.State.PAUSED, self.State.FAILED}:
                raise PlantError(f"{self} is {self.state}, not paused.", "Start it instead.")
            self._set_running()

    def stop(self, *, by: Actor | None = None) -> None:
        """End the run; the next start begins a new one. Its readings stay."""
        with self.changing():
            self.run_until_step = None
            if self.current_run is not None and self.current_run.ended_at is None:
                self.current_run.ended_at = timezone.now()
                self.current_run.save(update_fields=["ended_at"])
            self._set_still(self.State.STOPPED, by)

    def reset(self, seed: int | None = None, *, by: Actor | None = None) -> None:
        """Begin a new run from the base case without faults; a plant that ran goes on running.

        The readings of the old run stay. `seed` defaults to a fresh random one.
        """
        with self.changing():
            was_running = self.state in {self.State.RUNNING, self.State.TRIPPED}
            self._begin_run(seed)
            if was_running:
                self._set_running()
            else:
                self._set_still(self.State.STOPPED, by)

    def set_speed(
        self, *, interval_seconds: float | None = None, preset: SpeedPreset | None = None
    ) -> None:
        """Change the interval, effective with the next tick. Give a preset or an interval in s."""
        if (interval_seconds is None) == (preset is None):
            raise ValueError("give either an interval or a preset")
        with self.changing():
            self.speed_preset = preset
            self.interval_seconds = (
                preset.interval_seconds if preset else float(interval_seconds or 0)
            )
            for validate in INTERVAL_VALIDATORS:
                validate(self.interval_seconds)
            if self.next_due is not None:
                now = timezone.now()
                last = self.sampled_at or now
                self.next_due = max(now, last + timedelta(seconds=self.interval_seconds))

    def inject(
        self,
        idvs: Iterable[int],
        *,
        by: Actor | None = None,
        preset: FaultPreset | None = None,
        start_after_hours: float = 0.0,
        end_after_hours: float | None = None,
        start_step: int | None = None,
        end_step: int | None = None,
        magnitude: float = 1.0,
    ) -> list[Injection]:
        """Switch faults on, from the next step, after some process hours or from a named step.

        `magnitude` over 0 to 1 scales them; 1 is the published fault. Raises PlantError if one is
        in force already in that time, or is not an IDV.
        """
        with self.changing():
            run = self.run_to_change("no fault can be injected")
            first, end = self.span_of(
                start_after_hours, end_after_hours, start_step, end_step, what="The fault"
            )
            if not 0.0 < magnitude <= 1.0:
                raise PlantError(
                    f"A fault cannot have the magnitude {magnitude:g}.",
                    "Over 0 to 1; 1 is the published fault.",
                )
            made = []
            for idv in idvs:
                if not 1 <= idv <= N_IDV:
                    raise PlantError(f"There is no IDV({idv}).", f"IDVs are 1 to {N_IDV}.")
                clash = run.injections.filter(idv=idv).open_after(first)
                if end is not None:
                    clash = clash.filter(start_step__lt=end)
                other = clash.first()
                if other is not None:
                    raise PlantError(
                        f"IDV({idv}) is set already: {other}.", "Clear it first, or choose a time."
                    )
                made.append(
                    Injection.objects.create(
                        run=run,
                        idv=idv,
                        start_step=first,
                        end_step=end,
                        magnitude=magnitude,
                        preset=preset,
                        injected_by=actor_of(by),
                    )
                )
            return made

    def clear(self, idvs: Iterable[int] | None = None) -> int:
        """End faults in force and cancel planned ones; all by default. Returns how many."""
        with self.changing():
            if self.current_run is None:
                return 0
            found = self.current_run.injections.open_after(self.step + 1)
            if idvs is not None:
                found = found.filter(idv__in=list(idvs))
            count = 0
            for injection in found:
                injection.end_step = max(injection.start_step, self.step + 1)
                injection.save(update_fields=["end_step"])
                count += 1
            return count

    def run_to_change(self, so_what: str) -> Run:
        """Return the run that faults and hands act on. Raises PlantError where none does."""
        if not self.is_simulated:
            raise PlantError(
                f"{self} is fed from outside, so {so_what}.", "Choose a simulated plant."
            )
        run = self.run
        if self.state in {self.State.TRIPPED, self.State.FAILED}:
            raise PlantError(
                f"{self} has {self.state}: no further step is taken.", "Reset it first."
            )
        if run.ended_at is not None:
            raise PlantError(f"The run of {self} has ended.", "Start or reset the plant first.")
        return run

    def span_of(
        self,
        start_after_hours: float,
        end_after_hours: float | None,
        start_step: int | None,
        end_step: int | None,
        *,
        what: str,
    ) -> tuple[int, int | None]:
        """Return first step and end of what is to act. Raises PlantError for a past or no span."""
        first = self.step + 1 + steps_in(start_after_hours) if start_step is None else start_step
        if first <= self.step:
            raise PlantError(
                f"Step {first} has passed: {self} is at step {self.step}.", "Name a later step."
            )
        end = end_step
        if end_after_hours is not None:
            end = self.step + 1 + steps_in(end_after_hours)
        if end is not None and end <= first:
            raise PlantError(f"{what} would end before it starts.", "Give a later end.")
        return first, end

    # -- inside -------------------------------------------------------------------------------

    def _set_running(self) -> None:
        """Hand the plant to the clock; one that is fed from outside has none."""
        self.state, self.state_reason = self.State.RUNNING, ""
        by_clock = self.is_simulated and not self.is_running_ahead
        self.next_due = timezone.now() if by_clock else None
        self.catching_up_from = None

    def _set_still(self, state: str, by: Actor | None) -> None:
        who = by.get_username() if by is not None else ""
        self.state, self.next_due, self.catching_up_from = state, None, None
        self.state_reason = f"by {who}" if who else ""

    def _begin_run(self, seed: int | None) -> None:
        if self.current_run is not None and self.current_run.ended_at is None:
            self.current_run.ended_at = timezone.now()
            self.current_run.save(update_fields=["ended_at"])
        self.run_until_step = None
        seed = tep.fresh_seed(secrets.randbits(48)) if seed is None else seed
        last = self.runs.aggregate(last=models.Max("number"))["last"] or 0
        self.current_run = Run.objects.create(plant=self, number=last + 1, seed=seed)
        self.tep_state = (
            tep.initial_state(seed, rng=self.current_run.rng).to_bytes()
            if self.is_simulated
            else None
        )
        self.step, self.rows, self.sampled_at = 0, 0, None
        self.last_error, self.last_error_at = "", None

    def load_state(self) -> PlantState:
        """Return the simulator's state. Raises ValueError for an unreadable one."""
        return PlantState.from_bytes(bytes(self.tep_state or b""))

    def as_json(self) -> dict[str, Any]:
        """Return what the API tells of the plant itself."""
        run, faults = self.current_run, self.active_faults
        return {
            "id": self.pk,
            "name": self.name,
            "source": self.source,
            "variables": None if self.is_simulated else self.variables,
            "state": self.state,
            "state_reason": self.state_reason,
            "run": run.number if run else None,
            "seed": run.seed if run and self.is_simulated else None,
            "rng": run.rng if run and self.is_simulated else None,
            "step": self.step,
            "sim_time_h": self.sim_hours,
            "interval_seconds": self.interval_seconds,
            "sample_seconds": SAMPLE_SECONDS,
            "catch_up": self.catch_up,
            "is_catching_up": self.catching_up_from is not None,
            "speed_preset": self.speed_preset.slug if self.speed_preset else None,
            "active_idvs": list(faults),
            "active_faults": [{"idv": n, "magnitude": size} for n, size in faults.items()],
            "by_hand": [hand.as_json() for hand in self.hands],
        }


def steps_in(hours: float) -> int:
    """Return the number of samples in some process hours, rounded to the nearest."""
    return round(hours * 3600 / SAMPLE_SECONDS)


def describe_idv(number: int) -> str:
    """Return the field's description of an IDV."""
    return IDV[number - 1].description
