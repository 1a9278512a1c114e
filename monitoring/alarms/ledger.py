"""What happened to a plant's alarms in one transaction, gathered and written with few statements.

However many alarms there are: their rows by an insert and an upsert, the journal by an insert.
"""

from functools import partial

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction

from monitoring.alarms.moment import Moment
from monitoring.models import Alarm, AlarmDefinition, AlarmJournalEntry, AlarmOccurrence
from monitoring.signals import alarms_changed
from simulation.models import Plant

By = AbstractBaseUser | AnonymousUser | None
CHANGED_FIELDS = [
    field.name
    for field in AlarmOccurrence._meta.concrete_fields
    if field.name not in {"id", "plant", "definition", "activated_step", "activated_at"}
]
AT_ONCE = 200


class Ledger:
    """The rows that are to be written of one plant, whose alarms are locked."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._changed: dict[int, AlarmOccurrence] = {}
        self._new: list[AlarmOccurrence] = []
        self._entries: list[AlarmJournalEntry] = []
        self._claims: list[tuple[Alarm, AlarmOccurrence]] = []

    def begin(self, one: AlarmOccurrence) -> None:
        """A life begins."""
        self._new.append(one)

    def change(self, one: AlarmOccurrence) -> None:
        """A life has changed; of one that is new nothing more needs to be known."""
        if one.pk is not None:
            self._changed[one.pk] = one

    def link(self, claim: Alarm, one: AlarmOccurrence) -> None:
        """A claim of the detector belongs to a life, which may not be stored yet."""
        self._claims.append((claim, one))

    def enter(
        self,
        definition: AlarmDefinition,
        kind: str,
        moment: Moment,
        one: AlarmOccurrence | None,
        *,
        is_announced: bool = False,
        claim: Alarm | None = None,
        by: By = None,
        comment: str = "",
    ) -> None:
        """A transition for the journal, with the words and figures of this moment."""
        user = by if isinstance(by, AbstractBaseUser) else None
        self._entries.append(
            AlarmJournalEntry(
                plant=self._plant, run=moment.run, step=moment.step, at=moment.at, kind=kind,
                occurrence=one, definition=definition, claim=claim,
                code=definition.code, name=definition.name, tag=definition.tag,
                source=definition.source, priority=one.priority if one else definition.priority,
                state=one.state if one else "", is_announced=is_announced,
                value=moment.value, limit=moment.limit, text=moment.text,
                by_id=user.pk if user else None,
                username=user.get_username() if user else "", comment=comment,
            )
        )  # fmt: skip

    def save(self) -> bool:
        """Write lives and journal, if something happened; listeners are told when it is committed.

        Returns whether something did.
        """
        if not self._entries:
            return False
        AlarmOccurrence.objects.bulk_create(self._new, batch_size=AT_ONCE)
        for one in self._new:  # a later save of the same board finds them stored
            self._changed.pop(one.pk, None)
        if self._changed:
            # By an upsert on the number: `bulk_update` takes ten times as long for hundreds.
            AlarmOccurrence.objects.bulk_create(
                self._changed.values(), batch_size=AT_ONCE,
                update_conflicts=True, unique_fields=["id"], update_fields=CHANGED_FIELDS,
            )  # fmt: skip
        AlarmJournalEntry.objects.bulk_create(self._entries, batch_size=AT_ONCE)
        self._new, self._changed, self._entries = [], {}, []
        send = partial(alarms_changed.send, sender=Plant, plant_id=self._plant.pk)
        transaction.on_commit(send, robust=True)
        return True

    def save_links(self) -> None:
        """Write which lives the claims belong to, after those are stored."""
        for claim, one in self._claims:
            claim.occurrence = one
            claim.save(update_fields=["occurrence"])
        self._claims = []
