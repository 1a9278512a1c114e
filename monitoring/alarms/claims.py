"""The detector's alarm as an alarm of the operator: the same transaction raises or clears both."""

from monitoring.alarms import suppression
from monitoring.alarms.board import Board, open_board
from monitoring.alarms.built_in import CLAIM
from monitoring.alarms.moment import Moment
from monitoring.models import Alarm
from simulation.models import Run


def claim_raised(alarm: Alarm) -> None:
    """Begin the life of the operator's alarm, in the transaction that raised the claim."""
    with open_board(alarm.run.plant_id) as board:
        if board is not None:
            _hold(board, alarm)


def claim_cleared(alarm: Alarm) -> None:
    """Let the operator's alarm return, in the transaction that cleared the claim."""
    with open_board(alarm.run.plant_id) as board:
        if board is not None and (definition := board.definition(CLAIM)):
            moment = Moment(alarm.run, alarm.cleared_step or alarm.raised_step)
            board.give_return(definition, moment, alarm)
            suppression.by_alarms(board, moment)


def run_is_over(run: Run, step: int) -> None:
    """Let the operator's alarm return that stood when its run ended; the claim stays uncleared."""
    with open_board(run.plant_id) as board:
        if board is None or not (definition := board.definition(CLAIM)):
            return
        one = board.standing.get(definition.pk)
        if one is not None and one.run_id == run.pk:
            board.give_return(definition, Moment(run, step, text="The run ended."))


def settle_claim(board: Board) -> None:
    """Make good what the two above may have missed, e.g. while the alarm was out of service."""
    definition, run = board.definition(CLAIM), board.plant.current_run
    if definition is None or run is None:
        return
    claim = Alarm.objects.filter(run=run, cleared_step__isnull=True).first()
    one = board.standing.get(definition.pk)
    if claim is not None and run.ended_at is None:
        if one is None or not one.is_active:
            _hold(board, claim)
    elif one is not None and one.is_active and (one.run_id != run.pk or run.ended_at is not None):
        board.give_return(definition, Moment(one.run, board.plant.step, text="The run ended."))
    elif one is not None and one.is_active:
        board.give_return(definition, Moment.of(board.plant))


def _hold(board: Board, alarm: Alarm) -> None:
    definition = board.definition(CLAIM)
    if definition is None:
        return
    text = f"{alarm.member or 'The statistic'} is at {alarm.peak_ratio:.3g} times its limit."
    moment = Moment(alarm.run, alarm.raised_step, value=alarm.peak_ratio, limit=1.0, text=text)
    board.hold(definition, moment, alarm)
    board.link(alarm, definition)
    suppression.by_alarms(board, moment)
