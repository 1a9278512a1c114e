"""`manage.py importpresets`: presets from a file."""

import sys
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser

from accounts.commands import ActingCommand
from accounts.presets.document import MAX_BYTES, DocumentError
from accounts.presets.importing import UNCHANGED, Outcome, carry_out, preview


class Command(ActingCommand):
    """Adds and changes presets as a file says: all of it, or nothing. Never deletes."""

    help = (
        "Import presets that `exportpresets` or the admin has written. Every row is checked; one "
        "that is wrong keeps all of them out. Nothing is ever deleted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", help="the file; - reads the standard input")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--by", metavar="USER", help="whom history and audit trail name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        text, source = self._read(options["file"])
        by = self._user(options["by"])
        try:
            outcome = preview(text) if options["dry_run"] else self._import(text, by, source)
        except DocumentError as error:
            raise CommandError(f"{source}: {error} Nothing was imported.") from error
        self._tell(outcome)
        if not outcome.is_good:
            raise CommandError(f"{outcome.sentence}. Nothing was imported: correct the file.")
        done = "Would be" if options["dry_run"] else "Imported"
        self.stdout.write(f"{done}: {outcome.sentence}.")

    def _import(self, text: bytes, by: User | None, source: str) -> Outcome:
        return carry_out(text, by=by, source=source)

    def _read(self, name: str) -> tuple[bytes, str]:
        if name == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1), "standard input"
        try:
            with Path(name).open("rb") as file:
                return file.read(MAX_BYTES + 1), Path(name).name
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}.") from error

    def _user(self, name: str | None) -> User | None:
        if name is None:
            return None
        found = get_user_model()._default_manager.filter(username=name).first()
        if not isinstance(found, User):
            raise CommandError(f"There is no user {name}.")
        return found

    def _tell(self, outcome: Outcome) -> None:
        for change in outcome.changes:
            if change.what == UNCHANGED:
                continue
            self.stdout.write(f"{change.row.number:4} {change.what:9} {change.kind} {change.title}")
            for name, before, after in change.fields:
                self.stdout.write(f"       {name}: {before!r} -> {after!r}")
            for name, error in change.errors:
                self.stderr.write(f"       {name + ': ' if name else ''}{error}")
        for sentence in outcome.said:
            self.stdout.write(sentence)
