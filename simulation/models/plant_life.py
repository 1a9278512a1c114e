"""The life of a plant: started, paused, stopped, reset, faster and slower."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from simulation import tep
from simulation.models.actor import Actor
from simulation.models.plant_error import PlantError
from simulation.models.plant_record import PlantRecord
from simulation.models.run import Run
from simulation.models.speed_preset import INTERVAL_VALIDATORS, SpeedPreset
from simulation.signals import plant_changed


class PlantLife(PlantRecord):
    """Every act locks the row, and leaves an entry in the audit trail."""

    class Meta:
        abstract = True

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Lock the row, take its present values, save what the block changes, tell listeners."""
        with transaction.atomic():
            type(self)._default_manager.select_for_update().get(pk=self.pk)
            self.refresh_from_db()
            yield
            self.save()
            plant_id = self.pk
            transaction.on_commit(
                lambda: plant_changed.send(sender=type(self), plant_id=plant_id), robust=True
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
                raise PlantError(
                    gettext("%(plant)s has tripped: %(state_reason)s")
                    % {"plant": self, "state_reason": self.state_reason},
                    gettext("Reset it first."),
                )
            before = self._life()
            if self.current_run is None or self.current_run.ended_at is not None:
                self._begin_run(None)
            self._set_running()
            if not by_clock:
                self.next_due = None
            audit.record("plant-start", self, by=by, before=before, after=self._life())

    def pause(self, *, by: Actor | None = None) -> None:
        """Hold the run; `resume` goes on with the next step."""
        with self.changing():
            if self.state == self.State.PAUSED:
                return
            if self.state != self.State.RUNNING:
                raise PlantError(
                    gettext("%(plant)s is %(state)s, so it cannot be paused.")
                    % {"plant": self, "state": self.state},
                    gettext("Only a running plant can."),
                )
            before = self._life()
            self._set_still(self.State.PAUSED, by)
            audit.record("plant-pause", self, by=by, before=before, after=self._life())

    def resume(self, *, by: Actor | None = None) -> None:
        """Go on after a pause."""
        with self.changing():
            if self.state == self.State.RUNNING:
                return
            if self.state not in {self.State.PAUSED, self.State.FAILED}:
                raise PlantError(
                    gettext("%(plant)s is %(state)s, not paused.")
                    % {"plant": self, "state": self.state},
                    gettext("Start it instead."),
                )
            before = self._life()
            self._set_running()
            audit.record("plant-resume", self, by=by, before=before, after=self._life())

    def stop(self, *, by: Actor | None = None) -> None:
        """End the run; the next start begins a new one. Its readings stay."""
        with self.changing():
            before, run = self._life(), self.current_run
            has_ended = run is None or run.ended_at is not None
            if has_ended and self.state == self.State.STOPPED and self.run_until_step is None:
                return
            self.run_until_step = None
            self._end_run()
            self._set_still(self.State.STOPPED, by)
            audit.record("plant-stop", self, by=by, before=before, after=self._life())

    def reset(self, seed: int | None = None, *, by: Actor | None = None) -> None:
        """Begin a new run from the base case without faults; a plant that ran goes on running.

        The readings of the old run stay. `seed` defaults to a fresh random one.
        """
        with self.changing():
            before = self._life()
            was_running = self.state in {self.State.RUNNING, self.State.TRIPPED}
            self._begin_run(seed)
            if was_running:
                self._set_running()
            else:
                self._set_still(self.State.STOPPED, by)
            audit.record("plant-reset", self, by=by, before=before, after=self._life())

    def emergency_reset(self, *, by: Actor | None = None) -> None:
        """Clear all faults, give all hands back, begin a new run from the base case, and run.

        Whatever state the plant is in. One act, one entry; the old run's readings stay. Raises
        PlantError for a plant that is fed from outside.
        """
        with self.changing():
            if not self.is_simulated:
                raise PlantError(
                    gettext("%(plant)s is fed from outside: its faults and valves are not ours.")
                    % {"plant": self},
                    gettext("Reset it to begin a new run."),
                )
            before, ended = self._life(), {"faults": 0, "hands": 0}
            if self.current_run is not None and self.current_run.ended_at is None:
                for name, rows in (
                    ("faults", self.current_run.injections.open_after(self.step + 1)),
                    ("hands", self.current_run.hands.open_after(self.step + 1)),
                ):
                    for row in rows:
                        row.end_step = max(row.start_step, self.step + 1)
                        row.save(update_fields=["end_step"])
                        ended[name] += 1
            self._begin_run(None)
            self._set_running()
            after = {**self._life(), "cleared_faults": ended["faults"]}
            after["given_back"] = ended["hands"]
            audit.record("plant-emergency-reset", self, by=by, before=before, after=after)

    def set_speed(
        self,
        *,
        interval_seconds: float | None = None,
        preset: SpeedPreset | None = None,
        by: Actor | None = None,
    ) -> None:
        """Change the interval, effective with the next tick. Give a preset or an interval in s."""
        if (interval_seconds is None) == (preset is None):
            raise ValueError("give either an interval or a preset")
        with self.changing():
            before = self._speed()
            self.speed_preset = preset
            self.interval_seconds = (
                preset.interval_seconds if preset else float(interval_seconds or 0)
            )
            for validate in INTERVAL_VALIDATORS:
                validate(self.interval_seconds)
            if self._speed() == before:
                return
            audit.record("plant-speed", self, by=by, before=before, after=self._speed())
            if self.next_due is not None:
                now = timezone.now()
                last = self.sampled_at or now
                self.next_due = max(now, last + timedelta(seconds=self.interval_seconds))

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

    def _life(self) -> dict[str, Any]:
        """Return what starting, pausing, stopping and resetting change, for the audit trail."""
        run = self.current_run
        return {
            "state": self.state,
            "run": run.number if run else None,
            "seed": run.seed if run and self.is_simulated else None,
            "step": self.step,
        }

    def _speed(self) -> dict[str, Any]:
        preset = self.speed_preset
        return {
            "interval_seconds": self.interval_seconds,
            "preset": preset.slug if preset else None,
        }

    def _end_run(self) -> None:
        if self.current_run is not None and self.current_run.ended_at is None:
            self.current_run.ended_at = timezone.now()
            self.current_run.save(update_fields=["ended_at"])

    def _begin_run(self, seed: int | None) -> None:
        self._end_run()
        self.run_until_step = None
        seed = tep.fresh_seed(secrets.randbits(48)) if seed is None else seed
        last = (
            Run.objects.filter(plant_id=self.pk).aggregate(last=models.Max("number"))["last"] or 0
        )
        self.current_run = Run.objects.create(plant_id=self.pk, number=last + 1, seed=seed)
        self.tep_state = (
            tep.initial_state(seed, rng=self.current_run.rng).to_bytes()
            if self.is_simulated
            else None
        )
        self.step, self.rows, self.sampled_at = 0, 0, None
        self.last_error, self.last_error_at = "", None
