"""A plant's definitions, ready for use, kept in the process as long as the database has the same.

Each row carries a stamp, a random number that is drawn anew with every change. How many rows there
are and the sum of their stamps tells whether anything differs from what was read. It is asked for
once in each transaction, so what is kept is never older than that: whichever process made the
change, whatever the clocks say, and in whatever order the changes were committed.
"""

import logging
from collections.abc import Iterable
from functools import cached_property
from threading import Lock
from typing import NamedTuple, TypeVar

from django.db import connection

from monitoring.alarms.definitions import in_force
from monitoring.alarms.limits import Kind, Limit
from monitoring.models import AlarmDefinition
from simulation.models import Plant
from simulation.tep.variables import index_of

logger = logging.getLogger(__name__)

#: Plants with definitions of their own that are kept; the one that was read first goes first.
MOST_KEPT = 256

Mark = tuple[int, int]
_NOTHING: Mark = (0, 0)
_ASK_MARKS = (
    "SELECT plant_id, COUNT(*), SUM(stamp) FROM monitoring_alarmdefinition "
    "WHERE plant_id IS NULL OR plant_id = %s GROUP BY plant_id"
)
_Kept = TypeVar("_Kept")


class Held(NamedTuple):
    """A definition in service that readings are held against."""

    definition: AlarmDefinition
    limit: Limit
    #: Under which the cursor keeps what the limit remembers.
    key: str
    #: The tag's place in a reading, None where the readings' quality is judged.
    column: int | None


class Rulebook:
    """The definitions that hold for a plant. Shared by all who ask: never to be changed."""

    def __init__(self, definitions: Iterable[AlarmDefinition]) -> None:
        self.by_number = {one.pk: one for one in definitions}

    @cached_property
    def in_service(self) -> dict[str, AlarmDefinition]:
        """Those in service, by their code."""
        return {one.code: one for one in self.by_number.values() if one.in_service}

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """What each reading is held against; a row that makes no sense is said in the log."""
        found = []
        for one in self.in_service.values():
            if not one.is_by_reading:
                continue
            try:
                limit = one.as_limit()
            except ValueError as error:
                logger.error("the alarm %s is not evaluated: %s", one.code, error)
                continue
            column = None if limit.kind is Kind.BAD_IN_A_ROW else index_of(one.tag)
            found.append(Held(one, limit, str(one.pk), column))
        return tuple(found)

    @cached_property
    def remembered(self) -> frozenset[str]:
        """The keys of the limits that may remember something."""
        return frozenset(one.key for one in self.held)

    def suppressed_while(self, *ways: str) -> list[AlarmDefinition]:
        """Return the definitions that are suppressed in one of some ways."""
        return [one for one in self._with_suppression if one.suppress_while in ways]

    @cached_property
    def _with_suppression(self) -> tuple[AlarmDefinition, ...]:
        return tuple(one for one in self.by_number.values() if one.suppress_while)


_rows: dict[int | None, tuple[Mark, list[AlarmDefinition]]] = {}
_books: dict[int | None, tuple[tuple[Mark, Mark], Rulebook]] = {}
_keeping = Lock()


def rulebook_of(plant: Plant) -> Rulebook:
    """Return the definitions of a plant as they are in the database now. One query, as a rule."""
    marks = _marks(plant.pk)
    general, own = marks.get(None, _NOTHING), marks.get(plant.pk, _NOTHING)
    whose = None if own == _NOTHING else plant.pk
    kept = _books.get(whose)
    if kept is not None and kept[0] == (general, own):
        return kept[1]
    rows = _rows_of(None, general) + (_rows_of(plant.pk, own) if whose else [])
    book = Rulebook(in_force(rows))
    _keep(_books, whose, ((general, own), book))
    return book


def _marks(plant_id: int) -> dict[int | None, Mark]:
    """Ask for the marks of the general definitions and of the plant's own.

    By hand: it is asked with every sample, and building the statement costs more than running it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ASK_MARKS, [plant_id])
        return {number: (count, int(total)) for number, count, total in cursor.fetchall()}


def _rows_of(plant_id: int | None, mark: Mark) -> list[AlarmDefinition]:
    kept = _rows.get(plant_id)
    if kept is not None and kept[0] == mark:
        return kept[1]
    rows = list(AlarmDefinition.objects.filter(plant=plant_id))
    # Not `mark`: a change may have been committed since that was asked for.
    _keep(_rows, plant_id, ((len(rows), sum(one.stamp for one in rows)), rows))
    return rows


def _keep(place: dict[int | None, _Kept], key: int | None, value: _Kept) -> None:
    with _keeping:
        place.pop(key, None)
        place[key] = value
        while len(place) > MOST_KEPT:
            place.pop(next(iter(place)))
