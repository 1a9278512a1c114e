"""One plant with everything, and everybody, made once for each test of the tables."""

import pytest
from django.contrib.auth.models import User

from teplive import fidelity_page
from tests.roles.people import ROLES, browsers_of, make_user
from tests.roles.world import World, make_world


@pytest.fixture
def users(db) -> dict[str, User]:
    """An account of each role, and one whose sessions lack the second step."""
    return {name: make_user(name) for name in (*ROLES, "unverified")}


@pytest.fixture
def world(users, detector, monkeypatch) -> World:
    """What there is to ask for. The simulator's check costs minutes and has tests of its own."""
    monkeypatch.setattr(fidelity_page._checker, "check", lambda: {"error": "Not now."})
    return make_world(users["admin"])


@pytest.fixture
def everybody(world, users):
    """A browser of each."""
    return browsers_of(world, users)
