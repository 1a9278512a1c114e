"""What every answer says to the browser: the policies, and nothing inline that they refuse."""

import json
import re

import pytest
from django.conf import settings
from django.contrib import admin
from django.urls import reverse

from accounts.headers import PERMISSIONS_POLICY
from tests.monitoring.pages import Page
from tests.roles.addresses import TABLE
from tests.roles.asking import ask, path_of
from tests.stack import manage

pytestmark = pytest.mark.django_db
#: Each source that a page may use is ours; nothing inline, nothing computed.
POLICY = {
    "default-src": "'self'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
}


def lacks(path: str, response) -> list[str]:
    """What an answer should say and does not."""
    policy = dict(
        one.strip().partition(" ")[::2]
        for one in response.headers.get("Content-Security-Policy", "").split(";")
    )
    wrong = [
        f"{path}: {name} {policy.get(name)}"
        for name, sources in POLICY.items()
        if policy.get(name) != sources
    ]
    wrong += [
        f"{path}: {name} {sources}"
        for name, sources in policy.items()
        if re.search(r"unsafe|\*|https?:|nonce", sources)
    ]
    wrong += [
        f"{path}: {name} is {response.headers.get(name)}"
        for name, value in HEADERS.items()
        if response.headers.get(name) != value
    ]
    if response.headers.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        wrong.append(f"{path}: Referrer-Policy")
    for name, cookie in response.cookies.items():
        if name in {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME} and not (
            cookie["httponly"] and cookie["samesite"] == "Lax"
        ):
            wrong.append(f"{path}: the cookie {name}")
    if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
        wrong += [f"{path}: {one}" for one in Page(response).inline]
    return wrong


def test_every_answer_to_an_admin_has_the_policies_and_every_page_keeps_them(everybody, world):
    wrong = []
    for route, row in TABLE.items():
        path = path_of(route, world, "admin")
        for method, letter in zip(("GET", "POST"), row, strict=False):
            if letter != ".":
                wrong += lacks(f"{method} {path}", ask(everybody["admin"], method, path))
    assert not wrong, "\n".join(wrong)


def test_so_does_every_fragment(everybody, world):
    wrong = []
    for route, row in TABLE.items():
        if row[0] != ".":
            path = path_of(route, world, "admin")
            response = ask(everybody["admin"], "GET", path, **{"HX-Request": "true"})
            wrong += lacks(f"{path} as a fragment", response)
    assert not wrong, "\n".join(wrong)


def test_so_does_every_list_and_form_of_the_admin(everybody, world):
    wrong = []
    for model in admin.site._registry:
        for page in ("changelist", "add"):
            path = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}")
            wrong += lacks(path, ask(everybody["admin"], "GET", path))
    assert not wrong, "\n".join(wrong)


def test_so_does_what_is_refused_or_not_there(everybody, world):
    wrong = []
    for who, path in (
        ("stranger", "/"), ("stranger", "/accounts/login/"), ("stranger", "/api/status"),
        ("viewer", "/audit/"), ("viewer", "/no-such-page/"), ("stranger", "/public/none/"),
    ):  # fmt: skip
        wrong += lacks(path, ask(everybody[who], "GET", path))
    assert not wrong, "\n".join(wrong)


BEHIND_TLS = """
import json
from django.conf import settings
from django.test import Client
settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
answer = Client(headers={"host": "localhost"}).get("/accounts/login/", secure=True)
plain = Client(headers={"host": "localhost"}).get("/accounts/login/")
csrf = answer.cookies[settings.CSRF_COOKIE_NAME]
print(json.dumps({
    "csrf": [csrf.key, csrf["secure"], csrf["httponly"], csrf["samesite"], csrf["path"],
             csrf["domain"]],
    "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE,
                settings.SESSION_COOKIE_DOMAIN, settings.SESSION_COOKIE_PATH],
    "hsts": answer["Strict-Transport-Security"],
    "plain": [plain.status_code, plain["Location"]],
}))
"""


def test_behind_tls_cookies_are_secure_and_bound_to_the_host_and_plain_http_leads_to_tls(tmp_path):
    done = manage(tmp_path, "shell", "-v", "0", "-c", BEHIND_TLS, TEPLIVE_HTTPS="1")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {
        "csrf": ["__Host-csrftoken", True, True, "Lax", "/", ""],
        "session": ["__Host-sessionid", True, None, "/"],
        "hsts": "max-age=31536000; includeSubDomains; preload",
        "plain": [301, "https://localhost/accounts/login/"],
    }
