"""The alarm pages in a real browser: live, by keyboard, on a phone, with sound, in a storm."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import a_browser
from tests.stack import PASSWORD, REPOSITORY, Stack, environment

pytestmark = [pytest.mark.stack, pytest.mark.browser]
#: Alarms of a storm: of limits that every reading passes, and others beside them.
STORM, BY_LIMITS = 500, 250
#: Keeps the lengths of the tasks that hold the main thread up for more than 50 ms.
WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push(Math.round(entry.duration));
}).observe({ type: "longtask" });
"""
ENGINE = """
from monitoring.models import AlarmDefinition, AlarmJournalEntry, AlarmOccurrence
from simulation.models import Plant
from tests.monitoring.alarms.standing import *
p = Plant.objects.get(pk=1)
"""


@pytest.fixture(scope="module")
def browser():
    with a_browser() as browser:
        yield browser


def python(stack: Stack, code: str) -> str:
    """Run code of the engine beside the running product."""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", ENGINE + code],
        cwd=REPOSITORY,
        env=environment(stack.data_dir, PYTHONPATH=os.fspath(REPOSITORY)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def raise_named(stack: Stack, *names: str, priority: str = "high") -> None:
    """Let conditions hold that nothing but the test judges."""
    python(
        stack,
        f"for name in {list(names)!r}:\n"
        f"    many_definitions(1, code=name.lower(), name=name, priority={priority!r})\n"
        f"    raise_alarms(p, name.lower())\n",
    )


def forget_alarms(stack: Stack) -> None:
    """Take away every alarm, and every definition that a test has made."""
    python(
        stack,
        "p.event_frames.all().delete()\n"
        "AlarmOccurrence.objects.all().delete()\n"
        "AlarmJournalEntry.objects.all().delete()\n"
        "built_in = AlarmDefinition.objects.filter(plant=None).exclude(kind='failed')\n"
        "AlarmDefinition.objects.exclude(pk__in=built_in).exclude(code='plant-failed').delete()\n",
    )


@pytest.fixture(scope="module")
def left_clean(running_product):
    """The tests of other modules meet no alarm of these."""
    yield
    forget_alarms(running_product)


@pytest.fixture
def quiet(stack, left_clean):
    """The product without an alarm or a definition of a test before."""
    forget_alarms(stack)
    return stack


@contextmanager
def logged_in(browser, stack: Stack, width: int = 1280, height: int = 800, **more):
    """A page of the admin that fails the test on a script error or a broken content policy."""
    context = browser.new_context(viewport={"width": width, "height": height}, **more)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console", lambda m: complaints.append(m.text) if "Content Security" in m.text else None
    )
    page.add_init_script(WATCH)
    page.goto(stack.url)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{stack.url}/plants/1/alarms/")
    expect(page.locator("#alarm-list")).to_be_visible()
    yield page
    context.close()
    assert complaints == []


def row(page: Page, name: str):
    return page.locator(".alarm-table tr").filter(has_text=name)


def test_an_alarm_appears_by_itself_and_what_is_typed_stays_and_enter_acknowledges(browser, quiet):
    with logged_in(browser, quiet) as page:
        expect(page.locator("#alarm-list")).to_contain_text("No alarm stands")
        raise_named(quiet, "Pump-A")
        expect(row(page, "Pump-A")).to_contain_text("unacknowledged", timeout=15_000)
        row(page, "Pump-A").get_by_role("link", name="Comment on or shelve").focus()
        page.keyboard.press("Enter")
        comment = page.get_by_label("Comment (optional)")
        comment.fill("seen it")
        raise_named(quiet, "Pump-B")
        expect(page.locator("#alarm-bar")).to_contain_text("Pump-B", timeout=15_000)
        expect(comment).to_have_value("seen it")
        expect(comment).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#alarm-message")).to_contain_text("Acknowledged: Pump-A")
        expect(page.locator(".alarm-acts")).to_have_count(0)
    said = python(quiet, "print(AlarmJournalEntry.objects.get(kind='acknowledged').comment)")
    assert said == "seen it"


