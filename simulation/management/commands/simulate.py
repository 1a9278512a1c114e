"""`manage.py simulate`: one run of the plant into a file, without database or broker."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from simulation import tep
from simulation.tep.figure import check_picture
from simulation.tep.files import MAX_DIGITS, check_target
from simulation.tep.schedule import Intervention
from simulation.tep.spelling import (
    INJECTION_FORM,
    SETPOINT_FORM,
    VALVE_FORM,
    injections_of,
    setpoint_moves_of,
    valve_moves_of,
)
from simulation.tep.state import RNGS


def late_starts(hours: float, options: dict[str, Any]) -> list[str]:
    """Return the labels of what was asked for but begins only after the run."""
    asked: tuple[Intervention, ...] = (
        *injections_of(options["idv"]),
        *valve_moves_of(options["xmv"]),
        *setpoint_moves_of(options["setpoint"]),
    )
    return [one.label for one in asked if one.start_hours > hours]


class Command(BaseCommand):
    """Simulates, writes, and tells what happened."""

    help = (
        "Simulate the plant from time 0 and write time, XMEAS(1..41) and XMV(1..12) of every "
        "sample to a file. Needs no database. Times are hours of plant time: a fault from 8 h on "
        "is first felt in the second that ends there, so with 3-minute samples row 161 is the "
        "first that can show it. After a trip the rows go on, frozen."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--hours", type=float, default=48.0, help="plant time (48)")
        parser.add_argument(
            "--seed", type=int, default=tep.DEFAULT_SEED, help="of the noise (%(default)s)"
        )
        parser.add_argument(
            "--rng",
            default="reference",
            help=f"the generator: {' or '.join(RNGS)} (%(default)s); the reference one is the "
            "published simulation's, whose noise repeats after 141 h",
        )
        parser.add_argument(
            "--idv", action="append", default=[], metavar="FAULT", help=f"{INJECTION_FORM}; repeat"
        )
        parser.add_argument(
            "--xmv", action="append", default=[], metavar="VALVE", help=f"{VALVE_FORM}; repeat"
        )
        parser.add_argument(
            "--setpoint",
            action="append",
            default=[],
            metavar="SETPOINT",
            help=f"{SETPOINT_FORM}; a loop by number or by what it controls; repeat",
        )
        parser.add_argument(
            "--sample-seconds",
            type=int,
            default=tep.SAMPLE_SECONDS,
            help="between rows (%(default)s)",
        )
        parser.add_argument(
            "--compat", help="braatz: step and analysers as in the public data files' build"
        )
        parser.add_argument(
            "--open-loop", action="store_true", help="constant valves, no controllers"
        )
        parser.add_argument("--out", metavar="FILE", help="ending .csv, .npz or .parquet")
        parser.add_argument("--plot", metavar="FILE", help="a picture, e.g. run.png")
        parser.add_argument(
            "--digits", type=int, help="significant digits in --out; without it unrounded"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check everything that can be checked, simulate, write."""
        try:
            self._run(options)
        except (ValueError, OSError, tep.MissingPackageError) as error:
            raise CommandError(str(error)) from error

    def _run(self, options: dict[str, Any]) -> None:
        out = check_target(options["out"]) if options["out"] else None
        picture = check_picture(options["plot"]) if options["plot"] else None
        digits: int | None = options["digits"]
        if digits is not None and not 1 <= digits <= MAX_DIGITS:
            raise ValueError(f"--digits is a whole number from 1 to {MAX_DIGITS}, not {digits}")
        if out is not None and 0 < options["hours"] * 3600 < options["sample_seconds"]:
            raise ValueError(
                f"{options['hours']:g} h hold no sample of {options['sample_seconds']} s: the file "
                "would be empty; give more --hours or fewer --sample-seconds"
            )
        result = tep.simulate(
            options["hours"],
            seed=options["seed"],
            idv=options["idv"],
            xmv=options["xmv"],
            setpoints=options["setpoint"],
            sample_seconds=options["sample_seconds"],
            compat=options["compat"],
            rng=options["rng"],
            closed_loop=not options["open_loop"],
        )
        if out is not None:
            result.write(out, digits)
        if picture is not None:
            result.plot(path=picture)
        for late in late_starts(options["hours"], options):
            self.stderr.write(f"{late} begins after the run's end and had no effect.")
        for event in result.events:
            self.stdout.write(str(event))
        self.stdout.write(
            f"{len(result)} rows, {options['hours']:g} h, seed {result.seed}, {result.rng} "
            f"generator{'' if result.tripped else ', no trip'}"
            + "".join(f"; wrote {path}" for path in (out, picture) if path is not None)
        )
