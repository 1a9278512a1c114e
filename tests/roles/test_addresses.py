"""Every address with every method for everybody: who is let in, who is not."""

import pytest
from django.http import Http404
from django.urls import resolve

from tests.roles.addresses import ANY_METHOD, TABLE
from tests.roles.asking import METHODS, ask, outcome, path_of, routes
from tests.roles.people import EVERYBODY, NOBODIES, may

pytestmark = pytest.mark.django_db


def test_the_table_names_every_address_and_no_other():
    there = set(routes())
    missing, gone = sorted(there - set(TABLE)), sorted(set(TABLE) - there)
    assert not missing, f"add a row to TABLE in tests/roles/addresses.py for each of {missing}"
    assert not gone, f"no such address any more, take its row out of addresses.py: {gone}"


def is_right(found: str, who: str, letter: str) -> bool:
    if letter == ".":
        return found in {"no method", "refused"}
    return found == ("in" if may(who, letter) else "refused")


@pytest.mark.parametrize("method", METHODS)
def test_everybody_is_let_in_where_the_table_says_so_and_nowhere_else(everybody, world, method):
    wrong = []
    for route, row in TABLE.items():
        letter = row[METHODS.index(method)]
        for who in EVERYBODY:
            path = path_of(route, world, who)
            response = ask(everybody[who], method, path)
            if not is_right(outcome(response), who, letter):
                wrong.append(f"{method} {path} for {who}: {response.status_code}, row {row!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_no_address_takes_another_method(everybody, world, method):
    wrong = []
    for route in TABLE:
        path = path_of(route, world, "admin")
        for who in ("admin", "stranger"):
            found = outcome(ask(everybody[who], method, path))
            if route in ANY_METHOD:
                right = is_right(found, who, ANY_METHOD[route]) or found == "no method"
            else:
                right = found in {"no method", "refused"}
            if not right:
                wrong.append(f"{method} {path} for {who}: {found}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_fragment_is_refused_like_a_page(everybody, world, method):
    """Whoever is nobody gets the login's address or a 401; the page's script goes there."""
    wrong = []
    for route, row in TABLE.items():
        letter = row[METHODS.index(method)]
        for who in (*NOBODIES, "viewer"):
            path = path_of(route, world, who)
            response = ask(everybody[who], method, path, **{"HX-Request": "true"})
            if not is_right(outcome(response), who, letter):
                wrong.append(f"{method} {path} for {who}: {response.status_code}, row {row!r}")
    assert not wrong, "\n".join(wrong)


def test_what_is_somebody_elses_own_is_nobody_elses(everybody, world):
    """Not even an admin's, and not told apart from what is not there."""
    own = ("account/sessions/", "account/tokens/", "trends/saved/")
    for route in (one for one in TABLE if one.startswith(own) and "<int:pk>" in one):
        theirs = path_of(route, world, "operator")
        for who in ("viewer", "admin"):
            assert outcome(ask(everybody[who], "POST", theirs)) == "missing", (who, theirs)


def test_every_path_of_the_table_is_one_of_its_own_route(world, everybody):
    """A row would not be tested whose path another route takes."""
    for route in TABLE:
        path = path_of(route, world, "admin")
        try:
            found = resolve(path).route
        except Http404:
            found = "none"
        assert found == route, path