def test_what_is_wrong_in_the_shelving_stays_beside_the_field_while_the_list_goes_on(
    browser, quiet
):
    raise_named(quiet, "Pump-A")
    with logged_in(browser, quiet) as page:
        row(page, "Pump-A").get_by_role("link", name="Comment on or shelve").click()
        page.get_by_label("Shelve for").select_option("60")
        page.get_by_role("button", name="Shelve", exact=True).click()
        expect(page.locator(".errorlist")).to_contain_text("Say why it is shelved.")
        raise_named(quiet, "Pump-B")
        expect(page.locator("#alarm-bar")).to_contain_text("Pump-B", timeout=15_000)
        expect(page.locator(".errorlist")).to_contain_text("Say why it is shelved.")
        expect(page.get_by_label("Shelve for")).to_have_value("60")
        page.get_by_label("Reason").fill("being cleaned")
        page.get_by_role("button", name="Shelve", exact=True).click()
        expect(page.locator("#alarm-message")).to_contain_text("Shelved until")
        expect(row(page, "Pump-A")).to_have_count(0)
        page.get_by_role("link", name="Shelved", exact=True).click()
        expect(row(page, "Pump-A")).to_contain_text("being cleaned")
        page.get_by_role("button", name="off the shelf").click()
        expect(page.locator("#alarm-message")).to_contain_text("Off the shelf")


def test_all_that_is_shown_is_acknowledged_after_a_question(browser, quiet):
    raise_named(quiet, "Pump-A", "Pump-B", priority="critical")
    with logged_in(browser, quiet) as page:
        page.locator("#acknowledge-shown button").click()
        page.get_by_role("button", name="Yes, go on").click()
        expect(page.locator("#alarm-message")).to_contain_text("2 alarms acknowledged")
        expect(page.locator("tr.asks")).to_have_count(0)


def test_acknowledging_works_with_a_thumb_on_a_phone(browser, quiet):
    raise_named(quiet, "Pump-A")
    with logged_in(browser, quiet, 390, 844, has_touch=True, is_mobile=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for target in page.locator("#alarm-list .touch:visible, .alarm-frame .touch:visible").all():
            box = target.bounding_box()
            assert box["height"] >= 44, target.inner_text()
            assert box["width"] >= 44, target.inner_text()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        row(page, "Pump-A").get_by_role("button", name="Acknowledge Pump-A").tap()
        expect(row(page, "Pump-A").locator(".alarm-state")).to_have_text("acknowledged")


def test_on_a_tablet_the_bar_takes_one_line_and_in_a_flood_two(browser, quiet):
    long_name = "The pump with a name that no display was ever made for"
    with logged_in(browser, quiet, 820, 1180) as page:
        for name, priority in (("Low", "low"), ("Medium", "medium"), (long_name, "critical")):
            raise_named(quiet, name, priority=priority)
        newest = page.locator("#alarm-bar .alarm-bar-newest")
        expect(newest).to_contain_text(long_name, timeout=15_000)
        expect(page.locator("#alarm-sound")).to_be_visible()
        frame = page.locator("#alarm-frame")
        buttons = frame.locator(".touch:visible").all()
        line = max(button.bounding_box()["height"] for button in buttons)
        assert len(buttons) == 3 and line < 50
        assert frame.bounding_box()["height"] <= line + 10
        raise_named(quiet, *(f"Pump-{number}" for number in range(12)))
        flood = page.locator("#alarm-bar .alarm-flood")
        expect(flood).to_contain_text("Alarm flood: ", timeout=15_000)
        text = flood.evaluate("e => parseFloat(getComputedStyle(e).lineHeight)")
        assert frame.bounding_box()["height"] <= line + 10 + text + 6
        assert page.evaluate("document.documentElement.scrollWidth") <= 820
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_the_sound_waits_for_a_click_follows_the_priority_and_is_silenced(browser, quiet):
    with logged_in(browser, quiet) as page:
        toggle, silence = page.locator("#sound-toggle"), page.locator("#sound-silence")
        expect(toggle).to_have_text("Sound on, after a click")
        raise_named(quiet, "Pump-A")
        expect(silence).to_be_enabled(timeout=15_000)
        assert page.evaluate("document.documentElement.dataset.sounded || ''") == ""
        page.locator("h1").click()
        expect(toggle).to_have_text("Sound on")
        html = page.locator("html")
        expect(html).to_have_attribute("data-sounded-priority", "high", timeout=10_000)
        silence.click()
        expect(silence).to_be_disabled()
        expect(row(page, "Pump-A").locator(".alarm-state")).to_have_text("unacknowledged")
        raise_named(quiet, "Pump-B", priority="critical")
        expect(silence).to_be_enabled(timeout=15_000)
        expect(html).to_have_attribute("data-sounded-priority", "critical", timeout=10_000)
        other = page.context.new_page()
        other.goto(quiet.url + "/plants/")
        with page.expect_response("**/preferences/sound") as answered:
            toggle.click()
        assert answered.value.status == 204
        expect(toggle).to_have_text("Sound off")
        expect(silence).to_be_disabled()
        expect(other.locator("#sound-toggle")).to_have_text("Sound off")
        page.reload()
        expect(toggle).to_have_text("Sound off")
    with logged_in(browser, quiet) as page:  # elsewhere, where nothing was ever chosen
        toggle = page.locator("#sound-toggle")
        expect(toggle).to_have_text("Sound off")
        with page.expect_response("**/preferences/sound"):
            toggle.click()
        expect(toggle).to_have_text("Sound on")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (820, 1180)])
