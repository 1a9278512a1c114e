"""Valves and set points by hand, over the API and on the page."""

import pytest

from simulation import by_hand
from tests.accounts.callers import Caller, assert_says
from tests.monitoring.pages import HTMX, Page, client_of, run_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(plant):
    plant.start()
    run_for(plant, 2)
    return plant


@pytest.fixture
def operator(make_user):
    return Caller(make_user("operator"))


class TestApi:
    def test_a_valve_is_taken_and_given_back_and_the_run_tells_of_it(self, operator, running):
        path = f"/api/plants/{running.pk}"
        [held] = operator.post(f"{path}/valves/10", {"position": 38}).json()["by_hand"]
        assert (held["label"], held["value"], held["unit"]) == ("XMV(10)", 38.0, "%")
        assert (held["start_step"], held["made_by"]) == (3, "operator")
        run_for(running, 2)
        assert operator.delete(f"{path}/valves/10").json()["by_hand"] == []
        [past] = operator.get(f"{path}/hands").json()["hands"]
        assert (past["start_step"], past["end_step"]) == (3, 5)

    def test_without_a_position_it_is_held_where_it_is(self, operator, running):
        now = float(running.load_state().xmv[9])
        answer = operator.post(f"/api/plants/{running.pk}/valves/10")
        assert answer.json()["by_hand"][0]["value"] == now

    def test_a_set_point_is_held_until_it_is_given_back(self, operator, running):
        path = f"/api/plants/{running.pk}/setpoints/17"
        [held] = operator.post(path, {"value": 70}).json()["by_hand"]
        assert held["label"] == "the set point of XMEAS(8)"
        assert operator.delete(path).json()["by_hand"] == []
        assert_says(operator.delete(path), 404, "not held by hand", "/hands")

    @pytest.mark.parametrize("value", [140, -1, "x", True, [1], {"a": 1}, 10**40], ids=str)
    def test_a_position_that_cannot_be_is_refused(self, operator, running, value):
        answer = operator.post(f"/api/plants/{running.pk}/valves/10", {"position": value})
        body = assert_says(answer, 400, "position must be a number")
        assert list(body["fields"]) == ["position"]
        assert running.hands == []

    def test_what_does_not_exist_is_said(self, operator, running):
        path = f"/api/plants/{running.pk}"
        assert_says(operator.post(f"{path}/valves/13", {"position": 1}), 404, "no XMV(13)")
        assert_says(operator.post(f"{path}/setpoints/12", {"value": 1}), 404, "no loop 12")
        assert_says(operator.post(f"{path}/setpoints/17", {"value": 999}), 409, "0 to 100")

    def test_an_injection_may_be_scaled(self, operator, running):
        path = f"/api/plants/{running.pk}"
        told = operator.post(f"{path}/injections", {"idv": 4, "magnitude": 0.5}).json()
        assert told["active_faults"] == [{"idv": 4, "magnitude": 0.5}]
        assert operator.get(f"{path}/injections").json()["injections"][0]["magnitude"] == 0.5
        for wrong in (0, 1.5, "x"):
            answer = operator.post(f"{path}/injections", {"idv": 6, "magnitude": wrong})
            assert_says(answer, 400, "magnitude must be")


