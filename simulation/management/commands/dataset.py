"""`manage.py dataset`: a whole experiment into a folder, without database or broker."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from simulation import tep
from simulation.dataset import making, manifest
from simulation.dataset.plan import AFTER_TRIP, FORMATS, Plan, faults_of
from simulation.dataset.verifying import RESIMULATED, verify
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.state import RNGS


class Command(BaseCommand):
    """Makes, resumes, estimates and verifies data sets."""

    help = (
        "Simulate faults x runs x hours, like the 500-run sets of Rieth et al. (2017), into "
        "Parquet or CSV files with a manifest. Interrupted at any moment, the same command goes "
        "on. Columns: faultNumber, simulationRun, sample, time_h, XMEAS(1) to XMEAS(41), XMV(1) "
        "to XMV(12). Needs no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--out", metavar="DIR", type=Path, help="the data set's folder")
        what.add_argument(
            "--verify", metavar="DIR", type=Path, help="check a data set instead of making one"
        )
        parser.add_argument(
            "--faults", default="0-20", help="IDVs, 0 for normal: 0-20, 1,4,6 (%(default)s)"
        )
        parser.add_argument("--runs", type=int, default=500, help="for each fault (%(default)s)")
        parser.add_argument("--hours", type=float, default=48.0, help="of each run (%(default)g)")
        parser.add_argument(
            "--onset-hours", type=float, default=8.0, help="when the fault begins (%(default)g)"
        )
        parser.add_argument(
            "--magnitude", type=float, default=1.0, help="of the fault, over 0 to 1 (%(default)g)"
        )
        parser.add_argument(
            "--sample-seconds", type=int, default=SAMPLE_SECONDS, help="(%(default)s)"
        )
        parser.add_argument(
            "--seed",
            type=int,
            default=1,
            help="runs derive theirs from it (%(default)s)",
        )
        parser.add_argument("--rng", choices=RNGS, default="modern", help="(%(default)s)")
        parser.add_argument("--format", choices=FORMATS, default="parquet", help="(%(default)s)")
        parser.add_argument("--digits", type=int, help="significant digits; without it unrounded")
        parser.add_argument("--runs-per-file", type=int, default=25, help="(%(default)s)")
        parser.add_argument(
            "--after-trip",
            choices=AFTER_TRIP,
            default="drop",
            help="drop the rows of a plant that is shut down, or keep them, frozen (%(default)s)",
        )
        parser.add_argument(
            "--jobs", type=int, default=making.cores(), help="files at a time (%(default)s)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what it would take; writes nothing"
        )
        parser.add_argument(
            "--resimulate",
            type=int,
            default=RESIMULATED,
            help="with --verify: runs that are simulated again (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check everything that can be checked, then work."""
        try:
            if options["verify"] is not None:
                self._verify(options["verify"], options["resimulate"])
            else:
                self._make(options)
        except (ValueError, OSError, tep.MissingPackageError, manifest.OtherExperiment,
                making.NoSpace) as error:  # fmt: skip
            raise CommandError(_sentence(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. What is finished is kept; the same command goes on."
            ) from None

    def _make(self, options: dict[str, Any]) -> None:
        plan = Plan(
            faults=faults_of(options["faults"]),
            runs=options["runs"],
            hours=options["hours"],
            onset_hours=options["onset_hours"],
            magnitude=options["magnitude"],
            sample_seconds=options["sample_seconds"],
            seed=options["seed"],
            rng=options["rng"],
            format=options["format"],
            digits=options["digits"],
            runs_per_file=options["runs_per_file"],
            after_trip=options["after_trip"],
        )
        folder, jobs = options["out"], options["jobs"]
        if jobs < 1:
            raise ValueError(f"--jobs is a whole number from 1 on, not {jobs}")
        making.require_packages(plan)
        wanted = making.estimate(plan, jobs)
        self.stdout.write(
            f"{wanted.runs:,} runs of {plan.hours:g} h, {wanted.rows:,} rows; about "
            f"{wanted.bytes / 1e6:,.1f} MB and {_span(wanted.seconds)} with {jobs} at a time, "
            f"judged by {wanted.sampled_runs} runs. Runs that trip have fewer rows."
        )
        if options["dry_run"]:
            return
        making.require_space(folder, wanted.bytes)
        with tqdm(
            total=plan.total_runs, unit="run", file=self.stderr, disable=options["verbosity"] < 1
        ) as bar:
            made = making.make(folder, plan, jobs=jobs, progress=bar.update)
        self.stdout.write(
            f"{made['total_runs']:,} runs, {made['total_rows']:,} rows, "
            f"{made['total_bytes'] / 1e6:,.1f} MB in {folder}; SHA-256 of the data "
            f"{made['data_sha256']}"
        )

    def _verify(self, folder: Path, resimulate: int) -> None:
        count = sum(1 for _ in manifest.plan_in(folder).files())
        with tqdm(total=count, unit="file", file=self.stderr) as bar:
            wrong = list(verify(folder, resimulate=resimulate, progress=bar.update))
        if wrong:
            raise CommandError("\n".join(_sentence(one) for one in wrong))
        self.stdout.write(
            f"{count} files are as they were made, and {resimulate} runs drawn from them are what "
            "the simulator gives, to the bit."
        )


def _sentence(error: Exception | str) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
