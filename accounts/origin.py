"""Where the present act comes from: its door and its caller's address.

Kept in a context variable, which asgiref carries into the thread of a view, so that what is deep in
the house can be told of in the audit trail without handing the request down to it.
"""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from accounts.models import AuditEntry

Channel = AuditEntry.Channel


@dataclass(frozen=True)
class Origin:
    """The door, and the network address of who came through it (None: nobody did).

    `account` names who acts without a user of ours: the machine's account behind a command.
    """

    channel: str
    address: str | None = None
    account: str = ""


#: What no request led to: a worker or a command.
_SERVER = Origin(Channel.SERVER)
_present: ContextVar[Origin] = ContextVar("origin", default=_SERVER)


def present() -> Origin:
    """Return where the present act comes from."""
    return _present.get()


@contextmanager
def acting_from(origin: Origin) -> Iterator[None]:
    """Let what the block does come from `origin`."""
    token = _present.set(origin)
    try:
        yield
    finally:
        _present.reset(token)


def origin_of(request: HttpRequest) -> Origin:
    """Return the door and the address of a request."""
    return Origin(_channel_of(request), address_of(request))


def address_of(request: HttpRequest) -> str | None:
    """Return the caller's address, None where there is none that can be read.

    Behind a proxy (TEPLIVE_HTTPS=1) it is the one that the proxy itself saw: the last of
    X-Forwarded-For. What stands before it anybody can write.
    """
    found = request.META.get("REMOTE_ADDR", "")
    if settings.HTTPS:
        found = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or found
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return None


def _channel_of(request: HttpRequest) -> str:
    if request.path.startswith("/admin/"):
        return Channel.ADMIN
    if request.path.startswith("/api/") or "HTTP_AUTHORIZATION" in request.META:
        return Channel.API
    return Channel.PAGE