class TestPanel:
    def post(self, user, plant, what, data=None, confirmed="1"):
        data = {**(data or {}), "confirmed": confirmed}
        return client_of(user).post(f"/plants/{plant.pk}/hands/{what}/", data, **HTMX)

    def test_it_shows_all_valves_and_set_points_with_who_has_them(self, make_user, running):
        by_hand.take(running, by_hand.VALVE, 10, 38.0, by=make_user("engineer"))
        page = Page(client_of(make_user("viewer")).get(f"/plants/{running.pk}/"))
        assert page.inline == []
        assert "by hand at 38 %, engineer" in page.text("valve-10")
        assert "automatic" in page.text("valve-1")
        assert "no loop" in page.text("valve-12")
        assert "cascade" in page.text("setpoint-10")
        assert "operator" in page.text("setpoint-17")
        assert "valve-10-take" not in page.ids, "a viewer has nothing to press"
        assert page.text("plant-hands") == "XMV(10)"

    def test_an_operator_takes_a_valve_and_gives_it_back(self, make_user, running):
        user = make_user("operator")
        page = Page(self.post(user, running, "valve/10/take", {"position": "38"}))
        assert "XMV(10) is by hand at 38 %" in page.text("controls-message")
        assert "valve-10-back" in page.ids
        page = Page(self.post(user, running, "valve/10/back"))
        assert page.text("controls-message") == "It is automatic again."
        assert "valve-10-back" not in page.ids

    def test_a_wrong_value_is_said(self, make_user, running):
        response = self.post(make_user("operator"), running, "valve/10/take", {"position": "140"})
        assert response.status_code == 422
        page = Page(response)
        assert "0 to 100" in page.text("valve-10-errors"), "in its row, not above all of them"
        assert "hand-errors" not in page.ids
        assert "open" in page.element("hand-valves")
        assert page.element("valve-10-value")["value"] == "140"

    def test_what_has_no_row_is_said_above_them(self, make_user, running):
        response = self.post(make_user("operator"), running, "valve/99/take", {"position": "40"})
        assert response.status_code == 422
        assert Page(response).text("hand-errors")

    def test_a_viewer_may_not(self, make_user, running):
        viewer = make_user("viewer")
        assert self.post(viewer, running, "valve/10/take").status_code == 403
        assert self.post(viewer, running, "valve/10/back").status_code == 403
        assert running.hands == []

    def test_nothing_else_is_held(self, make_user, running):
        assert self.post(make_user("operator"), running, "pump/1/take").status_code == 404

    def test_it_asks_with_from_and_to_limits_and_consequence_before_anything_is_done(
        self, make_user, running
    ):
        now = f"{float(running.load_state().xmv[9]):.5g}"
        values = {"position": "34", "ramp_minutes": "21"}
        answer = self.post(make_user("operator"), running, "valve/10/take", values, confirmed="")
        page = Page(answer)
        assert answer["HX-Retarget"] == "#question"
        words = page.text("question-dialog")
        assert "Hold XMV(10) by hand?" in words
        assert f"from {now} to 34 %, over 21 min, in 7 equal steps" in words
        assert "Limits 0 to 100 %; usually 35 to 55." in words
        assert "Its loop will stand by until you give it back." in words
        assert "34 % is outside the usual range, 35 to 55 %" in page.text("question-warning")
        assert running.hands == []

    def test_without_javascript_a_page_asks_and_its_form_does_it(self, make_user, running):
        client = client_of(make_user("operator"))
        path = f"/plants/{running.pk}/hands/valve/10/take/"
        answer = client.post(path, {"position": "38", "ramp_minutes": "20"})
        page = Page(answer)
        assert page.inline == []
        assert "Nothing has been done yet" in answer.content.decode()
        sent = {
            field["name"]: field["value"]
            for field in page.all("input")
            if field.get("type") == "hidden" and field["name"] != "next"
        }
        assert {"position", "ramp_minutes", "confirmed"} <= set(sent)
        assert running.hands == []
        assert client.post(path, sent).status_code == 302
        [hand] = running.hands
        assert (hand.value, hand.ramp_steps) == (38.0, 7)

    def test_a_hand_is_planned_for_later_with_its_end_and_a_ramp(self, make_user, running):
        user = make_user("operator")
        times = {"start_after_hours": "2", "end_after_hours": "4", "ramp_minutes": "15"}
        values = {"position": "44", **times}
        asked = Page(self.post(user, running, "valve/9/take", values, confirmed=""))
        words = asked.text("question-dialog")
        assert "to 44 %, over 15 min, in 5 equal steps" in words
        assert "from where it is by then" in words
        assert "Begins in 2 process hours, ends in 4 process hours." in words
        assert "Until then it stays as it is: automatic." in words
        sent = {one["name"]: one["value"] for one in asked.all("input") if "value" in one}
        assert times.items() <= sent.items()
        page = Page(self.post(user, running, "valve/9/take", values))
        hand = running.run.hands.get()
        assert (hand.start_step, hand.end_step, hand.ramp_steps) == (43, 83, 5)
        assert "XMV(9) will be by hand to 44 % over 15 min from 2.15 h." in page.text("controls")
        assert "automatic, planned: 44 % over 15 min from 2.15 h to 4.15 h" in page.text("valve-9")
        assert f"planned-hand-{hand.pk}" in page.ids
        assert "valve-9-back" not in page.ids, "there is nothing to give back yet"

    @pytest.mark.parametrize(
        ("values", "words", "field"),
        [
            ({"start_after_hours": "1"}, "Name a value for a later start", "value"),
            ({"ramp_minutes": "9"}, "needs a value to go to", "value"),
            (
                {"position": "44", "ramp_minutes": "60", "end_after_hours": "0.5"},
                "before its ramp is through",
                "ramp_minutes",
            ),
            (
                {"position": "44", "start_after_hours": "2", "end_after_hours": "1"},
                "later than the start",
                "end_after_hours",
            ),
        ],
    )
    def test_times_that_cannot_be_are_said_at_their_field_before_anything_is_asked(
        self, make_user, running, values, words, field
    ):
        answer = self.post(make_user("operator"), running, "valve/9/take", values, confirmed="")
        assert answer.status_code == 422
        page = Page(answer)
        assert words in page.text("valve-9-errors")
        assert page.element(f"valve-9-{field}")["aria-invalid"] == "true"
        later = {"start_after_hours", "end_after_hours"} & set(values)
        assert ("open" in page.element("valve-9-later")) == bool(later)

    def test_the_agitator_is_offered_no_end(self, make_user, running):
        page = Page(client_of(make_user("operator")).get(f"/plants/{running.pk}/"))
        assert "valve-12-start_after_hours" in page.ids
        assert "valve-12-end_after_hours" not in page.ids
        assert "valve-11-end_after_hours" in page.ids

    def test_a_ramp_under_way_says_where_it_goes(self, make_user, running):
        by_hand.take(running, by_hand.VALVE, 10, 38.0, ramp_steps=10)
        run_for(running, 1)
        page = Page(client_of(make_user("viewer")).get(f"/plants/{running.pk}/"))
        assert "by hand, on its way to 38 % at 0.60 h" in page.text("valve-10")

    def test_a_bad_value_is_said_before_anything_is_asked(self, make_user, running):
        answer = self.post(
            make_user("operator"), running, "valve/10/take", {"position": "140"}, confirmed=""
        )
        assert answer.status_code == 422


