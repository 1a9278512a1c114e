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
        assert_says(operator.post(f"{path}/setpoints/17", {"value": 999}), 409, "0 to 150")

    def test_an_injection_may_be_scaled(self, operator, running):
        path = f"/api/plants/{running.pk}"
        told = operator.post(f"{path}/injections", {"idv": 4, "magnitude": 0.5}).json()
        assert told["active_faults"] == [{"idv": 4, "magnitude": 0.5}]
        assert operator.get(f"{path}/injections").json()["injections"][0]["magnitude"] == 0.5
        for wrong in (0, 1.5, "x"):
            answer = operator.post(f"{path}/injections", {"idv": 6, "magnitude": wrong})
            assert_says(answer, 400, "magnitude must be")


class TestPanel:
    def post(self, user, plant, what, data=None):
        return client_of(user).post(f"/plants/{plant.pk}/hands/{what}/", data or {}, **HTMX)

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
        assert "0 to 100" in Page(response).text("hand-errors")

    def test_a_viewer_may_not(self, make_user, running):
        viewer = make_user("viewer")
        assert self.post(viewer, running, "valve/10/take").status_code == 403
        assert self.post(viewer, running, "valve/10/back").status_code == 403
        assert running.hands == []

    def test_nothing_else_is_held(self, make_user, running):
        assert self.post(make_user("operator"), running, "pump/1/take").status_code == 404
