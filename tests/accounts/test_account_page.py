"""One's own page: password, sessions, tokens."""

import sqlite3
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.agent import in_words
from accounts.models import ApiToken, AuditEntry, SessionRecord
from tests.accounts.phones import is_in, password

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture
def viewer(make_user):
    return make_user("viewer")


def browser(agent: str = FIREFOX) -> Client:
    made = Client(headers={"user-agent": agent})
    password(made, "viewer")
    return made


@pytest.fixture
def mine(viewer):
    return browser()


@pytest.fixture
def other(viewer):
    return browser(CHROME)


def record_of(client: Client) -> SessionRecord:
    return SessionRecord.objects.get(session_id=client.session.session_key)


def test_a_stranger_is_sent_to_the_login(client):
    assert client.get("/account/").url.startswith(reverse("login"))


class TestSessions:
    def test_each_is_listed_with_program_and_address(self, mine, other):
        text = mine.get("/account/").content.decode()
        assert 'Firefox 140 on Linux <span class="state">this one</span>' in text
        assert "Chrome 131 on Android" in text
        assert "127.0.0.1" in text
        assert mine.session.session_key not in text

    def test_one_is_ended(self, mine, other):
        mine.post(reverse("accounts:end-session", args=[record_of(other).pk]))
        assert not is_in(other)
        assert is_in(mine)
        entry = AuditEntry.objects.get(action="session-end")
        assert entry.before["program"] == "Chrome 131 on Android"

    def test_all_others_are_ended(self, mine, other):
        third = browser()
        mine.post(reverse("accounts:end-sessions"))
        assert not is_in(other)
        assert not is_in(third)
        assert is_in(mine)

    def test_the_own_one_is_ended_by_logging_out_only(self, mine):
        mine.post(reverse("accounts:end-session", args=[record_of(mine).pk]))
        assert is_in(mine)

    def test_nobody_ends_anothers(self, mine, make_user, client):
        client.force_login(make_user("admin"))
        found = client.post(reverse("accounts:end-session", args=[record_of(mine).pk]))
        assert found.status_code == 404
        assert is_in(mine)

    def test_a_logout_takes_the_record_with_it(self, mine):
        mine.post(reverse("logout"))
        assert not SessionRecord.objects.exists()

    def test_an_expired_one_is_not_listed_and_goes_with_its_session(self, mine, other, viewer):
        ended = record_of(other)
        Session.objects.filter(pk=ended.session_id).update(
            expire_date=timezone.now() - timedelta(seconds=1)
        )
        assert [one.pk for one in sessions.sessions_of(viewer)] == [record_of(mine).pk]
        call_command("clearsessions")
        assert not SessionRecord.objects.filter(pk=ended.pk).exists()

    def test_the_last_sight_is_written_once_a_minute(self, mine):
        record = record_of(mine)
        hour_ago = timezone.now() - timedelta(hours=1)
        SessionRecord.objects.update(seen_at=hour_ago)
        mine.get("/account/")
        record.refresh_from_db()
        assert record.seen_at == hour_ago
        cache.clear()  # a minute later
        mine.get("/account/")
        record.refresh_from_db()
        assert record.seen_at > hour_ago

    def test_one_from_before_the_list_is_written_down_when_it_is_seen(self, mine):
        SessionRecord.objects.all().delete()
        cache.clear()
        mine.get("/account/")
        assert record_of(mine).user.username == "viewer"


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_breaks_no_request_and_the_sight_is_noted_later(mine):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite has one lock for all writers")
    hour_ago = timezone.now() - timedelta(hours=1)
    SessionRecord.objects.update(seen_at=hour_ago)
    cache.clear()
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert is_in(mine)
    other.execute("ROLLBACK")
    other.close()
    assert record_of(mine).seen_at == hour_ago
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20000,)
    cache.clear()  # it is tried again a little later
    assert is_in(mine)
    assert record_of(mine).seen_at > hour_ago


class TestPassword:
    NEW = "a-longer-password"

    def change(self, client, old="pass-viewer", new=NEW, again=None):
        data = {"old_password": old, "new_password1": new, "new_password2": again or new}
        return client.post(reverse("accounts:password"), data)

    def test_the_rules_are_told_before(self, mine):
        assert b"at least 10 characters" in mine.get("/account/").content

    def test_a_change_keeps_this_session_and_ends_the_others(self, mine, other, viewer):
        assert self.change(mine).status_code == 302
        assert is_in(mine)
        assert not is_in(other)
        assert record_of(mine).user == viewer
        viewer.refresh_from_db()
        assert viewer.check_password(self.NEW)
        assert AuditEntry.objects.get(action="password-change").after == {"sessions_ended": 1}

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"old": "wrong"}, b"not your present password"),
            ({"new": "short-one"}, b"too short"),
            ({"new": "1234567890123"}, b"entirely numeric"),
            ({"again": "another-password"}, b"match"),
        ],
    )
    def test_what_is_wrong_is_told_beside_the_field(self, mine, viewer, given, words):
        answer = self.change(mine, **given)
        assert answer.status_code == 422
        assert words in answer.content
        viewer.refresh_from_db()
        assert viewer.check_password("pass-viewer")

    def test_an_open_page_is_no_place_to_guess(self, mine):
        for _ in range(10):
            self.change(mine, old="wrong")
        assert b"Too many wrong passwords" in self.change(mine).content

    def test_no_password_gets_into_the_trail(self, mine):
        self.change(mine)
        told = str(list(AuditEntry.objects.values()))
        assert self.NEW not in told
        assert "pass-viewer" not in told


class TestTokens:
    def test_a_name_is_needed(self, mine):
        answer = mine.post(reverse("accounts:make-token"), {"name": ""})
        assert answer.status_code == 422
        assert not ApiToken.objects.exists()

    def test_they_are_bounded(self, mine, viewer):
        for n in range(20):
            ApiToken.issue(viewer, f"program {n}")
        answer = mine.post(reverse("accounts:make-token"), {"name": "one more"})
        assert b"20 tokens are enough" in answer.content
        assert b'value="one more"' in answer.content

    def test_anothers_is_not_revoked(self, mine, make_user):
        token, _ = ApiToken.issue(make_user("engineer"), "historian")
        assert mine.post(reverse("accounts:revoke-token", args=[token.pk])).status_code == 404
        token.refresh_from_db()
        assert not token.is_revoked


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox 140 on Linux"),
        (CHROME, "Chrome 131 on Android"),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0",
            "Edge 120 on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "curl 8"),
        ("", "An unknown program"),
    ],
)
def test_programs_have_names(agent, words):
    assert in_words(agent) == words
