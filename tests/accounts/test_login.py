"""The login, for people and for those who guess."""

from datetime import timedelta

import pytest

from accounts.login import MAX_FAILURES, MAX_FROM_ADDRESS
from accounts.models import Attempts, AuditEntry
from accounts.models.attempts import WINDOW

DOORS = ["/accounts/login/", "/admin/login/"]


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


def test_many_names_from_one_address_have_to_wait_as_well(client, make_user):
    make_user("engineer")
    for n in range(MAX_FROM_ADDRESS):
        knock(client, DOORS[0], "wrong", name=f"name-{n}")
    assert b"Too many" in knock(client, DOORS[0], "pass-engineer").content


def test_right_passwords_count_as_nothing(client, make_user):
    make_user("engineer")
    for _ in range(MAX_FAILURES + 1):
        assert knock(client, DOORS[0], "pass-engineer").status_code == 302


def test_after_five_minutes_one_may_try_again(client, make_user):
    make_user("engineer")
    for _ in range(MAX_FAILURES):
        knock(client, DOORS[0], "wrong")
    for row in Attempts.objects.all():
        row.since -= WINDOW + timedelta(seconds=1)
        row.save()
    assert knock(client, DOORS[0], "pass-engineer").status_code == 302


def test_logins_and_failures_are_in_the_trail_without_the_password(client, make_user):
    user = make_user("engineer")
    for _ in range(MAX_FAILURES + 3):
        knock(client, DOORS[0], "a-wrong-secret")
    failed = AuditEntry.objects.filter(action="login-failed").order_by("pk")
    assert failed.count() == MAX_FAILURES  # those that had to wait were no logins
    assert [entry.after["locked"] for entry in failed] == [False] * (MAX_FAILURES - 1) + [True]
    assert {entry.subject_id for entry in failed} == {str(user.pk)}
    assert "a-wrong-secret" not in str(list(failed.values()))


def test_a_name_that_no_account_has_may_be_a_password_and_is_not_written_down(client, db):
    knock(client, DOORS[0], "x", name="my-secret-password")
    assert "my-secret-password" not in str(list(AuditEntry.objects.values()))
    assert "my-secret-password" not in str(list(Attempts.objects.values()))


def test_a_login_is_in_the_trail_with_its_door(client, make_user):
    make_user("engineer")
    knock(client, DOORS[1], "pass-engineer")
    entry = AuditEntry.objects.get(action="login")
    assert (entry.username, entry.channel, entry.address) == ("engineer", "admin", "127.0.0.1")


def test_a_viewer_does_not_get_in_by_the_admins_door(client, make_user):
    make_user("viewer")
    assert knock(client, DOORS[1], "pass-viewer", name="viewer").status_code == 200


def test_a_next_of_elsewhere_is_not_followed(client, make_user):
    make_user("engineer")
    data = {"username": "engineer", "password": "pass-engineer", "next": "//elsewhere.example/"}
    assert client.post(DOORS[0], data).url == "/"


def test_there_is_no_public_password_reset(client, db):
    assert client.get("/accounts/password_reset/").status_code in {302, 404}
