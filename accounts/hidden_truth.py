"""What was injected, hidden from the pages of a session: for somebody in a training.

It hides, it does not protect: the API tells what is injected, and whoever hides it can show it
again. What one has injected oneself is no secret.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import AuditEntry

_KEY = "truth_hidden"
#: What the acts that inject or clear faults begin with.
FAULT_ACTS = "fault-"


def is_hidden(request: HttpRequest) -> bool:
    """Whether this session hides what is injected."""
    return bool(request.session.get(_KEY, False))


def hide(request: HttpRequest, hidden: bool) -> None:
    """Hide it from this session, or show it again."""
    request.session[_KEY] = hidden


def shows_truth(request: HttpRequest) -> bool:
    """Whether a page shows it: as `?truth=yes` or `no` says, else as the session has chosen."""
    said = {"yes": True, "no": False}.get(request.GET.get("truth", ""))
    return not is_hidden(request) if said is None else said


def injections_told(request: HttpRequest, found: "QuerySet[Any]") -> "QuerySet[Any]":
    """Leave out of injections what others have injected, where the session hides it."""
    return found.filter(injected_by=request.user.pk) if is_hidden(request) else found


def acts_told(request: HttpRequest, found: "QuerySet[AuditEntry]") -> "QuerySet[AuditEntry]":
    """Leave out others' acts that inject or clear faults, where the session hides it."""
    if not is_hidden(request):
        return found
    others = Q(action__startswith=FAULT_ACTS) & ~Q(username=request.user.get_username())
    return found.exclude(others)
