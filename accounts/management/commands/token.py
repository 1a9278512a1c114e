"""`manage.py token`: API tokens from the command line."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from accounts import audit
from accounts.commands import ActingCommand
from accounts.models import ApiToken


class Command(ActingCommand):
    """Makes, lists and revokes the API tokens of a user."""

    help = "Make an API token for a user (it is shown once), or list or revoke the user's tokens."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what will use the token")
        parser.add_argument("--quiet", action="store_true", help="print the token and nothing else")
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument("--list", action="store_true", help="list the user's tokens")
        instead.add_argument("--revoke-all", action="store_true", help="revoke the user's tokens")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        user = self.user_named(options["username"])
        if options["list"]:
            self.list_tokens(user)
        elif options["revoke_all"]:
            self.revoke_all(user, options["quiet"])
        else:
            self.issue(user, options["name"], options["quiet"])

    def user_named(self, username: str) -> User:
        """Return the user. Raises CommandError."""
        users = get_user_model()._default_manager
        found = users.filter(**{users.model.USERNAME_FIELD: username}).first()
        if found is None:
            names = ", ".join(user.get_username() for user in users.order_by("pk")[:50])
            known = f"Users: {names}." if names else "Make one with `manage.py createsuperuser`."
            raise CommandError(f"There is no user {username}. {known}")
        if not found.is_active:
            raise CommandError(f"{username} is not active, so a token would not work.")
        return found

    def issue(self, user: User, name: str, quiet: bool) -> None:
        """Make a token and print it."""
        if not 1 <= len(name) <= 60:
            raise CommandError("A token's name has 1 to 60 characters.")
        with transaction.atomic():
            token, plain = ApiToken.issue(user, name)
            audit.record(
                "apitoken-make", token, by=None, after={"name": name, "user": user.get_username()}
            )
        self.stdout.write(plain)
        if not quiet:
            self.stderr.write(
                f"A token of {user.get_username()} for {name}. It is not shown again; send it as "
                "`Authorization: Bearer <token>`."
            )

    def list_tokens(self, user: User) -> None:
        """Print what there is, without the secrets."""
        for token in ApiToken.objects.filter(user=user):
            state = "revoked" if token.is_revoked else "good"
            used = f"{token.last_used_at:%Y-%m-%d %H:%M} UTC" if token.last_used_at else "never"
            self.stdout.write(
                f"{token.prefix}...  {state:7}  made {token.created_at:%Y-%m-%d %H:%M} UTC  "
                f"used {used}  {token.name}"
            )

    def revoke_all(self, user: User, quiet: bool) -> None:
        """Revoke every good token."""
        with transaction.atomic():
            good = list(ApiToken.objects.filter(user=user, revoked_at__isnull=True))
            for token in good:
                token.revoke()
                was = {"name": token.name, "user": user.get_username()}
                audit.record("apitoken-revoke", token, by=None, before=was)
        if not quiet:
            self.stdout.write(f"Revoked {len(good)} of {user.get_username()}'s tokens.")
