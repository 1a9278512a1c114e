"""A document of presets, held against what there is, and taken over as a whole or not at all."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction

from accounts import audit
from accounts.presets.document import Row, parse
from accounts.presets.kinds import PresetKind, all_kinds, kind_named

ADDED, CHANGED, UNCHANGED, REFUSED = "added", "changed", "unchanged", "refused"


@dataclass
class Change:
    """What a row of the document does: to which preset, from which values to which."""

    row: Row
    kind: str
    title: str
    what: str = UNCHANGED
    #: Of each field that changes: its name, its value before (None of a new one), its value after.
    fields: list[tuple[str, Any, Any]] = field(default_factory=list)
    #: What is wrong, by field; empty name: the row as a whole.
    errors: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Outcome:
    """What an import does, or did, row by row."""

    changes: list[Change]
    said: list[str] = field(default_factory=list)

    def count(self, what: str) -> int:
        """Return how many rows are `what`."""
        return sum(change.what == what for change in self.changes)

    @property
    def is_good(self) -> bool:
        """Whether no row is refused."""
        return self.count(REFUSED) == 0

    @property
    def changes_something(self) -> bool:
        """Whether anything would be other than it is."""
        return self.count(ADDED) + self.count(CHANGED) > 0

    @property
    def digest(self) -> str:
        """A mark of what would be done: two outcomes with the same mark do the same."""
        told = [(c.row.number, c.kind, c.title, c.what, c.fields) for c in self.changes]
        return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:32]

    @property
    def sentence(self) -> str:
        """The counts in words."""
        words = [f"{self.count(what)} {what}" for what in (ADDED, CHANGED, UNCHANGED)]
        refused = self.count(REFUSED)
        return ", ".join([*words, *([f"{refused} refused"] if refused else [])])


class Stale(Exception):
    """What the import would do is no longer what was shown; `outcome` is what it would do now."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("What is stored has changed since the preview. Look at it again.")
        self.outcome = outcome


def preview(text: str | bytes, may: Callable[[PresetKind], bool] = lambda kind: True) -> Outcome:
    """Return what an import would do: it is done, and taken back. Raises DocumentError."""
    rows = parse(text)
    with transaction.atomic():
        outcome, _ = _take(rows, may)
        transaction.set_rollback(True)
    return outcome


def carry_out(
    text: str | bytes,
    *,
    by: AbstractBaseUser | AnonymousUser | None,
    source: str,
    shown: str | None = None,
    may: Callable[[PresetKind], bool] = lambda kind: True,
) -> Outcome:
    """Import the text: every row of it, or nothing when one is refused.

    `shown` is the digest of the preview that was confirmed. Raises DocumentError, Stale.
    """
    rows = parse(text)
    with transaction.atomic():
        outcome, stored = _take(rows, may)
        if shown is not None and outcome.digest != shown:
            raise Stale(outcome)
        if not outcome.is_good:
            transaction.set_rollback(True)
            return outcome
        for change, kind, preset in stored:
            _write_down(change, preset, by, source)
            outcome.said += kind.spread(preset, by) if change.what == CHANGED else []
    return outcome


def _take(
    rows: list[Row], may: Callable[[PresetKind], bool]
) -> tuple[Outcome, list[tuple[Change, PresetKind, models.Model]]]:
    """Save what the rows say, each held against the rows before it."""
    changes, stored = [], []
    met: dict[tuple[Any, ...], int] = {}
    for row in rows:
        change = Change(row, row.kind[:60], f"row {row.number}")
        changes.append(change)
        kind = kind_named(row.kind)
        if kind is None:
            known = ", ".join(one.name for one in all_kinds())
            _refuse(change, "", f"There is no kind of preset {row.kind[:60]!r}; there are {known}.")
        elif not may(kind):
            _refuse(change, "", f"Your account may not add and change {kind.title}.")
        else:
            preset = _take_row(change, kind, met)
            if change.what in {ADDED, CHANGED} and preset is not None:
                stored.append((change, kind, preset))
    return Outcome(changes), stored


def _take_row(
    change: Change, kind: PresetKind, met: dict[tuple[Any, ...], int]
) -> models.Model | None:
    row = change.row
    lacking = [name for name in kind.key if name not in row.values]
    if lacking:
        _refuse(change, lacking[0], "Is needed: it tells which preset is meant.")
        return None
    change.title = " ".join(str(row.values[name])[:60] for name in kind.key)
    fresh = kind.model()
    try:
        kind.take(fresh, {name: row.values[name] for name in kind.key})
        wanted = {name: getattr(fresh, name) for name in kind.key}
        before_it = met.setdefault((kind.name, *wanted.values()), row.number)
        if before_it != row.number:
            raise ValidationError(
                {kind.key[0]: f"Preset {before_it} of this file is the same one."}
            )
        found = kind.model._default_manager.select_for_update().filter(**wanted).first()
        before = {} if found is None else kind.values_of(found)
        preset = found or fresh
        kind.take(preset, row.values)
        preset.clean_fields()  # what a row's own rules rest on, so these come first
        preset.full_clean()
        after = kind.values_of(preset)
        change.fields = [
            (name, before.get(name), after[name])
            for name in kind.fields
            if found is None or before[name] != after[name]
        ]
        change.what = ADDED if found is None else CHANGED if change.fields else UNCHANGED
        if change.fields:
            with transaction.atomic():
                preset.save()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            _refuse(change, "" if name == NON_FIELD_ERRORS else name, " ".join(messages))
        return None
    except IntegrityError:
        _refuse(change, "", "Somebody stored the same preset at this moment. Try again.")
        return None
    return preset


def _refuse(change: Change, name: str, message: str) -> None:
    change.what = REFUSED
    change.fields = []
    change.errors.append((name, message))


def _write_down(
    change: Change, preset: models.Model, by: AbstractBaseUser | AnonymousUser | None, source: str
) -> None:
    """Tell the audit trail and, where there is an account, the admin's history."""
    is_new = change.what == ADDED
    audit.record(
        "preset-add" if is_new else "preset-change",
        preset,
        by=by,
        before=None if is_new else {name: old for name, old, _ in change.fields},
        after={name: new for name, _, new in change.fields},
        comment=f"import of {source}"[:200],
    )
    if by is not None and by.pk is not None:
        LogEntry.objects.log_actions(
            user_id=by.pk,
            queryset=[preset],
            action_flag=ADDITION if is_new else CHANGE,
            change_message=f"Imported from {source}: {', '.join(n for n, _, _ in change.fields)}.",
            single_object=True,
        )
