"""`manage.py prune`: delete readings and analyses beyond the limits of each plant."""

import argparse
import dataclasses
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitoring.pruning import Limits, prune
from simulation.models import Plant


def days(text: str) -> float:
    """Read an age in days."""
    value = float(text)
    if not 0.01 <= value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number of days from 0.01 on")
    return value


def count(text: str) -> int:
    """Read a number of readings."""
    value = int(text)
    if value < 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1000 on")
    return value


class Command(BaseCommand):
    """Prunes as the nightly task does, or by limits given here."""

    help = (
        "Delete the readings and analyses of each plant that are older or more than its limits "
        "say (keep_days, keep_readings; else TEPLIVE_KEEP_DAYS). Runs, alarms with their points, "
        "and explanations stay, and nothing goes that the detector has not read. Works while the "
        "plants run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument("--plant", metavar="NAME", help="this plant only")
        parser.add_argument("--days", type=days, help="instead of the plants' own limit")
        parser.add_argument("--readings", type=count, help="instead of the plants' own limit")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prune, and say what went."""
        plants = Plant.objects.all()
        if options["plant"] is not None:
            plants = plants.filter(name=options["plant"])
            if not plants:
                names = ", ".join(Plant.objects.values_list("name", flat=True)) or "none"
                raise CommandError(f"There is no plant {options['plant']!r}. There are: {names}.")
        given = {k: options[k] for k in ("days", "readings") if options[k] is not None}
        for plant in plants:
            limits = dataclasses.replace(Limits.of(plant), **given)
            pruned = prune(plant, limits, dry=options["dry_run"])
            self.stdout.write(f"{'Would go: ' if options['dry_run'] else 'Pruned: '}{pruned}")
