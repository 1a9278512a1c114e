"""The alarm of a stalled stream, written by whoever sees the stall.

A dead worker cannot write that it is dead. So every process that judges the stream writes the
alarm: the sweeps of both workers, and the web server when a page, /healthz or /metrics asks. If
the database refuses, the stall is still said on the page, and the log has the refusal.

While the processes of a start load, the stages say what does not live yet, and the alarm waits: for
a stated time at most (`monitoring.status.starting`).
"""

import logging
from collections.abc import Iterable

from django.db import DatabaseError

from monitoring.alarms.board import open_board
from monitoring.alarms.built_in import STALLED
from monitoring.alarms.moment import Moment
from monitoring.models import AlarmDefinition, AlarmOccurrence
from monitoring.status import PlantStatus, plants_with_status

logger = logging.getLogger(__name__)


def watch() -> None:
    """Judge every plant's stream, and write what is new."""
    note(plants_with_status())


def note(statuses: Iterable[PlantStatus]) -> None:
    """Write the alarm of each stall that is not written yet, and that of each end of one."""
    try:
        _note(list(statuses))
    except DatabaseError as error:
        logger.error("the alarm of a stall could not be written: %s", error)


def _note(statuses: list[PlantStatus]) -> None:
    active = AlarmOccurrence.objects.filter(
        plant__in=[status.plant.pk for status in statuses],
        definition__kind=AlarmDefinition.Kind.STALLED,
        closed_at__isnull=True,
        is_active=True,
    )
    written = set(active.values_list("plant_id", flat=True))
    for status in statuses:
        stall = status.stall
        if stall and status.is_starting:
            continue  # nor does one return that stands: it may be the same stall, after a restart
        if bool(stall) != (status.plant.pk in written):
            _write(status.plant.pk, stall or "")


def _write(plant_id: int, stall: str) -> None:
    with open_board(plant_id) as board:
        definition = board.definition(STALLED) if board is not None else None
        if board is None or definition is None:
            return
        moment = Moment.of(board.plant, stall)
        if stall:
            board.hold(definition, moment)
        else:
            board.give_return(definition, moment)
