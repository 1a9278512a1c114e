"""The page with the evidence: every user sees it, and what it says is the stored result."""

import json
import subprocess

import pytest
from django.test import Client

from simulation.fidelity.result import load_result, words_of
from teplive import fidelity_page
from tests.monitoring.pages import HTMX, Page, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(make_user):
    return client_of(make_user("viewer"))


@pytest.fixture(autouse=True)
def nothing_checked_yet(monkeypatch):
    monkeypatch.setattr(fidelity_page, "_checker", fidelity_page._Checker())


@pytest.mark.parametrize("role", ["viewer", "operator", "engineer", "admin"])
def test_every_role_sees_it_and_every_page_links_to_it(make_user, role):
    client = client_of(make_user(role))
    assert client.get("/fidelity/").status_code == 200
    assert "/fidelity/" in [link["href"] for link in Page(client.get("/")).all("a")]


def test_who_is_not_logged_in_is_asked_to_log_in(client):
    for method, path in (("get", ""), ("get", "result.json"), ("post", "check")):
        answer = getattr(client, method)(f"/fidelity/{path}")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")


def test_every_figure_of_the_result_is_on_it(viewer):
    text = viewer.get("/fidelity/").content.decode()
    result = load_result()
    assert result["command"] in text
    for case in result["cases"]:
        assert case["name"] in text
        assert case["sha256"] in text
        for check in case["checks"]:
            assert words_of(check) in text
    assert "missed" not in text


def test_it_shows_the_readings_as_the_documentation_tells_them(viewer):
    text = viewer.get("/fidelity/").content.decode()
    for title in fidelity_page.SECTIONS:
        assert title in text
    assert "All literals are doubles." in text


def test_it_holds_no_inline_script_or_style(viewer):
    page = Page(viewer.get("/fidelity/"))
    assert page.inline == []
    assert len(page.ids) == len(set(page.ids))


def test_the_charts_and_whoever_checks_them_get_the_stored_result(viewer):
    address = Page(viewer.get("/fidelity/")).element("plots-state")["data-source"]
    assert viewer.get(address).json() == load_result()


def test_the_check_runs_on_this_machine_with_and_without_htmx(viewer):
    part = viewer.post("/fidelity/check", **HTMX).content.decode()
    assert "Within tolerance" in part
    assert "open loop to its trip" in part
    assert "<html" not in part
    whole = viewer.post("/fidelity/check").content.decode()
    assert "Within tolerance" in whole
    assert "<html" in whole
    assert viewer.get("/fidelity/check").status_code == 405


def test_a_second_click_within_a_minute_computes_nothing(viewer, monkeypatch):
    answer = {"error": "counted"}
    calls = []
    monkeypatch.setattr(fidelity_page._Checker, "_run", lambda self: calls.append(1) or answer)
    for _ in range(3):
        assert "counted" in viewer.post("/fidelity/check", **HTMX).content.decode()
    assert len(calls) == 1


def test_a_check_that_misses_or_fails_says_so(viewer, monkeypatch):
    def spoiled(command, **options):
        result = {**load_result(), "passed": False}
        result["cases"] = [dict(result["cases"][0])]
        result["cases"][0]["passed"] = False
        return subprocess.CompletedProcess(command, 1, json.dumps(result), "")

    monkeypatch.setattr(fidelity_page.subprocess, "run", spoiled)
    assert "Missed" in viewer.post("/fidelity/check", **HTMX).content.decode()

    def late(command, **options):
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(fidelity_page, "_checker", fidelity_page._Checker())
    monkeypatch.setattr(fidelity_page.subprocess, "run", late)
    assert "did not end within" in viewer.post("/fidelity/check", **HTMX).content.decode()


def test_a_check_wants_the_token_against_forged_requests(make_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("viewer"))
    assert client.post("/fidelity/check").status_code == 403
