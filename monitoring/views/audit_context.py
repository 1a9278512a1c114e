"""Entries of the audit trail as pages show them, and who may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import undoing
from accounts.hidden_truth import acts_told
from accounts.models import AuditEntry
from monitoring.act_words import action_words, sides
from simulation.models import Plant

WHOLE = "accounts.view_auditentry"
LATEST = 6


@dataclass(frozen=True)
class Line:
    """One entry as a page shows it."""

    entry: AuditEntry
    what: str
    before: str
    after: str
    can_be_undone: bool
    why_not: str


def lines_of(entries: Iterable[AuditEntry], user: Any) -> list[Line]:
    """Return entries in words, with whether the user can take them back."""
    return [
        Line(
            offer.entry,
            action_words(offer.entry.action),
            *sides(offer.entry),
            offer.can_be_undone,
            offer.why_not,
        )
        for offer in undoing.offers(entries, user)
    ]


def may_see(user: Any, plant: Plant | None) -> bool:
    """Whether a user may see the trail: of one plant those who run it, all of it by permission."""
    if user.has_perm(WHOLE):
        return True
    return plant is not None and user.has_perm("simulation.operate_plant")


def of_plant(plant: Plant) -> "QuerySet[AuditEntry]":
    """Return the plant's trail, newest first."""
    return AuditEntry.objects.filter(subject_type="plant", subject_id=str(plant.pk))


def latest_actions(request: HttpRequest, plant: Plant) -> dict[str, Any]:
    """Return the context of `_actions.html`: the newest entries, for who may see them."""
    if not may_see(request.user, plant):
        return {"latest_actions": None}
    found = acts_told(request, of_plant(plant)).select_related("undone_by")
    return {"latest_actions": lines_of(found[:LATEST], request.user)}


def is_of(entry: AuditEntry, plant: Plant) -> bool:
    """Whether an entry is of the plant's trail."""
    return (entry.subject_type, entry.subject_id) == ("plant", str(plant.pk))
