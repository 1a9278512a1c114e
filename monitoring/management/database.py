"""A database that commands can work on: a new one is prepared, an old one is asked for."""

import sys

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


def make_ready() -> None:
    """Create the tables of a new database; CommandError for one that needs a migration."""
    try:
        tables = connection.introspection.table_names()
        if not tables:
            print("The database is new; creating its tables ...", file=sys.stderr)
            call_command("migrate", interactive=False, verbosity=0)
            return
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(
            f"The database that DATABASE_URL names cannot be used: {error}"
        ) from error
    if waiting:
        raise CommandError(
            "The database is older than this version. Run: manage.py migrate (make run does it)."
        )
