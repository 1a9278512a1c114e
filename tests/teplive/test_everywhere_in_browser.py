"""What holds on every page, in a real browser: colours, times, units, keys, calm updates."""

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.display import zone_of
from accounts.moments import STYLES, moment_text
from tests.browser import a_browser
from tests.teplive.test_browser import logged_in, wait_for_points

pytestmark = [pytest.mark.stack, pytest.mark.browser]

#: Every page is held against these rules in tests/screens; here what moves, and what chooses.
PAGES = ("/plants/1/", "/plants/1/flowsheet/", "/preferences/")


@pytest.fixture(scope="module")
def browser():
    with a_browser() as browser:
        yield browser


@pytest.fixture
def page(browser, stack):
    with logged_in(browser, stack) as page:
        yield page
        choose(page, stack, theme="system", zone="", units="original", shortcuts=True)


def choose(page: Page, stack, shortcuts: bool = True, **choice: str) -> None:
    """Store preferences by their page."""
    page.goto(f"{stack.url}/preferences/")
    for name, value in choice.items():
        page.locator(f"#id_{name}").select_option(value)
    page.locator("#id_shortcuts").set_checked(shortcuts)
    page.get_by_role("button", name="Store").click()
    expect(page.locator(".messages")).to_contain_text("stored")


def background(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


def brightness(colour: str) -> float:
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3


def test_the_theme_is_kept_is_dark_grey_and_needs_no_script(browser, stack, page):
    assert brightness(background(page)) > 200
    choose(page, stack, theme="dark")
    page.goto(f"{stack.url}/plants/1/")
    assert 20 < brightness(background(page)) < 70
    page.emulate_media(media="print")
    assert background(page) == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")
    context = browser.new_context(
        storage_state=page.context.storage_state(), java_script_enabled=False
    )
    plain = context.new_page()
    plain.goto(f"{stack.url}/plants/1/")
    expect(plain.locator("html")).to_have_attribute("data-theme", "dark")
    expect(plain.locator("html")).to_have_css("background-color", "rgb(32, 37, 41)")
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_accessibility_in_either_theme(stack, page, theme):
    choose(page, stack, theme=theme)
    for address in PAGES:
        page.goto(stack.url + address)
        page.wait_for_load_state("load")
        found = Axe().run(page)
        assert found.violations_count == 0, address + found.generate_report()


def test_times_are_in_the_users_zone_with_utc_on_hover_also_those_that_are_pushed(stack, page):
    choose(page, stack, zone="Asia/Kolkata")
    page.goto(f"{stack.url}/plants/1/")
    page.locator("#stage-simulate summary").click()
    worked = page.locator("#stage-simulate time").first
    expect(worked).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\+5:30$"))
    expect(worked).to_have_attribute("title", re.compile(r" UTC$"))
    before = worked.get_attribute("datetime")
    expect(worked).not_to_have_attribute("datetime", before, timeout=15_000)  # a push came
    expect(worked).to_have_text(re.compile(r" UTC\+5:30$"))
    expect(page.locator("#stage-simulate details")).to_have_attribute("open", "")


def test_a_browsers_own_zone_is_used_on_the_first_page_and_by_the_server_on_the_next(
    browser, stack, page
):
    context = browser.new_context(
        storage_state=page.context.storage_state(), timezone_id="America/St_Johns"
    )
    context.clear_cookies(name="zone")
    first = context.new_page()
    first.goto(f"{stack.url}/preferences/")
    expect(first.locator("main time").first).to_have_text(re.compile(r" UTC−[23]:30$"))
    assert "UTC−" in context.request.get(f"{stack.url}/preferences/").text()
    context.close()


@pytest.mark.parametrize(
    "zone", ["Asia/Kolkata", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"]
)
def test_the_browser_writes_a_moment_as_the_server_does(stack, page, zone):
    choose(page, stack, zone=zone)
    moments = [
        datetime(2026, month, day, hour, 30, 5, tzinfo=UTC)
        for month, day in ((1, 9), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1), (12, 31))
        for hour in (0, 1, 6, 15, 23)
    ]
    written = page.evaluate(
        "([times, styles]) => times.map((time) => styles.map((style) => "
        "window.tep.momentText(new Date(time), style)))",
        [[moment.isoformat() for moment in moments], list(STYLES)],
    )
    place, _ = zone_of(zone)
    assert written == [[moment_text(at, place, style) for style in STYLES] for at in moments]


def test_si_units_are_shown_by_charts_and_flow_sheet_also_for_what_is_pushed(stack, page):
    page.locator("#account-menu summary").click()
    page.get_by_role("button", name="Show SI units").click()
    expect(page).to_have_url(re.compile(r"/plants/1/$"))
    wait_for_points(page, 2)
    trend = page.locator("#trend-6")  # XMEAS(7), reactor pressure
    expect(trend.locator(".unit")).to_have_text("Pa")
    expect(trend.locator(".trend-value")).to_have_text(re.compile(r"^2[78]\d{5}$"))
    page.goto(f"{stack.url}/plants/1/flowsheet/")
    pressure = page.locator('#flowsheet [data-column="6"] .value')
    text = pressure.text_content()
    expect(pressure).not_to_have_text(text, timeout=15_000)
    expect(pressure).to_have_text(re.compile(r"^2[78]\d{5}$"))
    page.locator("#account-menu summary").click()
    page.get_by_role("button", name="Show the process's own units").click()
    expect(pressure).to_have_text(re.compile(r"^\d{4}\.\d$"))


def test_keys_lead_to_pages_a_sheet_lists_them_and_nothing_happens_while_one_types(stack, page):
    page.keyboard.press("g")
    page.keyboard.press("f")
    expect(page).to_have_url(f"{stack.url}/plants/1/flowsheet/")
    page.keyboard.press("?")
    sheet = page.locator("#shortcuts")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("Flow sheet")
    assert Axe().run(page).violations_count == 0
    for _ in range(4):  # the focus stays in the sheet (or in the browser's own bar)
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || "
            "document.getElementById('shortcuts').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.goto(f"{stack.url}/plants/1/")
    field = page.locator("#reset-seed")
    field.focus()
    page.keyboard.type("gf?")
    expect(sheet).to_be_hidden()
    expect(page).to_have_url(f"{stack.url}/plants/1/")


def test_keys_can_be_switched_off(stack, page):
    choose(page, stack, shortcuts=False)
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.locator("#account-menu summary").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.locator("#shortcuts")).to_contain_text("switched off")


