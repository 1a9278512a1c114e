"""A plant that runs live."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext

from accounts import audit
from simulation.models.actor import Actor, actor_of
from simulation.models.fault_preset import FaultPreset
from simulation.models.injection import Injection
from simulation.models.plant_error import PlantError
from simulation.models.plant_life import PlantLife
from simulation.models.run import Run
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import IDV, N_IDV


class Plant(PlantLife):
    """A plant, simulated or fed from outside, and the faults that are set in it.

    Its row is in `plant_record.py`, its starts and stops are in `plant_life.py`; `by_hand.py` moves
    valves and set points; `stepping.py` takes the steps.
    """

    class Meta:
        ordering = ["pk"]
        permissions = [
            ("operate_plant", "Can start, pause, reset a plant and change its speed"),
            ("inject_fault", "Can inject and clear faults"),
            ("feed_plant", "Can send rows to a plant that is fed from outside"),
        ]

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
                    gettext("A fault cannot have the magnitude %(magnitude)s.")
                    % {"magnitude": f"{magnitude:g}"},
                    gettext("Over 0 to 1; 1 is the published fault."),
                )
            made = []
            for idv in idvs:
                if not 1 <= idv <= N_IDV:
                    raise PlantError(
                        gettext("There is no IDV(%(idv)s).") % {"idv": idv},
                        gettext("IDVs are 1 to %(last)s.") % {"last": N_IDV},
                    )
                clash = run.injections.filter(idv=idv).open_after(first)
                if end is not None:
                    clash = clash.filter(start_step__lt=end)
                other = clash.first()
                if other is not None:
                    raise PlantError(
                        gettext("IDV(%(idv)s) is set already: %(other)s.")
                        % {"idv": idv, "other": other},
                        gettext("Clear it first, or choose a time."),
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
            if made:
                after = {"run": run.number, "faults": [one.as_act() for one in made]}
                if preset is not None:
                    after["preset"] = preset.slug
                audit.record("fault-inject", self, by=by, after=after)
            return made

    def set_again(self, faults: Iterable[dict[str, Any]], *, by: Actor | None = None) -> None:
        """Inject faults that were cleared anew, as the audit trail kept them: one act."""
        with self.changing():
            run = self.run_to_change("no fault can be injected")
            made = [
                Injection.objects.create(
                    run=run,
                    injected_by=actor_of(by),
                    **{name: one[name] for name in ("idv", "magnitude", "start_step", "end_step")},
                )
                for one in faults
            ]
            after = {"run": run.number, "faults": [one.as_act() for one in made]}
            audit.record("fault-inject", self, by=by, after=after)

    def clear(
        self,
        idvs: Iterable[int] | None = None,
        *,
        by: Actor | None = None,
        only: Iterable[int] | None = None,
    ) -> int:
        """End faults in force and cancel planned ones; all by default. Returns how many.

        `only` names rows of injections by their keys.
        """
        with self.changing():
            if self.current_run is None:
                return 0
            found = self.current_run.injections.open_after(self.step + 1)
            if idvs is not None:
                found = found.filter(idv__in=list(idvs))
            if only is not None:
                found = found.filter(pk__in=list(only))
            cleared = list(found)
            before = [one.as_act() for one in cleared]
            for injection in cleared:
                injection.end_step = max(injection.start_step, self.step + 1)
                injection.save(update_fields=["end_step"])
            if cleared:
                number = self.current_run.number
                audit.record(
                    "fault-clear",
                    self,
                    by=by,
                    before={"run": number, "faults": before},
                    after={"run": number, "faults": [one.as_act() for one in cleared]},
                )
            return len(cleared)

    def run_to_change(self, so_what: str) -> Run:
        """Return the run that faults and hands act on. Raises PlantError where none does."""
        if not self.is_simulated:
            raise PlantError(
                gettext("%(plant)s is fed from outside, so %(so_what)s.")
                % {"plant": self, "so_what": so_what},
                gettext("Choose a simulated plant."),
            )
        run = self.run
        if self.state in {self.State.TRIPPED, self.State.FAILED}:
            raise PlantError(
                gettext("%(plant)s has %(state)s: no further step is taken.")
                % {"plant": self, "state": self.state},
                gettext("Reset it first."),
            )
        if run.ended_at is not None:
            raise PlantError(
                gettext("The run of %(plant)s has ended.") % {"plant": self},
                gettext("Start or reset the plant first."),
            )
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
                gettext("Step %(first)s has passed: %(plant)s is at step %(step)s.")
                % {"first": first, "plant": self, "step": self.step},
                gettext("Name a later step."),
            )
        end = end_step
        if end_after_hours is not None:
            end = self.step + 1 + steps_in(end_after_hours)
        if end is not None and end <= first:
            raise PlantError(
                gettext("%(what)s would end before it starts.") % {"what": what},
                gettext("Give a later end."),
            )
        return first, end


def steps_in(hours: float) -> int:
    """Return the number of samples in some process hours, rounded to the nearest."""
    return round(hours * 3600 / SAMPLE_SECONDS)


def describe_idv(number: int) -> str:
    """Return the field's description of an IDV."""
    return IDV[number - 1].description
