"""How a user wants to see things: in which time zone, in which units.

Kept in a context variable, as the origin of an act is, so that a template tag deep in a page knows
it without being handed the request; and asked for late, so that an answer without such a tag costs
no query. What no request led to (a push, rendered once for everybody, a
report, a command) is shown in UTC and in the process's own units; the page converts pushes itself.

Django's own current time zone stays UTC: a `|date` that says "UTC" must never be wrong.
"""

import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache

ORIGINAL, SI = "original", "si"

#: The cookie in which the browser tells its own zone, for users who have chosen none.
ZONE_COOKIE = "zone"


@dataclass(frozen=True)
class Display:
    """Time zone and units of whoever looks."""

    zone: tzinfo = UTC
    zone_name: str = "UTC"
    units: str = ORIGINAL


_DEFAULT = Display()
_present: ContextVar[Callable[[], Display]] = ContextVar("display", default=lambda: _DEFAULT)


def present() -> Display:
    """Return how the present page is to be shown."""
    return _present.get()()


@contextmanager
def showing(find: Callable[[], Display]) -> Iterator[None]:
    """Let what the block renders be shown as `find` says when it is asked."""
    token = _present.set(find)
    try:
        yield
    finally:
        _present.reset(token)


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all zones that can be chosen."""
    return frozenset(
        name
        for name in zoneinfo.available_timezones()
        if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/", "US/")))
    )


def zone_of(name: str) -> tuple[tzinfo, str]:
    """Return a zone with its name; UTC for a name that is none."""
    if name in zone_names() and name != "UTC":
        return zoneinfo.ZoneInfo(name), name
    return UTC, "UTC"
