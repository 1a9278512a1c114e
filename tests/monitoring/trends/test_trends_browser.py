"""Trends under a user's hands, in a real browser."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from simulation.models import Injection, Reading
from tests.monitoring.trends.runs import store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SPIKE_AT, COUNT = 51_234, 86_400


def test_a_single_spike_in_a_day_of_samples_is_seen_and_can_be_zoomed_to(visit, plant):
    store(plant, COUNT, spike=SPIKE_AT)
    page = visit("axis=wall&span=24h&chart=XMEAS(7)")
    expect(page.locator("#trend-resolution")).to_contain_text("the lowest or the highest of")
    page.locator("#trend-table summary").click()
    highest = page.locator("#trend-table tr", has_text="Highest")
    expect(highest).to_contain_text(re.compile(r"3[12]\d\d\.\d"))
    start, end = (SPIKE_AT - 40) / 20, (SPIKE_AT + 40) / 20
    page.goto(page.url.split("?")[0] + f"?chart=XMEAS(7)&from={start}&to={end}")
    expect(page.locator("#trend-resolution")).to_contain_text("Every stored sample is shown")
    page.locator("#trend-table summary").click()
    row = page.locator("#trend-table tbody tr", has_text=f"{SPIKE_AT / 20:.2f} h")
    expect(row).to_contain_text(re.compile(r"3[12]\d\d\.\d"))
    # Out again by hand: the spike stays.
    page.locator("#trend-charts").focus()
    for _ in range(12):
        page.keyboard.press("-")
    expect(page.locator("#trend-resolution")).to_contain_text("the lowest or the highest of")
    expect(highest).to_contain_text(re.compile(r"3[12]\d\d\.\d"))


def test_a_gap_is_a_gap_in_picture_and_table(visit, plant):
    store(plant, 300, missing=range(150, 250))
    page = visit("chart=XMEAS(7)&from=1&to=15")
    page.locator("#trend-table summary").click()
    expect(page.locator("#trend-table")).to_contain_text("gap")
    ink = page.evaluate(
        """() => {
          const canvas = document.querySelector('.trend-chart canvas');
          const { width, height } = canvas;
          const over = document.querySelector('.u-over').getBoundingClientRect();
          const left = over.left - canvas.getBoundingClientRect().left;
          const at = (part) => {
            const x = Math.round((left + over.width * part) * devicePixelRatio);
            const { data } = canvas.getContext('2d').getImageData(x, 0, 8, height * 0.8);
            const seen = new Set();
            for (let i = 0; i < data.length; i += 4) {
              if (data[i + 3] > 200 && data[i] < 90) seen.add(i);
            }
            return seen.size;
          };
          return [at(0.2), at(0.7)];
        }"""
    )
    assert ink[0] > 0 and ink[1] == 0


def test_the_keyboard_moves_zooms_and_follows(visit, plant):
    store(plant, 1000)
    page = visit("chart=XMEAS(7)&chart=XMV(10)")
    expect(page.locator("#trend-state")).to_have_text("Following the newest sample")
    charts = page.locator("#trend-charts")
    charts.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#trend-state")).to_have_text("Paused")
    expect(page).to_have_url(re.compile(r"from=35\.6&to=47\.6"))
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"from=37\.85&to=45\.35"))
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#trend-cursor")).to_contain_text("step")
    page.keyboard.press("0")
    expect(page).to_have_url(re.compile(r"from=0\.05&to=50(&|$)"))
    page.keyboard.press("End")
    expect(page.locator("#trend-state")).to_have_text("Following the newest sample")
    expect(page).not_to_have_url(re.compile("from="))


def test_drag_zooms_and_a_finger_moves(visit, plant):
    store(plant, 1000)
    page = visit("chart=XMEAS(7)")
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    box = page.locator(".u-over").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, y, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=4[01]\.\d+&to=4[67]\.?\d*"))
    page.locator(".u-over").evaluate(
        """(over) => {
          const { left, top, width } = over.getBoundingClientRect();
          over.setPointerCapture = () => {};
          for (const [kind, part] of [['down', 0.5], ['move', 0.75], ['up', 0.75]]) {
            over.dispatchEvent(new PointerEvent(`pointer${kind}`, {
              pointerId: 5, pointerType: 'touch', clientY: top + 20,
              clientX: left + width * part }));
          }
        }"""
    )
    expect(page).to_have_url(re.compile(r"from=39\.\d+&to=45\.?\d*"))


def test_a_run_laid_over_another_is_aligned_at_its_injection(visit, plant):
    for seed, step in ((1, 120), (2, 60)):
        run = store(plant, 200, seed=seed)
        Injection.objects.create(run=run, idv=6, start_step=step)
        late = Reading.objects.filter(run=run, step__gte=step)
        late.update(values=np.full(53, 3000.0))
    query = f"plant={plant.pk}&run=1&chart=XMEAS(7)&overlay={plant.pk}.2&align=injection"
    page = visit(f"{query}&difference=1&from=5.5&to=6.5")
    expect(page.locator(".trend-chart")).to_have_count(2)
    page.locator("#trend-table summary").click()
    rows = page.locator("#trend-table table").first.locator("tbody tr")
    for hour in ("6.00 h", "6.25 h"):
        expect(rows.filter(has_text=hour)).to_contain_text(re.compile(r"3000\.0\s*3000\.0"))
    expect(rows.filter(has_text="5.95 h")).not_to_contain_text("3000.0")
    apart = page.locator("#trend-table table").last.locator("tbody tr")
    expect(apart.filter(has_text="6.10 h")).to_contain_text("0.0")


def test_a_saved_view_survives_a_reload(visit, plant):
    store(plant, 300)
    page = visit("chart=XMEAS(7),XMV(10)&hide=alarms")
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    page.locator("#trend-charts").focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("from="))
    page.locator("#save-name").fill("mine")
    page.locator(".trend-save button").click()
    expect(page.locator("#saved-told")).to_have_text("Saved as «mine».")
    kept = page.url
    page.goto(kept.split("?")[0])
    page.get_by_role("link", name="mine", exact=True).click()
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    assert parse_qs(urlsplit(page.url).query) == parse_qs(urlsplit(kept).query)
    expect(page.locator(".trend-legend tr")).to_have_count(2)


def test_the_picture_to_keep_is_not_empty(visit, plant, tmp_path):
    store(plant, 300)
    page = visit("chart=XMEAS(7),XMV(10)")
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    download.value.save_as(tmp_path / "trends.png")
    with Image.open(tmp_path / "trends.png") as image:
        assert image.width >= 600 and image.height > 250
        assert len(image.convert("L").getcolors(1 << 24)) > 20


@pytest.mark.parametrize("width", [1280, 820])
def test_axe_finds_nothing_and_nothing_sticks_out(visit, plant, width):
    store(plant, 300)
    Injection.objects.create(run=plant.run, idv=6, start_step=200)
    for query in (
        "chart=XMEAS(7),XMEAS(8),XMV(10)&chart=T2,SPE",
        "chart=nonsense&from=x",
        "plain=1",
    ):
        page = visit(query, width=width)
        if "plain" not in query and "nonsense" not in query:
            expect(page.locator("#trend-resolution")).not_to_be_empty()
            page.locator("#trend-table summary").click()
            page.locator("#trend-picker summary").click()
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_server_draws(visit, plant):
    store(plant, 300)
    page = visit("chart=XMEAS(7)", java_script_enabled=False)
    expect(page.locator(".trend-picture")).to_have_count(1)
    page.locator("#trend-chart-1").fill("XMEAS(7),XMV(10)")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".trend-picture")).to_have_count(2)


def test_a_run_shorter_than_the_span_is_shown_from_its_begin_and_the_page_says_so(visit, plant):
    store(plant, 60)
    page = visit("chart=XMEAS(7)")
    state = page.locator("#trend-state")
    expect(state).to_have_text(
        "Following the newest sample; the run is 3.00 h long, and all of it is shown"
    )
    assert page.evaluate("window.tep.trends.range") == [0, 3]
    # No hand leads before the begin of the run either, and what moves keeps its width.
    page.locator("#trend-charts").focus()
    page.keyboard.press("-")
    expect(page).to_have_url(re.compile(r"from=0&to=3\.9"))
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"from=0\.7\d*&to=3\.1"))
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"from=0&to=2\.4"))


def test_a_tap_sets_the_cursor_and_the_sheet_tells_what_keys_and_hands_do(visit, plant):
    store(plant, 300)
    page = visit("chart=XMEAS(7)", width=820, has_touch=True)
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    box = page.locator(".u-over").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 20)
    expect(page.locator("#trend-cursor")).to_contain_text("step")
    expect(page.locator("#trend-state")).to_contain_text("Following")
    page.keyboard.press("?")
    sheet = page.locator("#shortcuts")
    for words in ("Charts in focus: zoom in, zoom out", "two zoom", "follow the newest sample"):
        expect(sheet).to_contain_text(words)


def test_two_fingers_zoom_about_what_lies_under_them(visit, plant):
    store(plant, 1000)
    page = visit("chart=XMEAS(7)&from=20&to=30")
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    page.locator(".u-over").evaluate(
        """(over) => {
          const { left, top, width } = over.getBoundingClientRect();
          over.setPointerCapture = () => {};
          const touch = (kind, pointerId, part) => over.dispatchEvent(new PointerEvent(
            `pointer${kind}`, { pointerId, pointerType: 'touch', clientY: top + 20,
                                clientX: left + width * part }));
          touch('down', 1, 0.4);
          touch('down', 2, 0.6);
          touch('move', 1, 0.2);
          touch('move', 2, 0.8);
          touch('up', 1, 0.2);
          touch('up', 2, 0.8);
        }"""
    )
    # What was a fifth of the span takes three fifths now.
    expect(page).to_have_url(re.compile(r"from=23\.3\d*&to=26\.[67]\d*"))


def test_what_leads_on_keeps_what_was_zoomed_to_and_switched_off(visit, plant):
    store(plant, 1000)
    page = visit("chart=XMEAS(7)&chart=XMEAS(7)&chart=T2&from=20&to=30")
    page.locator('[data-layer="normal"]').click()
    page.locator("#trend-charts").focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"from=21\.\d+&to=28\.\d+&hide=normal|hide=normal&from=21"))
    shown = parse_qs(urlsplit(page.url).query)
    page.locator("[data-trend-without]").nth(2).click()
    expect(page.locator(".trend-chart")).to_have_count(2)
    left = parse_qs(urlsplit(page.url).query)
    assert left == shown | {"chart": ["XMEAS(7)", "XMEAS(7)"]}
    page.locator('[data-trend-span="4h"]').click()
    expect(page.locator("#trend-state")).to_have_text("Following the newest sample")
    assert parse_qs(urlsplit(page.url).query)["hide"] == ["normal"]
    assert page.evaluate("window.tep.trends.range") == [46, 50]


def test_a_second_cursor_measures_by_keyboard_and_by_mouse(visit, plant):
    store(plant, 200)
    values = dict(Reading.objects.filter(run=plant.run).values_list("step", "values"))
    page = visit("chart=XMEAS(7)&from=0&to=10")
    expect(page.locator("#trend-resolution")).to_contain_text("Every stored sample")
    page.locator("#trend-charts").focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("m")
    words, delta = page.locator("#trend-cursor"), page.locator(".trend-legend .delta")
    expect(words).to_contain_text("from 10.00 h")
    for _ in range(20):
        page.keyboard.press("Shift+ArrowLeft")
    expect(words).to_contain_text("Δt \u221260.0\u00a0min from 10.00 h")
    change = values[180][6] - values[200][6]
    told = f"{abs(change):.1f}"
    expect(delta).to_have_text(f"Δ\u00a0{'+' if change >= 0 else chr(0x2212)}{told}")
    page.keyboard.press("Escape")
    expect(delta).to_have_text("")
    box = page.locator(".u-over").first.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.keyboard.down("Shift")
    page.mouse.click(*middle)
    page.keyboard.up("Shift")
    page.mouse.move(middle[0] + box["width"] / 4, middle[1])
    expect(words).to_contain_text("from 5.00 h")
    expect(words).to_contain_text("Δt +2.50\u00a0h")


def test_a_scale_set_by_hand_is_the_charts_and_the_addresss(visit, plant):
    store(plant, 200)
    page = visit("chart=XMEAS(7)&chart=XMEAS(8)&from=0&to=10")
    expect(page.locator("#trend-resolution")).to_contain_text("Every stored sample")
    page.get_by_label("Scale").nth(1).fill("2600 to 2800")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile(r"y2=2600"))
    expect(page.locator("#trend-resolution")).to_contain_text("Every stored sample")
    scales = "tep.trends.charts.map(({ plot }) => [plot.scales.y0.min, plot.scales.y0.max])"
    first, second = page.evaluate(scales)
    assert second == [2600, 2800] and first != second
    page.locator("#trend-charts").focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"y2=2600\.\.2800.*from="))
    links = page.locator("[data-trend-without]")
    expect(links.first).to_have_attribute("href", re.compile(r"y1=2600\.\.2800"))
    assert page.evaluate(scales)[1] == [2600, 2800]
