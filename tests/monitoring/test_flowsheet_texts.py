"""The flow sheet in a real browser: no text stands on another, whatever the values are."""

import pytest

from tests.monitoring.pages import SEED
from tests.monitoring.trends.conftest import browser, visit  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Fills every place with the widest that can stand there, marks it as much as can be, and returns
#: which texts and signs touch, or leave the drawing. In one call, so that no push comes between.
TOUCHING = """(words) => {
    const sheet = document.getElementById("flowsheet");
    for (const place of sheet.querySelectorAll("[data-column]")) {
        const marks = { alarm: "critical", alarmKind: "active", asks: "yes", state: "outside" };
        Object.assign(place.dataset, marks);
        const wide = { valve: "100.0", fraction: "100.00", readout: "-1234.5" };
        const value = place.querySelector(".value .number") || place.querySelector(".value");
        value.textContent = wide[place.getAttribute("class")];
        const told = place.querySelector(".words");
        if (told) told.textContent = words;
        const mode = place.querySelector(".mode-sign");
        if (mode) {
            mode.dataset.mode = "H";
            mode.querySelector("text").textContent = "H";
        }
    }
    for (const truth of sheet.querySelectorAll(".truth-on-sheet")) truth.classList.add("in-force");
    const all = [...sheet.querySelectorAll("text, .alarm-sign")].filter(
        (one) => one.matches(".alarm-sign") || !one.closest(".alarm-sign"));
    const scale = sheet.getScreenCTM().a;
    const boxes = all.map((one) => {
        const { left, top, right, bottom } = one.getBoundingClientRect();
        const title = one.closest("[data-column]")?.querySelector("title").textContent || "";
        const text = one.matches("text") ? one.textContent.trim() : "sign";
        return { name: `${title.split(" ")[0]} ${text}`, left, top, right, bottom };
    }).filter(({ left, right }) => right > left);
    const over = (one, two) =>
        Math.min(one.right, two.right) - Math.max(one.left, two.left) > scale / 2 &&
        Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > scale / 2;
    const found = [];
    boxes.forEach((one, index) => {
        for (const two of boxes.slice(index + 1)) {
            if (over(one, two)) found.push(`${one.name} on ${two.name}`);
        }
    });
    for (const frame of sheet.querySelectorAll(".readout .plate")) {
        const own = frame.closest("[data-column]").querySelector("title").textContent.split(" ")[0];
        const { left, top, right, bottom } = frame.getBoundingClientRect();
        for (const one of boxes) {
            if (one.name.startsWith(own + " ") || one.name.endsWith(" sign")) continue;
            if (!over(one, { left, top, right, bottom })) continue;
            found.push(`${one.name} on the frame of ${own}`);
        }
    }
    const edge = sheet.getBoundingClientRect();
    for (const one of boxes) {
        const beside = one.left < edge.left || one.right > edge.right;
        const within = !beside && one.top >= edge.top && one.bottom <= edge.bottom;
        if (!within) found.push(`${one.name} leaves the drawing`);
    }
    return { found, count: boxes.length };
}"""


@pytest.mark.parametrize("width", [820, 1280, 1920])
def test_no_two_texts_of_the_flow_sheet_touch_with_the_widest_values_and_every_mark(
    visit,  # noqa: F811
    plant,
    width,
):
    plant.reset(SEED)
    page = visit("", path=f"/plants/{plant.pk}/flowsheet/", width=width)
    for words in ("▲ high", "▼ low", "bad"):
        touching = page.evaluate(TOUCHING, words)
        assert touching["count"] > 150
        assert touching["found"] == []
