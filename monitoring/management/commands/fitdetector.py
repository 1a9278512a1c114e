"""`manage.py fitdetector`: fit a detector on simulated or recorded normal operation."""

import argparse
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from accounts.commands import ActingCommand
from monitoring.detectors import DETECTORS
from monitoring.fitting import FitPlan, fit_detector
from monitoring.management.database import make_ready
from monitoring.models import DetectorModel
from monitoring.recorded import NotSteady, fit_recorded
from monitoring.watched import VARIABLE_SETS
from simulation.models import Plant

#: A measured rate of this many times the nominal one is warned of.
MUCH_MORE = 4.0


def positive(text: str) -> float:
    """Read a positive number."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


class Command(ActingCommand):
    """Fits, calibrates, evaluates and stores a new version, and makes it the active one."""

    help = (
        "Simulate normal runs of the plant, fit a detector on them, take its limits from other "
        "runs, evaluate it on fresh ones, store it as a new version with a card of its figures "
        "and make it the active one. Running plants use it from their next scored point on. With "
        "--plant, fit on a stretch of that plant's own readings instead, which must be steady."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        plan = FitPlan()
        parser.add_argument(
            "--detector", choices=list(DETECTORS), default=plan.kind, help="default: %(default)s"
        )
        parser.add_argument("--runs", type=int, default=plan.runs, help="runs to fit on")
        parser.add_argument(
            "--limit-runs", type=int, default=plan.limit_runs, help="other runs for the limits"
        )
        parser.add_argument("--hours", type=positive, default=plan.hours, help="hours of each run")
        parser.add_argument("--seed", type=int, default=plan.seed, help="seed of the runs' seeds")
        parser.add_argument(
            "--variables",
            type=int,
            choices=sorted(VARIABLE_SETS),
            help="one set of variables; default: a version for 33 and one for 22",
        )
        parser.add_argument(
            "--no-activate", action="store_true", help="store the version, and leave the active one"
        )
        parser.add_argument(
            "--shadow",
            nargs="+",
            choices=list(DETECTORS),
            default=[],
            metavar="KIND",
            help="fit these kinds too, on the same runs, to watch in the shadow",
        )
        parser.add_argument(
            "--if-missing", action="store_true", help="do nothing if there is an active version"
        )
        recorded = parser.add_argument_group("fit on a plant's own readings")
        recorded.add_argument("--plant", type=int, help="number of the plant")
        recorded.add_argument(
            "--from-step", type=int, help="first reading; default: the first kept"
        )
        recorded.add_argument("--to-step", type=int, help="last reading; default: the newest")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fit, with a progress bar."""
        make_ready()
        if options["if_missing"] and DetectorModel.active() is not None:
            self.stdout.write(f"{DetectorModel.active()} is active already.")
            return
        if options["plant"] is not None:
            self._fit_recorded(options)
            return
        if min(options["runs"], options["limit_runs"]) < 1:
            raise CommandError("--runs and --limit-runs must be at least 1.")
        size = options["variables"]
        plan = FitPlan(
            kind=options["detector"],
            runs=options["runs"],
            limit_runs=options["limit_runs"],
            hours=options["hours"],
            seed=options["seed"],
            sets=(size,) if size else FitPlan().sets,
        )
        title = DETECTORS[plan.kind].title
        self.stdout.write(f"Fitting {title} on {plan.simulations} simulated runs ...")
        self.stdout.flush()
        # `disable=None`: a bar on a terminal, silence in a log file.
        with tqdm(
            total=plan.simulations,
            unit="run",
            desc="compiling",
            file=sys.stderr,
            dynamic_ncols=True,
            disable=None,
        ) as bar:

            def show(what: str, done: int, of: int) -> None:
                bar.set_description(what)
                bar.update(done - bar.n)

            try:
                model = fit_detector(
                    plan, show, activate=not options["no_activate"], shadows=options["shadow"]
                )
            except ValueError as error:
                raise CommandError(f"{error} Use more --runs or --hours.") from error
        self._tell(model)

    def _fit_recorded(self, options: dict[str, Any]) -> None:
        plant = Plant.objects.filter(pk=options["plant"]).first()
        if plant is None:
            known = ", ".join(f"{p.pk} ({p.name})" for p in Plant.objects.all()) or "none"
            raise CommandError(f"There is no plant {options['plant']}. Known: {known}.")
        try:
            model = fit_recorded(
                plant,
                options["detector"],
                options["from_step"],
                options["to_step"],
                activate=not options["no_activate"],
            )
        except (NotSteady, ValueError) as error:
            raise CommandError(
                f"{error} Nothing was stored; the running model stays as it is."
            ) from error
        self._tell(model)

    def _tell(self, model: DetectorModel) -> None:
        card = model.card
        limits = ", ".join(
            f"{name.replace('T2', 'T²')} {limit:.2f}"
            for name, limit in list(card["limits_at_alpha"].items())[:3]
        )
        rate = card["false_alarms"]["far_either"]
        hours = card["false_alarms"]["hours"]
        what = "It is the active version." if model.is_active else "It is stored, not active."
        self.stdout.write(
            self.style.SUCCESS(
                f"{model}: limits {limits} at alpha {card['alpha']:g}; measured on {hours:,.0f} h "
                f"of other normal operation: {100 * rate:.2f} % of the points exceed. {what}"
            )
        )
        if rate > MUCH_MORE * card["alpha"]:
            self.stdout.write(
                self.style.WARNING(
                    "That is much more than the limits state: the fit had too little normal "
                    "operation. Give it more, or choose a smaller model (--detector pca)."
                )
            )
