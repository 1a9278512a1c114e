"""Programs that call the API."""

import json
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiToken
from tests.description import conforming

JSON = "application/json"


class Caller:
    """A program with a user's token, or without one; every answer must be as it is described."""

    def __init__(self, user: User | None = None, token: str = "") -> None:
        self.client = Client(enforce_csrf_checks=True)
        if user is not None:
            _, token = ApiToken.issue(user, "test")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any):
        return conforming("GET", path, self.client.get(path, query, headers=self.headers))

    def post(self, path: str, body: Any = None, *, raw: bytes | None = None):
        if raw is None:
            raw = b"" if body is None else json.dumps(body).encode()
        answer = self.client.post(path, raw, content_type=JSON, headers=self.headers)
        return conforming("POST", path, answer)

    def delete(self, path: str):
        return conforming("DELETE", path, self.client.delete(path, headers=self.headers))

    def call(self, method: str, path: str, body: Any = None):
        if method == "POST":
            return self.post(path, body)
        return self.get(path) if method == "GET" else self.delete(path)


def assert_says(response, status: int, error: str = "", hint: str = "") -> dict[str, Any]:
    """Check an error's status and form, and that its sentences contain some words."""
    assert response.status_code == status, response.content[:500]
    assert response["Content-Type"] == JSON
    body = response.json()
    assert set(body) <= {"error", "hint", "fields"}
    assert body["error"].endswith((".", "?", "!")), body
    assert body["hint"].endswith((".", "?", "!")), body
    assert error in body["error"]
    assert hint in body["hint"]
    return body
