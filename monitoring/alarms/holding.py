"""Readings held against the limits, each exactly once: the only place where the cursor moves.

Free of Celery. In a transaction of its own, after the analysis: a limit that cannot be evaluated
holds no score up, nor the other way round. Bad readings are held against no limit; how many come
in a row is what the alarm for bad data judges.
"""

import logging
import time
from collections import defaultdict
from typing import NamedTuple

import numpy as np
from django.utils import timezone

from monitoring.alarms import suppression
from monitoring.alarms.board import Board, open_board
from monitoring.alarms.limits import Change, Kind
from monitoring.alarms.moment import Moment
from monitoring.alarms.references import references_of, setpoint_hands
from monitoring.models import AlarmDefinition
from simulation.models import Pulse, Reading, Run

logger = logging.getLogger(__name__)

#: Readings held against the limits in one transaction, and the pause after it.
READINGS_AT_ONCE = 100
PAUSE_SECONDS = 0.05


class Judged(NamedTuple):
    """A change of a definition's condition, at a reading."""

    definition: AlarmDefinition
    change: Change
    text: str


def hold_against_limits(plant_id: int) -> int:
    """Hold every reading after the plant's cursor against the limits. Returns how many.

    Run twice, late or by two workers at once, it judges each reading exactly once.
    """
    count = 0
    while True:
        read, finished = _hold_some(plant_id)
        count += read
        if finished:
            return count
        Pulse.beat("analyse")  # a long backlog is no silence
        time.sleep(PAUSE_SECONDS)


def _hold_some(plant_id: int) -> tuple[int, bool]:
    """One transaction. Returns the readings judged, and whether none is left."""
    with open_board(plant_id, wait=False) as board:
        if board is None or board.plant.current_run_id is None:
            return 0, True
        plant, cursor = board.plant, board.cursor
        run_id = cursor.run_id or Run.objects.filter(plant=plant).earliest("number").pk
        waiting = Reading.objects.filter(run=run_id, step__gt=cursor.step).order_by("step")
        readings = list(waiting[:READINGS_AT_ONCE])
        if readings:
            judge(board, run_id, readings)
            cursor.step, cursor.read_at = readings[-1].step, timezone.now()
        cursor.run_id = run_id
        is_read = len(readings) < READINGS_AT_ONCE
        is_over = run_id != plant.current_run_id
        if is_read and is_over:
            turn_to_next_run(board, Run.objects.get(pk=run_id))
        return len(readings), is_read and not is_over


def turn_to_next_run(board: Board, run: Run) -> None:
    """Begin the next run with clean limits: what was beyond one is no more."""
    cursor = board.cursor
    return_all(board, Moment(run, cursor.step, text="The run ended."), by_reading=True)
    following = Run.objects.filter(plant=run.plant_id, number__gt=run.number).order_by("number")
    cursor.run, cursor.step, cursor.memory = following[0], 0, {}


def return_all(board: Board, moment: Moment, *, by_reading: bool) -> None:
    """Let the alarms return that rest on readings (or those on claims) of a run that is over."""
    for one in list(board.standing.values()):
        claimed = one.definition.source == AlarmDefinition.Source.DETECTOR
        concerns = one.definition.is_by_reading if by_reading else claimed
        if concerns and moment.run is not None and one.run_id == moment.run.pk:
            board.give_return(one.definition, moment)


def judge(board: Board, run_id: int, readings: list[Reading]) -> None:
    """Hold readings against every limit, then let the changes happen in the order of the steps."""
    changes = _changes(board, run_id, readings)
    watches_tags, first = suppression.watches_tags(board), suppression.suppressors(board)
    if not changes and not watches_tags:
        return
    run = Run.objects.get(pk=run_id)
    now = timezone.now()
    for index, reading in enumerate(readings):
        if index not in changes and (not watches_tags or reading.quality):
            continue
        moment = Moment(run, reading.step, now)
        if watches_tags and not reading.quality:
            suppression.by_reading(board, reading.values.tolist(), moment)
        found = changes.get(index, [])
        for judged in found:
            if judged.definition.pk in first:
                _happen(board, judged, moment)
        if first:
            suppression.by_alarms(board, moment)
        for judged in found:
            if judged.definition.pk not in first:
                _happen(board, judged, moment)


def _happen(board: Board, judged: Judged, at: Moment) -> None:
    definition, change, text = judged
    moment = Moment(at.run, at.step, at.at, change.value, definition.limit, text)
    if change.active:
        board.hold(definition, moment)
    else:
        board.give_return(definition, moment)


def _changes(board: Board, run_id: int, readings: list[Reading]) -> dict[int, list[Judged]]:
    """Evaluate every limit in service; return what changed at which reading."""
    good = [index for index, reading in enumerate(readings) if not reading.quality]
    steps = [readings[index].step for index in good]
    columns = np.array([readings[index].values for index in good]).T.tolist() if good else []
    bad = [float(bool(reading.quality)) for reading in readings]
    texts = {index: reading.quality for index, reading in enumerate(readings) if reading.quality}
    memory, changes = board.cursor.memory, defaultdict(list)
    for key in memory.keys() - board.rules.remembered:
        del memory[key]
    hands = None
    for definition, limit, key, column in board.rules.held:
        before = tuple(memory.get(key, ()))
        if column is None:
            after, found = limit.evaluate(before, bad)
            places = list(range(len(readings)))
        elif good:
            references = None
            if limit.kind is Kind.DEVIATION:
                if definition.reference is None and not board.plant.is_simulated:
                    continue  # the set points of a plant outside are not known here
                hands = setpoint_hands(run_id) if hands is None else hands
                references = references_of(definition, steps, hands)
            after, found = limit.evaluate(before, columns[column], references)
            places = good
        else:
            continue
        if any(after):
            memory[key] = list(after)
        else:
            memory.pop(key, None)
        for change in found:
            place = places[change.place]
            changes[place].append(Judged(definition, change, texts.get(place, "")))
    return changes
