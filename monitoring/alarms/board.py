"""A plant's alarms, locked for one transaction: the only place where an alarm changes.

Whoever opens the board holds the row of the plant's `LimitCursor` until the end of the
transaction, so two workers, or a worker and an operator, change a plant's alarms one after the
other. What happens is gathered and written at the end with a few statements, however many alarms
there are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from monitoring.alarms.events import Events
from monitoring.alarms.ledger import By, Ledger
from monitoring.alarms.life import ANNOUNCED, Life, State
from monitoring.alarms.moment import Moment
from monitoring.alarms.rulebook import Rulebook, rulebook_of
from monitoring.models import (
    Alarm,
    AlarmDefinition,
    AlarmJournalEntry,
    AlarmOccurrence,
    LimitCursor,
    Shelving,
)
from simulation.models import Plant

Kind = AlarmJournalEntry.Kind


@contextmanager
def open_board(plant_id: int, *, wait: bool = True) -> Iterator["Board | None"]:
    """Lock the alarms of a plant, and write at the end what the block did to them.

    Without `wait` None is given where another worker has them; likewise for a plant that is gone.
    """
    with transaction.atomic():
        cursor = _locked_cursor(plant_id, wait)
        plant = Plant.objects.filter(pk=plant_id).first()
        if cursor is None or plant is None:
            yield None
            return
        board = Board(plant, cursor)
        yield board
        board.save()


def _locked_cursor(plant_id: int, wait: bool) -> LimitCursor | None:
    """Lock the cursor, without a join: see `monitoring.analysing`."""
    locked = LimitCursor.objects.select_for_update(skip_locked=not wait).filter(plant=plant_id)
    if (cursor := locked.first()) is not None:
        return cursor
    if not LimitCursor.objects.filter(plant=plant_id).exists():
        if not Plant.objects.filter(pk=plant_id).exists():
            return None
        LimitCursor.objects.get_or_create(plant_id=plant_id)
    return locked.all().first()


def _facts_of(cursor: LimitCursor) -> tuple[Any, ...]:
    return (cursor.run_id, cursor.step, dict(cursor.memory), list(cursor.suppressed))


class Board:
    """The alarms of one plant, while their lock is held."""

    def __init__(self, plant: Plant, cursor: LimitCursor) -> None:
        self.plant, self.cursor = plant, cursor
        self._before = _facts_of(cursor)
        self._ledger = Ledger(plant)

    # -- what there is ------------------------------------------------------------------------

    @cached_property
    def rules(self) -> Rulebook:
        """The definitions that hold for the plant."""
        return rulebook_of(self.plant)

    def definition(self, code: str) -> AlarmDefinition | None:
        """Return the definition of a code if it holds for the plant and is in service."""
        return self.rules.in_service.get(code)

    @cached_property
    def standing(self) -> dict[int, AlarmOccurrence]:
        """What stands, by the definition's number."""
        found = AlarmOccurrence.objects.filter(plant=self.plant, closed_at__isnull=True)
        found = found.select_related("definition", "run__plant")
        return {one.definition_id: one for one in found}

    @cached_property
    def shelved(self) -> set[int]:
        """The definitions on the shelf."""
        found = Shelving.objects.filter(plant=self.plant, ended_at__isnull=True)
        return set(found.values_list("definition_id", flat=True))

    @cached_property
    def suppressed(self) -> set[int]:
        """The definitions that are suppressed by design."""
        return set(self.cursor.suppressed)

    @cached_property
    def _events(self) -> Events:
        return Events(self.plant, self.standing)

    def is_active(self, definition_id: int) -> bool:
        """Tell whether a condition holds."""
        one = self.standing.get(definition_id)
        return one is not None and one.is_active

    # -- conditions ---------------------------------------------------------------------------

    def hold(self, definition: AlarmDefinition, moment: Moment, claim: Alarm | None = None) -> None:
        """The condition holds: begin a life, or go on with the one that stands."""
        one = self.standing.get(definition.pk)
        if one is None:
            one = self._begin(definition, moment)
        elif one.is_active:
            return
        else:
            one.activations += 1
            one.last_activated_step, one.last_activated_at = moment.step, moment.at
            one.returned_step = one.returned_at = None
            one.value, one.limit, one.run = moment.value, moment.limit, moment.run
            one.detail, one.priority = moment.text, definition.priority
            one.life = one.life.activate()
        if moment.run is not None and not one.life.is_kept_away:
            self._events.join(one, moment)
        self._note(one, Kind.ACTIVATED, moment, announces=True, claim=claim)

    def _begin(self, definition: AlarmDefinition, moment: Moment) -> AlarmOccurrence:
        one = AlarmOccurrence(
            plant=self.plant, definition=definition, run=moment.run, priority=definition.priority,
            activated_step=moment.step, activated_at=moment.at,
            last_activated_step=moment.step, last_activated_at=moment.at,
            value=moment.value, limit=moment.limit, detail=moment.text,
        )  # fmt: skip
        kept = Life(
            shelved=definition.pk in self.shelved, suppressed=definition.pk in self.suppressed
        )
        one.life = kept.activate()
        self.standing[definition.pk] = one
        self._ledger.begin(one)
        return one

    def give_return(
        self, definition: AlarmDefinition, moment: Moment, claim: Alarm | None = None
    ) -> None:
        """The condition holds no longer; nothing happens where it did not."""
        one = self.standing.get(definition.pk)
        if one is None or not one.is_active:
            return
        one.returned_step, one.returned_at = moment.step, moment.at
        asks = one.priority != AlarmDefinition.Priority.JOURNAL
        one.life = one.life.give_return(latching=definition.is_latching, asks=asks)
        if one.event_id is not None:
            self._events.note_activity(one, moment)
        self._note(one, Kind.RETURNED, moment, claim=claim)

    def link(self, claim: Alarm, definition: AlarmDefinition) -> None:
        """Let a claim of the detector know which life it belongs to, once that is stored."""
        if (one := self.standing.get(definition.pk)) is not None:
            self._ledger.link(claim, one)

    def close_event_if_over(self, moment: Moment) -> None:
        """Close the plant's open event if nothing more belongs to it."""
        self._events.close_if_over(moment)

    # -- what keeps an alarm away -------------------------------------------------------------

    def suppress(self, definition: AlarmDefinition, moment: Moment) -> None:
        """Suppress by design; nothing happens where it is already."""
        if definition.pk in self.suppressed:
            return
        self.suppressed.add(definition.pk)
        self._keep(definition, Kind.SUPPRESSED, moment, Life.suppress)

    def unsuppress(self, definition: AlarmDefinition, moment: Moment) -> None:
        """End that."""
        if definition.pk not in self.suppressed:
            return
        self.suppressed.discard(definition.pk)
        self._keep(definition, Kind.UNSUPPRESSED, moment, Life.unsuppress)

    def shelve(
        self, definition: AlarmDefinition, moment: Moment, by: By, comment: str = ""
    ) -> None:
        """Put away. Raises LifeError where it is away already."""
        life = Life(shelved=definition.pk in self.shelved)
        life.shelve()  # raises for a second time
        self.shelved.add(definition.pk)
        self._keep(definition, Kind.SHELVED, moment, Life.shelve, by, comment)

    def unshelve(self, definition: AlarmDefinition, moment: Moment, kind: str, by: By) -> None:
        """Take back, by somebody or because the time is over."""
        self.shelved.discard(definition.pk)
        self._keep(definition, kind, moment, Life.unshelve, by)

    def out_of_service(self, definition: AlarmDefinition, moment: Moment) -> None:
        """Keep away what stands; nothing of the definition is judged any more."""
        if one := self.standing.get(definition.pk):
            one.life = one.life.take_out_of_service()
            self._note(one, Kind.OUT_OF_SERVICE, moment)

    def return_to_service(self, definition: AlarmDefinition, moment: Moment) -> None:
        """Forget what was known of it, so that it is judged anew."""
        self.cursor.memory.pop(str(definition.pk), None)
        if one := self.standing.get(definition.pk):
            one.life = one.life.return_to_service()
            if one.returned_at is None:
                one.returned_step, one.returned_at = moment.step, moment.at
            self._note(one, Kind.IN_SERVICE, moment)

    def _keep(
        self,
        definition: AlarmDefinition,
        kind: str,
        moment: Moment,
        change: Any,
        by: By = None,
        comment: str = "",
    ) -> None:
        one = self.standing.get(definition.pk)
        if one is None:
            self._ledger.enter(definition, kind, moment, None, by=by, comment=comment)
            return
        one.life = change(one.life)
        if one.life.active and not one.life.is_kept_away and one.event_id is None and moment.run:
            self._events.join(one, moment)
        self._note(one, kind, moment, announces=True, by=by, comment=comment)

    # -- what people do -----------------------------------------------------------------------

    def acknowledge(self, one: AlarmOccurrence, moment: Moment, by: By, comment: str) -> None:
        """Somebody has seen it. Raises LifeError where there is nothing to be seen."""
        one.life = one.life.acknowledge()
        one.acknowledged_step, one.acknowledged_at = moment.step, moment.at
        one.acknowledged_by_id = by.pk if isinstance(by, AbstractBaseUser) else None
        one.comment = comment
        self._note(one, Kind.ACKNOWLEDGED, moment, by=by, comment=comment)

    def reset(self, one: AlarmOccurrence, moment: Moment, by: By, comment: str) -> None:
        """Let go of a latch. Raises LifeError where it cannot be."""
        one.life = one.life.reset()
        self._note(one, Kind.RESET, moment, by=by, comment=comment)

    # -- writing ------------------------------------------------------------------------------

    def _note(
        self,
        one: AlarmOccurrence,
        kind: str,
        moment: Moment,
        *,
        announces: bool = False,
        claim: Alarm | None = None,
        by: By = None,
        comment: str = "",
    ) -> None:
        """Close what is over, and write the transition down."""
        if one.life.is_over:
            one.closed_at = moment.at
            self.standing.pop(one.definition_id, None)
        announced = announces and State(one.state) in ANNOUNCED and one.is_active
        announced = announced and one.priority != AlarmDefinition.Priority.JOURNAL
        if announced:
            one.announced_at = moment.at
            one.acknowledged_at = one.acknowledged_by = one.acknowledged_step = None
        self._ledger.change(one)
        self._ledger.enter(
            one.definition, kind, moment, one,
            is_announced=announced, claim=claim, by=by, comment=comment,
        )  # fmt: skip

    def save(self) -> None:
        """Write everything, in few statements; tell listeners once it is committed."""
        self.cursor.suppressed = sorted(self.suppressed)
        if _facts_of(self.cursor) != self._before:
            self.cursor.save()
        has_written = self._ledger.save()
        if "_events" in self.__dict__:
            self._events.save()
        if has_written:
            self._ledger.save_links()
