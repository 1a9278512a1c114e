"""Taking an act back: which acts have a way, and what stands in it.

The layer that owns an act registers how it is undone (`register`), or why it cannot be
(`register_reason`); this module knows neither plants nor detectors. An undo is an act itself: its
entry names the one that it takes back, so each is taken back once at most.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.audit import Actor
from accounts.models import AuditEntry

#: What checks have looked up, shared by the entries of one page.
Looked = dict[Any, Any]


class CannotUndo(Exception):
    """Why an act is not taken back now; `hint` says what would help."""

    def __init__(self, message: str, hint: str = "Nothing was changed.") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Way:
    """How an act is taken back."""

    permission: str
    refusal: Callable[[AuditEntry, Looked], str]
    """Why not now, as a sentence; empty if it can be."""
    carry_out: Callable[[AuditEntry, Any], str]
    """Do it, under a lock of what it changes, and say what was done."""


@dataclass(frozen=True)
class Offer:
    """An entry with what a user can do about it."""

    entry: AuditEntry
    can_be_undone: bool
    why_not: str


_ways: dict[str, Way] = {}
_reasons: dict[str, str | Promise] = {}
NO_WAY = _("There is no undo for it: change it back where it was changed.")


def register(action: str, way: Way) -> None:
    """Tell how an action is taken back."""
    _ways[action] = way


def register_reason(action: str, reason: str | Promise) -> None:
    """Tell why an action cannot be taken back."""
    _reasons[action] = reason


def offers(entries: Iterable[AuditEntry], user: Any) -> list[Offer]:
    """Return entries with whether the user can take each back, and else why not.

    Give entries with `undone_by` selected.
    """
    looked: Looked = {}
    found = []
    for entry in entries:
        why = why_not(entry, user, looked)
        found.append(Offer(entry, not why, why))
    return found


def why_not(entry: AuditEntry, user: Any, looked: Looked | None = None) -> str:
    """Return why a user cannot take an entry back now; empty if they can."""
    if entry.is_undone:
        return gettext("It has been taken back.")
    way = _ways.get(entry.action)
    if way is None:
        return str(_reasons.get(entry.action, NO_WAY))
    if not user.has_perm(way.permission):
        return gettext("Your account may not do this.")
    return way.refusal(entry, {} if looked is None else looked)


def undo(entry: AuditEntry, *, by: Actor) -> str:
    """Take an act back, and say what was done. Raises CannotUndo.

    The entry is locked first: of two calls at once the second finds it taken back.
    """
    with transaction.atomic():
        locked = AuditEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
        why = why_not(locked, by)
        if why:
            raise CannotUndo(why)
        with audit.taking_back(locked) as waiting:
            done = _ways[locked.action].carry_out(locked, by)
        if waiting:
            raise CannotUndo(gettext("It is so already: there is nothing to take back."))
    return done
