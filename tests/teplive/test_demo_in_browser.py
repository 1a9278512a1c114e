"""The demonstration in a real browser: begun, followed and stopped by its buttons."""

import pytest
from playwright.sync_api import expect

from teplive.demo.scenes import FAULT, PLANT, SCENES
from tests.browser import a_browser
from tests.teplive.test_browser import logged_in

pytestmark = [pytest.mark.stack, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser():
    with a_browser() as browser:
        yield browser


def test_the_tour_is_begun_followed_and_stopped_and_its_plant_is_left_paused(browser, stack):
    with logged_in(browser, stack) as page:
        page.goto(f"{stack.url}/plants/")
        page.get_by_role("button", name="Run the demonstration").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(PLANT)
        strip = page.locator("#demo")
        expect(strip.locator(".state")).to_have_text(f"scene 1 of {len(SCENES)}")
        expect(strip.locator(".demo-now")).to_contain_text(SCENES[0].now)
        expect(strip.locator(".demo-look")).to_have_text(SCENES[0].look)
        clock = strip.locator(".muted")
        expect(clock).not_to_have_text(clock.inner_text(), timeout=15_000)  # it renews itself
        strip.get_by_role("button", name="Next scene").click()
        expect(strip.locator(".state")).to_have_text(f"scene 2 of {len(SCENES)}")
        expect(strip.locator(".demo-now")).to_contain_text(f"IDV({FAULT})")
        expect(page.locator("#plant-idvs")).to_have_text(f"IDV({FAULT})", timeout=15_000)
        strip.get_by_role("button", name="Stop").click()
        expect(strip).to_contain_text("stopped")
        expect(strip).to_contain_text("Stopped by admin.")
        expect(strip.get_by_role("button")).to_have_count(0)
        expect(page.locator("#plant-state")).to_have_text("paused", timeout=15_000)
        strip.get_by_role("link", name="How it went").click()
        expect(page.locator("#demo")).to_have_count(0)
        expect(page.locator(".demo-log").first).to_contain_text("Left early by admin.")
        expect(page.get_by_role("button", name="Run the demonstration")).to_be_enabled()
        code, told = stack.request("/api/status")
        plants = {one["name"]: one for one in told["plants"]}
        assert code == 200
        assert plants[PLANT]["state"] == "paused"
        assert plants[PLANT]["active_idvs"] == [FAULT]
        assert stack.plant()["state"] == "running"
        assert stack.plant()["active_idvs"] == []
