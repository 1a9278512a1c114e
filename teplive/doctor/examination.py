"""Running checks that may hang: each in a thread of its own, which is left behind if it does."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.db import DatabaseError, connection
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

Level = Literal["ok", "warn", "fail"]

#: What a check may take before it counts as hanging; there are two rounds of them.
PATIENCE_SECONDS = 4.5


@dataclass(frozen=True)
class Finding:
    """What one check found; `remedy` says what to do about it."""

    name: str
    level: Level
    said: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the finding for a program."""
        return asdict(self)


@dataclass(frozen=True)
class Check:
    """One part to look at; not looked at while a part that it `needs` has failed."""

    name: str
    look: Callable[[], list[Finding]]
    needs: frozenset[str] = frozenset()


def examine(checks: Iterable[Check], patience: float = PATIENCE_SECONDS) -> list[Finding]:
    """Return the findings in the order of the checks; takes twice `patience` seconds at most.

    First those that need no other, at the same time; then the rest.
    """
    checks = list(checks)
    found: dict[str, list[Finding]] = {}
    _look([check for check in checks if not check.needs], found, patience)
    failed = {name for name, said in found.items() if any(f.level == "fail" for f in said)}
    later = []
    for check in checks:
        missing = sorted(check.needs & failed)
        if missing:
            said = f"cannot be looked at: {' and '.join(missing)} failed"
            found[check.name] = [Finding(check.name, "warn", said)]
        elif check.needs:
            later.append(check)
    _look(later, found, patience)
    return [finding for check in checks for finding in found[check.name]]


def _look(checks: list[Check], found: dict[str, list[Finding]], patience: float) -> None:
    results: dict[str, list[Finding]] = {}

    def run(check: Check) -> None:
        try:
            results[check.name] = check.look()
        except (DatabaseError, RedisError, OSError) as error:
            results[check.name] = [Finding(check.name, "fail", _words(error))]
        except Exception as error:
            logger.exception("the check %s failed", check.name)
            results[check.name] = [Finding(check.name, "fail", _words(error))]
        finally:
            connection.close()

    threads = {}
    for check in checks:
        # A daemon: one that hangs in a system call must not keep the command from ending.
        threads[check.name] = threading.Thread(target=run, args=(check,), daemon=True)
        threads[check.name].start()
    deadline = time.monotonic() + patience
    for check in checks:
        threads[check.name].join(max(0.0, deadline - time.monotonic()))
        hangs = Finding(check.name, "fail", f"gave no answer within {patience:g} s")
        found[check.name] = results.get(check.name, [hangs])


def _words(error: Exception) -> str:
    """Name an error without its text where that may hold an address with a password."""
    return f"it failed with {type(error).__name__}"
