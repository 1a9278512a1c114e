"""`manage.py fitdetector`: fit a detector on simulated normal operation."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from monitoring.detectors import DETECTORS
from monitoring.fitting import FitPlan, fit_detector
from monitoring.models import DetectorModel


def positive(text: str) -> float:
    """Read a positive number."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


class Command(BaseCommand):
    """Fits, calibrates, evaluates and stores a new version, and makes it the active one."""

    help = (
        "Simulate normal runs of the plant, fit a detector on them, take its limits from other "
        "runs, evaluate it on fresh ones, store it as a new version with a card of its figures "
        "and make it the active one. Running plants use it from their next scored point on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        plan = FitPlan()
        parser.add_argument("--detector", choices=sorted(DETECTORS), default=plan.kind)
        parser.add_argument("--runs", type=int, default=plan.runs, help="runs to fit on")
        parser.add_argument(
            "--limit-runs", type=int, default=plan.limit_runs, help="other runs for the limits"
        )
        parser.add_argument("--hours", type=positive, default=plan.hours, help="hours of each run")
        parser.add_argument("--seed", type=int, default=plan.seed, help="seed of the runs' seeds")
        parser.add_argument(
            "--if-missing", action="store_true", help="do nothing if there is an active version"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Fit, with a progress bar."""
        if options["if_missing"] and DetectorModel.active() is not None:
            self.stdout.write(f"{DetectorModel.active()} is active already.")
            return
        if min(options["runs"], options["limit_runs"]) < 1:
            raise CommandError("--runs and --limit-runs must be at least 1.")
        plan = FitPlan(
            kind=options["detector"],
            runs=options["runs"],
            limit_runs=options["limit_runs"],
            hours=options["hours"],
            seed=options["seed"],
        )
        self.stdout.write(f"Fitting {plan.kind.upper()} on {plan.simulations} simulated runs ...")
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
                model = fit_detector(plan, show)
            except ValueError as error:
                raise CommandError(f"{error} Use more --runs or --hours.") from error
        card = model.card
        rate = card["false_alarms"]["far_either"]
        self.stdout.write(
            self.style.SUCCESS(
                f"{model}: {card['n_components']} components, T2 limit {card['t2_limit']:.2f}, "
                f"SPE limit {card['spe_limit']:.2f} at alpha {card['alpha']:g}; measured on fresh "
                f"runs: {100 * rate:.2f} % of normal points exceed. It is the active version."
            )
        )
