"""The places of an axis's lines, computed by the script that draws them."""

import itertools
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "static" / "js" / "ticks.js"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ticks(browser):
    """Call a function of static/js/ticks.js."""
    page = browser.new_page()
    page.evaluate("window.tep = {}")
    page.add_script_tag(content=SCRIPT.read_text())

    def call(name, *arguments):
        return page.evaluate(
            "([name, all]) => window.tep.ticks[name](...all)", [name, list(arguments)]
        )

    yield call
    page.close()


@pytest.mark.parametrize(
    ("low", "high", "most", "there"),
    [
        (0.0, 1.0, 3, [0, 0.5, 1]),
        (0.0, 1.05, 3, [0, 0.5, 1]),
        (0.27, 0.94, 5, [0.4, 0.6, 0.8]),
        (2693.2, 2721.4, 4, [2700, 2710, 2720]),
        (-3.1, 7.9, 6, [-2, 0, 2, 4, 6]),
        (0.1, 0.4, 3, [0.1, 0.2, 0.3, 0.4]),
        (5.0, 5.0, 4, []),
    ],
)
def test_values_stand_at_ones_twos_and_fives(ticks, low, high, most, there):
    assert ticks("values", low, high, most) == there


@pytest.mark.parametrize("span", [0.003, 0.07, 1.0, 3.3, 47.0, 1200.0, 8e5, 3.1e7])
@pytest.mark.parametrize("low", [-12.3, 0.0, 0.41, 2710.7])
def test_an_axis_has_some_of_them_evenly_apart_and_never_too_many(ticks, low, span):
    for most in (2, 4, 9):
        found = ticks("values", low, low + span, most)
        assert 2 <= len(found) <= max(most + 1, 4)
        apart = {round(b - a, 9) for a, b in itertools.pairwise(found)}
        assert len(apart) <= 1 or max(apart) - min(apart) < 1e-6 * span
        texts = [text for text in ticks("texts", found) if text != "0"]
        assert len({len(text.partition(".")[2]) for text in texts}) <= 1


@pytest.mark.parametrize(
    ("low", "high", "most", "there"),
    [
        (0.0, 1.0, 3, [0, 0.5, 1]),
        (0.0, 4.0, 5, [0, 1, 2, 3, 4]),
        (20.0, 68.0, 5, [24, 36, 48, 60]),
        (0.0, 168.0, 7, [0, 24, 48, 72, 96, 120, 144, 168]),
        (0.0, 672.0, 6, [0, 120, 240, 360, 480, 600]),
    ],
)
def test_hours_stand_at_parts_of_a_day_and_at_days(ticks, low, high, most, there):
    assert ticks("hours", low, high, most) == there


@pytest.mark.parametrize(
    ("places", "texts"),
    [
        ([0, 0.5, 1], ["0.0", "0.5", "1.0"]),
        ([0.3, 0.35, 0.4], ["0.30", "0.35", "0.40"]),
        ([2700, 2710, 2720], ["2700", "2710", "2720"]),
        ([100, 200, 300], ["100", "200", "300"]),
        ([2800000, 2850000], ["2800000", "2850000"]),
        ([28000000, 28500000], ["2.80e+7", "2.85e+7"]),
        ([-0.5, 0, 0.5], ["-0.5", "0.0", "0.5"]),
    ],
)
def test_the_labels_of_an_axis_have_the_same_decimals(ticks, places, texts):
    assert ticks("texts", places) == texts
