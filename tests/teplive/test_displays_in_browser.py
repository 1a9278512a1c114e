"""The four levels of display in a real browser: live, by keyboard, in grey, and without scripts."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import a_browser
from tests.stack import PASSWORD
from tests.teplive.test_browser import logged_in

pytestmark = [pytest.mark.stack, pytest.mark.browser]

#: Relative luminance of the colours of elements, after WCAG.
LUMINANCE = """(elements, property) => elements.map((element) => {
    const [r, g, b] = getComputedStyle(element)[property].match(/[\\d.]+/g).map(Number)
        .map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
})"""

#: How a place looks with an active alarm of a priority, before and after it was acknowledged: in
#: one call, so that no frame comes in between.
LOOKS = (
    f"const luminance = {LUMINANCE};"
    + """
    const look = (asks) => {
        Object.assign(place.dataset, { alarm: name, alarmKind: "active", asks });
        const sign = place.querySelector(`.alarm-${name}`);
        const of = (element, property) => luminance([element], property)[0];
        return {
            display: getComputedStyle(sign).display,
            frame: of(place.querySelector(".plate"), "stroke"),
            body: of(sign.firstElementChild, "fill"),
            text: of(sign.querySelector("text"), "fill"),
        };
    };
    return { filled: look("yes"), empty: look("no") };"""
)


@pytest.fixture(scope="module")
def browser():
    with a_browser() as browser:
        yield browser


def axe_finds_nothing(page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def alarms_of(stack) -> list[dict]:
    """The alarms that ask the operator for something: those that the flow sheet marks."""
    return stack.request("/api/alarms?plant=1&state=unacknowledged")[1]["alarms"]


def contrast(one: float, other: float) -> float:
    """The contrast of two luminances, 1 to 21."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def luminance(page, selector: str, of: str) -> float:
    return page.locator(selector).evaluate_all(LUMINANCE, of)[0]


def test_the_overview_beats_with_the_samples_and_says_when_they_stay_out(browser, stack):
    with logged_in(browser, stack) as page:
        page.goto(f"{stack.url}/plants/")
        row = page.locator("#plant-1")
        step = row.locator(".pulse").get_attribute("data-step")
        expect(row.locator(".pulse")).not_to_have_attribute("data-step", step, timeout=15_000)
        axe_finds_nothing(page)
        (worker,) = stack.children("plant@")
        worker.suspend()
        expect(row.locator(".pulse")).to_contain_text("no sample for", timeout=15_000)
        worker.resume()
        expect(row.locator(".pulse")).not_to_contain_text("no sample for", timeout=20_000)
        row.get_by_role("link", name="Flow sheet of").click()
        page.get_by_role("navigation", name="Levels of display").get_by_text("Situation").click()
        expect(page.locator("#members")).to_be_visible()
        axe_finds_nothing(page)


@pytest.mark.parametrize("width", [1280, 820])
def test_a_faceplate_opens_and_closes_by_keyboard_and_never_hides_the_sheet(browser, stack, width):
    with logged_in(browser, stack, width=width, height=1180) as page:
        page.goto(f"{stack.url}/plants/1/flowsheet/")
        place = page.locator("#place-8")
        place.focus()
        page.keyboard.press("Enter")
        plate = page.locator("#faceplate")
        expect(plate).to_have_attribute("data-tag", "XMEAS(9)")
        expect(plate).to_be_focused()
        expect(page).to_have_url(f"{stack.url}/plants/1/faceplate/8/")
        sheet, panel = page.locator("#flowsheet").bounding_box(), plate.bounding_box()
        beside = panel["x"] >= sheet["x"] + sheet["width"]
        below = panel["y"] >= sheet["y"] + sheet["height"]
        assert beside or below
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        axe_finds_nothing(page)
        page.keyboard.press("Escape")
        expect(plate).to_contain_text("Choose a value")
        expect(place).to_be_focused()
        expect(page).to_have_url(f"{stack.url}/plants/1/flowsheet/")


def test_a_valve_taken_over_at_its_faceplate_is_marked_on_the_sheet_without_a_reload(
    browser, stack
):
    with logged_in(browser, stack) as page:
        page.goto(f"{stack.url}/plants/1/faceplate/50/")  # XMV(10)
        page.locator("#plate-valve-10-value").fill("140")
        page.locator("#plate-valve-10-take").click()
        expect(page.locator("#plate-valve-10-errors")).to_contain_text("0 to 100")
        expect(page.locator("#plate-valve-10-value")).to_have_value("140")
        page.locator("#plate-valve-10-value").fill("38")
        page.locator("#plate-valve-10-take").click()
        expect(page.locator("#question-dialog")).to_contain_text("Hold XMV(10) by hand?")
        axe_finds_nothing(page)
        page.locator("#question-yes").click()
        expect(page.locator("#faceplate")).to_contain_text("by hand at 38 %")
        sign = page.locator("#place-50 .mode-sign")
        expect(sign).to_have_attribute("data-mode", "H", timeout=15_000)
        expect(page.locator("#place-8 .mode-sign")).to_have_attribute("data-mode", "S")
        page.locator("#plate-valve-10-back").click()
        expect(sign).to_have_attribute("data-mode", "A", timeout=15_000)


