"""What is drawn besides the lines, in a real browser: strips of alarms, switches, colours."""

import re

import pytest
from playwright.sync_api import expect

from monitoring.alarms.board import open_board
from monitoring.alarms.moment import Moment
from monitoring.models import AlarmDefinition
from simulation.models import Plant, Reading
from tests.monitoring.trends.runs import store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: How many pixels of a chart's canvas have a colour of the page, of each name.
PIXELS = """([selector, names]) => {
  const canvas = document.querySelector(selector);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const probe = document.createElement('canvas').getContext('2d');
  const count = (name) => {
    const style = getComputedStyle(document.documentElement);
    probe.fillStyle = style.getPropertyValue(`--${name}`).trim();
    probe.fillRect(0, 0, 1, 1);
    const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
    let found = 0;
    for (let i = 0; i < data.length; i += 4) {
      const is = data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255;
      if (is) found += 1;
    }
    return found;
  };
  return Object.fromEntries(names.map((name) => [name, count(name)]));
}"""


#: The same, once a condition on the counts holds; not `wait_for_function`, which evaluates a
#: string in the page: the content policy forbids that.
UNTIL = f"""async ([selector, name, least, most]) => {{
  const pixels = {PIXELS};
  for (const begun = performance.now(); ; ) {{
    const found = pixels([selector, [name]])[name];
    if (found >= least && found <= most) return found;
    if (performance.now() > begun + 20_000) throw new Error(`${{found}} pixels of ${{name}}`);
    await new Promise(requestAnimationFrame);
  }}
}}"""
PLENTY = 10**9


def until(page, name, least, most=PLENTY, selector=".trend-chart canvas"):
    """Wait until so many pixels of a chart have a colour, for 20 s at most."""
    return page.evaluate(UNTIL, [selector, name, least, most])


def pixels(page, *names, selector=".trend-chart canvas"):
    return page.evaluate(PIXELS, [selector, list(names)])


def stand(plant, code, first, last=None):
    """Let an alarm stand from a step on, or to another."""
    definition = AlarmDefinition.objects.get(code=code)
    with open_board(plant.pk) as board:
        board.hold(definition, Moment(plant.run, first))
        if last is not None:
            board.give_return(definition, Moment(plant.run, last))


def test_alarms_are_strips_above_the_lines_that_a_switch_takes_away(visit, plant):
    store(plant, 240)
    AlarmDefinition.objects.filter(code="reactor-pressure-hi").update(priority="high")
    stand(plant, "reactor-pressure-hi", 40, 120)
    stand(plant, "plant-tripped", 200)
    page = visit("chart=XMEAS(7)&chart=XMEAS(9)")
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    page.locator("#trend-table summary").click()
    rows = page.locator("#trend-alarms tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(re.compile(r"2 high\s*2\.00 h\s*–\s*6\.00 h"))
    expect(rows.last).to_contain_text(re.compile(r"1 critical\s*10\.00 h\s*–\s*stands"))
    shown = pixels(page, "warn", "alarm")
    # A third of the plot, nine px high; and its last sixth.
    assert shown["warn"] > 800 and shown["alarm"] > 300
    switch = page.locator('[data-layer="operator"]')
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    expect(page).to_have_url(re.compile("hide=operator"))
    expect(page.locator('#trend-form [name="hide"][value="operator"]')).to_be_checked()
    until(page, "warn", 0, 0)
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.click()
    expect(page).not_to_have_url(re.compile("hide="))


def test_no_line_runs_under_the_strips(visit, plant):
    store(plant, 240)
    stand(plant, "reactor-pressure-hi", 40)
    stand(plant, "plant-tripped", 40)
    page = visit("chart=XMEAS(7)")
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    lowest = page.evaluate(
        """() => {
          const { plot } = window.tep.trends.charts[0];
          return plot.valToPos(Math.max(...plot.data[1]), 'y0');
        }"""
    )
    assert lowest > 20


def test_an_acknowledged_alarm_is_empty_from_there_on(visit, plant):
    store(plant, 240)
    AlarmDefinition.objects.filter(code="reactor-pressure-hi").update(priority="high")
    stand(plant, "reactor-pressure-hi", 40)
    page = visit("chart=XMEAS(7)")
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    full = pixels(page, "warn")["warn"]
    definition = AlarmDefinition.objects.get(code="reactor-pressure-hi")
    with open_board(plant.pk) as board:
        board.acknowledge(board.standing[definition.pk], Moment(plant.run, 60), None, "")
    page.reload()
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    assert 0 < pixels(page, "warn")["warn"] < full / 2


def recoloured(page, selector):
    """The page's charts have the grid's colour of the theme, at once and after a change back."""
    for scheme in ("light", "dark", "light"):
        page.emulate_media(color_scheme=scheme)
        until(page, "grid", 100, selector=selector)


def test_charts_of_trends_take_the_colours_of_a_new_theme_at_once(visit, plant):
    store(plant, 240)
    page = visit("chart=XMEAS(7),XMEAS(8)", color_scheme="light")
    expect(page.locator("#trend-resolution")).not_to_be_empty()
    recoloured(page, ".trend-chart canvas")
    # What was zoomed to stays, and so do the hands.
    page.locator("#trend-charts").focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("from="))
    kept = page.url
    recoloured(page, ".trend-chart canvas")
    assert page.url == kept


