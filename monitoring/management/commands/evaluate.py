"""`manage.py evaluate`: judge a stored detector on fresh simulated runs."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from monitoring.detectors import InnovationBank
from monitoring.evaluating import EvaluationPlan, ceilings, evaluate
from monitoring.management.scoring_options import add_options, diagnosis_of, model_of, rule_of
from monitoring.models import DetectorEvaluation, DetectorModel
from monitoring.scoring import Judge
from simulation.tep.variables import IDV


class Command(BaseCommand):
    """FAR on normal operation; FDR, delay, and causes of each fault."""

    help = (
        "Judge a stored detector on fresh simulated runs of normal operation and of each of the 20 "
        "disturbances (from 8 h on, 48 h in all), and keep the figures for the page of detectors. "
        "A detector or diagnosis that is not stored yet is made first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        plan = EvaluationPlan()
        parser.add_argument("--runs", type=int, default=plan.runs, help="runs of each fault")
        parser.add_argument(
            "--normal-runs", type=int, default=plan.normal_runs, help="normal runs of 48 h"
        )
        parser.add_argument("--seed", type=int, default=plan.seed, help="seed of the runs' seeds")
        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge, keep, print."""
        if options["runs"] < 1 or options["normal_runs"] < 1:
            raise CommandError("--runs and --normal-runs must be at least 1.")
        rule = rule_of(options)
        model = model_of(options)
        diagnosis = diagnosis_of(options, model)
        try:
            judge = Judge(model, rule, diagnosis)
        except ValueError as error:
            raise CommandError(f"{model} cannot be read: {error}") from error
        plan = EvaluationPlan(options["runs"], options["normal_runs"], options["seed"])
        with tqdm(
            total=plan.simulations, unit="run", file=sys.stderr, dynamic_ncols=True, disable=None
        ) as bar:

            def show(what: str, done: int, of: int) -> None:
                if done < bar.n:
                    bar.reset(total=of)  # the ceiling begins, on the same runs once more
                bar.set_description(what)
                bar.update(done - bar.n)

            figures = evaluate({model.kind: judge}, plan, show)[model.kind]
            bank = judge.detector
            if not isinstance(bank, InnovationBank):
                robust = DetectorModel.newest("robust")
                bank = robust.detector if robust is not None else bank
            if isinstance(bank, InnovationBank):
                figures["ceiling"] = ceilings(bank, rule.alpha, plan, show)
        document = {
            "detector": model.kind,
            "version": model.version,
            "rule": rule.as_json(),
            "diagnosis": str(diagnosis) if diagnosis else None,
            "seed": plan.seed,
            **figures,
        }
        DetectorEvaluation.objects.create(detector_model=model, figures=document)
        if options["json"]:
            self.stdout.write(json.dumps(document, allow_nan=False))
            return
        self._print(str(model), str(rule), figures)

    def _print(self, model: str, rule: str, figures: dict[str, Any]) -> None:
        normal, summary = figures["normal"], figures["summary"]
        self.stdout.write(f"{model}, {rule}")
        self.stdout.write(
            f"normal operation, {normal['hours']:,.0f} h: FAR {100 * normal['far']:.2f} %, "
            f"{normal['alarms_per_1000_h']:.1f} false alarms per 1000 h"
        )
        self.stdout.write(
            f"{'fault':<9} {'FDR %':>6} {'found':>7} {'delay':>6}"
            "   cause first / among three, at the alarm and 10 samples later"
        )
        for fault, one in figures["faults"].items():
            delay = "-" if one["median_delay"] is None else f"{one['median_delay']:.0f}"
            named = "   ".join(
                f"{100 * one['causes'][age]['top1']:.0f} / {100 * one['causes'][age]['top3']:.0f}"
                for age in ("0", "10")
                if age in one["causes"]
            )
            self.stdout.write(
                f"{IDV[int(fault) - 1].label:<9} {100 * one['fdr']:>6.1f} "
                f"{one['found']:>3}/{one['runs']:<3} {delay:>6}   {named}"
            )
        self.stdout.write(
            f"mean FDR {100 * summary['mean_fdr']:.1f} %, without 3, 9 and 15 "
            f"{100 * summary['mean_fdr_without_3_9_15']:.1f} %; {summary['faults_found']} of 20 "
            f"found in most runs; median delay of all runs {summary['median_delay']} samples"
        )
        if "ceiling" in figures:
            # Whoever knew each run's effect beforehand and had only the noise against them.
            ceiling = sum(figures["ceiling"].values()) / len(figures["ceiling"])
            self.stdout.write(f"ceiling of the mean FDR, on the same runs: {100 * ceiling:.1f} %")
        for age, shares in summary["causes"].items():
            self.stdout.write(
                f"cause {age:>2} samples after the alarm: first {100 * shares['top1']:.1f} %, "
                f"among three {100 * shares['top3']:.1f} %"
            )
