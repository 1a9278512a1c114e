"""The trend of a faceplate: limits and set point are drawn where they are, and labelled."""

from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Preferences
from monitoring.alarms.references import setpoints_of
from monitoring.charts import trend_of
from monitoring.models import AlarmDefinition
from monitoring.tag_trend import spread, tag_trend
from simulation.models import Hand
from simulation.tep.variables import index_of
from tests.monitoring.pages import client_of, run_for

PRESSURE = trend_of("XMEAS(7)")
STEPS, SPAN = np.arange(1, 21), (1, 20)
LIMITS = [("HH", 2830.0, True), ("H", 2750.0, True), ("L", 2650.0, False)]


def drawn(svg, name):
    """The lines of a class that go across the whole picture."""
    root = ElementTree.fromstring(svg)
    return [one for one in root if one.get("class") == name and one.tag == "line"]


def words(svg):
    found = [one for one in ElementTree.fromstring(svg) if "tp-word" in one.get("class", "")]
    return {one.text: float(one.get("y")) for one in found}


def test_each_alarm_limit_is_a_line_with_its_letters_and_an_unwatched_one_is_dotted():
    svg = tag_trend(PRESSURE, STEPS, np.full(20, 2700.0), SPAN, None, LIMITS)
    assert len(drawn(svg, "tp-limit")) == 2 and len(drawn(svg, "tp-limit tp-off")) == 1
    places = words(svg)
    assert places["HH"] < places["H"] < places["L"]
    told = ElementTree.fromstring(svg).get("aria-label")
    assert "alarm limit HH 2830" in told and "alarm limit L (not watched) 2650" in told


def test_a_limit_far_beyond_the_data_does_not_flatten_the_line_and_is_told():
    svg = tag_trend(PRESSURE, STEPS, np.full(20, 2700.0), SPAN, None, [("HH", 9e6, True)])
    assert "HH" not in words(svg)
    assert "alarm limit HH 9000000" in ElementTree.fromstring(svg).get("aria-label")


def test_a_set_point_is_drawn_where_it_was_at_each_step():
    past = np.r_[np.full(10, 2705.0), np.linspace(2705.0, 2750.0, 5), np.full(5, 2750.0)]
    svg = tag_trend(PRESSURE, STEPS, np.full(20, 2700.0), SPAN, 2750.0, (), past)
    (path,) = [one for one in ElementTree.fromstring(svg) if one.get("class") == "tp-setpoint"
               and one.tag.endswith("path")]  # fmt: skip
    heights = [float(point.split()[1]) for point in path.get("d").lstrip("M").split(" L")]
    assert heights[0] > heights[-1] and heights == sorted(heights, reverse=True)
    assert "SP" in words(svg)


def test_a_set_point_whose_past_is_not_known_is_a_mark_at_the_right_end_only():
    svg = tag_trend(PRESSURE, STEPS, np.full(20, 2700.0), SPAN, 2720.0)
    (mark,) = drawn(svg, "tp-setpoint")
    assert float(mark.get("x2")) - float(mark.get("x1")) < 20
    assert '<path class="tp-setpoint"' not in svg


def test_words_of_trips_limits_and_set_point_can_be_read_when_they_are_close():
    close = [("HH", 2751.0, True), ("H", 2750.0, True)]
    places = sorted(words(tag_trend(PRESSURE, STEPS, np.full(20, 2749.0), SPAN, 2749.5, close))
                    .values())  # fmt: skip
    assert all(after - before >= 10.9 for before, after in pairwise(places))


@given(st.lists(st.floats(0, 150), max_size=7))
def test_words_keep_their_order_and_stay_in_the_picture(places):
    moved = spread(places, 10, 150)
    assert all(10 <= one <= 150 for one in moved)
    order = sorted(range(len(places)), key=lambda i: places[i])
    assert [moved[i] for i in order] == sorted(moved)


def test_a_tag_without_range_and_values_can_be_drawn():
    bare = replace(PRESSURE, low=None, high=None, trip_low=None, trip_high=None)
    svg = tag_trend(bare, np.array([]), np.array([]), (1, 1))
    assert "nan" not in svg and "no good reading" in svg


@pytest.mark.django_db
class TestFaceplate:
    def picture(self, user, plant, label):
        address = reverse("monitoring:faceplate", args=[plant.pk, index_of(label)])
        return client_of(user).get(address).context["picture"]

    @pytest.fixture
    def running(self, plant):
        plant.start()
        run_for(plant, 10)
        return plant

    def test_the_faceplate_draws_the_limits_that_are_defined_and_the_set_point(
        self, running, make_user
    ):
        AlarmDefinition.objects.filter(tag="XMEAS(8)", kind="hi").update(in_service=False)
        svg = self.picture(make_user("viewer"), running, "XMEAS(8)")
        assert {"SP", "L"} <= set(words(svg))
        assert "alarm limit H (not watched)" in svg

    def test_a_set_point_by_hand_is_seen_to_have_moved(self, running, make_user):
        Hand.objects.create(run=running.run, kind=Hand.Kind.SETPOINT, number=17, value=60.0,
                            start_step=11)  # fmt: skip
        run_for(running, 4)
        past = setpoints_of(running, "XMEAS(8)", (1, 14))
        assert past.tolist() == [75.0] * 10 + [60.0] * 4
        assert "set point now 60.0" in self.picture(make_user("viewer"), running, "XMEAS(8)")

    def test_of_a_loop_that_another_one_leads_only_the_present_set_point_is_told(
        self, running, make_user
    ):
        assert np.isnan(setpoints_of(running, "XMEAS(21)", (1, 10))).all()
        assert "SP" in words(self.picture(make_user("viewer"), running, "XMEAS(21)"))

    def test_the_trend_is_in_the_units_that_the_user_chose(self, running, make_user):
        user = make_user("viewer")
        Preferences.objects.update_or_create(user=user, defaults={"units": "si"})
        told = ElementTree.fromstring(self.picture(user, running, "XMEAS(9)")).get("aria-label")
        assert "K;" in told and "set point now 393.5" in told