class TestSchedule:
    def test_what_is_planned_is_listed_with_its_times_and_can_be_cancelled(
        self, make_user, running
    ):
        running.inject([4], start_after_hours=1.0, end_after_hours=3.0)
        by_hand.take(running, by_hand.VALVE, 9, 44.0, start_after_hours=2.0, ramp_steps=5)
        running.inject([6], end_after_hours=4.0)
        client = client_of(make_user("operator"))
        page = Page(client.get(f"/plants/{running.pk}/"))
        fault = running.run.injections.get(idv=4)
        hand = running.run.hands.get()
        words = page.text(f"planned-fault-{fault.pk}")
        assert "IDV(4)" in words
        assert "from 1.15 h to 3.15 h, in 1.00 process hours" in words
        words = page.text(f"planned-hand-{hand.pk}")
        assert "XMV(9) to 44 % over 15 min" in words
        running_fault = running.run.injections.get(idv=6)
        words = page.text(f"planned-fault-{running_fault.pk}")
        assert "in force to 4.15 h" in words
        assert "Cancel" not in words
        path = f"/plants/{running.pk}/planned"
        for kind, row in (("fault", fault), ("hand", hand)):
            answer = client.post(f"{path}/{kind}/{row.pk}/cancel/", {}, **HTMX)
            assert "It is cancelled." in Page(answer).text("controls-message")
            again = client.post(f"{path}/{kind}/{row.pk}/cancel/", {}, **HTMX)
            assert "not planned any more" in Page(again).text("controls-message")
        assert running.active_idvs == [6]
        assert not running.run.hands.open_after(running.step + 1).exists()

    def test_one_that_has_begun_is_not_cancelled(self, make_user, running):
        running.inject([6])
        row = running.run.injections.get()
        client_of(make_user("operator")).post(
            f"/plants/{running.pk}/planned/fault/{row.pk}/cancel/"
        )
        assert running.active_idvs == [6]

    def test_a_viewer_cancels_nothing(self, make_user, running):
        running.inject([4], start_after_hours=1.0)
        row = running.run.injections.get()
        path = f"/plants/{running.pk}/planned/fault/{row.pk}/cancel/"
        assert client_of(make_user("viewer")).post(path).status_code == 403

    def test_a_preset_is_given_other_times_and_a_part_of_its_size(self, make_user, running):
        values = {"start_after_hours": "1", "end_after_hours": "2", "magnitude": "0.5"}
        client = client_of(make_user("operator"))
        page = Page(client.get(f"/plants/{running.pk}/"))
        assert {f"preset-{name}" for name in values} <= set(page.ids)
        client.post(f"/plants/{running.pk}/inject/", {"preset": "idv-4", **values})
        row = running.run.injections.get()
        assert (row.start_step, row.end_step, row.magnitude) == (23, 43, 0.5)


class TestEmergencyReset:
    @pytest.mark.parametrize("state", ["running", "tripped", "failed", "stopped", "paused"])
    def test_it_asks_and_then_the_plant_runs_from_the_base_case(self, make_user, running, state):
        running.inject([6])
        by_hand.take(running, by_hand.VALVE, 9, 44.0)
        type(running).objects.filter(pk=running.pk).update(state=state)
        client = client_of(make_user("operator"))
        assert "emergency-reset" in Page(client.get(f"/plants/{running.pk}/")).ids
        path = f"/plants/{running.pk}/emergency-reset/"
        asked = client.post(path, {})
        assert "clears all faults (1 in force)" in asked.content.decode()
        assert "cannot be undone" in asked.content.decode()
        running.refresh_from_db()
        assert running.run.number == 1
        assert client.post(path, {"confirmed": "1"}).status_code == 302
        running.refresh_from_db()
        assert (running.state, running.run.number, running.active_idvs) == ("running", 2, [])

    def test_over_the_api(self, operator, running):
        told = operator.post(f"/api/plants/{running.pk}/emergency-reset").json()
        assert (told["state"], told["run"], told["step"]) == ("running", 2, 0)

    def test_a_viewer_may_not(self, make_user, running):
        client = client_of(make_user("viewer"))
        assert client.post(f"/plants/{running.pk}/emergency-reset/").status_code == 403
