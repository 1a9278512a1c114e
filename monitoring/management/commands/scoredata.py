"""`manage.py scoredata FILE...`: judge a detector on recorded runs."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitoring.datafiles import read_runs
from monitoring.management.scoring_options import add_options, diagnosis_of, model_of, rule_of
from monitoring.scoring import Judge, Judgement, named_columns
from simulation.ingest.files import UnreadableFile


class Command(BaseCommand):
    """FAR, FDR, delay, alarms and causes of each file, as a table or a JSON document."""

    help = (
        "Score recorded runs with a stored detector: Braatz .dat files (d00.dat lies transposed), "
        "CSV with a header of names, or Parquet. --onset N says that the fault acts from row N+1 "
        "on; without it a file is taken for normal operation. A detector or diagnosis that is not "
        "stored yet is made first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--onset", type=int, help="rows before the fault")
        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Score every file, then print."""
        rule, onset = rule_of(options), options["onset"]
        if onset is not None and onset < 0:
            raise CommandError("--onset must be a number of rows from 0 on.")
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"There is no file {path}.")
        model = model_of(options)
        diagnosis = diagnosis_of(options, model)
        try:
            judge = Judge(model, rule, diagnosis)
            found = [
                (run.name, judge.judge(run.of(judge.labels), onset, named_columns(run.rows)))
                for path in options["files"]
                for run in self._runs(path, onset)
            ]
        except (UnreadableFile, ValueError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            document = {
                "detector": model.kind,
                "version": model.version,
                "rule": rule.as_json(),
                "diagnosis": str(diagnosis) if diagnosis else None,
                "files": [{"file": name, **one.as_json()} for name, one in found],
            }
            self.stdout.write(json.dumps(document, allow_nan=False))
            return
        self.stdout.write(f"{model}, {rule}")
        self.stdout.write(HEADER)
        for name, one in found:
            self.stdout.write(line_of(name, one))

    def _runs(self, path: Path, onset: int | None) -> list[Any]:
        runs = list(read_runs(path))
        for run in runs:
            if onset is not None and onset >= len(run.rows):
                raise UnreadableFile(
                    f"{run.name} has {len(run.rows)} rows, so no fault can act from row "
                    f"{onset + 1} on: give another --onset."
                )
        return runs


HEADER = f"{'run':<24} {'rows':>6} {'FAR %':>7} {'FDR %':>7} {'delay':>6} {'alarms':>7}  causes"


def line_of(name: str, one: Judgement) -> str:
    """Return a judgement as a line of the table."""
    far = "-" if one.far is None else f"{100 * one.far:.2f}"
    fdr = "-" if one.fdr is None else f"{100 * one.fdr:.1f}"
    delay = "-" if one.delay is None else str(one.delay)
    causes = "; ".join(
        f"{age}: "
        + ("unknown, nearest " if found.is_unknown else "")
        + ", ".join(f"IDV({idv}) {100 * p:.0f} %" for idv, p in found.ranking[:3])
        for age, found in one.causes.items()
        if age in (0, 10, 40)
    )
    return f"{name:<24} {one.samples:>6} {far:>7} {fdr:>7} {delay:>6} {one.alarms:>7}  {causes}"
