"""`manage.py runsimulation`: run a plant in the foreground, without broker or beat."""

import argparse
import re
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from accounts.commands import ActingCommand
from simulation.models import Plant, PlantError
from simulation.models.plant import steps_in
from simulation.models.reading import hours_at
from simulation.models.speed_preset import MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS
from simulation.stepping import Tick, step_plants
from simulation.tasks import run_tasks_inline
from simulation.tep.variables import N_IDV

NUMBER = r"\d+(?:\.\d+)?"
FAULT = re.compile(
    rf"(?P<idv>\d+)@(?P<start>{NUMBER})(?P<h>h?)(?:-(?P<end>{NUMBER})(?P<end_h>h?))?"
)


@dataclass(frozen=True)
class PlannedFault:
    """An IDV with its first step, and the first step without it."""

    idv: int
    start_step: int
    end_step: int | None

    @classmethod
    def parse(cls, text: str) -> "PlannedFault":
        """Read `4@120`, `4@120-200` (steps) or `4@6h`, `4@6h-10h` (process hours)."""
        found = FAULT.fullmatch(text.strip().lower())
        if found is None:
            raise argparse.ArgumentTypeError(
                f"{text!r}: write IDV@STEP, e.g. 4@120 or 4@120-200, or with hours 4@6h or 4@6-10h"
            )
        idv = int(found["idv"])
        if not 1 <= idv <= N_IDV:
            raise argparse.ArgumentTypeError(f"there is no IDV({idv}); IDVs are 1 to {N_IDV}")

        def step(value: str) -> int:
            if found["h"] or found["end_h"]:
                return steps_in(float(value)) + 1
            if not value.isdigit() or int(value) < 1:
                raise argparse.ArgumentTypeError(f"{text!r}: a step is a whole number from 1 on")
            return int(value)

        start = step(found["start"])
        end = step(found["end"]) if found["end"] else None
        if end is not None and end <= start:
            raise argparse.ArgumentTypeError(f"{text!r}: the fault would end before it starts")
        return cls(idv, start, end)


def interval(text: str) -> float:
    """Read an interval in seconds."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not MIN_INTERVAL_SECONDS <= value <= MAX_INTERVAL_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{text!r}: an interval is {MIN_INTERVAL_SECONDS:g} to {MAX_INTERVAL_SECONDS:g} s"
        )
    return value


def count(text: str) -> int:
    """Read a number of steps."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from 1 on")
    return int(text)


class Command(ActingCommand):
    """Steps one plant itself: the same step function, database, detector and explainer."""

    help = (
        "Run a plant in the foreground, without broker or beat, through the same step function "
        "and database as the live one. A step is one 3-minute sample. Detector and embedded "
        "explainer run along. Ends on Ctrl-C, after --steps, or when the plant trips; the plant "
        "is then paused, so a further call goes on where it stood."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--plant", default="Console", help="its name; made if there is none")
        parser.add_argument("--steps", type=count, help="how many; without it until Ctrl-C")
        pace = parser.add_mutually_exclusive_group()
        pace.add_argument("--interval", type=interval, help="wall seconds from step to step")
        pace.add_argument("--fast", action="store_true", help="as fast as this machine can")
        parser.add_argument(
            "--idv",
            type=PlannedFault.parse,
            action="append",
            default=[],
            metavar="IDV@STEP[-END]",
            help="a fault from a step of the run on, e.g. 4@120 or 4@120-200; "
            "with hours 4@6h; may be repeated",
        )
        parser.add_argument("--seed", type=int, help="begin a new run with this seed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the steps."""
        run_tasks_inline()
        plant = self._plant(options)
        try:
            plant.start(by_clock=False)
            first = plant.step
            self._inject(plant, options["idv"])
        except (PlantError, ValueError) as error:
            plant.refresh_from_db()
            if plant.state == Plant.State.RUNNING and plant.next_due is None:
                plant.pause()
            raise CommandError(f"{error} {getattr(error, 'hint', '')}".strip()) from error
        started = time.monotonic()
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
        try:
            self._run(plant, options["steps"], options["fast"])
        except KeyboardInterrupt:
            self.stderr.write("Interrupted: the plant is paused.")
        finally:
            plant.refresh_from_db()
            if plant.state == Plant.State.RUNNING and plant.next_due is None:
                plant.pause()
        taken, seconds = plant.step - first, time.monotonic() - started
        self.stdout.write(
            f"{plant.run}: {taken} steps in {seconds:.1f} s, now at step {plant.step} "
            f"({plant.sim_hours:.2f} h), seed {plant.run.seed} {plant.run.rng}, {plant.state}."
            + (f" {plant.state_reason}" if plant.state_reason else "")
        )

    def _plant(self, options: dict[str, Any]) -> Plant:
        """Return the plant, with a fresh run if a seed was given."""
        plant, _ = Plant.objects.get_or_create(name=options["plant"])
        if plant.state == Plant.State.RUNNING and plant.next_due is not None:
            raise CommandError(
                f"{plant} is driven by the clock. Pause it, or name another one with --plant."
            )
        try:
            if options["seed"] is not None or plant.state in {
                Plant.State.TRIPPED,
                Plant.State.FAILED,
            }:
                if plant.state == Plant.State.RUNNING:
                    plant.pause()
                plant.reset(options["seed"])
            if options["interval"] is not None:
                plant.set_speed(interval_seconds=options["interval"])
        except (PlantError, ValueError) as error:
            raise CommandError(f"{error} {getattr(error, 'hint', '')}".strip()) from error
        plant.refresh_from_db()
        return plant

    def _inject(self, plant: Plant, faults: list[PlannedFault]) -> None:
        for fault in faults:
            plant.inject([fault.idv], start_step=fault.start_step, end_step=fault.end_step)

    def _run(self, plant: Plant, steps: int | None, fast: bool) -> None:
        due = time.monotonic()
        with tqdm(total=steps, unit="step", file=sys.stderr, dynamic_ncols=True) as bar:
            while steps is None or bar.n < steps:
                if not fast:
                    time.sleep(max(0.0, due - time.monotonic()))
                    due = max(due + plant.interval_seconds, time.monotonic())
                tick = Tick(plant.pk, plant.run.pk, plant.step)
                moved = step_plants([tick], even_if_early=True)
                plant.refresh_from_db()
                bar.update(len(moved))
                if moved and plant.state == Plant.State.RUNNING:
                    bar.set_description(f"{hours_at(plant.step):.2f} h")
                    continue
                if plant.state == Plant.State.TRIPPED:
                    return
                raise CommandError(
                    f"{plant} is {plant.state} at step {plant.step}: somebody else operates it. "
                    f"{plant.state_reason}".strip()
                )
