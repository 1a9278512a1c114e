"""The sessions of a user: kept in step with Django's, listed, ended."""

import logging
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.agent import in_words
from accounts.courtesy import without_waiting
from accounts.models import SessionRecord
from accounts.models.session_record import LONGEST_AGENT
from accounts.origin import address_of

logger = logging.getLogger(__name__)

#: `seen_at` is written at most so often; after a locked database it is tried again a little later.
NOTED_EVERY = 60
AGAIN_AFTER = 10


def note_login(sender: type, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Write down a new session."""
    if request.session.session_key is None:
        request.session.save()
    key = request.session.session_key
    _keep(request, user, key)
    cache.set(_seen(key), True, NOTED_EVERY)


def is_due(request: HttpRequest) -> bool:
    """Tell whether the session's last sight is to be written; True once a minute at most."""
    key = request.session.session_key
    return key is not None and cache.add(_seen(key), True, NOTED_EVERY)


def note_sight(request: HttpRequest) -> None:
    """Write down that the session was seen; what hinders it hinders no request."""
    key = request.session.session_key
    try:
        if key is None or not request.user.is_authenticated:
            return
        with without_waiting():
            seen = SessionRecord.objects.filter(session_id=key)
            if not seen.update(seen_at=timezone.now()):
                _keep(request, request.user, key)
    except DatabaseError as error:
        cache.set(_seen(key), True, AGAIN_AFTER)
        logger.debug("a session's last sight was not noted: %s", error)


def sessions_of(user: User) -> list[SessionRecord]:
    """Return the sessions that open something still, the latest seen first."""
    found = SessionRecord.objects.filter(user=user, session__expire_date__gt=timezone.now())
    hashed = user.get_session_auth_hash()
    return [
        record
        for record in found.select_related("session")
        if record.session.get_decoded().get(HASH_SESSION_KEY) == hashed
    ]


def end(record: SessionRecord, by: User) -> None:
    """End a session; its pages and websockets lose their login."""
    with transaction.atomic():
        audit.record("session-end", record.user, by=by, before=_told(record))
        Session.objects.filter(pk=record.session_id).delete()


def end_others(user: User, kept: str | None, by: User) -> int:
    """End all sessions of a user but the one with the key `kept`. Returns their number."""
    with transaction.atomic():
        others = [one for one in sessions_of(user) if one.session_id != kept]
        for one in others:
            end(one, by)
        # Those that open nothing any more go as well.
        old = SessionRecord.objects.filter(user=user).exclude(session_id=kept)
        Session.objects.filter(pk__in=old.values("session_id")).delete()
    return len(others)


def _keep(request: HttpRequest, user: User, key: str | None) -> None:
    now = timezone.now()
    SessionRecord.objects.update_or_create(
        session_id=key,
        defaults={
            "user_id": user.pk,
            "address": address_of(request),
            "agent": request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT],
            "began_at": now,
            "seen_at": now,
        },
    )


def _told(record: SessionRecord) -> dict[str, Any]:
    return {
        "program": in_words(record.agent),
        "address": record.address,
        "began": record.began_at.isoformat(timespec="seconds"),
    }


def _seen(key: str | None) -> str:
    return f"session-seen:{key}"
