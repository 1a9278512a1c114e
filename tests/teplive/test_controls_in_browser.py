"""The operator's hands in a real browser: what is asked first, what is planned, the keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import a_browser
from tests.teplive.test_browser import logged_in

pytestmark = [pytest.mark.stack, pytest.mark.browser]
#: Opens whatever is folded in an element, so that all its controls can be reached.
UNFOLD = "panel => panel.querySelectorAll('details').forEach(one => one.open = true)"
NAME = "one => [one.tagName, one.id, one.ariaLabel ?? one.textContent.trim()].join(' ')"
#: What the Tab key has to stop at: fields that are typed into, buttons that can be pressed.
REACHABLE = f"""panel => [...panel.querySelectorAll('a[href], button, input, select, summary')]
  .filter(one => !one.disabled && one.type !== 'hidden').map({NAME})"""
#: What has the focus, or null outside of the panel.
FOCUSED = f"""panel => panel.contains(document.activeElement)
  ? ({NAME})(document.activeElement) : null"""


@pytest.fixture(scope="module")
def browser():
    with a_browser() as browser:
        yield browser


def axe_finds_nothing(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_hand_is_planned_at_its_faceplate_and_cancelled_there(browser, stack):
    with logged_in(browser, stack) as page:
        page.goto(f"{stack.url}/plants/1/faceplate/50/")  # XMV(10)
        plate, later = page.locator("#faceplate"), page.locator("#plate-valve-10-later")
        start = page.locator("#plate-valve-10-start_after_hours")
        expect(start).to_be_hidden()
        later.locator("summary").click()
        start.fill("2")
        page.locator("#plate-valve-10-end_after_hours").fill("1")
        page.locator("#plate-valve-10-value").fill("44")
        page.locator("#plate-valve-10-take").click()
        expect(page.locator("#plate-valve-10-errors")).to_contain_text("later than the start")
        expect(start).to_have_value("2")
        page.locator("#plate-valve-10-end_after_hours").fill("4")
        page.locator("#plate-valve-10-take").click()
        question = page.locator("#question-dialog")
        expect(question).to_contain_text("Begins in 2 process hours, ends in 4 process hours.")
        page.locator("#question-yes").click()
        plans = plate.get_by_role("list", name="Planned")
        expect(plans).to_contain_text("Planned: 44 % from")
        for name in ("value", "start_after_hours", "end_after_hours"):
            expect(page.locator(f"#plate-valve-10-{name}")).to_have_value("")
        axe_finds_nothing(page)
        plans.get_by_role("button", name="Cancel").click()
        expect(plans).to_have_count(0)
        expect(plate).to_contain_text("It is cancelled.")


@pytest.mark.parametrize(("button", "title"), [("#operate-stop", "Stop "), ("#reset", "Reset ")])
def test_what_ends_a_run_is_done_after_a_yes_and_not_after_a_no(browser, stack, button, title):
    run = stack.plant()["run"]
    with logged_in(browser, stack) as page:
        page.locator(button).click()
        question = page.locator("#question-dialog")
        expect(question).to_be_visible()
        expect(page.locator("#question-title")).to_contain_text(title)
        expect(question).to_contain_text("its readings, alarms and explanations stay")
        expect(page.locator("#question-no")).to_be_focused()
        axe_finds_nothing(page)
        page.keyboard.press("Escape")
        expect(question).to_have_count(0)
        expect(page.locator(button)).to_be_focused()
        assert (stack.plant()["state"], stack.plant()["run"]) == ("running", run)
        if button == "#reset":
            page.locator("#reset-seed").fill("77")
        page.locator(button).click()
        page.locator("#question-yes").click()
        expect(question).to_have_count(0)
        expect(page.locator("#reset-seed")).to_have_value("")
        if button == "#reset":
            stack.wait_plant("another run", lambda plant: plant["run"] == run + 1)
            # The first points of a run are shown, and said not to be judged.
            for name in ("ratio", "t2", "spe"):
                state = page.locator(f"#trend-{name} .trend-state")
                expect(state).to_have_text("warming up: not judged", timeout=15_000)
            expect(page.locator("#trend-ratio .trend-value")).to_have_text("–")
            expect(page.locator("#legend-unjudged")).to_be_visible()
        else:
            stack.wait_plant("a stopped plant", lambda plant: plant["state"] == "stopped")
            stack.request("/api/plants/1/start", {})  # for the tests after it


@pytest.mark.parametrize("width", [1280, 820])
def test_without_javascript_a_page_asks_and_its_answer_does_it(browser, stack, width):
    run = stack.plant()["run"]
    with logged_in(browser, stack) as page:
        context = browser.new_context(
            storage_state=page.context.storage_state(),
            java_script_enabled=False,
            viewport={"width": width, "height": 900},
        )
    plain = context.new_page()
    plain.goto(f"{stack.url}/plants/1/")
    plain.locator("#reset-seed").fill("77")
    plain.locator("#reset").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Nothing has been done yet")
    expect(plain.locator("main")).to_contain_text("with seed 77")
    plain.get_by_role("link", name="Cancel").click()
    expect(plain).to_have_url(f"{stack.url}/plants/1/")
    assert stack.plant()["run"] == run
    plain.locator("#reset-seed").fill("77")
    plain.locator("#reset").click()
    plain.get_by_role("button", name="Yes, reset it").click()
    expect(plain.locator(".messages")).to_contain_text(f"Run {run + 1} has begun")
    assert stack.plant()["run"] == run + 1
    context.close()


def test_the_tab_key_reaches_every_control_of_the_panel_and_axe_finds_each_named(browser, stack):
    with logged_in(browser, stack) as page:
        panel = page.locator("#controls")
        panel.evaluate(UNFOLD)
        wanted = panel.evaluate(REACHABLE)
        assert len(wanted) > 150
        panel.evaluate("panel => { panel.tabIndex = -1; panel.focus() }")
        reached = []
        page.keyboard.press("Tab")
        while (focused := panel.evaluate(FOCUSED)) is not None and len(reached) < 2 * len(wanted):
            reached.append(focused)
            page.keyboard.press("Tab")
        assert [one for one in wanted if one not in reached] == []
        axe_finds_nothing(page)
