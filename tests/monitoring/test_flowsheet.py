"""The flow sheet: every variable has its place, and what stands there is what is stored."""

from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from monitoring.charts import trend_of
from monitoring.flowsheet import (
    ANALYSERS,
    HEIGHT,
    PLATE,
    READOUTS,
    VALVES,
    WIDTH,
    controls_of,
)
from monitoring.judging_values import judge
from monitoring.loop_modes import modes_of
from monitoring.models import Alarm
from monitoring.moving_bar import BAR, ends_of, place_on_bar
from monitoring.truth_places import HEIGHT as TRUTH_HEIGHT
from monitoring.truth_places import TRUTH_PLACES
from monitoring.truth_places import WIDTH as TRUTH_WIDTH
from simulation.models import Plant, Reading
from simulation.tep.loops import LOOPS
from simulation.tep.variables import LABELS, XMEAS, XMV, index_of
from tests.monitoring.pages import HTMX, SEED, Page, client_of, run_for


def boxes():
    found = [(r.label, r.x, r.y, *PLATE) for r in READOUTS]
    found += [(v.label, *v.box) for v in VALVES]
    found += [(f"IDV({t.idv})", t.x, t.y, TRUTH_WIDTH, TRUTH_HEIGHT) for t in TRUTH_PLACES]
    return found + [(a.title, a.x, a.y, PLATE[0], a.height) for a in ANALYSERS]


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
        assert words == ("" if state == "normal" else "▲ high" if share > 0 else "▼ low")
        marker = place_on_bar(trend, value)
        assert 0 <= marker <= BAR
        if abs(abs(share) - 1) > 1e-6:
            assert (state == "normal") == (BAR / 4 < marker < BAR * 3 / 4)

    @given(label=st.sampled_from([v.label for v in XMEAS[:22]]), shares=st.tuples(
        st.floats(-9, 9), st.floats(-9, 9)))  # fmt: skip
    def test_the_mark_moves_with_the_value_and_reaches_the_end_at_the_trip(self, label, shares):
        trend = trend_of(label)
        middle, half = (trend.low + trend.high) / 2, (trend.high - trend.low) / 2
        low, high = sorted(middle + share * half for share in shares)
        assert place_on_bar(trend, low) <= place_on_bar(trend, high) + 1e-9
        start, end = ends_of(trend)
        assert place_on_bar(trend, start) == pytest.approx(0.0, abs=1e-6)
        assert place_on_bar(trend, end) == pytest.approx(BAR)
        for trip, place in ((trend.trip_low, 0.0), (trend.trip_high, BAR)):
            if trip is not None:
                assert place_on_bar(trend, trip) == pytest.approx(place, abs=1e-6)

    def test_a_bad_sample_is_called_bad_and_no_sample_nothing(self):
        trend = trend_of("XMEAS(7)")
        assert judge(trend, 9999.0, "frozen") == ("bad", "bad")
        assert judge(trend, None, "") == ("none", "")


