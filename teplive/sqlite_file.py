"""What a new SQLite file is given once, because it cannot be given later without a pause."""

import logging
from typing import Any

from django.db import OperationalError, connections

INCREMENTAL = 2
#: Up to here (20 MB) rewriting the file takes a moment; a larger one is left to its owner.
MOST_PAGES = 5000

logger = logging.getLogger(__name__)


def let_space_be_given_back(using: str, **kwargs: Any) -> None:
    """Make a small SQLite file one that pruning can shrink (incremental auto-vacuum).

    After the migrations and not with each connection: the setting needs the write lock, and
    changing it needs the file to be rewritten.
    """
    connection = connections[using]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        found, pages = (
            cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("auto_vacuum", "page_count")
        )
        if found == INCREMENTAL or pages > MOST_PAGES:
            return
        try:
            cursor.execute(f"PRAGMA auto_vacuum={INCREMENTAL}")
            cursor.execute("VACUUM")
        except OperationalError as error:  # somebody writes; docs/operations.md has the command
            logger.warning("the SQLite file will not shrink when it is pruned: %s", error)
