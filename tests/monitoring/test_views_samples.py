"""What the charts hold: every sample once, in its place, and a gap where one is missing."""

from pathlib import Path

import pytest

from tests.browser import a_browser

pytestmark = pytest.mark.browser
SCRIPTS = Path(__file__).resolve().parents[2] / "static" / "js"


@pytest.fixture(scope="module")
def page():
    with a_browser() as browser:
        page = browser.new_page()
        page.evaluate("window.tep = { onFresh() {} }")
        for name in ("units", "samples", "scores"):
            page.add_script_tag(path=SCRIPTS / f"{name}.js")
        page.evaluate("""() => {
            window.reading = (step) => ({ step, values: [step, 10 * step] });
            window.point = (step, first = step) =>
                ({ step, first_step: first, t2: step, t2_limit: 9, spe: 0, spe_limit: 3 });
        }""")
        yield page


def samples(page, steps: list[list[int]], capacity: int = 100) -> dict:
    """Add readings batch by batch; return what the charts would draw."""
    return page.evaluate(
        """([batches, capacity]) => {
            const held = new tep.Samples({ columns: 2, capacity, hoursPerStep: 0.05 });
            held.clear(1);
            const added = batches.map((steps) => held.add(steps.map(reading)));
            const { hours, columns, count, base, lastStep, completeStep, truncated } = held;
            return { added, hours, columns, count, base, lastStep, completeStep, truncated };
        }""",
        [steps, capacity],
    )


def scores(page, batches: list[list[list[int]]]) -> list[float | None]:
    return page.evaluate(
        """(batches) => {
            const held = new tep.Scores({ capacity: 100, hoursPerStep: 0.05 });
            for (const points of batches) held.add(points.map((steps) => point(...steps)));
            return held.columns.t2;
        }""",
        batches,
    )


def test_a_sample_that_comes_twice_is_held_once(page):
    held = samples(page, [[1, 2], [2, 1], [2, 3]])
    assert held["added"] == [2, 0, 1]
    assert held["columns"] == [[1, 2, 3], [10, 20, 30]]
    assert held["count"] == 3


def test_a_missing_sample_is_a_gap_and_not_a_line_across(page):
    held = samples(page, [[5, 6], [9]])
    assert held["columns"][0] == [5, 6, None, None, 9]
    assert held["hours"] == pytest.approx([0.25, 0.30, 0.35, 0.40, 0.45])
    assert (held["completeStep"], held["lastStep"]) == (6, 9)


def test_a_late_sample_falls_into_its_gap(page):
    held = samples(page, [[5, 9], [8, 6, 7]])
    assert held["columns"][0] == [5, 6, 7, 8, 9]
    assert held["completeStep"] == 9


def test_older_samples_are_put_before_the_newer_ones(page):
    held = samples(page, [[5, 6], [2, 3]])
    assert held["columns"][0] == [2, 3, None, 5, 6]
    assert (held["base"], held["completeStep"]) == (2, 3)


def test_beyond_the_capacity_the_oldest_are_forgotten_and_this_is_known(page):
    held = samples(page, [[step] for step in range(1, 31)], capacity=10)
    assert held["truncated"]
    assert held["lastStep"] == held["completeStep"] == 30
    assert 10 <= held["count"] == len(held["hours"]) <= 11
    assert held["columns"][0][0] == held["base"]


def test_points_that_do_not_follow_on_are_parted_by_a_gap(page):
    assert scores(page, [[[1], [2], [5]]]) == [1, 2, None, 5]


def test_points_of_averaged_readings_follow_on(page):
    assert scores(page, [[[3, 1], [6, 4], [9, 7]]]) == [3, 6, 9]


def test_points_that_come_late_close_the_gap(page):
    assert scores(page, [[[1], [4]], [[2], [3]], [[3]]]) == [1, 2, 3, 4]