def test_an_open_form_breaks_no_accessibility_rule_and_does_not_scroll_sideways(
    browser, quiet, width, height
):
    raise_named(quiet, "Pump-A", "Pump-B")
    number = python(quiet, "print(AlarmOccurrence.objects.first().pk)")
    address = f"/plants/1/alarms/?form={number}"
    with logged_in(browser, quiet, width, height) as page:
        page.goto(quiet.url + address)
        page.wait_for_load_state("load")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_in_a_storm_the_list_stays_usable_and_the_journal_has_every_alarm(browser, quiet):
    """The plant's own readings pass 250 limits; 250 more alarms come beside them."""
    with logged_in(browser, quiet) as page:
        python(
            quiet,
            "from simulation.tep.variables import LABELS\n"
            "made = [AlarmDefinition(plant=p, code=f'own-{kind}-{n}', name=f'Own {kind} {tag}',"
            " source='limit', kind=kind, tag=tag, limit=limit, reference=-1e9, priority='low')"
            " for n, tag in enumerate(LABELS)"
            " for kind, limit in (('hi', -1e6), ('hihi', -1e6), ('lo', 1e6), ('lolo', 1e6),"
            " ('deviation', 1.0))]\n"
            f"AlarmDefinition.objects.bulk_create(made[:{BY_LIMITS}])\n"
            f"raise_alarms(p, *many_definitions({STORM - BY_LIMITS}))\n",
        )
        flood = page.locator("#flood")
        expect(flood).to_contain_text("Alarm flood: ", timeout=60_000)
        expect(flood).to_contain_text("in the last 10 min, since")
        written = (
            "found = AlarmJournalEntry.objects.filter(kind='activated', is_announced=True)\n"
            "codes = found.values_list('code', flat=True)\n"
            "print(sum(code.startswith(('own-', 'storm-')) for code in set(codes)))"
        )
        for _ in range(30):  # each try takes seconds: the plant takes its steps meanwhile
            if (count := int(python(quiet, written))) >= STORM:
                break
        assert count == STORM
        raise_named(quiet, "Pump-C", priority="critical")
        expect(row(page, "Pump-C")).to_be_visible(timeout=20_000)
        row(page, "Pump-C").get_by_role("button", name="Acknowledge Pump-C").click()
        expect(page.locator("#alarm-message")).to_contain_text("Acknowledged: Pump-C")
        assert page.locator("[id^=occurrence-]").count() <= 100
        tasks = page.evaluate("window.longTasks")
        refreshes = page.evaluate("document.documentElement.dataset.alarmRefreshes")
        print(f"long tasks (ms): {sorted(tasks)}; the list was renewed {refreshes} times")


def test_a_field_for_date_and_time_has_room_for_both(browser, quiet):
    with logged_in(browser, quiet) as page:
        page.goto(f"{quiet.url}/alarms/journal/")
        fields = page.locator("input[type='datetime-local']")
        expect(fields).to_have_count(2)
        for field in fields.all():
            has = field.evaluate("e => e.offsetWidth")
            assert has >= field.evaluate("e => (e.style.width = 'auto', e.offsetWidth)")
