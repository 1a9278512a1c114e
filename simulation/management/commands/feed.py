"""`manage.py feed`: replay recorded rows into a plant that is fed from outside."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from accounts.commands import ActingCommand
from simulation.ingest.bodies import MAX_ROWS
from simulation.ingest.files import FileRow, RowFile, UnreadableFile
from simulation.ingest.senders import (
    DirectSender,
    HttpSender,
    Refused,
    Sender,
    Sent,
    Target,
    Unreachable,
    until_answered,
)

#: Rows of one post where no interval paces them.
FAST_BATCH = 100
TOKEN_VARIABLE = "TEPLIVE_TOKEN"  # noqa: S105 - the name of a variable


def seconds(text: str) -> float:
    """Read a number of seconds from 0 on."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 86_400.0:
        raise argparse.ArgumentTypeError(f"{text!r}: give seconds from 0 to 86400")
    return value


def batch_size(text: str) -> int:
    """Read a number of rows."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_ROWS):
        raise argparse.ArgumentTypeError(f"{text!r}: a post has 1 to {MAX_ROWS} rows")
    return int(text)


@dataclass
class Tally:
    """What became of the rows so far."""

    stored: int = 0
    there: int = 0
    bad: int = 0
    last_step: int = 0

    def add(self, sent: Sent) -> None:
        """Count one post."""
        self.stored += sent.accepted
        self.there += sent.duplicate
        self.bad += sent.bad
        self.last_step = sent.last_step


class Command(ActingCommand):
    """Sends the rows of a file in order, each until it is stored, and goes on where it stopped."""

    help = (
        "Replay a CSV file or a Braatz .dat file into a plant that is fed from outside.\n\n"
        "Each row is numbered by its step (the column step, else its place in the file), so\n"
        "sending one twice stores it once. A post that is not answered is repeated with growing\n"
        "pauses, never passed over; one that is refused (4xx) ends the command. Started again, it\n"
        "goes on after the plant's last stored step."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Keep the examples' line breaks."""
        kwargs["formatter_class"] = argparse.RawDescriptionHelpFormatter
        kwargs["epilog"] = (
            "examples:\n"
            "  manage.py feed d06_te.dat --plant 'Unit 2' --create --interval 0\n"
            "  TEPLIVE_TOKEN=tep_... manage.py feed live.csv --plant 'Unit 2' --interval 4 "
            "--url https://tep.example.org"
        )
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", type=Path, help="CSV with a header of names, or .dat")
        parser.add_argument(
            "--plant", required=True, help="the plant's name (over HTTP also its id)"
        )
        parser.add_argument(
            "--interval",
            type=seconds,
            default=1.0,
            metavar="S",
            help="wall seconds from one post to the next (default 1; 0: as fast as possible)",
        )
        parser.add_argument(
            "--batch",
            type=batch_size,
            metavar="N",
            help=f"rows of one post (default 1, with --interval 0 {FAST_BATCH})",
        )
        parser.add_argument("--create", action="store_true", help="make the plant if there is none")
        parser.add_argument(
            "--variables",
            type=int,
            choices=(22, 33, 52),
            help="with --create: what each row must hold (default: what the file holds)",
        )
        parser.add_argument(
            "--ignore",
            action="append",
            default=[],
            metavar="COLUMN",
            help="a column of the CSV to pass over; may be repeated",
        )
        parser.add_argument(
            "--url",
            default=f"http://127.0.0.1:{settings.PORT}",
            help="the server (default %(default)s)",
        )
        parser.add_argument(
            "--token",
            default=os.environ.get(TOKEN_VARIABLE, ""),
            help=f"API token of an operator; better in the environment variable {TOKEN_VARIABLE}",
        )
        parser.add_argument(
            "--direct", action="store_true", help="write to this installation's database, no server"
        )
        parser.add_argument(
            "--give-up-after",
            type=seconds,
            metavar="S",
            help="end with an error when a post was not answered for so long (default: never)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send the rows."""
        self.give_up_after = options["give_up_after"]
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
        tally = Tally()
        try:
            rows = RowFile(options["file"], tuple(options["ignore"]))
            variables = options["variables"] or rows.variables
            sender = self._sender(options)
            target = self._target(sender, options["plant"], options["create"], variables)
            batch = options["batch"] or (1 if options["interval"] else FAST_BATCH)
            self._send(sender, target, rows, batch, options["interval"], tally)
        except KeyboardInterrupt:
            raise CommandError(
                f"Interrupted after step {tally.last_step}. The same command goes on from there."
            ) from None
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        except Unreachable as error:
            raise CommandError(
                f"Given up after step {tally.last_step}: {error} "
                "The same command goes on from there."
            ) from error
        except Refused as error:
            raise CommandError(f"Stopped after step {tally.last_step}: {error}") from error
        self.stdout.write(
            f"{options['file'].name}: {tally.stored} rows stored, {tally.there} were there already"
            f"{f', {tally.bad} of bad quality' if tally.bad else ''}; "
            f"{options['plant']} is at step {tally.last_step}."
        )

    def _sender(self, options: dict[str, Any]) -> Sender:
        if options["direct"]:
            return DirectSender()
        if not options["token"]:
            raise CommandError(
                f"No token: give --token or set {TOKEN_VARIABLE}. `manage.py token USERNAME` makes "
                "one. Or write to this installation's database with --direct."
            )
        return HttpSender(options["url"], options["token"])

    def _target(self, sender: Sender, name: str, create: bool, variables: int) -> Target:
        """Return the plant, made if that was asked for."""
        found = self._answered(lambda: sender.find(name))
        if found is not None:
            return found
        if not create:
            raise CommandError(f"There is no plant {name}. Make it with --create, or in the admin.")
        made: Target = self._answered(lambda: sender.create(name, variables))
        self.stderr.write(f"Made the plant {name}; each row holds {variables} variables.")
        return made

    def _send(
        self,
        sender: Sender,
        target: Target,
        rows: RowFile,
        batch: int,
        interval: float,
        tally: Tally,
    ) -> None:
        """Send the last stored row once more, to see that it is the same, and all after it."""
        tally.last_step = target.last_step
        total, last_step = 0, 0
        for row in rows:
            total, last_step = total + 1, row.step
        if not total:
            raise UnreadableFile(f"{rows.path.name} holds no rows.")
        begin = min(target.last_step, last_step)
        waiting = (row for row in rows if row.step >= begin)
        skipped = sum(1 for row in rows if row.step < begin)
        due = time.monotonic()
        with tqdm(
            total=total, initial=skipped, unit="row", file=sys.stderr, dynamic_ncols=True
        ) as bar:
            for posted in in_batches(waiting, batch):
                time.sleep(max(0.0, due - time.monotonic()))
                due = max(due + interval, time.monotonic())
                body = [row.as_json() for row in posted]
                sent = self._answered(lambda body=body: sender.send(target, body))
                tally.add(sent)
                bar.update(len(posted))
                bar.set_description(f"step {sent.last_step}")
        tally.there += skipped

    def _answered(self, act: Any) -> Any:
        return until_answered(
            act, pause=time.sleep, tell=self._tell, give_up_after=self.give_up_after
        )

    def _tell(self, text: str) -> None:
        tqdm.write(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr)


def in_batches(rows: Iterable[FileRow], size: int) -> Iterator[list[FileRow]]:
    """Return the rows in lists of `size`, the last one shorter."""
    batch: list[FileRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
