"""`manage.py fitdiagnosis`: train the diagnosis of alarms on simulated runs of every fault."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from monitoring.detectors import InnovationBank
from monitoring.management.database import make_ready
from monitoring.models import DetectorModel, DiagnosisModel
from monitoring.training import TrainingPlan, simulate, train

KINDS = ("robust", "sharp")


class Command(BaseCommand):
    """Trains a classifier for each bank that is stored, and keeps it with its card."""

    help = (
        "Simulate runs of each of the 20 disturbances, learn what an alarm looks like in the "
        "innovations of the banks, measure it on held-out runs, and store it as a new version, "
        "which is in use from then on. Needs a fitted bank (manage.py fitdetector)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        plan = TrainingPlan()
        parser.add_argument("--runs", type=int, default=plan.runs, help="of each fault to learn")
        parser.add_argument(
            "--held-out", type=int, default=plan.held_out, help="of each fault for the card"
        )
        parser.add_argument("--seed", type=int, default=plan.seed, help="seed of the runs' seeds")
        parser.add_argument(
            "--quick", action="store_true", help="do not measure how left-out causes are judged"
        )
        parser.add_argument(
            "--if-missing", action="store_true", help="only for banks that have no diagnosis yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Train, with a progress bar."""
        make_ready()
        if options["runs"] < 4 or options["held_out"] < 1:
            raise CommandError(
                "--runs must be at least 4 (folds of the calibration), --held-out 1."
            )
        plan = TrainingPlan(
            options["runs"], options["held_out"], options["seed"], not options["quick"]
        )
        models = [model for kind in KINDS if (model := DetectorModel.newest(kind)) is not None]
        if options["if_missing"]:
            models = [m for m in models if not DiagnosisModel.objects.filter(kind=m.kind).exists()]
            if not models:
                self.stdout.write("Every bank has its diagnosis already.")
                return
        if not models:
            raise CommandError("No bank has been fitted. Run: manage.py fitdetector")
        with tqdm(
            total=plan.simulations, unit="run", file=sys.stderr, dynamic_ncols=True, disable=None
        ) as bar:

            def show(what: str, done: int, of: int) -> None:
                bar.set_description(what)
                bar.total = of
                bar.n = done
                bar.refresh()

            learnt, held_out = simulate(plan, show)
            for model in models:
                assert isinstance(model.detector, InnovationBank)  # noqa: S101
                bar.set_description(f"training on {model}")
                made = train(model, learnt, held_out, plan, show)
                self._tell(made)

    def _tell(self, made: DiagnosisModel) -> None:
        by_age = made.card["by_age"]
        parts = []
        for age in ("0", "10", "40"):
            if here := by_age.get(age):
                shares = f"{100 * here['top1']:.0f} / {100 * here['top3']:.0f} %"
                parts.append(f"{age} samples later {shares}")
        self.stdout.write(
            self.style.SUCCESS(
                f"{made}: on held-out runs the cause is first / among three: {', '.join(parts)}; "
                f"calibration error {100 * made.card['calibration_error']:.1f} %. It is in use."
            )
        )
