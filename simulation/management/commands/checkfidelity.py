"""`manage.py checkfidelity`: compare the simulated plant with the published one."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from simulation.tep.files import check_folder, whole_file

MISSED = 1


class Command(BaseCommand):
    """Exits 0 if every comparison is within its tolerance, 1 if one is not or cannot be made."""

    help = (
        "Compare trajectories with the published simulation's and with committed values. Without "
        "reference data only the latter is done. Exits 1 on a miss."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where the data is and where the result goes."""
        parser.add_argument(
            "--reference", type=Path, metavar="DIR", help="gold trajectories (*.npz); "
            "default: tep/reference in TEPLIVE_SHARED or ../shared, if it is there"
        )  # fmt: skip
        parser.add_argument(
            "--braatz", type=Path, metavar="DIR", help="public data files (d00.dat ...); "
            "default: fdd/braatz in TEPLIVE_SHARED or ../shared, if it is there"
        )  # fmt: skip
        parser.add_argument(
            "--here", action="store_true", help="only the check that needs no reference data"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument(
            "--markdown", action="store_true", help="print the table of docs/fidelity.md"
        )
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            help="write the result as JSON, as the page shows it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, tell, and exit 1 on a miss."""
        # Here, not above: Numba should not be loaded for --help.
        from simulation.fidelity import here, report
        from simulation.fidelity import result as results

        if options["here"] and (options["reference"] or options["braatz"] or options["out"]):
            raise CommandError("--here compares no reference data and makes no file: leave it out")
        if options["here"] and hasattr(os, "nice"):
            os.nice(10)  # asked for by the page, beside live plants
        try:
            if options["here"]:
                result = report.compare_here()
            else:
                reference = self._folder(options["reference"], "tep/reference")
                braatz = self._folder(options["braatz"], "fdd/braatz")
                if options["out"] and (reference is None or braatz is None):
                    raise CommandError(
                        "--out is for a whole comparison: give --reference and --braatz"
                    )
                if options["out"]:
                    check_folder(options["out"])
                result = report.compare(reference, braatz, self._progress)
                if options["out"]:
                    self._write(options["out"], result | {"here": here.values_here()})
                else:
                    result["cases"] += report.compare_here()["cases"]
        except (results.FidelityError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result))
        elif options["markdown"]:
            self.stdout.write(results.as_markdown(result))
        else:
            self.stdout.write(results.as_table(result))
        missed = [case["name"] for case in result["cases"] if not case["passed"]]
        if missed:
            self.stderr.write(f"{len(missed)} missed: {', '.join(missed)}")
            sys.exit(MISSED)
        if not options["json"] and not options["markdown"]:
            self.stdout.write(f"All {len(result['cases'])} comparisons are within tolerance.")

    def _write(self, target: Path, result: dict[str, Any]) -> None:
        """Write the result, whole or not at all."""
        with whole_file(target) as unfinished:
            text = json.dumps(result, separators=(",", ":"), allow_nan=False)
            unfinished.write_text(text + "\n", encoding="utf-8")

    def _progress(self, name: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"{name} ...")

    def _folder(self, given: Path | None, usual: str) -> Path | None:
        """Return a folder to compare with; None, and say so, if the usual one is not there."""
        if given is not None:
            if not given.is_dir():
                raise CommandError(f"{given} is not a folder")
            return given
        shared = Path(os.environ.get("TEPLIVE_SHARED") or settings.BASE_DIR.parent / "shared")
        folder = shared / usual
        if folder.is_dir():
            return folder
        self.stderr.write(f"Nothing compared with {folder}: it is not there.")
        return None
