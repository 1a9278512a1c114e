"""The flow sheet: every variable has its place, and what stands there is what is stored."""

from itertools import combinations

import numpy as np
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from monitoring.charts import trend_of
from monitoring.flowsheet import (
    ANALYSERS,
    BAR,
    HEIGHT,
    READOUTS,
    VALVES,
    WIDTH,
    controls_of,
)
from monitoring.views.flowsheet import judge, marker_of
from simulation.models import Reading
from simulation.tep.loops import LOOPS
from simulation.tep.variables import LABELS, XMEAS, XMV, index_of
from tests.monitoring.pages import SEED, Page, client_of, run_for

READOUT_SIZE = (108, 46)
VALVE_SIZE = (68, 48)


def boxes():
    found = [(r.label, r.x, r.y, *READOUT_SIZE) for r in READOUTS]
    found += [(v.label, v.x - 34, v.y - 14, *VALVE_SIZE) for v in VALVES]
    return found + [(a.title, a.x, a.y, 108, a.height) for a in ANALYSERS]


class TestDrawing:
    def test_every_variable_has_exactly_one_place(self):
        placed = [place.label for place in (*READOUTS, *VALVES)]
        placed += [label for analyser in ANALYSERS for _, label in analyser.rows]
        assert sorted(placed) == sorted(LABELS)

    def test_no_two_places_overlap_and_none_leaves_the_drawing(self):
        for (one, x, y, w, h), (other, u, v, p, q) in combinations(boxes(), 2):
            apart = x + w <= u or u + p <= x or y + h <= v or v + q <= y
            assert apart, f"{one} covers {other}"
        for label, x, y, w, h in boxes():
            assert 0 <= x <= x + w <= WIDTH, label
            assert 0 <= y <= y + h <= HEIGHT, label

    def test_each_loop_is_told_at_what_it_holds_and_at_what_it_moves(self):
        told = [control.loop.number for label in LABELS for control in controls_of(label)]
        assert sorted(told) == sorted(2 * [loop.number for loop in LOOPS])
        assert [c.words for c in controls_of("XMV(10)")] == ["Loop 10 moves it to hold XMEAS(21)."]
        assert [c.words for c in controls_of("XMEAS(21)")] == [
            "Loop 10 holds it by XMV(10).",
            "Loop 18 sets its set point to hold XMEAS(9).",
        ]


class TestJudging:
    @given(
        label=st.sampled_from([v.label for v in (*XMEAS[:22], *XMV[:11])]), share=st.floats(-5, 5)
    )
    def test_the_mark_leaves_the_shaded_middle_exactly_where_the_value_leaves_its_range(
        self, label, share
    ):
        trend = trend_of(label)
        middle, half = (trend.low + trend.high) / 2, (trend.high - trend.low) / 2
        value = middle + share * half
        state, words = judge(trend, value, "")
        assert (state == "outside") == (not trend.low <= value <= trend.high)
        assert words == ("" if state == "normal" else "high" if share > 0 else "low")
        marker = marker_of(trend, value)
        assert 0 <= marker <= BAR
        if abs(abs(share) - 1) > 1e-6:
            assert (state == "normal") == (BAR / 4 < marker < BAR * 3 / 4)

    def test_a_bad_sample_is_called_bad_and_no_sample_nothing(self):
        trend = trend_of("XMEAS(7)")
        assert judge(trend, 9999.0, "frozen") == ("bad", "bad quality")
        assert judge(trend, None, "") == ("none", "")


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def viewer(self, make_user):
        return client_of(make_user("viewer"))

    @pytest.fixture
    def moved(self, plant, detector):
        plant.reset(SEED)
        plant.start()
        run_for(plant, 22)
        return plant

    def test_the_sheet_shows_the_newest_stored_reading(self, moved, viewer):
        response = viewer.get(f"/plants/{moved.pk}/flowsheet/")
        assert response.status_code == 200
        assert Page(response).inline == []
        values = Reading.objects.get(run=moved.run, step=22).values
        html = response.content.decode()
        for shown in [*response.context["readouts"], *response.context["valves"]]:
            value = values[shown.trend.column]
            assert shown.text == f"{value:.{shown.trend.decimals}f}"
            assert f">{shown.text}<" in html
        assert "Step 22." in html

    def test_a_faceplate_sums_up_exactly_what_is_stored(self, moved, viewer):
        column = index_of("XMEAS(9)")
        response = viewer.get(f"/plants/{moved.pk}/faceplate/{column}/")
        hour, *_ = response.context["summaries"]
        stored = [r.values[column] for r in Reading.objects.filter(run=moved.run, step__gt=2)]
        assert hour.count == len(stored) == 20
        assert (hour.low, hour.high) == (min(stored), max(stored))
        assert hour.mean == pytest.approx(np.mean(stored), rel=1e-14)
        text = Page(response).text("faceplate")
        assert "Loop 18 holds it through the set point of XMEAS(21) (loop 10)." in text
        assert "Set point 120.4 °C" in text

    def test_a_plant_without_a_reading_says_so(self, plant, viewer):
        page = viewer.get(f"/plants/{plant.pk}/flowsheet/")
        assert "No reading in this run yet." in page.content.decode()
        plate = viewer.get(f"/plants/{plant.pk}/faceplate/0/")
        assert "No reading in this run yet." in plate.content.decode()

    def test_there_is_no_faceplate_of_a_variable_that_does_not_exist(self, plant, viewer):
        assert viewer.get(f"/plants/{plant.pk}/faceplate/53/").status_code == 404

    def test_a_stranger_is_sent_to_the_login(self, plant):
        for address in (f"/plants/{plant.pk}/flowsheet/", f"/plants/{plant.pk}/faceplate/0/"):
            assert Client().get(address).status_code == 302
