"""Each page opens for who may see it, fits its width, breaks no rule, and leaves a picture."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, get_resolver

from tests.screens.screens import ELSEWHERE, NO_PAGES, SCREENS, Screen

#: Not `stack`: the plant is paused, so nothing here watches a clock.
pytestmark = pytest.mark.browser

by_name = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
of_a_plant = pytest.mark.parametrize(
    "screen",
    [screen for screen in SCREENS if screen.of_a_plant and "run={run}" not in screen.path
     and "{other}" not in screen.path],
    ids=lambda screen: screen.name,
)  # fmt: skip


def look(page, address: str, picture: str) -> tuple[int, list[str]]:
    """Open a page. Returns the answer's status, and what the browser complained of."""
    complaints: list[str] = []

    def complain(message) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def note(error) -> None:
        complaints.append(str(error))

    page.on("console", complain)
    page.on("pageerror", note)
    try:
        answer = page.goto(address)
        page.wait_for_load_state("load")
        wide = page.locator("html").evaluate("e => e.scrollWidth - e.clientWidth")
        if wide > 1:
            complaints.append(f"the page is {wide} px wider than the window")
        if answer.status == 200 and page.locator("h1").count() == 0:
            complaints.append("the page has no heading")
        folder = os.environ.get("TEPLIVE_PICTURES")
        if folder:
            page.screenshot(path=Path(folder) / f"{picture}.png", full_page=True)
    finally:
        page.remove_listener("console", complain)
        page.remove_listener("pageerror", note)
    return answer.status, complaints


def violations(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]


@dataclass(frozen=True)
class Visit:
    """Who looks at a page, and on what."""

    role: str
    width: int
    dark: bool
    by_rules: bool


VISITS = (
    Visit("viewer", 1280, dark=False, by_rules=False),
    Visit("operator", 1280, dark=False, by_rules=True),
    Visit("engineer", 1920, dark=True, by_rules=False),
    Visit("admin", 820, dark=True, by_rules=True),
)


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: f"{visit.role}-{visit.width}")
@by_name
def test_a_page_opens_fits_and_breaks_no_rule_for_who_may_see_it(screen, visit, world, visits):
    page = visits(visit.role, visit.width, dark=visit.dark)
    name = f"{screen.name}-{visit.role}-{visit.width}{'-dark' if visit.dark else ''}"
    status, complaints = look(page, world.address(screen.path), name)
    if visit.role not in screen.roles:
        assert status == 403 or "/login/" in page.url
        return
    assert (status, complaints) == (200, [])
    assert "/login/" not in page.url
    if visit.by_rules:
        assert violations(page) == []


@by_name
def test_a_page_says_what_it_has_to_say_without_javascript(screen: Screen, world, visits):
    page = visits("operator" if "operator" in screen.roles else "admin", scripts=False)
    assert look(page, world.address(screen.path), f"{screen.name}-plain")[0] == 200
    assert page.locator("main, #content").first.inner_text().strip()


@pytest.mark.parametrize("state", ["Never started", "Tripped", "Fed"])
@of_a_plant
def test_a_page_of_a_plant_opens_in_each_state_of_the_plant(screen: Screen, state, world, visits):
    role = "operator" if "operator" in screen.roles else "admin"
    address = world.address(screen.path, plant=world.ids["states"][state])
    name = f"{screen.name}-{state.lower().replace(' ', '-')}"
    assert look(visits(role), address, name) == (200, [])
    assert violations(visits(role)) == []


def _patterns(resolver, prefix: str = "", space: str = ""):
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield space + (one.name or one.callback.__name__), prefix + str(one.pattern), one
        else:
            inner = f"{one.namespace}:" if one.namespace else ""
            yield from _patterns(one, prefix + str(one.pattern), space + inner)


def _answers_to_get(callback) -> bool:
    """Whether a view takes GET: tells those apart that only take a form."""
    from django.http import HttpResponseNotAllowed
    from django.test import RequestFactory

    try:
        answer = callback(RequestFactory().get("/"))
    except Exception:  # noqa: BLE001 - it went on to look for its arguments
        return True
    return not isinstance(answer, HttpResponseNotAllowed)


def test_every_page_there_is_is_among_the_screens():
    shown = [re.sub(r"\{\w+\}", "1", screen.path.partition("?")[0]) for screen in SCREENS]
    missing = []
    for name, pattern, one in _patterns(get_resolver()):
        if pattern.startswith(("admin/", "api/", "^api", "healthz", "static")):
            continue
        if name in NO_PAGES | ELSEWHERE or not _answers_to_get(one.callback):
            continue
        regex = "^/" + re.sub(r"<\w+:\w+>", r"[^/]+", pattern) + "$"
        if not any(re.match(regex, path) for path in shown):
            missing.append(f"{name} at {pattern}")
    assert missing == []
