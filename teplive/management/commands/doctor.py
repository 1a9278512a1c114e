"""`manage.py doctor`: what is wrong, and what to do about it."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from teplive.doctor import Report, all_checks, examine


class Command(BaseCommand):
    """Looks at every part, names the culprit and the remedy."""

    help = (
        "Look at settings, database, broker, beat, workers, web server, detector, every stage of\n"
        "every plant and the disk. Prints a line for each, then the culprit (the first failure;\n"
        "later ones may be its effects) and the remedy. Takes ten seconds at most, whatever\n"
        "hangs.\n"
        "\n"
        "Exit code: 0 if nothing failed (warnings are allowed), 1 if something did.\n"
        "\n"
        "  manage.py doctor                         a table for people\n"
        "  manage.py doctor --json                  for programs: status, culprit, checks\n"
        "  manage.py doctor --web https://tep.example   where the server is reached elsewhere\n"
    )
    # Wrong settings are for the doctor to report, not a reason not to begin.
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Keep the line breaks of the help."""
        kwargs["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument("--web", metavar="URL", help="address of the web server, else its own")
        parser.add_argument("--no-web", action="store_true", help="ask no web server")

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine and report."""
        checks = all_checks(options["web"], with_web=not options["no_web"])
        report = Report.of(examine(checks))
        self.stdout.write(
            json.dumps(report.as_json(), indent=2) if options["json"] else report.as_text()
        )
        if not report.is_well:
            sys.exit(1)
