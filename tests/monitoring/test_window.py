"""One tag over some steps: what its page says, and what its picture shows."""

import csv
import re
from io import StringIO
from xml.etree import ElementTree

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from monitoring.models import Alarm, Analysis
from monitoring.tag_window import MOST_STEPS, address_of, shown_around
from monitoring.trend_picture import lines_of, ticks, trend_picture
from simulation.models import Reading
from tests.monitoring.pages import Page, client_of
from tests.monitoring.stored import fill

PICTURED = {
    "label": "XMV(10) Flow", "unit": "%", "decimals": 1, "normal": (41.0, 0.5), "window": (30, 40),
}  # fmt: skip


@pytest.fixture
def viewer(make_user):
    return client_of(make_user("viewer"))


@pytest.fixture
def stored(plant, detector):
    """A run of 200 readings in which every value is its step; scored by `detector`."""
    fill(plant, detector, 200, days_old=0)
    return plant


def ask(client, plant, **changes):
    query = {"run": 1, "tag": "XMV(10)", "first": 90, "last": 100} | changes
    return client.get(reverse("monitoring:window", args=[plant.pk]), query)


def test_points_of_a_long_line_keep_every_spike_and_are_few():
    steps, values = np.arange(1, 5001), np.zeros(5000)
    values[[777, 3333]] = 9.0, -9.0
    points = [point for line in lines_of(steps, values) for point in line]
    assert len(points) <= 600
    assert {(778, 9.0), (3334, -9.0)} <= set(points)
    assert [step for step, _ in points] == sorted({step for step, _ in points})


def test_a_short_line_is_drawn_as_it_is():
    lines = lines_of(np.arange(5, 8), np.array([1.0, 2.0, 3.0]))
    assert lines == [[(5, 1.0), (6, 2.0), (7, 3.0)]]


def test_missing_steps_and_bad_readings_are_gaps():
    steps = np.array([1, 2, 3, 10, 11, 12])
    values = np.array([1.0, 1.0, 1.0, 1.0, np.nan, 1.0])
    assert [[step for step, _ in line] for line in lines_of(steps, values)] == [
        [1, 2, 3],
        [10],
        [12],
    ]
    assert lines_of(steps, np.full(6, np.nan)) == []


def test_a_wide_gap_stays_a_gap_in_a_long_line():
    steps = np.r_[1:2001, 3000:5001]
    assert len(lines_of(steps, np.zeros(len(steps)))) == 2


def test_ticks_are_round_and_within():
    assert ticks(0.0, 10.0, 5) == [0, 2, 4, 6, 8, 10]
    assert ticks(2.31, 2.52, 4) == pytest.approx([2.35, 2.40, 2.45, 2.50])


def test_the_picture_is_xml_with_band_window_alarm_and_words_for_who_cannot_see_it():
    steps = np.arange(1, 101)
    svg = trend_picture(steps, np.linspace(40, 50, 100), **PICTURED, alarm_step=35)
    root = ElementTree.fromstring(svg)
    names = [one.get("class") for one in root]
    for name in ("tp-normal", "tp-window", "tp-alarm", "tp-line", "tp-mean"):
        assert names.count(name) == 1, name
    assert root.get("role") == "img"
    told = root.get("aria-label")
    for words in ("XMV(10) Flow over steps 1 to 100", "steps 30 to 40 are shaded",
                  "values from 40.0 to 50.0 %", "normal mean 41.0",
                  "raised at step 35"):  # fmt: skip
        assert words in told
    assert "style" not in svg and "<script" not in svg
    assert "process time (h)" in svg and "XMV(10) Flow (%)" in svg


def test_the_picture_of_nothing_good_says_so_and_words_are_escaped():
    svg = trend_picture(
        np.array([1, 2]), np.array([np.nan, np.nan]), label='<b>"x"</b>', unit="", decimals=1,
        normal=None, window=(1, 2),
    )  # fmt: skip
    assert "<b>" not in svg and "no good reading" in svg
    assert "tp-normal" not in svg and "tp-line" not in svg
    ElementTree.fromstring(svg)


def test_a_constant_value_can_be_drawn():
    svg = trend_picture(np.arange(1, 9), np.full(8, 7.0), **PICTURED | {"normal": None})
    assert "nan" not in svg and "inf" not in svg


def test_as_much_is_shown_around_as_the_window_is_long_within_bounds():
    assert shown_around(520, 540) == (480, 580)
    assert shown_around(500, 599) == (400, 699)
    assert shown_around(3, 5) == (1, 45)
    for size in (3000, MOST_STEPS):
        first, last = shown_around(10_000, 10_000 + size - 1)
        assert last - first + 1 <= MOST_STEPS


