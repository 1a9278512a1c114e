"""Alarms that follow from what a plant is: judged from its state, never from a message.

Each call compares what stands with what is true and makes good the difference, so it may come
twice, late, from any process, or be lost until the next sweep.
"""

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from monitoring.alarms import service, shelf, suppression
from monitoring.alarms.board import Board, open_board
from monitoring.alarms.built_in import FAILED, TRIPPED
from monitoring.alarms.claims import settle_claim
from monitoring.alarms.events import QUIET_STEPS
from monitoring.alarms.holding import return_all
from monitoring.alarms.moment import Moment
from monitoring.models import (
    Alarm,
    AlarmDefinition,
    AlarmOccurrence,
    EventFrame,
    LimitCursor,
    Shelving,
)
from simulation.models import Plant

_OF_STATE = {TRIPPED: Plant.State.TRIPPED, FAILED: Plant.State.FAILED}
Kind, Suppression = AlarmDefinition.Kind, AlarmDefinition.Suppression


def settle(plant_id: int) -> None:
    """Bring the alarms of a plant in line with its state, its detector's claim and the clock."""
    with open_board(plant_id) as board:
        if board is None:
            return
        now = Moment.of(board.plant)
        _settle_state(board)
        settle_claim(board)
        _settle_run(board)
        suppression.by_state(board, now)
        suppression.by_alarms(board, now)
        shelf.take_off_what_is_due(board, now)
        board.close_event_if_over(now)


def _settle_state(board: Board) -> None:
    plant = board.plant
    for code, state in _OF_STATE.items():
        definition = board.definition(code)
        if definition is None:
            continue
        moment = Moment.of(plant, plant.state_reason if plant.state == state else "")
        if plant.state == state:
            board.hold(definition, moment)
        else:
            board.give_return(definition, moment)


def _settle_run(board: Board) -> None:
    """A plant that was stopped: once its last reading has been judged, nothing holds any more."""
    run, cursor = board.plant.current_run, board.cursor
    if run is None or run.ended_at is None:
        return
    if cursor.run_id == run.pk and cursor.step >= board.plant.step:
        return_all(board, Moment(run, board.plant.step, text="The run ended."), by_reading=True)


def unsettled() -> set[int]:
    """Return the plants that `settle` would change something on; few queries for all plants."""
    now = timezone.now()
    active = AlarmOccurrence.objects.filter(
        plant=OuterRef("pk"), closed_at__isnull=True, is_active=True
    )
    claims = Alarm.objects.filter(run=OuterRef("current_run"), cleared_step__isnull=True)
    tripped = active.filter(definition__kind=Kind.TRIPPED)
    failed = active.filter(definition__kind=Kind.FAILED)
    claimed = active.filter(definition__kind=Kind.CLAIM)
    readings = active.filter(definition__kind__in=AlarmDefinition.BY_READING)
    due = Shelving.objects.filter(plant=OuterRef("pk"), ended_at__isnull=True, until__lte=now)
    events = EventFrame.objects.filter(plant=OuterRef("pk"), closed_at__isnull=True)
    old = events.filter(
        ~Q(run=OuterRef("current_run")) | Q(last_step__lt=OuterRef("step") - QUIET_STEPS)
    )
    busy = active.filter(event__closed_at__isnull=True, event__isnull=False)
    in_service = {kind: _is_in_service(kind) for kind in (Kind.TRIPPED, Kind.FAILED, Kind.CLAIM)}
    goes_on = Q(current_run__ended_at__isnull=True)
    wanted = (
        Q(Exists(tripped)) & ~Q(state=Plant.State.TRIPPED)
        | Q(Exists(failed)) & ~Q(state=Plant.State.FAILED)
        | Q(Exists(claimed)) & (~Q(Exists(claims)) | ~goes_on)
        | Q(Exists(readings)) & ~goes_on
        | Q(Exists(due))
        | Q(Exists(old)) & ~Q(Exists(busy))
    )
    if in_service[Kind.TRIPPED]:
        wanted |= Q(state=Plant.State.TRIPPED) & ~Q(Exists(tripped))
    if in_service[Kind.FAILED]:
        wanted |= Q(state=Plant.State.FAILED) & ~Q(Exists(failed))
    if in_service[Kind.CLAIM]:
        wanted |= Q(Exists(claims)) & ~Q(Exists(claimed)) & goes_on
    found = set(Plant.objects.filter(wanted).values_list("pk", flat=True))
    if AlarmDefinition.objects.exclude(suppress_while=Suppression.NEVER).exists():
        found |= set(Plant.objects.values_list("pk", flat=True))
    return found | _with_forgotten_suppression()


def _is_in_service(kind: str) -> bool:
    return AlarmDefinition.objects.filter(kind=kind, in_service=True).exists()


def _with_forgotten_suppression() -> set[int]:
    found = LimitCursor.objects.exclude(suppressed=[])
    return set(found.values_list("plant_id", flat=True))


def plants_behind() -> list[int]:
    """Return the plants that have readings which were not held against the limits."""
    behind = Plant.objects.exclude(current_run=None).exclude(
        limit_cursor__run=F("current_run"), limit_cursor__step__gte=F("step")
    )
    return list(behind.values_list("pk", flat=True))


def sweep() -> None:
    """Make good what lost messages and passing time have left."""
    service.return_what_is_due()
    for plant_id in unsettled():
        settle(plant_id)
