"""Commands that act on plants: the audit trail names the command line and who sat at it."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand

from accounts import origin


class ActingCommand(BaseCommand):
    """A command whose acts are a person's, at the machine itself."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run, with the command line as the door."""
        with origin.acting_from(origin.Origin(origin.Channel.COMMAND, account=account())):
            return super().execute(*args, **options)


def account() -> str:
    """Return the name of the machine's account; empty where it has none (a container, say)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