@pytest.mark.django_db
class TestPage:
    def test_mean_distance_and_readings_are_told(self, viewer, stored, detector):
        fitted = detector.detector
        place = list(fitted.labels).index("XMV(10)")
        z = (95.0 - fitted.mean_[place]) / fitted.sd_[place]
        facts = Page(ask(viewer, stored)).text("window-facts")
        assert "Mean95.00 %" in facts
        assert f"{z:+.1f} sd" in facts
        assert "readings11 of 11 steps" in facts
        assert f"of {detector}, in charge at step 100" in facts

    def test_bad_and_deleted_readings_are_not_counted(self, viewer, stored):
        Reading.objects.filter(run=stored.run, step=100).update(quality="frozen")
        Reading.objects.filter(run=stored.run, step=90).delete()
        page = ask(viewer, stored)
        assert "9 of 11 steps; 10 are stored" in Page(page).text("window-facts")
        assert "frozen" in page.content.decode()
        assert page.content.decode().count('class="tp-line"') == 3

    def test_only_bad_readings_give_no_mean(self, viewer, stored):
        Reading.objects.filter(run=stored.run).update(quality="frozen")
        facts = Page(ask(viewer, stored)).text("window-facts")
        assert "none: no reading of these steps is good" in facts

    def test_the_normal_range_is_of_the_detector_in_charge_then(self, viewer, stored, detector):
        Analysis.objects.filter(run=stored.run).delete()
        facts = Page(ask(viewer, stored)).text("window-facts")
        assert "no detector has read this run" in facts

    def test_a_tag_that_is_not_watched_is_shown_without_a_normal_range(self, viewer, stored):
        page = ask(viewer, stored, tag="XMEAS(30)")
        assert page.status_code == 200
        assert "does not watch this tag" in Page(page).text("window-facts")
        assert "tp-normal" not in page.content.decode()

    def test_an_alarm_nearby_is_drawn_and_linked(self, viewer, stored):
        point = Analysis.objects.get(run=stored.run, step=98)
        alarm = Alarm.objects.create(
            run=stored.run, analysis=point, onset_step=92, raised_step=98, consecutive=6,
            raised_at=point.analysed_at, peak_ratio=2.0,
        )  # fmt: skip
        text = ask(viewer, stored).content.decode()
        assert 'class="tp-alarm"' in text and f"/alarms/{alarm.pk}/" in text
        assert 'class="tp-alarm"' not in ask(viewer, stored, first=1, last=5).content.decode()

    def test_the_page_keeps_the_policy(self, viewer, stored):
        page = Page(ask(viewer, stored))
        assert page.inline == []
        assert sorted(page.ids) == sorted(set(page.ids))

    def test_the_values_come_as_csv(self, viewer, stored):
        answer = ask(viewer, stored, format="csv")
        assert answer["Content-Type"].startswith("text/csv")
        rows = list(csv.DictReader(StringIO(answer.content.decode())))
        assert [int(row["step"]) for row in rows] == list(range(50, 141))
        cited = [row for row in rows if row["cited"] == "yes"]
        assert [float(row["XMV(10) %"]) for row in cited] == list(range(90, 101))
        link = re.search(r'href="([^"]*format=csv)"', ask(viewer, stored).content.decode())[1]
        assert viewer.get(link.replace("&amp;", "&")).content == answer.content

    @pytest.mark.parametrize(
        ("changes", "status", "words"),
        [
            ({"tag": "XMV(99)"}, 404, "There is no tag «XMV(99)»"),
            ({"tag": "<script>"}, 404, "There is no tag «&lt;script&gt;»"),
            ({"tag": ""}, 404, "Tags are XMEAS(1) to XMEAS(41)"),
            ({"run": 7}, 404, "TEP 1 has no run 7."),
            ({"run": "x"}, 400, "«run» must be a whole number"),
            ({"first": "-3"}, 400, "The address ends like this"),
            ({"last": "٣"}, 400, "«last» must be a whole number"),
            ({"last": "9" * 30}, 400, "«last» must be a whole number"),
            ({"first": 100, "last": 90}, 400, "the first must not come after the last"),
            ({"first": 0}, 400, "Steps count from 1"),
            ({"first": 1, "last": MOST_STEPS + 1}, 400, "Ask for at most 5000 steps"),
            ({"first": 900, "last": 910}, 404, "No reading of steps 900 to 910 of run 1 is stored"),
        ],
    )
    def test_what_cannot_be_shown_is_said_with_a_remedy(
        self, viewer, stored, changes, status, words
    ):
        answer = ask(viewer, stored, **changes)
        assert answer.status_code == status
        assert words in answer.content.decode()
        assert Page(answer).text("remedy")

    def test_readings_that_were_deleted_are_said_to_be(self, viewer, stored):
        Reading.objects.filter(run=stored.run, step__lte=150).delete()
        answer = ask(viewer, stored)
        assert answer.status_code == 404
        assert "old readings have been deleted" in answer.content.decode()

    def test_the_longest_window_is_shown(self, viewer, stored):
        answer = ask(viewer, stored, first=1, last=MOST_STEPS)
        assert answer.status_code == 200
        assert "200 of 5000 steps" in Page(answer).text("window-facts")

    def test_a_stranger_is_sent_to_the_login_and_a_plant_that_is_none_is_not_found(
        self, viewer, stored
    ):
        address = address_of(stored.pk, 1, "XMV(10)", 90, 100)
        assert Client().get(address).status_code == 302
        assert viewer.get(address_of(999, 1, "XMV(10)", 90, 100)).status_code == 404
