"""Tokens in the admin: to be seen and revoked, never to be read."""

import pytest
from django.urls import reverse

from accounts.models import ApiToken

pytestmark = pytest.mark.django_db
LIST = "admin:accounts_apitoken_changelist"


@pytest.fixture
def token(make_user):
    made, plain = ApiToken.issue(make_user("viewer"), "historian")
    made.plain = plain
    return made


@pytest.fixture
def admin_client(client, make_user):
    client.force_login(make_user("admin"))
    return client


def test_no_page_shows_the_secret_or_its_hash(admin_client, token):
    for address in (reverse(LIST), reverse("admin:accounts_apitoken_change", args=[token.pk])):
        text = admin_client.get(address).content.decode()
        assert "historian" in text
        assert token.plain not in text
        assert token.sha256 not in text


def test_a_token_is_revoked_from_the_list(admin_client, token):
    data = {"action": "revoke", "_selected_action": [token.pk]}
    text = admin_client.post(reverse(LIST), data, follow=True).content.decode()
    assert "Tokens revoked: 1." in text
    token.refresh_from_db()
    assert token.is_revoked


def test_a_token_is_not_made_here(admin_client):
    assert admin_client.get(reverse("admin:accounts_apitoken_add")).status_code == 403


def test_an_engineer_sees_no_tokens(client, make_user, token):
    client.force_login(make_user("engineer"))
    assert client.get(reverse(LIST)).status_code == 403


def test_an_admin_manages_users(admin_client):
    assert admin_client.get(reverse("admin:auth_user_changelist")).status_code == 200


def test_making_someone_an_engineer_in_the_admin_lets_them_in(admin_client, make_user, client):
    from django.contrib.auth.models import Group, User

    user = make_user("viewer")
    data = {
        "username": "viewer",
        "is_active": "on",
        "groups": [Group.objects.get(name="engineer").pk],
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
    }
    answer = admin_client.post(reverse("admin:auth_user_change", args=[user.pk]), data)
    assert answer.status_code == 302
    assert User.objects.get(username="viewer").is_staff
