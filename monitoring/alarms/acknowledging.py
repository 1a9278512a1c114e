"""An operator says that they have seen an alarm, or all that they see."""

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext

from accounts import audit
from monitoring.alarms.board import Board, By, open_board
from monitoring.alarms.life import LifeError
from monitoring.alarms.moment import Moment
from monitoring.models import AlarmOccurrence

MAX_COMMENT = 500


def acknowledge(occurrence: AlarmOccurrence, *, by: By, comment: str = "") -> AlarmOccurrence:
    """Acknowledge one alarm; return it as it is now.

    Raises LifeError where there is nothing to be acknowledged.
    """
    with open_board(occurrence.plant_id) as board:
        one = standing_on(board, occurrence)
        _acknowledge(board, one, by, comment)  # type: ignore[arg-type]
    return one


def acknowledge_all(
    occurrences: Iterable[AlarmOccurrence], *, by: By, comment: str = ""
) -> list[AlarmOccurrence]:
    """Acknowledge those that still ask to be, each plant's together; return them.

    Give the alarms that were seen, not "all": one that came meanwhile was not seen by anybody.
    """
    seen: defaultdict[int, dict[int, AlarmOccurrence]] = defaultdict(dict)
    for occurrence in occurrences:
        seen[occurrence.plant_id][occurrence.pk] = occurrence
    done = []
    for plant_id, of_plant in sorted(seen.items()):
        with open_board(plant_id) as board:
            if board is None:
                continue
            for one in list(board.standing.values()):
                if one.pk in of_plant and _is_as_seen(one, of_plant[one.pk]) and one.asks:
                    _acknowledge(board, one, by, comment)
                    done.append(one)
    return done


def _is_as_seen(one: AlarmOccurrence, seen: AlarmOccurrence) -> bool:
    """Tell whether it has not come again since."""
    return one.activations == seen.activations


def _acknowledge(board: Board, one: AlarmOccurrence, by: By, comment: str) -> None:
    before = one.state
    board.acknowledge(one, Moment.of(board.plant), by, comment[:MAX_COMMENT])
    audit.record(
        "alarm-acknowledge",
        one,
        by=by,
        before={"state": before},
        after={"state": one.state},
        comment=comment[:MAX_COMMENT],
    )


def standing_on(board: Board | None, occurrence: AlarmOccurrence) -> AlarmOccurrence:
    """Return the alarm as it is now. Raises LifeError for one of which nothing is left."""
    one = board.standing.get(occurrence.definition_id) if board is not None else None
    if one is None or one.pk != occurrence.pk:
        raise LifeError(gettext("The alarm is normal again."), gettext("Nothing needs to be done."))
    return one
