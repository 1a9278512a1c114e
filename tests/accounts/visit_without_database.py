"""A visit to a server whose database is out of reach, over WSGI and ASGI; prints what it answered.

Run by test_outage.py as a process of its own with DATABASE_URL set to an address where nothing is.
"""

import asyncio
import json

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import AsyncClient, Client  # noqa: E402

settings.ALLOWED_HOSTS = ["testserver"]

BEARER = {"Authorization": "Bearer tep_anything"}
JSON = {"Accept": "application/json"}
VISITS = [
    # name, method, path, headers, with a session cookie
    ("page with a session", "GET", "/", {}, True),
    ("page that a program asks for", "GET", "/", JSON, True),
    ("unknown page with a session", "GET", "/nowhere", {}, True),
    ("admin", "GET", "/admin/", {}, True),
    ("admin login", "POST", "/admin/login/", {}, False),
    ("login", "POST", "/accounts/login/", {}, False),
    ("login with a session", "POST", "/accounts/login/", {}, True),
    ("logout", "POST", "/accounts/logout/", {}, True),
    ("API with a token", "GET", "/api/status", BEARER, False),
    ("API with a session", "GET", "/api/status", {}, True),
    ("API call", "POST", "/api/plants/1/start", BEARER, False),
    ("health", "GET", "/healthz", {}, False),
]


def told(response) -> dict:
    return {
        "status": response.status_code,
        "type": response["Content-Type"],
        "retry": response.get("Retry-After"),
        "policy": response.get("Content-Security-Policy"),
        "text": response.content.decode(),
    }


def visit(name: str, method: str, path: str, headers: dict, session: bool):
    client = Client(raise_request_exception=False)
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    form = {"username": "viewer", "password": "secret"} if method == "POST" else None
    return client.generic(method, path, *encoded(form), headers=headers)


async def visit_async(name: str, method: str, path: str, headers: dict, session: bool):
    client = AsyncClient(raise_request_exception=False)
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    form = {"username": "viewer", "password": "secret"} if method == "POST" else None
    return await client.generic(method, path, *encoded(form), headers=headers)


def encoded(form: dict | None) -> tuple[bytes, str]:
    body = "&".join(f"{name}={value}" for name, value in (form or {}).items())
    return body.encode(), "application/x-www-form-urlencoded"


def main() -> None:
    answers = {f"{v[0]} (WSGI)": told(visit(*v)) for v in VISITS}
    for v in VISITS:
        answers[f"{v[0]} (ASGI)"] = told(asyncio.run(visit_async(*v)))
    print(json.dumps(answers))


main()
