"""Trends of the live plant over the real websocket: what comes, what a pause holds, no hole."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser import a_browser
from tests.teplive.test_browser import logged_in

pytestmark = [pytest.mark.stack, pytest.mark.browser]

#: Waits in the page until something holds of the series shown, and returns it.
UNTIL = """async ([condition, wanted, patience]) => {
  const page = window.tep.trends;
  const { under } = page;
  const known = {
    step: () => under.lastStep >= wanted,
    missed: () => page.missed >= wanted,
    scored: () => under.scoredStep >= wanted,
    alarms: () => (under.said?.operator.length || 0) >= wanted,
  };
  for (const begun = performance.now(); !known[condition](); ) {
    if (performance.now() > begun + patience) throw new Error(`no ${condition} ${wanted}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  return {
    steps: under.steps, columns: under.columns, range: page.range, operator: under.said?.operator,
    loads: Number(document.documentElement.dataset.loads), width: under.width,
    scored: under.scoredStep, labels: under.tags.map(({ label }) => label),
  };
}"""
#: What is shown, with its place in a reading; T² is of the detector.
TAGS = {"XMEAS(7)": 6, "XMEAS(9)": 8, "XMV(10)": 50}
CHARTS = f"chart={','.join(TAGS)}&chart=T2"


def until(page, condition, wanted, patience=60_000):
    return page.evaluate(UNTIL, [condition, wanted, patience])


def frames_of(page):
    """Gather the frames that the page's websockets receive."""
    frames = []

    def took(text):
        message = json.loads(text)
        if message["type"] == "frame":
            frames.append([one["step"] for one in message["readings"]])

    page.on("websocket", lambda socket: socket.on("framereceived", took))
    return frames


def holds_what_is_stored(stack, shown):
    """What is shown is what the API gives: every step from the first to the last, every value."""
    first, last = shown["steps"][0], shown["steps"][-1]
    code, answer = stack.request(f"/api/plants/1/readings?after={first - 1}&limit=5000")
    assert code == 200
    stored = {one["step"]: one for one in answer["readings"] if one["step"] <= last}
    assert shown["width"] == 1
    assert shown["steps"] == sorted(stored) == list(range(first, last + 1))
    columns = dict(zip(shown["labels"], shown["columns"], strict=True))
    for label, place in TAGS.items():
        assert columns[label] == [stored[step]["values"][place] for step in shown["steps"]], label
    code, answer = stack.request(f"/api/plants/1/analyses?after={first - 1}&limit=5000")
    scored = {one["step"]: one["t2"] for one in answer["analyses"]}
    for step, value in zip(shown["steps"], columns["T2"], strict=True):
        if step <= shown["scored"]:
            assert value == scored[step], step


@pytest.fixture(scope="module")
def browser():
    with a_browser() as browser:
        yield browser


def test_what_comes_over_the_websocket_is_drawn_a_pause_holds_and_going_on_leaves_no_hole(
    browser, stack
):
    with logged_in(browser, stack) as page:
        frames = frames_of(page)
        page.goto(f"{stack.url}/trends/?plant=1&{CHARTS}")
        state = page.locator("#trend-state")
        expect(state).to_contain_text("Following the newest sample")
        begin = until(page, "step", 1)
        live = until(page, "scored", begin["steps"][-1] + 6)
        # They were pushed: the page has asked for samples only once.
        assert live["loads"] == begin["loads"] == 1
        pushed = {step for steps in frames for step in steps}
        assert pushed >= set(range(int(begin["steps"][-1]) + 1, int(live["steps"][-1]) + 1))
        holds_what_is_stored(stack, live)

        page.locator("#trend-charts").focus()
        page.keyboard.press("+")
        expect(state).to_have_text(re.compile("^Paused"))
        held = until(page, "step", 1)
        later = until(page, "missed", 4)
        expect(state).to_have_text(re.compile(r"^Paused, \d+ new samples$"))
        assert later["range"] == held["range"]
        assert later["steps"][-1] <= held["steps"][-1] + 1  # what was loaded around the ends

        page.keyboard.press("End")
        expect(state).to_contain_text("Following the newest sample")
        caught_up = until(page, "step", held["steps"][-1] + 5)
        on = until(page, "scored", caught_up["steps"][-1] + 4)
        assert on["range"][1] == pytest.approx(on["steps"][-1] / 20)
        holds_what_is_stored(stack, on)


def test_an_alarm_that_is_raised_while_one_looks_becomes_a_strip_by_itself(browser, stack):
    with logged_in(browser, stack) as page:
        page.goto(f"{stack.url}/trends/?plant=1&{CHARTS}")
        calm = until(page, "step", 1)
        assert calm["operator"] == []
        stack.request("/api/plants/1/injections", {"idv": 6})
        raised = until(page, "alarms", 1, 120_000)
        assert raised["loads"] == 1  # the marks alone were asked for
        code, answer = stack.request("/api/alarms?plant=1&state=unacknowledged")
        assert code == 200
        names = {one["name"] for one in answer["alarms"]}
        assert {one["name"] for one in raised["operator"]} <= names
