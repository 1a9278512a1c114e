"""Writes that are a courtesy: what they note is not worth that anybody waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

#: How long PostgreSQL may wait for a row, ms.
ROW_PATIENCE_MS = 50


@contextmanager
def without_waiting() -> Iterator[None]:
    """Run the block in a transaction that fails at once where the database is locked.

    Raises OperationalError then. SQLite has one lock for all writers, and waits 20 s for it by our
    settings; the plant's steps go first.
    """
    if connection.vendor != "sqlite":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{ROW_PATIENCE_MS}ms'")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (patience,) = cursor.fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
    try:
        with transaction.atomic():
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(patience)}")
