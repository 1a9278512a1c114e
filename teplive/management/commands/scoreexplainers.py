"""`manage.py scoreexplainers`: who names the cause of fresh simulated faults, and at what price."""

import json
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from monitoring.evaluating import EvaluationPlan
from monitoring.management.database import make_ready
from monitoring.models import DetectorModel, DiagnosisModel
from monitoring.training import TrainingPlan
from monitoring.watched import WATCHED_LABELS
from simulation.dataset.plan import faults_of
from simulation.tep.variables import N_IDV
from teplive.experiment import lookup, table
from teplive.experiment.cases import Observer
from teplive.experiment.contestants import (
    BUILT_IN,
    CLASSIFIER,
    CONTRIBUTIONS,
    EMBEDDED,
    Classifier,
    Contestant,
    Contributions,
    Embedded,
    NotAskable,
    Remote,
    known_names,
    remote,
)
from teplive.experiment.experiment import LOOKUP_SEED_AFTER, SEED, Experiment, head_of
from teplive.experiment.record import Foreign, Record

INTERRUPTED = 130


class Command(BaseCommand):
    """Top-1, top-3, Brier, citations, loose numbers, time and cost of each explainer."""

    help = (
        "Simulate each fault (from 8 h on, 24 h in all), ask explainers about the first alarm when "
        "it is raised and 10 samples later, and score what they say against the truth. With --out, "
        "the same command goes on where it was interrupted, and asks nothing twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--runs", type=int, default=8, help="of each fault (%(default)s)")
        parser.add_argument("--faults", default=f"1-{N_IDV}", help="IDVs (%(default)s)")
        parser.add_argument(
            "--providers",
            default=",".join(BUILT_IN),
            help="who is asked: embedded, contributions, classifier, and providers by name, for "
            "example claude (%(default)s)",
        )
        parser.add_argument(
            "--seed", type=int, default=SEED, help="seed of the runs' seeds (%(default)s)"
        )
        parser.add_argument(
            "--out", type=Path, metavar="FILE.jsonl", help="keep each result, and go on from it"
        )
        parser.add_argument("--json", action="store_true", help="print a document, not a table")
        parser.add_argument(
            "--budget", metavar="USD", help="the most that each remote provider may cost in all"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, keep, print."""
        make_ready()
        faults, names = self._faults(options["faults"]), self._names(options["providers"])
        if options["runs"] < 1:
            raise CommandError("--runs must be at least 1.")
        remotes = self._remotes(names, _money(options["budget"]))
        observer = self._observer(names)
        _check_seed(options["seed"], observer)
        try:
            record = Record(options["out"], head_of(observer, options["seed"]))
        except Foreign as why:
            raise CommandError(str(why)) from why
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error}") from error
        experiment = Experiment(observer, faults, options["runs"], options["seed"], record, [])
        interrupted = False
        try:
            usual = self._usual(names, experiment)
            experiment.contestants = self._contestants(names, observer, usual, remotes)
            self._run(experiment)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            record.close()
        self._print(experiment, names, as_json=options["json"])
        if interrupted:
            kept = f"{len(record.answers)} answers are kept in {options['out']}"
            raise CommandError(
                f"Interrupted; {kept}, and the same command goes on."
                if options["out"]
                else "Interrupted; without --out nothing is kept.",
                returncode=INTERRUPTED,
            )

    def _faults(self, text: str) -> tuple[int, ...]:
        try:
            found = tuple(dict.fromkeys(faults_of(text)))
        except ValueError as error:
            raise CommandError(f"--faults: {error}") from error
        if not all(1 <= fault <= N_IDV for fault in found):
            raise CommandError(f"--faults are 1 to {N_IDV}: without a fault there is no cause.")
        return found

    def _names(self, text: str) -> list[str]:
        names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
        if not names:
            raise CommandError(f"--providers: name some of {', '.join(known_names())}.")
        return names

    def _remotes(self, names: list[str], most: Decimal | None) -> dict[str, Remote]:
        try:
            return {name: remote(name, most) for name in names if name not in BUILT_IN}
        except NotAskable as why:
            raise CommandError(str(why)) from why

    def _observer(self, names: list[str]) -> Observer:
        model = DetectorModel.active()
        if model is None:
            raise CommandError("No detector has been fitted. Run: manage.py fitdetector")
        classic = model if model.kind == "pca" else DetectorModel.companion(model.variables)
        if classic is None:
            raise CommandError(
                f"No PCA model accompanies {model}. Run: manage.py fitdetector --detector pca "
                f"--variables {len(WATCHED_LABELS)} --no-activate"
            )
        diagnosis = DiagnosisModel.in_use(model.kind)
        if diagnosis is None and CLASSIFIER in names:
            raise CommandError("No classifier has been trained. Run: manage.py fitdiagnosis")
        return Observer(model, classic, diagnosis)

    def _usual(self, names: list[str], experiment: Experiment) -> lookup.Usual:
        record = experiment.record
        if CONTRIBUTIONS not in names:
            return {}
        if record.usual is None:
            with _bar(N_IDV, "fault") as bar:
                bar.set_description("lookup")
                seed = experiment.seed + LOOKUP_SEED_AFTER
                usual = lookup.learn(experiment.observer, seed, lambda fault: bar.update())
            record.add({"usual": usual})
        return record.usual or {}

    def _contestants(
        self,
        names: list[str],
        observer: Observer,
        usual: lookup.Usual,
        remotes: dict[str, Remote],
    ) -> list[Contestant]:
        built_in: dict[str, Contestant] = {
            EMBEDDED: Embedded(),
            CONTRIBUTIONS: Contributions(usual),
            CLASSIFIER: Classifier(str(observer.diagnosis)),
        }
        return [remotes.get(name) or built_in[name] for name in names]

    def _run(self, experiment: Experiment) -> None:
        with _bar(len(experiment.faults) * experiment.runs, "run") as bar:

            def show(what: str, done: int) -> None:
                bar.set_description(what)
                bar.update(done)

            experiment.run(show)

    def _print(self, experiment: Experiment, names: list[str], *, as_json: bool) -> None:
        record, faults, runs = experiment.record, experiment.faults, experiment.runs
        rows = table.rows_of(record, faults, runs, names)
        for name, why in experiment.stopped.items():
            self.stderr.write(f"{name} was not asked to the end: {why}")
        if as_json:
            told = table.document(record, faults, runs, rows, experiment.stopped)
            self.stdout.write(json.dumps(told, allow_nan=False))
            return
        for line in table.lines(record, faults, runs, rows):
            self.stdout.write(line)


def _bar(total: int, unit: str) -> "tqdm[Any]":
    return tqdm(total=total, unit=unit, file=sys.stderr, dynamic_ncols=True, disable=None)


def _money(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or found < 0:
        raise CommandError(f"--budget is an amount in USD such as 0.50, not {text!r}.")
    return found


def _check_seed(seed: int, observer: Observer) -> None:
    """Refuse a seed whose runs the classifier has learnt from, or that detectors are judged on."""
    card = observer.diagnosis.card if observer.diagnosis else {}
    taken: set[int] = set()
    for first in (card.get("seed", TrainingPlan().seed), EvaluationPlan().seed):
        taken |= {first, first + 1}
    if seed < 1:
        raise CommandError("--seed must be at least 1.")
    for one in (seed, seed + LOOKUP_SEED_AFTER):
        if one in taken:
            raise CommandError(
                f"The runs of seed {one} serve to train or to judge the models; choose a --seed "
                f"such as {SEED}."
            )
