"""Suppression by design: whether the plant's state makes an alarm meaningless."""

import math
from collections.abc import Sequence

from monitoring.alarms.board import Board
from monitoring.alarms.moment import Moment
from monitoring.models import AlarmDefinition
from simulation.models import Plant
from simulation.tep.variables import index_of

Way = AlarmDefinition.Suppression
BY_TAG = (Way.TAG_BELOW, Way.TAG_ABOVE)


def by_reading(board: Board, values: Sequence[float], moment: Moment) -> None:
    """Judge the conditions on tags by one reading; a value that is missing changes nothing."""
    for definition in _of(board, *BY_TAG):
        value = values[index_of(definition.suppress_tag)]
        if not math.isfinite(value) or definition.suppress_value is None:
            continue
        is_below = value < definition.suppress_value
        is_above = value > definition.suppress_value
        _set(
            board,
            definition,
            is_below if definition.suppress_while == Way.TAG_BELOW else is_above,
            moment,
        )


def by_alarms(board: Board, moment: Moment) -> None:
    """Judge the conditions on other alarms."""
    for definition in _of(board, Way.ALARM_ACTIVE):
        holds = definition.suppress_alarm_id is not None and board.is_active(
            definition.suppress_alarm_id
        )
        _set(board, definition, holds, moment)


def by_state(board: Board, moment: Moment) -> None:
    """Judge the conditions on the plant's state; end those that are no longer asked for."""
    is_running = board.plant.state == Plant.State.RUNNING
    for definition in _of(board, Way.NOT_RUNNING):
        _set(board, definition, not is_running, moment)
    for number in list(board.suppressed):
        known = board.rules.by_number.get(number)
        if known is None:
            board.suppressed.discard(number)
        elif known.suppress_while == Way.NEVER:
            board.unsuppress(known, moment)


def watches_tags(board: Board) -> bool:
    """Tell whether any condition has to be judged reading by reading."""
    return bool(_of(board, *BY_TAG))


def suppressors(board: Board) -> set[int]:
    """Return the alarms that others are suppressed by."""
    found = (one.suppress_alarm_id for one in _of(board, Way.ALARM_ACTIVE))
    return {number for number in found if number is not None}


def _of(board: Board, *ways: str) -> list[AlarmDefinition]:
    return board.rules.suppressed_while(*ways)


def _set(board: Board, definition: AlarmDefinition, holds: bool, moment: Moment) -> None:
    if holds:
        board.suppress(definition, moment)
    else:
        board.unsuppress(definition, moment)