class TestModes:
    def test_every_loop_is_automatic_until_somebody_takes_something(self):
        modes = modes_of([])
        assert set(modes.values()) == {"A", "C"}
        assert (modes["XMV(10)"], modes["XMEAS(21)"], modes["XMEAS(9)"]) == ("A", "C", "A")

    def test_a_valve_by_hand_lets_its_whole_cascade_stand_by(self):
        modes = modes_of([("valve", 10)])
        assert (modes["XMV(10)"], modes["XMEAS(21)"], modes["XMEAS(9)"]) == ("H", "S", "S")

    def test_a_set_point_by_hand_lets_the_loop_that_sets_it_stand_by(self):
        modes = modes_of([("setpoint", 10)])
        assert (modes["XMV(10)"], modes["XMEAS(21)"], modes["XMEAS(9)"]) == ("A", "H", "S")

    @given(st.sets(st.tuples(st.sampled_from(["valve", "setpoint"]), st.integers(1, 20))))
    def test_exactly_what_is_held_is_by_hand_or_stands_by(self, hands):
        known = {loop.number for loop in LOOPS}
        held = [(k, n) for k, n in hands if (n <= 12 if k == "valve" else n in known)]
        modes = modes_of(held)
        valves = {f"XMV({n})" for k, n in held if k == "valve"}
        assert {
            tag for tag, mode in modes.items() if tag.startswith("XMV") and mode == "H"
        } == valves
        if not held:
            assert "H" not in modes.values()
            assert "S" not in modes.values()


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
        assert "XMV(10) holds XMEAS(21), set by XMEAS(9)." in text
        assert response.context["outputs"][0].label == "XMV(10)"
        assert 'class="tag-trend"' in response.content.decode()

    @pytest.mark.parametrize(
        ("value", "said", "words"),
        [
            (100.285, "100.3", "more than 100 %"),
            (-0.4, "-0.4", "less than 0 %"),
            (100, "100.0", ""),
        ],
    )
    def test_a_valve_that_is_asked_for_more_than_it_can_is_shown_as_it_is_stored(
        self, moved, viewer, value, said, words
    ):
        column = index_of("XMV(9)")
        reading = Reading.objects.get(run=moved.run, step=22)
        reading.values = reading.values.copy()
        reading.values[column] = value
        reading.save()
        page = Page(viewer.get(f"/plants/{moved.pk}/faceplate/{column}/"))
        assert f"{said} %" in page.text("faceplate")
        assert ("asked-beyond" in page.ids) is bool(words)
        if words:
            assert words in page.text("asked-beyond")
        valves = viewer.get(f"/plants/{moved.pk}/flowsheet/").context["valves"]
        [opening] = [one.opening for one in valves if one.trend.column == column]
        assert 0 <= opening <= 28

    def test_a_faceplate_has_an_address_and_stands_beside_the_sheet(self, moved, viewer):
        column = index_of("XMEAS(9)")
        whole = viewer.get(f"/plants/{moved.pk}/faceplate/{column}/")
        page = Page(whole)
        assert page.inline == []
        assert page.element("faceplate")["data-tag"] == "XMEAS(9)"
        assert page.element("flowsheet")
        assert page.text("crumb-tag") == "XMEAS(9)"
        alone = viewer.get(f"/plants/{moved.pk}/faceplate/{column}/", **HTMX).content.decode()
        assert alone.lstrip().startswith("<section")
        for hours in (1, 8, 48):
            again = viewer.get(f"/plants/{moved.pk}/faceplate/{column}/?hours={hours}")
            assert again.context["hours"] == hours

    def test_every_variable_has_a_faceplate_before_and_after_the_first_reading(
        self, plant, detector, viewer
    ):
        for column in range(len(LABELS)):
            assert viewer.get(f"/plants/{plant.pk}/faceplate/{column}/", **HTMX).status_code == 200
        plant.reset(SEED)
        plant.start()
        run_for(plant, 2)
        for column in range(len(LABELS)):
            assert viewer.get(f"/plants/{plant.pk}/faceplate/{column}/", **HTMX).status_code == 200

    def test_a_valve_is_held_and_given_back_at_its_faceplate(self, moved, make_user):
        operator = client_of(make_user("operator"))
        column = index_of("XMV(10)")
        base = f"/plants/{moved.pk}/faceplate/{column}"
        refused = operator.post(f"{base}/valve/10/hold/", {"position": "140"}, **HTMX)
        assert refused.status_code == 422
        text = refused.content.decode()
        assert 'value="140"' in text
        assert "0 to 100" in text
        asked = operator.post(f"{base}/valve/10/hold/", {"position": "35"}, **HTMX)
        assert asked["HX-Retarget"] == "#question"
        question = asked.content.decode()
        assert "Hold XMV(10) by hand?" in question
        assert 'hx-target="#faceplate"' in question
        assert moved.hands == []
        confirmed = {"position": "35", "confirmed": "1"}
        held = operator.post(f"{base}/valve/10/hold/", confirmed, **HTMX)
        assert "XMV(10) is by hand at 35 %" in Page(held).text("faceplate")
        assert [(h.kind, h.number, h.value) for h in moved.hands] == [("valve", 10, 35.0)]
        sheet = operator.get(f"/plants/{moved.pk}/flowsheet/")
        modes = {shown.trend.label: shown.mode for shown in sheet.context["valves"]}
        assert modes["XMV(10)"] == "H"
        back = operator.post(f"{base}/valve/10/back/")
        assert back.status_code == 302
        assert back["Location"] == f"{base}/"
        moved.refresh_from_db()
        assert moved.hands == []

    def test_what_is_planned_is_listed_at_its_faceplate_and_cancelled_there(self, moved, make_user):
        operator = client_of(make_user("operator"))
        base = f"/plants/{moved.pk}/faceplate/{index_of('XMV(10)')}"
        confirmed = {"position": "35", "confirmed": "1"}
        for start, end in (("1", "2"), ("3", "")):
            times = {"start_after_hours": start, "end_after_hours": end}
            operator.post(f"{base}/valve/10/hold/", {**confirmed, **times})
        first, second = moved.run.hands.all()
        page = Page(operator.get(f"{base}/"))
        assert "Planned: 35 % from 2.15 h to 3.15 h, operator" in page.text(f"plan-{first.pk}")
        assert "Planned: 35 % from 4.15 h, operator" in page.text(f"plan-{second.pk}")
        seen = Page(client_of(make_user("viewer")).get(f"{base}/"))
        assert f"plan-{first.pk}" in seen.ids
        assert "Cancel" not in seen.text(f"plan-{first.pk}")
        answer = operator.post(f"{base}/planned/{first.pk}/cancel/", **HTMX)
        assert "It is cancelled." in Page(answer).text("faceplate")
        assert f"plan-{first.pk}" not in Page(answer).ids
        entry = AuditEntry.objects.latest("pk")
        assert (entry.action, entry.username) == ("hand-give-back", "operator")
        answer = operator.post(f"{base}/planned/{first.pk}/cancel/", follow=True)
        assert "It is not planned any more." in answer.content.decode()
        assert answer.redirect_chain == [(f"{base}/", 302)]
        assert [hand.pk for hand in moved.run.hands.open_after(moved.step + 1)] == [second.pk]

    def test_a_viewer_holds_nothing_at_a_faceplate(self, moved, viewer):
        base = f"/plants/{moved.pk}/faceplate/{index_of('XMV(10)')}"
        assert "Hold" not in viewer.get(f"{base}/").content.decode()
        assert viewer.post(f"{base}/valve/10/hold/", {"position": "35"}).status_code == 403
        assert viewer.post(f"{base}/valve/10/back/").status_code == 403

    def test_an_alarm_marks_the_tags_that_contributed_most_with_a_shape(
        self, plant, detector, viewer
    ):
        plant.reset(SEED)
        plant.start()
        plant.inject([6])
        run_for(plant, 30)
        alarm = Alarm.objects.get(run=plant.run)
        first = alarm.analysis.top_contributions(3)
        response = viewer.get(f"/plants/{plant.pk}/flowsheet/")
        shown = {
            s.trend.label: s for s in [*response.context["readouts"], *response.context["valves"]]
        }
        assert {tag for tag, s in shown.items() if s.alarm and s.alarm.kind == "part"} == {
            part["tag"] for part in first
        }
        plate = viewer.get(f"/plants/{plant.pk}/faceplate/{index_of(first[0]['tag'])}/", **HTMX)
        text = Page(plate).text("faceplate")
        assert "when raised" in text
        assert "(place 1 of 33)" in text
        assert f"alarm {alarm.pk}" in text

    def test_the_truth_can_be_hidden_from_the_sheet_and_its_banner(self, moved, viewer):
        moved.inject([6])
        address = f"/plants/{moved.pk}/flowsheet/"
        html = viewer.get(address).content.decode()
        assert 'class="truth-on-sheet in-force" data-idv="6"' in html
        assert 'id="plant-idvs"' in html
        assert viewer.post(f"/plants/{moved.pk}/truth/", {"shown": "no"}).status_code == 302
        html = viewer.get(address).content.decode()
        assert "IDV" not in html
        viewer.post(f"/plants/{moved.pk}/truth/", {"shown": "yes"})
        assert 'id="plant-idvs"' in viewer.get(address).content.decode()

    def test_a_sheet_whose_stream_stands_still_is_stale_when_it_is_made(self, moved, viewer):
        Plant.objects.filter(pk=moved.pk).update(sampled_at=timezone.now() - timedelta(minutes=1))
        page = Page(viewer.get(f"/plants/{moved.pk}/flowsheet/"))
        assert page.element("flowsheet")["class"] == "stale"

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