def test_pushes_leave_focus_typed_text_folds_and_scroll_position_alone(stack, page):
    page.locator("#plan summary").click()
    field = page.locator("#injection-idvs")
    field.fill("4,6")
    page.locator("#injection-start_after_hours").focus()
    step = page.locator("#plant-step")
    for _ in range(3):
        seen = step.inner_text()
        expect(step).not_to_have_text(seen, timeout=15_000)
    stack.request("/api/plants/1/speed", {"interval_seconds": 0.5})  # the controls are made anew
    expect(page.locator("#plant-speed")).to_contain_text("0.5 s", timeout=15_000)
    expect(field).to_have_value("4,6")
    expect(page.locator("#plan")).to_have_attribute("open", "")
    focused = page.evaluate("document.activeElement.id")
    assert focused == "injection-start_after_hours"
    # Above it a line may come or go, but it does not leave the view.
    place = page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert 0 <= place <= 800


def test_a_click_that_fails_says_so_and_stays_said(stack, page):
    page.route("**/plants/1/inject", lambda route: route.abort())
    page.route("**/plants/1/inject/", lambda route: route.abort())
    page.locator("#inject-preset").click()
    expect(page.locator("#notice")).to_contain_text("is not known")
    page.unroute_all()
    page.locator("#clear-all").click()
    expect(page.locator("#notice")).to_be_hidden(timeout=10_000)


@pytest.mark.parametrize("width", [820, 1280])
def test_the_header_has_room_and_its_menus_close_by_escape(stack, page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{stack.url}/detectors/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    menu = page.locator("#more-menu")
    menu.locator("summary").click()
    expect(menu.get_by_role("link", name="Detectors")).to_have_attribute("aria-current", "page")
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="Detectors")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_printed_pages_have_no_controls_and_dark_words_on_white(stack, page):
    choose(page, stack, theme="dark")
    for address in ("/plants/1/", "/plants/1/alarms/", "/plants/1/explanations/"):
        page.goto(stack.url + address)
        page.emulate_media(media="print")
        expect(page.locator("header.site")).to_be_hidden()
        assert page.locator("main button:visible").count() == 0
        expect(page.locator("main > .print-only")).to_contain_text(" UTC")
        assert brightness(page.evaluate("getComputedStyle(document.body).color")) < 40
        page.emulate_media(media="screen")
