"""An operator lets go of a latch, after the condition went."""

from accounts import audit
from monitoring.alarms.acknowledging import MAX_COMMENT, standing_on
from monitoring.alarms.board import By, open_board
from monitoring.alarms.moment import Moment
from monitoring.models import AlarmOccurrence


def reset_latch(occurrence: AlarmOccurrence, *, by: By, comment: str = "") -> AlarmOccurrence:
    """Reset a latched alarm; return it as it is now. Raises LifeError where it cannot be."""
    with open_board(occurrence.plant_id) as board:
        one = standing_on(board, occurrence)
        before = one.state
        board.reset(one, Moment.of(board.plant), by, comment[:MAX_COMMENT])  # type: ignore[union-attr]
        audit.record(
            "alarm-reset",
            one,
            by=by,
            before={"state": before},
            after={"state": one.state},
            comment=comment[:MAX_COMMENT],
        )
    return one
