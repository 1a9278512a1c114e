"""The product in a real browser: points move, a fault becomes an alarm and an explanation."""

import time
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import a_browser
from tests.stack import PASSWORD, Stack

pytestmark = [pytest.mark.stack, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser():
    with a_browser() as browser:
        yield browser


@contextmanager
def logged_in(browser, stack: Stack, width: int = 1280, height: int = 800):
    """A page of the admin that fails the test on a script error or a broken content policy."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console", lambda m: complaints.append(m.text) if "Content Security" in m.text else None
    )
    page.goto(stack.url)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.goto(f"{stack.url}/plants/1/")  # with a branch beside it, the first page is the list
    expect(page.locator("#stages")).to_be_visible()
    yield page
    context.close()
    assert complaints == []


def points(page: Page) -> int:
    """How many points the first chart shows."""
    return int(page.evaluate("document.documentElement.dataset.points || 0"))


def wait_for_points(page: Page, count: int) -> None:
    # Not wait_for_function: it evaluates a string in the page, which the content policy forbids.
    deadline = time.monotonic() + 30
    while points(page) < count:
        assert time.monotonic() < deadline, f"{points(page)} points, not {count}, within 30 s"
        page.wait_for_timeout(100)


def test_points_are_drawn_as_they_come_and_a_fault_becomes_an_alarm_and_an_explanation(
    browser, stack
):
    with logged_in(browser, stack) as page:
        wait_for_points(page, 1)
        first = points(page)
        wait_for_points(page, first + 5)
        page.locator("#fault-preset").select_option("idv-6")
        page.locator("#inject-preset").click()
        expect(page.locator("#plant-idvs")).to_have_text("IDV(6)", timeout=10_000)
        expect(page.locator("#fault-preset")).to_have_value("idv-6")
        expect(page.locator("#alarms")).to_contain_text("standing", timeout=60_000)
        expect(page.locator("#explanations")).to_contain_text("Embedded explainer", timeout=30_000)
        expect(page.locator("#count-explanations")).not_to_have_text("0", timeout=10_000)
        page.locator("#explanations").get_by_role("link").first.click()
        expect(page.get_by_role("main")).to_contain_text("XMEAS(1)")


def test_a_page_says_so_when_the_worker_stops_and_fills_the_hole(browser, stack):
    with logged_in(browser, stack) as page:
        wait_for_points(page, 4)
        (worker,) = stack.children("plant@")
        worker.suspend()
        stalled = page.get_by_role("alert").filter(has_text="Stalled")
        expect(stalled).to_be_visible(timeout=20_000)
        expect(stalled).to_contain_text("simulate")
        before = points(page)
        worker.resume()
        wait_for_points(page, before + 3)
        expect(stalled).to_be_hidden()
        shown = int(page.evaluate("document.documentElement.dataset.lastStep"))
        assert points(page) == shown


def test_an_answer_that_was_long_on_its_way_never_sets_the_strip_back(browser, stack):
    with logged_in(browser, stack) as page:
        # A page gives a question up after some seconds; here an answer takes as long as it takes.
        page.add_init_script("AbortSignal.timeout = () => new AbortController().signal")
        held = []

        def hold(route):
            if held:
                route.continue_()
            else:
                held.append((route, route.fetch()))

        page.route("**/plants/1/stages/", hold)
        page.goto(f"{stack.url}/plants/1/")
        wait_for_points(page, 3)
        (worker,) = stack.children("plant@")
        worker.suspend()
        stack.wait("the page asks", lambda: page.wait_for_timeout(100) or held, 20)
        worker.resume()
        wait_for_points(page, points(page) + 3)
        readings = page.locator("#count-readings")
        pushed = int(readings.inner_text())
        (route, answer) = held[0]
        assert f'id="count-readings">{pushed}<' not in answer.text()
        with page.expect_request("**/plants/1/claims/"):  # what the page asks next
            route.fulfill(response=answer)
        assert int(readings.inner_text()) >= pushed


def test_a_page_reconnects_and_fills_the_hole_when_the_web_server_was_gone(browser, stack):
    with logged_in(browser, stack) as page:
        wait_for_points(page, 3)
        stack.kill("daphne")
        expect(page.locator("#connection")).not_to_contain_text("Live", timeout=15_000)
        stack.wait("the web server is back", stack._answers, 30)
        expect(page.locator("#connection")).to_contain_text("Live", timeout=40_000)
        wait_for_points(page, int(stack.plant()["readings"]))
        shown = int(page.evaluate("document.documentElement.dataset.lastStep"))
        assert points(page) == shown


def test_a_page_says_within_ten_seconds_that_the_web_server_hangs_even_of_a_slow_plant(
    browser, stack
):
    with logged_in(browser, stack) as page:
        wait_for_points(page, 3)
        stack.request("/api/plants/1/speed", {"interval_seconds": 180})
        expect(page.locator("#plant-speed")).to_contain_text("180 s", timeout=10_000)
        (web,) = stack.children("daphne")
        web.suspend()
        try:
            words = page.locator("#connection-state")
            expect(words).to_contain_text("Server not reachable", timeout=10_000)
        finally:
            web.resume()
        expect(words).to_contain_text("Live", timeout=40_000)
        stack.request("/api/plants/1/speed", {"preset": "demo"})
        before = points(page)
        wait_for_points(page, before + 2)


def test_the_details_of_a_stage_open_by_the_keyboard_and_stay_open(browser, stack):
    with logged_in(browser, stack) as page:
        wait_for_points(page, 3)
        details = page.locator("#stage-simulate details")
        details.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(details).to_contain_text("Last error")
        before = points(page)
        wait_for_points(page, before + 3)
        expect(details.get_by_text("Last error")).to_be_visible()
        # And no other: those that were dropped while the server hung do not count for ever.
        expect(page.locator("#stage-push")).to_contain_text("1 open page", timeout=20_000)


def test_a_list_of_explanations_leads_to_the_evidence(browser, stack):
    stack.request("/api/plants/1/speed", {"interval_seconds": 0.2})
    stack.request("/api/plants/1/injections", {"idv": 6})
    stack.wait_plant("an explanation", lambda p: p["explanations"] >= 1, 60)
    with logged_in(browser, stack) as page:
        page.goto(stack.url + "/plants/1/explanations/")
        page.locator(".explanation a").first.click()
        expect(page.locator("table.evidence")).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_the_flow_sheet_moves_marks_what_is_outside_and_opens_faceplates(browser, stack):
    with logged_in(browser, stack) as page:
        page.get_by_role("navigation", name="Site").get_by_role("link", name="Flow sheet").click()
        step = page.locator("#sheet-step")
        first = step.inner_text()
        expect(step).not_to_have_text(first, timeout=15_000)
        assert Axe().run(page).violations_count == 0
        page.get_by_role("link", name="XMEAS(9)").focus()
        page.keyboard.press("Enter")
        plate = page.locator("#faceplate")
        expect(plate).to_contain_text("Loop 18")
        assert Axe().run(page).violations_count == 0
        (worker,) = stack.children("plant@")
        worker.suspend()
        expect(page.locator("#flowsheet")).to_have_class("stale", timeout=15_000)
        worker.resume()
        expect(page.locator("#flowsheet")).not_to_have_class("stale", timeout=15_000)


def test_a_twin_is_made_compared_and_deleted_and_a_forecast_is_drawn(browser, stack):
    stack.request("/api/plants/1/speed", {"interval_seconds": 0.2})
    stack.wait_plant("some past", lambda p: p["step"] >= 25)
    stack.request("/api/plants/1/injections", {"idv": 6})
    stack.wait_plant("the fault acts", lambda p: p["step"] >= 45)
    with logged_in(browser, stack) as page:
        page.locator("#forecast-now").click()
        expect(page.locator("#forecast-words")).to_contain_text("trips in", timeout=30_000)
        expect(page.locator("#ahead-choice")).to_be_visible(timeout=10_000)
        page.locator("#make-twin").click()
        twin = page.locator("#branches li").filter(has_text="twin without faults")
        expect(twin).to_contain_text("paused at", timeout=60_000)
        assert Axe().run(page).violations_count == 0
        number = twin.get_attribute("id")
        twin.get_by_role("link", name="Compare").click()
        expect(page.locator("#compare figure").first).to_contain_text(
            "largest difference", timeout=20_000
        )
        assert Axe().run(page).violations_count == 0
        page.goto(f"{stack.url}/plants/1/")
        page.locator(f"#{number}").get_by_role("button", name="Delete…").click()
        page.locator("#question-yes").click()
        expect(page.locator("#whatif-message")).to_contain_text("is deleted", timeout=10_000)


def test_a_valve_is_taken_by_hand_and_given_back(browser, stack):
    with logged_in(browser, stack) as page:
        wait_for_points(page, 2)
        page.locator("#hand-valves > summary").click()
        page.locator("#valve-10-take").click()
        expect(page.locator("#question-no")).to_be_focused()
        expect(page.locator("#question-dialog")).to_contain_text("nothing moves")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#question-dialog")).to_have_count(0)
        expect(page.locator("#plant-hands")).to_have_text("XMV(10)", timeout=15_000)
        expect(page.locator("#valve-10")).to_contain_text("by hand at")
        assert Axe().run(page).violations_count == 0
        page.locator("#valve-10-back").click()
        expect(page.locator("#plant-hands")).to_have_text("nothing", timeout=15_000)
