"""A browser for trends, which opens an address as a viewer."""

import pytest
from django.test import Client

from tests.browser import a_browser


@pytest.fixture(scope="module")
def browser():
    """Playwright's loop runs in this thread; the tests store rows all the same, never within it."""
    with pytest.MonkeyPatch.context() as patched, a_browser() as browser:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield browser


@pytest.fixture
def visit(browser, live_server, make_user):
    """Open a trend's address as a viewer; a script error or a broken policy fails the test."""
    client = Client()
    client.force_login(make_user("viewer"))
    contexts, complaints = [], []

    def go(query, width=1280, height=900, path="/trends/", **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.add_cookies(
            [
                {
                    "name": "sessionid",
                    "value": client.cookies["sessionid"].value,
                    "url": live_server.url,
                }
            ]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda m: complaints.append(m.text) if "Content Security" in m.text else None
        )
        page.goto(f"{live_server.url}{path}?{query}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []
