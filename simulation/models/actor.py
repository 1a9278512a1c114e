"""Who does something to a plant."""

from django.contrib.auth.models import AnonymousUser, User

Actor = User | AnonymousUser


def actor_of(by: Actor | None) -> User | None:
    """Return the user to be named in a row; None for a caller without an account."""
    return by if isinstance(by, User) else None