def test_charts_of_a_comparison_take_the_colours_of_a_new_theme_at_once(visit, plant):
    other = Plant.objects.create(name="other", interval_seconds=1.0)
    store(plant, 240)
    store(other, 240, seed=2)
    page = visit("", path=f"/plants/{plant.pk}/compare/{other.pk}/", color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-points", "480")
    recoloured(page, ".pair-chart canvas")
    expect(page.locator(".pair-chart")).to_have_count(6)


def test_what_is_zoomed_to_in_a_comparison_stays_while_samples_come(visit, plant):
    other = Plant.objects.create(name="other", interval_seconds=1.0)
    store(plant, 240)
    store(other, 240, seed=2)
    page = visit("", path=f"/plants/{plant.pk}/compare/{other.pk}/")
    expect(page.locator("html")).to_have_attribute("data-points", "480")
    box = page.locator(".pair-chart .u-over").first.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
    page.mouse.up()
    zoomed = pixels(page, "line", selector=".pair-chart canvas")
    newest = Reading.objects.get(run=plant.run, step=240)
    Reading.objects.create(run=plant.run, step=241, sim_hours=241 / 20,
                           sampled_at=newest.sampled_at, values=newest.values)  # fmt: skip
    expect(page.locator("html")).to_have_attribute("data-points", "481")
    assert pixels(page, "line", selector=".pair-chart canvas") == zoomed


def test_the_cursor_reads_both_runs_and_their_difference_in_every_chart(visit, plant):
    other = Plant.objects.create(name="other", interval_seconds=1.0)
    store(plant, 240)
    store(other, 240, seed=2)
    page = visit("", path=f"/plants/{plant.pk}/compare/{other.pk}/")
    expect(page.locator("html")).to_have_attribute("data-points", "480")
    said = page.locator(".pair-chart .largest")
    expect(said.last).to_contain_text("largest difference")
    box = page.locator(".pair-chart .u-over").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    values = re.compile(r"^6\.\d\d h: \d+\.\d+ and \d+\.\d+, difference -?\d+\.\d+$")
    for one in range(6):
        expect(said.nth(one)).to_have_text(values)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 40)
    expect(said.last).to_contain_text("largest difference")


def test_charts_of_the_fidelity_page_take_the_colours_of_a_new_theme_at_once(visit, plant):
    page = visit("", path="/fidelity/", color_scheme="light")
    expect(page.locator("#plots-state")).to_be_hidden()
    recoloured(page, "figure[data-plot] canvas")
