"""Whether the database answers, has this version's tables, and can be written."""

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts import outage
from simulation.models import Pulse
from teplive.doctor.examination import Finding

NAME = "database"
LOCK_PATIENCE_MS = 1000


def be_impatient() -> None:
    """Let this thread's connection wait for a lock for a second only."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA busy_timeout = {LOCK_PATIENCE_MS}")
        elif connection.vendor == "postgresql":
            cursor.execute(f"SET lock_timeout = {LOCK_PATIENCE_MS}")
            cursor.execute(f"SET statement_timeout = {LOCK_PATIENCE_MS}")


def look() -> list[Finding]:
    """Connect, compare the migrations, and write a row that is taken back."""
    try:
        be_impatient()
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            names = ", ".join(str(migration) for migration, _ in missing[:3])
            said = f"{len(missing)} migrations are not applied ({names})"
            return [Finding(NAME, "fail", said, "Run: manage.py migrate (manage.py up does too)")]
        with transaction.atomic():
            Pulse.beat("doctor")
            transaction.set_rollback(True)
    except DatabaseError as error:
        said, remedy = outage.words_for(error)
        return [Finding(NAME, "fail", said, f"{remedy}{_lock_holder(error)}")]
    return [Finding(NAME, "ok", f"{connection.vendor} answers, is up to date and can be written")]


def _lock_holder(error: DatabaseError) -> str:
    """Say where to look for who holds a lock."""
    if "lock" not in str(error).lower():
        return ""
    if connection.vendor == "postgresql":
        return " pg_stat_activity shows who holds it."
    return " A process that hangs in the middle of a write holds it: restart the workers."
