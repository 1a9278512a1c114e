"""Whether another process holds SQLite's only write lock, so that nobody can store anything."""

from django.db import OperationalError, connection

PATIENCE_MS = 300


def find_lock_error() -> str:
    """Return what holds up all writing in words, empty if nothing does.

    A writer of ours holds the lock for some milliseconds; one that has it longer hangs. PostgreSQL
    has no lock of that kind, and within a transaction there is nothing to find out.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return ""
    with connection.cursor() as cursor:
        [usual] = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        try:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
        except OperationalError:
            return (
                "a process holds its lock and does not let go, so nothing can be stored. "
                "Restart the workers; if it stays so, end whoever else has the file open."
            )
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
    return ""
