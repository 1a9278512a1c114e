"""`manage.py exportpresets`: the presets as a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.presets.exporting import export
from accounts.presets.kinds import all_kinds, kind_named


class Command(BaseCommand):
    """Writes presets of all kinds, or of some."""

    help = "Write presets as JSON, to keep them or to take them to another installation."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", help="where to; - prints it")
        parser.add_argument(
            "--kind",
            action="append",
            choices=[kind.name for kind in all_kinds()],
            help="only this kind (may be given several times)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        names = options["kind"] or [kind.name for kind in all_kinds()]
        kinds = [kind for kind in map(kind_named, names) if kind is not None]
        chosen = {kind: kind.model._default_manager.order_by(*kind.key) for kind in kinds}
        text = export(chosen)
        if options["file"] == "-":
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["file"]).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error.strerror}.") from error
        counts = ", ".join(f"{presets.count()} {kind.title}" for kind, presets in chosen.items())
        self.stderr.write(f"Wrote {options['file']}: {counts}.")
