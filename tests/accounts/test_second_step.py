"""The second step of the login: nobody comes in with the password alone."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_step
from accounts.models import ApiToken, AuditEntry
from tests.accounts.callers import Caller
from tests.accounts.phones import Phone, is_in, password, without_throttling

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer(make_user):
    return make_user("engineer")


@pytest.fixture
def phone(engineer):
    return Phone.of(engineer)


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


@pytest.mark.parametrize("door", ["/accounts/login/", "/admin/login/"])
def test_the_password_alone_leads_to_the_code_and_nowhere_else(client, phone, door):
    assert password(client, "engineer", door).url == reverse("login-code")
    assert not is_in(client)
    assert client.get("/admin/").status_code == 302
    assert client.get("/api/status").status_code == 401


def test_the_code_lets_in_and_back_to_where_one_was(client, phone):
    password(client, "engineer", next="/detectors/")
    answer = client.post(reverse("login-code"), {"code": phone.code()})
    assert answer.url == "/detectors/"
    assert is_in(client)
    assert client.get("/admin/").status_code == 200
    assert client.get("/api/status").status_code == 200
    assert AuditEntry.objects.get(action="login").after == {"second_step": "phone"}


def test_a_next_of_elsewhere_is_not_followed(client, phone):
    password(client, "engineer", next="https://elsewhere.example/")
    answer = client.post(reverse("login-code"), {"code": phone.code()})
    assert answer.url == "/"


def test_a_wrong_code_is_told_beside_the_field_and_is_in_the_trail(client, phone):
    password(client, "engineer")
    answer = client.post(reverse("login-code"), {"code": phone.wrong_code()})
    assert answer.status_code == 422
    assert b"This code is wrong" in answer.content
    assert not is_in(client)
    entry = AuditEntry.objects.get(action="login-failed")
    assert entry.after == {"reason": "second step"}
    assert entry.subject == "engineer"


def test_wrong_codes_have_to_wait_even_for_the_right_one(client, phone):
    password(client, "engineer")
    for _ in range(3):
        TOTPDevice.objects.update(throttling_failure_timestamp=None)
        client.post(reverse("login-code"), {"code": phone.wrong_code()})
    answer = client.post(reverse("login-code"), {"code": phone.code()})
    assert answer.status_code == 422
    assert re.search(rb"Wait \d s and try again", answer.content)
    assert not is_in(client)


def test_a_code_is_not_taken_twice(phone):
    code = phone.code()
    first, second = Client(), Client()
    for client in (first, second):
        password(client, "engineer")
        client.post(reverse("login-code"), {"code": code})
    assert is_in(first)
    assert not is_in(second)


def test_a_recovery_code_opens_once(client, engineer, phone):
    codes = second_step.renew_recovery_codes(engineer)
    password(client, "engineer")
    assert client.post(reverse("login-code"), {"code": codes[0].upper()}).status_code == 302
    assert is_in(client)
    assert second_step.recovery_codes_left(engineer) == 9
    other = Client()
    password(other, "engineer")
    assert other.post(reverse("login-code"), {"code": codes[0]}).status_code == 422


def test_recovery_codes_are_stored_nowhere(engineer, phone):
    codes = second_step.renew_recovery_codes(engineer)
    stored = set(StaticToken.objects.values_list("token", flat=True))
    assert len(stored) == len(codes) == 10
    assert not stored & {code.replace("-", "") for code in codes}


def test_a_session_from_before_the_second_step_is_nobodys(client, engineer):
    client.force_login(engineer)
    assert is_in(client)
    Phone.of(engineer)
    assert not is_in(client)
    assert client.get("/api/status").status_code == 401
    assert client.get("/admin/").url.startswith("/admin/login/")


def test_a_token_needs_no_second_step(engineer, phone):
    assert Caller(engineer).get("/api/status").status_code == 200


def test_the_code_page_is_for_whoever_gave_the_password(client, phone, monkeypatch):
    assert client.get(reverse("login-code")).url == reverse("login")
    password(client, "engineer")
    assert client.get(reverse("login-code")).status_code == 200
    monkeypatch.setattr("accounts.pending.GOOD_SECONDS", -1)
    assert client.get(reverse("login-code")).url == reverse("login")


def test_a_new_password_ends_a_login_that_is_under_way(client, engineer, phone):
    password(client, "engineer")
    engineer.set_password("another-password")
    engineer.save()
    answer = client.post(reverse("login-code"), {"code": phone.code()})
    assert answer.url == reverse("login")
    assert not is_in(client)


class TestSettingItUp:
    @pytest.fixture(autouse=True)
    def _logged_in(self, client, engineer):
        client.force_login(engineer)

    @pytest.fixture
    def waiting(self, client):
        client.post(reverse("accounts:begin-second-step"))
        return Phone(TOTPDevice.objects.get())

    def test_without_a_confirmed_code_nothing_is_on(self, client, engineer, waiting):
        answer = client.post(reverse("accounts:second-step"), {"code": waiting.wrong_code()})
        assert answer.status_code == 422
        assert second_step.phone_of(engineer) is None
        assert is_in(client)

    def test_the_page_shows_the_key_as_a_picture_and_in_letters(self, client, waiting):
        text = client.get(reverse("accounts:second-step")).content.decode()
        assert 'src="data:image/svg+xml' in text
        assert "no-store" in client.get(reverse("accounts:second-step"))["Cache-Control"]

    def test_the_first_code_puts_it_into_use_and_shows_the_recovery_codes(self, client, waiting):
        answer = client.post(reverse("accounts:second-step"), {"code": waiting.code()})
        assert len(re.findall(rb"<code>[a-z2-7-]{19}</code>", answer.content)) == 10
        assert is_in(client)
        assert actions() == ["second-step-on"]

    def test_it_ends_the_other_sessions(self, client, engineer, waiting):
        other = Client()
        other.force_login(engineer)
        client.post(reverse("accounts:second-step"), {"code": waiting.code()})
        assert not is_in(other)
        assert actions() == ["second-step-on", "session-end"]

    def test_turning_it_off_needs_the_password(self, client, engineer, waiting):
        client.post(reverse("accounts:second-step"), {"code": waiting.code()})
        off = reverse("accounts:second-step-off")
        assert client.post(off, {"password": "wrong"}).status_code == 422
        assert second_step.phone_of(engineer) is not None
        assert client.post(off, {"password": "pass-engineer"}).status_code == 302
        assert second_step.phone_of(engineer) is None
        assert second_step.recovery_codes_left(engineer) == 0
        assert actions()[-1] == "second-step-off"

    def test_new_recovery_codes_need_the_password(self, client, waiting):
        client.post(reverse("accounts:second-step"), {"code": waiting.code()})
        before = set(StaticToken.objects.values_list("token", flat=True))
        address = reverse("accounts:renew-codes")
        assert client.post(address, {"password": "wrong"}).status_code == 422
        assert set(StaticToken.objects.values_list("token", flat=True)) == before
        assert client.post(address, {"password": "pass-engineer"}).status_code == 200
        assert not set(StaticToken.objects.values_list("token", flat=True)) & before


class TestRolesThatMust:
    @pytest.fixture(autouse=True)
    def _required(self, settings):
        settings.REQUIRE_TOTP_ROLES = ["engineer", "admin"]

    def test_a_member_sets_it_up_before_being_let_in(self, client, engineer):
        assert password(client, "engineer").url == reverse("login-set-up")
        assert client.get(reverse("login-set-up")).status_code == 200
        assert not is_in(client)
        phone = Phone(TOTPDevice.objects.get())
        with without_throttling():
            wrong = client.post(reverse("login-set-up"), {"code": phone.wrong_code()})
            assert wrong.status_code == 422
            right = client.post(reverse("login-set-up"), {"code": phone.code()})
        assert b"Recovery codes" in right.content
        assert is_in(client)
        assert actions() == ["second-step-on", "login"]

    def test_a_member_with_a_phone_is_asked_for_its_code(self, client, engineer):
        Phone.of(engineer)
        assert password(client, "engineer").url == reverse("login-code")
        assert client.get(reverse("login-set-up")).url == reverse("login")

    def test_a_session_of_a_member_without_one_is_nobodys(self, client, engineer):
        client.force_login(engineer)
        assert not is_in(client)

    def test_a_superuser_counts_as_admin(self, client, make_user):
        make_user("superuser")
        assert password(client, "superuser").url == reverse("login-set-up")

    def test_others_come_in_as_before(self, client, make_user):
        make_user("viewer")
        password(client, "viewer")
        assert is_in(client)

    def test_it_cannot_be_turned_off(self, client, engineer):
        phone = Phone.of(engineer)
        password(client, "engineer")
        client.post(reverse("login-code"), {"code": phone.code()})
        answer = client.post(reverse("accounts:second-step-off"), {"password": "pass-engineer"})
        assert answer.status_code == 422
        assert second_step.phone_of(engineer) is not None


class TestTheAdmin:
    @pytest.fixture
    def admin(self, client, make_user):
        client.force_login(make_user("admin"))
        return client

    def test_it_shows_no_key(self, admin, phone):
        for address in (
            reverse("admin:otp_totp_totpdevice_changelist"),
            reverse("admin:otp_totp_totpdevice_change", args=[phone.device.pk]),
        ):
            assert phone.device.key not in admin.get(address).content.decode()

    def test_an_admin_removes_a_lost_phone_with_its_codes(self, admin, engineer, phone):
        second_step.renew_recovery_codes(engineer)
        address = reverse("admin:otp_totp_totpdevice_changelist")
        admin.post(address, {"action": "remove", "_selected_action": [phone.device.pk]})
        assert not second_step.is_needed(engineer)
        assert not StaticToken.objects.exists()
        entry = AuditEntry.objects.get(action="second-step-off")
        assert (entry.username, entry.subject, entry.channel) == ("admin", "engineer", "admin")


def test_an_unknown_role_in_the_setting_is_an_error(settings):
    from teplive.checks import roles_of_the_second_step_exist

    settings.REQUIRE_TOTP_ROLES = ["engineers"]
    (error,) = roles_of_the_second_step_exist(None)
    assert "engineers" in error.msg
    settings.REQUIRE_TOTP_ROLES = ["engineer"]
    assert roles_of_the_second_step_exist(None) == []


def test_the_trail_of_a_token_made_and_revoked(client, engineer):
    client.force_login(engineer)
    answer = client.post(reverse("accounts:make-token"), {"name": "historian"})
    token = ApiToken.objects.get()
    plain = re.search(rb"tep_[\w-]{43}", answer.content)[0].decode()
    assert Caller(token=plain).get("/api/status").status_code == 200
    assert plain not in client.get("/account/").content.decode()
    client.post(reverse("accounts:revoke-token", args=[token.pk]))
    assert Caller(token=plain).get("/api/status").status_code == 401
    assert actions() == ["apitoken-make", "apitoken-revoke"]
