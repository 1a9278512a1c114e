"""Everybody who may knock: the four roles, and those who are nobody."""

from django.contrib.auth.models import Group, User
from django.test import Client

from tests.accounts.phones import Phone
from tests.roles.world import World

#: From the least to the most.
ROLES = ("viewer", "operator", "engineer", "admin")
#: Who is nobody to every door but the link's own: without a login, with a session that lacks the
#: second step, with a public link's token in every place where one might look for it.
NOBODIES = ("stranger", "unverified", "link")
EVERYBODY = (*ROLES, *NOBODIES)
LETTERS = {"V": "viewer", "O": "operator", "E": "engineer", "A": "admin"}


def may(who: str, letter: str) -> bool:
    """Whether somebody is at least of the role with a letter; `*` is everybody, a dot nobody."""
    if letter in "*.":
        return letter == "*"
    return who in ROLES and ROLES.index(who) >= ROLES.index(LETTERS[letter])


def make_user(name: str) -> User:
    """An account without a password, of the role of its name; others are admins."""
    user = User.objects.create_user(f"some-{name}")
    user.groups.add(Group.objects.get(name=name if name in ROLES else "admin"))
    return User.objects.get(pk=user.pk)


def browsers_of(world: World, users: dict[str, User]) -> dict[str, Client]:
    """A browser of each, logged in once; who has a role gets what is only theirs."""
    browsers = {"stranger": Client(raise_request_exception=False)}
    for name, user in users.items():
        browsers[name] = Client(raise_request_exception=False)
        browsers[name].force_login(user)
        world.add_own(user)
    Phone.of(users["unverified"])
    browsers["link"] = Client(
        raise_request_exception=False, headers={"Authorization": f"Bearer {world.token}"}
    )
    browsers["link"].cookies["token"] = world.token
    return browsers