def test_the_sheet_can_be_read_in_grey(browser, stack):
    """What is abnormal differs from what is normal in lightness, and in a shape or a word."""
    with logged_in(browser, stack) as page:
        page.goto(f"{stack.url}/plants/1/flowsheet/")
        expect(page.locator("#place-0")).to_be_visible()
        # Whatever stands in the plant just now, the place to compare with is normal.
        page.locator("#place-13 .readout").evaluate(
            "e => { Object.assign(e.dataset, { state: 'normal', alarm: '', alarmKind: '' }); }"
        )
        normal = luminance(page, "#place-13 .plate", "stroke")
        marked = page.locator("#place-0 .readout")
        for name in ("critical", "high", "medium", "low"):
            looks = marked.evaluate(f"(place, name) => {{ {LOOKS} }}", name)
            filled, empty = looks["filled"], looks["empty"]
            assert filled["display"] == empty["display"] == "inline"
            for look in (filled, empty):  # acknowledged: empty, not filled
                assert contrast(look["frame"], normal) > 3, name
                assert contrast(look["text"], look["body"]) > 4.5, name
            assert contrast(filled["body"], empty["body"]) > 3, name
        shapes = page.locator("#place-0 .alarm-sign").evaluate_all(
            "all => all.map(e => e.firstElementChild.tagName + e.querySelector('text').textContent)"
        )
        assert len(set(shapes)) == 4
        marked.evaluate("e => { e.dataset.alarm = ''; e.dataset.alarmKind = ''; }")
        marked.evaluate("e => { e.dataset.state = 'outside'; }")
        assert contrast(luminance(page, "#place-0 .plate", "stroke"), normal) > 3
        words, ground = "#place-0 .words", "#place-0 .plate"
        assert contrast(luminance(page, words, "fill"), luminance(page, ground, "fill")) > 4.5


def test_without_scripts_the_first_paint_has_values_alarms_lines_and_working_forms(browser, stack):
    stack.request("/api/plants/1/injections", {"idv": 6})
    stack.wait_plant("an alarm", lambda p: p["alarm"] is not None, 90)
    stack.wait("an alarm of the operator", lambda: alarms_of(stack), 90)
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.goto(stack.url)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{stack.url}/plants/1/")
    for value in page.locator("#trends .trend-value").all_inner_texts():
        float(value)
    assert page.locator("#trends .tag-spark").count() == page.locator("#trends .trend").count()
    expect(page.locator("#alarms")).to_contain_text("standing")
    expect(page.locator("#trend-spe .trend-value")).to_contain_text("× limit")
    page.goto(f"{stack.url}/plants/1/flowsheet/")
    priorities = {alarm["priority"] for alarm in alarms_of(stack)}
    signs = [f'#flowsheet [data-alarm="{one}"] .alarm-{one}' for one in priorities]
    assert page.locator(", ".join(signs)).count() > 0
    page.locator("#place-50").click()
    expect(page.locator("#faceplate .tag-trend")).to_be_visible()
    page.locator("#plate-valve-10-value").fill("38")
    page.locator("#plate-valve-10-take").click()
    expect(page.locator("h1")).to_have_text("Nothing has been done yet")
    page.locator("#question-yes").click()
    expect(page.locator(".messages")).to_contain_text("XMV(10) is by hand at 38 %")
    expect(page.locator("#faceplate")).to_have_attribute("data-tag", "XMV(10)")
    page.goto(f"{stack.url}/plants/1/diagnosis/")
    expect(page.locator("#situation")).to_contain_text("stands since")
    page.goto(f"{stack.url}/plants/?show=abnormal")
    expect(page.locator("#plant-1")).to_be_visible()
    context.close()


def test_a_hidden_truth_is_on_no_display(browser, stack):
    stack.request("/api/plants/1/injections", {"idv": 6})
    with logged_in(browser, stack) as page:
        page.goto(f"{stack.url}/plants/1/flowsheet/")
        mark = page.locator('.truth-on-sheet[data-idv="6"]')
        expect(mark).to_be_visible(timeout=15_000)
        page.get_by_role("button", name="Hide what is injected").click()
        expect(page.get_by_role("button", name="Show what is injected")).to_be_visible()
        assert page.locator(".truth-on-sheet").count() == 0
        assert page.locator("#plant-idvs").count() == 0
        axe_finds_nothing(page)
        page.goto(f"{stack.url}/plants/1/")
        # The fault is one's own, and that is no secret.
        expect(page.locator("#switches .switch-hidden")).to_have_count(19)
        assert page.locator(".key-truth").count() == 0
        page.get_by_role("button", name="Show what is injected").click()
        expect(page.locator("#plant-idvs")).to_contain_text("IDV(6)")
