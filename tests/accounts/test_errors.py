"""The form of API errors, for the kinds that no call of ours provokes."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions

from accounts.errors import as_json, not_found, server_error
from tests.accounts.callers import assert_says


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Http404("secret words of a query"), 404, "nothing at this address"),
        (PermissionDenied(), 403, "permission"),
        (exceptions.ValidationError("No."), 400, "No."),
        (
            exceptions.ValidationError({"a": ["A is odd."], "b": {"c": ["C, too."]}}),
            400,
            "A is odd.",
        ),
        (DjangoValidationError("Not so."), 400, "Not so."),
        (DjangoValidationError(["One.", "Two."]), 400, "One. Two."),
        (exceptions.Throttled(wait=7), 429, "throttled"),
        (exceptions.NotAuthenticated(), 401, "credentials"),
        (OperationalError("connection refused"), 503, "cannot be reached"),
        (InterfaceError("connection already closed"), 503, "cannot be reached"),
        (exceptions.APIException(), 500, "server error"),
    ],
)
def test_an_exception_becomes_a_sentence_and_a_hint(error, status, words):
    answer = as_json(error, {})
    assert answer.status_code == status
    assert words in answer.data["error"]
    assert answer.data["hint"].endswith(".")


def test_the_fields_are_named():
    answer = as_json(exceptions.ValidationError({"a": ["A is odd."], "b": {"c": ["C, too."]}}), {})
    assert answer.data["fields"] == {"a": ["A is odd."], "b": ["C, too."]}
    answer = as_json(DjangoValidationError("Not so."), {})
    assert answer.data["fields"] == {"body": ["Not so."]}


def test_throttling_and_outage_say_when_to_come_back():
    assert as_json(exceptions.Throttled(wait=7), {})["Retry-After"] == "7"
    assert as_json(OperationalError(), {})["Retry-After"] == "5"


def test_a_defect_of_ours_is_not_hidden():
    assert as_json(KeyError("x"), {}) is None


def test_the_error_pages_are_json_for_programs_and_pages_for_browsers(rf):
    assert "hint" in json.loads(server_error(rf.get("/api/status")).content)
    assert "hint" in json.loads(not_found(rf.get("/api/nothing"), Http404()).content)
    assert server_error(rf.get("/")).content.startswith(b"<!doctype html>")


def test_a_page_that_is_not_there_is_a_page(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/api/status", "/healthz", "/metrics", "/last_analysis"])
def test_a_program_that_uses_a_wrong_host_name_is_told_so_in_json(client, path):
    answer = client.get(path, headers={"Host": "elsewhere.example"})
    assert_says(answer, 400, "host name", "TEPLIVE_ALLOWED_HOSTS")


def test_a_browser_that_uses_a_wrong_host_name_gets_a_page(client):
    answer = client.get("/accounts/login/", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")


def test_no_value_of_the_query_parameter_format_changes_the_answer(client):
    assert_says(client.get("/api/status?format=xml"), 401)
