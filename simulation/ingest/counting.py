"""What became of the rows that were sent: one outcome for each, kept even for what was refused."""

from collections import Counter
from collections.abc import Iterable

from django.db import transaction

from simulation.ingest.rows import RowRefused
from simulation.models import IngestCount, Plant


class Outcome:
    """The outcomes of `IngestCount`.

    A row has exactly one of them, except that BAD counts those of the accepted rows whose values
    cannot be. TOO_LARGE and TOO_MANY count requests, as their rows were never read, and so does
    MALFORMED for a body that is no rows at all.
    """

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    BAD = "bad"
    UNKNOWN = "unknown"
    MISSING = "missing"
    TWICE = "twice"
    NOT_NUMERIC = "not numeric"
    NOT_FINITE = "not finite"
    MALFORMED = "malformed"
    CONFLICT = "conflict"
    HELD_BACK = "held back"
    NOT_RUNNING = "not running"
    TOO_LARGE = "too large"
    TOO_MANY = "too many"

    #: Of rows that are in the database; all others are refusals.
    STORED = frozenset({ACCEPTED, DUPLICATE, BAD})


def count_refused(plant: Plant, refusals: Iterable[RowRefused], held_back: int = 0) -> None:
    """Count refused rows, and the rows of the same batch that were not stored for their sake."""
    refusals = list(refusals)
    newest = {refusal.kind: str(refusal) for refusal in refusals}
    with transaction.atomic():
        for kind, count in Counter(refusal.kind for refusal in refusals).items():
            IngestCount.add(plant.pk, kind, count, newest[kind])
        if held_back:
            IngestCount.add(plant.pk, Outcome.HELD_BACK, held_back)
