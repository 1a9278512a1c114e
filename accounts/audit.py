"""The audit trail: written with the change, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models, transaction

from accounts import origin
from accounts.models import AuditEntry

Actor = AbstractBaseUser | AnonymousUser

#: Where the entries of the present request go as well, so that its answer can offer to undo them.
_noted: ContextVar[list[AuditEntry] | None] = ContextVar("noted", default=None)
#: The entry that the present act takes back, until the act's own entry has taken it over.
_taken_back: ContextVar[list[AuditEntry]] = ContextVar("taken_back")


def record(
    action: str,
    subject: models.Model,
    *,
    by: Actor | None,
    before: Any = None,
    after: Any = None,
    comment: str = "",
    undoes: AuditEntry | None = None,
) -> AuditEntry:
    """Write down who did what to `subject`, in the transaction that does it.

    `before` and `after` are what JSON can hold. Raises RuntimeError outside a transaction: an entry
    that could stay without its change, or a change without its entry, is no trail.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"the audit entry of {action} belongs into the change's transaction")
    came = origin.present()
    waiting = _taken_back.get([])
    entry = AuditEntry.objects.create(
        user_id=by.pk if isinstance(by, AbstractBaseUser) else None,
        username=(by.get_username() if by is not None else came.account)[:150],
        channel=came.channel,
        address=came.address,
        action=action,
        subject_type=subject._meta.model_name or "",
        subject_id=str(subject.pk or ""),
        subject=str(subject)[:200],
        before=before,
        after=after,
        comment=comment,
        undoes=undoes or (waiting.pop() if waiting else None),
    )
    noted = _noted.get()
    if noted is not None:
        noted.append(entry)
    return entry


def trail_of(subject: models.Model) -> "models.QuerySet[AuditEntry]":
    """Return what was done to `subject`, newest first."""
    return AuditEntry.objects.filter(
        subject_type=subject._meta.model_name, subject_id=str(subject.pk)
    )


@contextmanager
def noting() -> Iterator[list[AuditEntry]]:
    """Collect the entries that the block leads to."""
    entries: list[AuditEntry] = []
    token = _noted.set(entries)
    try:
        yield entries
    finally:
        _noted.reset(token)


@contextmanager
def taking_back(entry: AuditEntry) -> Iterator[list[AuditEntry]]:
    """Let the first entry that the block writes be the one that takes `entry` back.

    The list is empty after the block if an entry was written.
    """
    waiting = [entry]
    token = _taken_back.set(waiting)
    try:
        yield waiting
    finally:
        _taken_back.reset(token)
