"""The life of an API token."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import ApiToken, AuditEntry
from tests.accounts.callers import Caller, assert_says

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(make_user):
    return make_user("viewer")


def token_of(capsys, *arguments: str) -> str:
    call_command("token", *arguments, "--quiet")
    return capsys.readouterr().out.strip()


def test_the_command_prints_the_token_and_nothing_else(viewer, capsys):
    call_command("token", "viewer", "--quiet", "--name", "historian")
    out, err = capsys.readouterr()
    assert out.startswith("tep_")
    assert len(out.splitlines()) == 1
    assert err == ""
    assert ApiToken.objects.get().name == "historian"


def test_without_quiet_the_note_goes_to_stderr(viewer, capsys):
    call_command("token", "viewer")
    out, err = capsys.readouterr()
    assert len(out.split()) == 1
    assert "not shown again" in err


def test_the_token_opens_the_api(viewer, capsys):
    token = token_of(capsys, "viewer")
    assert Caller(token=token).get("/api/status").status_code == 200


def test_the_token_itself_is_stored_nowhere(viewer, capsys):
    token = token_of(capsys, "viewer")
    stored = ApiToken.objects.filter(pk=ApiToken.objects.get().pk).values_list().get()
    assert not [value for value in stored if token in str(value)]
    assert len(ApiToken.objects.get().sha256) == 64


def test_two_tokens_of_a_user_are_different_and_both_good(viewer, capsys):
    one, other = token_of(capsys, "viewer"), token_of(capsys, "viewer")
    assert one != other
    for token in (one, other):
        assert Caller(token=token).get("/api/status").status_code == 200


def test_a_revoked_token_is_refused_with_its_reason(viewer, capsys):
    token = token_of(capsys, "viewer", "--name", "historian")
    call_command("token", "viewer", "--revoke-all")
    assert "Revoked 1" in capsys.readouterr().out
    response = Caller(token=token).get("/api/status")
    assert_says(response, 401, "was revoked", "manage.py token")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_revoking_again_keeps_the_first_time(viewer):
    token, _ = ApiToken.issue(viewer, "t")
    token.revoke()
    first = token.revoked_at
    token.revoke()
    assert token.revoked_at == first
    assert token.is_revoked


def test_the_token_of_an_inactive_user_is_refused(viewer, capsys):
    token = token_of(capsys, "viewer")
    User.objects.update(is_active=False)
    assert_says(Caller(token=token).get("/api/status"), 401, "viewer is not active")


def test_the_token_goes_with_its_user(viewer):
    ApiToken.issue(viewer, "t")
    viewer.delete()
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer tep_unknown",
        "bearer tep_unknown",
        "Bearer two words",
        "Bearer \xff\xfe",
        "Bearer " + "x" * 5000,
        "Bearer tep_\x00",
    ],
)
def test_a_token_that_is_none_is_refused(client, header):
    assert_says(client.get("/api/status", headers={"Authorization": header}), 401, "not known")


@pytest.mark.parametrize("header", ["", "Basic dmlld2VyOnBhc3M=", "Token tep_x", "tep_x"])
def test_another_scheme_counts_as_no_login(client, header):
    response = client.get("/api/status", headers={"Authorization": header})
    assert_says(response, 401, hint="Bearer")


def test_a_bad_token_is_refused_even_beside_a_good_session(client, viewer):
    client.force_login(viewer)
    response = client.get("/api/status", headers={"Authorization": "Bearer tep_wrong"})
    assert response.status_code == 401


def test_its_use_is_noted_at_most_once_a_minute(viewer, django_assert_num_queries):
    token, plain = ApiToken.issue(viewer, "t")
    Caller(token=plain).get("/api/status")
    token.refresh_from_db()
    first = token.last_used_at
    assert timezone.now() - first < timedelta(seconds=30)
    Caller(token=plain).get("/api/status")
    token.refresh_from_db()
    assert token.last_used_at == first
    with django_assert_num_queries(0):
        token.note_use()

    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    Caller(token=plain).get("/api/status")
    token.refresh_from_db()
    assert token.last_used_at >= first


def test_the_list_shows_what_there_is_without_secrets(viewer, capsys):
    plain = token_of(capsys, "viewer", "--name", "historian")
    revoked, _ = ApiToken.issue(viewer, "old one")
    revoked.revoke()
    call_command("token", "viewer", "--list")
    out = capsys.readouterr().out
    assert plain not in out
    assert plain[:10] in out
    assert "historian" in out
    assert "never" in out
    assert "revoked" in out
    assert ApiToken.objects.count() == 2


def test_revoking_concerns_no_other_user(viewer, make_user):
    ApiToken.issue(make_user("operator"), "t")
    call_command("token", "viewer", "--revoke-all")
    assert ApiToken.objects.filter(revoked_at__isnull=True).count() == 1


def test_an_unknown_user_is_answered_with_those_there_are(viewer, make_user):
    make_user("operator")
    with pytest.raises(CommandError, match=r"no user vewer\. Users: viewer, operator\."):
        call_command("token", "vewer")


def test_an_empty_house_is_told_how_to_make_a_user(db):
    with pytest.raises(CommandError, match="createsuperuser"):
        call_command("token", "anybody")


def test_a_user_who_is_locked_out_gets_no_token(viewer):
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="not active"):
        call_command("token", "viewer")


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_a_name_that_does_not_fit_is_refused(viewer, name):
    with pytest.raises(CommandError, match="1 to 60"):
        call_command("token", "viewer", "--name", name)


def test_listing_and_revoking_at_once_is_refused(viewer):
    with pytest.raises(CommandError):
        call_command("token", "viewer", "--list", "--revoke-all")


def test_the_trail_names_the_command_line_and_whose_token_it_is_and_never_the_token(viewer, capsys):
    token = token_of(capsys, "viewer", "--name", "historian")
    call_command("token", "viewer", "--revoke-all")
    call_command("token", "viewer", "--revoke-all")  # nothing left: no entry
    made, revoked = AuditEntry.objects.order_by("pk")
    facts = {"name": "historian", "user": "viewer"}
    assert (made.action, made.channel, made.after) == ("apitoken-make", "command", facts)
    assert (revoked.action, revoked.channel, revoked.before) == (
        "apitoken-revoke",
        "command",
        facts,
    )
    assert made.subject_id == revoked.subject_id == str(ApiToken.objects.get().pk)
    assert token not in str([made.as_json(), revoked.as_json()])
