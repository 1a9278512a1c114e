"""A language model's answer in a real browser: it grows, is checked, and stands beside others."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import a_browser
from tests.explainer.llm_server import Says, language_server, structured
from tests.stack import Stack
from tests.teplive.test_browser import logged_in

pytestmark = [pytest.mark.stack, pytest.mark.browser]

STORY = "The A feed is lost, so XMEAS(1) falls. It was 7777.7 kPa an hour ago. " * 12


def picture(page, name: str) -> None:
    """Keep a picture where TEPLIVE_PICTURES says, for whoever wants to look."""
    folder = os.environ.get("TEPLIVE_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_an_answer_grows_is_checked_and_stands_beside_the_embedded_one(data_dir):
    with language_server() as server, a_browser() as browser:
        server.play(Says(structured(cause="IDV(6)", story=STORY), pause=0.25))
        stack = Stack(data_dir, ANTHROPIC_API_KEY="of-nobody", ANTHROPIC_BASE_URL=server.url)
        stack.start()
        try:
            stack.request("/api/plants/1/speed", {"interval_seconds": 0.2})
            stack.wait_plant("some normal samples", lambda p: p["analyses"] >= 10, 60)
            stack.request("/api/plants/1/injections", {"idv": 6})
            assert server.asked.wait(60)
            alarm = stack.request("/api/plants/1/alarms")[1]["alarms"][0]["id"]
            with logged_in(browser, stack) as page:
                page.goto(f"{stack.url}/alarms/{alarm}/explanations/")
                page.get_by_role("link", name="Claude").click()
                draft = page.locator("#draft")
                expect(draft).to_contain_text("Something is off.", timeout=10_000)
                expect(draft).to_contain_text("nothing of it has been checked")
                picture(page, "draft")
                text = page.locator(".explanation-text:not(#draft)")
                expect(text).to_contain_text("Look at the valve.", timeout=30_000)
                expect(page.locator("#loose")).to_contain_text("7777.7")
                assert Axe().run(page).violations_count == 0
                picture(page, "explanation")
                page.get_by_role("link", name="side by side").click()
                expect(page.locator("#consensus")).not_to_be_empty()
                expect(page.locator(".comparison")).to_contain_text("Embedded explainer")
                assert Axe().run(page).violations_count == 0
                picture(page, "comparison")
                page.goto(f"{stack.url}/alarms/{alarm}/questions/")
                page.get_by_label("Question").fill("How did XMV(3) go?")
                page.get_by_role("button", name="Ask").click()
                expect(page.locator("#conversation")).to_contain_text(
                    "XMV(3) over steps", timeout=20_000
                )
                assert Axe().run(page).violations_count == 0
                picture(page, "conversation")
                page.goto(f"{stack.url}/explanations/?cause=IDV(6)")
                expect(page.locator("table")).to_contain_text("Claude")
                assert Axe().run(page).violations_count == 0
                picture(page, "history")
        finally:
            server.release.set()
            stack.stop()
