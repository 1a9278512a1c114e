"""Whether the database answers, has this version's tables, and can be written."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts import outage
from simulation.models import Pulse
from teplive.doctor.examination import Finding

NAME = "database"
LOCK_PATIENCE_MS = 1000
#: What says how long a connection waits, by kind of database.
PATIENCE_NAMES = {
    "sqlite": ("busy_timeout",),
    "postgresql": ("lock_timeout", "statement_timeout"),
}


@contextmanager
def impatient() -> Iterator[None]:
    """Let this thread's connection wait for a lock for a second only, within the block.

    Afterwards the connection waits as long as before: a check may be called in a thread that goes
    on working with its connection.
    """
    usual = _patience()
    for name in usual:
        _be_patient(name, f"{LOCK_PATIENCE_MS}")
    try:
        yield
    finally:
        # A connection that was closed meanwhile is opened with the usual patience.
        if connection.connection is not None:
            for name, value in usual.items():
                _be_patient(name, value)


def _patience() -> dict[str, str]:
    """Return how long the connection waits, by the database's own names of it."""
    names = PATIENCE_NAMES.get(connection.vendor, ())
    show = "PRAGMA" if connection.vendor == "sqlite" else "SHOW"
    found = {}
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"{show} {name}")
            found[name] = str(cursor.fetchone()[0])
    return found


def _be_patient(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA {name} = {int(value)}")
        else:  # what SHOW gives has a unit (20s), and a number without one is in ms
            cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def look() -> list[Finding]:
    """Connect, compare the migrations, and write a row that is taken back."""
    try:
        with impatient():
            return _look()
    except DatabaseError as error:
        said, remedy = outage.words_for(error)
        return [Finding(NAME, "fail", said, f"{remedy}{_lock_holder(error)}")]


def _look() -> list[Finding]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        names = ", ".join(str(migration) for migration, _ in missing[:3])
        said = f"{len(missing)} migrations are not applied ({names})"
        return [Finding(NAME, "fail", said, "Run: manage.py migrate (manage.py up does too)")]
    with transaction.atomic():
        Pulse.beat("doctor")
        transaction.set_rollback(True)
    return [Finding(NAME, "ok", f"{connection.vendor} answers, is up to date and can be written")]


def _lock_holder(error: DatabaseError) -> str:
    """Say where to look for who holds a lock."""
    if "lock" not in str(error).lower():
        return ""
    if connection.vendor == "postgresql":
        return " pg_stat_activity shows who holds it."
    return " A process that hangs in the middle of a write holds it: restart the workers."
