"""The login, for people and for those who guess."""

import pytest
from django.core.cache import cache

from accounts.login import MAX_FAILURES

DOORS = ["/accounts/login/", "/admin/login/"]


@pytest.fixture(autouse=True)
def _no_failures_yet():
    cache.clear()
    yield
    cache.clear()


def knock(client, door, password, name="engineer"):
    return client.post(door, {"username": name, "password": password})


@pytest.mark.parametrize("door", DOORS)
def test_the_right_password_opens(client, make_user, door):
    make_user("engineer")
    assert knock(client, door, "pass-engineer").status_code == 302


@pytest.mark.parametrize("door", DOORS)
def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(client, make_user, door):
    make_user("engineer")
    for _ in range(MAX_FAILURES):
        assert b"Too many" not in knock(client, door, "wrong").content
    answer = knock(client, door, "pass-engineer")
    assert answer.status_code == 200
    assert b"Too many wrong passwords. Wait 5 minutes" in answer.content


def test_one_name_does_not_lock_another_out(client, make_user):
    make_user("engineer")
    make_user("operator")
    for _ in range(MAX_FAILURES + 1):
        knock(client, DOORS[0], "wrong", name="operator")
    assert knock(client, DOORS[0], "pass-engineer").status_code == 302


def test_there_is_no_public_password_reset(client, db):
    assert client.get("/accounts/password_reset/").status_code in {302, 404}
