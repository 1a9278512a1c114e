"""Who may do what over the API: every role against every call."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from simulation import by_hand
from tests.accounts.callers import JSON, Caller, assert_says

pytestmark = pytest.mark.django_db

OPERATE = "simulation.operate_plant"
INJECT = "simulation.inject_fault"
TUNE = "monitoring.tune_detector"
CALLS = [
    # method, path, body, permission ("" for every user)
    ("GET", "/api/status", None, ""),
    ("GET", "/api/plants/{id}/readings", None, ""),
    ("GET", "/api/plants/{id}/analyses", None, ""),
    ("GET", "/api/plants/{id}/alarms", None, ""),
    ("GET", "/api/plants/{id}/injections", None, ""),
    ("POST", "/api/plants/{id}/start", None, OPERATE),
    ("POST", "/api/plants/{id}/pause", None, OPERATE),
    ("POST", "/api/plants/{id}/resume", None, OPERATE),
    ("POST", "/api/plants/{id}/stop", None, OPERATE),
    ("POST", "/api/plants/{id}/reset", {"seed": 4711}, OPERATE),
    ("POST", "/api/plants/{id}/speed", {"interval_seconds": 2.5}, OPERATE),
    ("POST", "/api/plants/{id}/injections", {"idv": 4}, INJECT),
    ("DELETE", "/api/plants/{id}/injections/1", None, INJECT),
    ("DELETE", "/api/plants/{id}/injections", None, INJECT),
    ("POST", "/api/plants/{id}/detector", {"window": 20}, TUNE),
    ("GET", "/api/plants/{id}/hands", None, ""),
    ("GET", "/api/plants/{id}/branches", None, ""),
    ("POST", "/api/plants/{id}/forecast", None, OPERATE),
    ("POST", "/api/plants/{id}/valves/10", {"position": 40}, OPERATE),
    ("DELETE", "/api/plants/{id}/valves/3", None, OPERATE),
    ("POST", "/api/plants/{id}/setpoints/17", {"value": 70}, OPERATE),
    ("DELETE", "/api/plants/{id}/setpoints/9", None, OPERATE),
]
ROLES = {
    "nobody": set(),
    "viewer": set(),
    "operator": {OPERATE, INJECT},
    "engineer": {OPERATE, INJECT, TUNE},
    "admin": {OPERATE, INJECT, TUNE},
    "superuser": {OPERATE, INJECT, TUNE},
}
every_call = pytest.mark.parametrize(
    ("method", "path", "body", "permission"), CALLS, ids=[f"{c[0]} {c[1]}" for c in CALLS]
)


@pytest.fixture
def running(plant):
    """A running plant with IDV(1) in force, a valve and a set point by hand."""
    plant.start()
    plant.inject([1])
    by_hand.take(plant, by_hand.VALVE, 3, 25.0)
    by_hand.take(plant, by_hand.SETPOINT, 9, 230.0)
    return plant


@every_call
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_its_permissions_say(
    make_user, running, role, method, path, body, permission
):
    response = Caller(make_user(role)).call(method, path.format(id=running.pk), body)
    if not permission or permission in ROLES[role]:
        assert response.status_code in {200, 202}, response.content
    else:
        least = "engineer" if permission == TUNE else "operator"
        assert_says(response, 403, permission, f"The role {least} has it")


@every_call
def test_without_a_login_the_answer_is_401_and_no_redirect(running, method, path, body, permission):
    response = Caller().call(method, path.format(id=running.pk), body)
    assert_says(response, 401, hint="Authorization: Bearer")
    assert response["WWW-Authenticate"].startswith("Bearer")


@every_call
def test_an_inactive_account_may_do_nothing(make_user, running, method, path, body, permission):
    caller = Caller(make_user("superuser"))
    User.objects.update(is_active=False)
    assert_says(caller.call(method, path.format(id=running.pk), body), 401, "not active")


@every_call
def test_what_may_not_be_done_is_not_done(make_user, running, method, path, body, permission):
    running.refresh_from_db()
    before = running.as_json()
    if permission:
        Caller(make_user("viewer")).call(method, path.format(id=running.pk), body)
    running.refresh_from_db()
    assert running.as_json() == before


def test_a_missing_plant_is_not_told_to_whoever_may_not_operate_one(make_user):
    assert Caller(make_user("viewer")).post("/api/plants/99/start").status_code == 403


@pytest.fixture
def browser(make_user) -> Client:
    """An operator's browser, logged in by a session."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("operator"))
    return client


def test_a_session_reads_without_further_ado(browser):
    assert browser.get("/api/status").status_code == 200


def test_a_session_needs_a_csrf_token_to_change_anything(browser, running):
    path = f"/api/plants/{running.pk}/pause"
    assert_says(browser.post(path, content_type=JSON), 403, "CSRF", "X-CSRFToken")
    running.refresh_from_db()
    assert running.state == "running"


def test_a_session_with_a_csrf_token_changes_things(browser, running):
    browser.get("/accounts/login/")  # a page with a form sets the cookie
    browser.cookies["csrftoken"] = token = "c" * 32
    response = browser.post(
        f"/api/plants/{running.pk}/pause", content_type=JSON, headers={"X-CSRFToken": token}
    )
    assert response.status_code == 200
    assert response.json()["state"] == "paused"


def test_a_form_with_the_csrf_field_is_taken_like_json(browser, running):
    browser.cookies["csrftoken"] = token = "c" * 32
    response = browser.post(
        f"/api/plants/{running.pk}/speed",
        f"interval_seconds=3&csrfmiddlewaretoken={token}",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 200
    assert response.json()["interval_seconds"] == 3.0


def test_a_token_needs_no_csrf_token(make_user, running):
    assert Caller(make_user("operator")).post(f"/api/plants/{running.pk}/pause").status_code == 200


def test_the_health_check_asks_for_no_login(client):
    assert client.get("/healthz").status_code in {200, 503}


def test_the_health_check_reads_no_credentials(client):
    response = client.get("/healthz", headers={"Authorization": "Bearer tep_wrong"})
    assert response.status_code in {200, 503}
