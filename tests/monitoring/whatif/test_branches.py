"""Branches, twins and forecasts: over the API and on the page."""

import csv
import io
import re

import numpy as np
import pytest

from monitoring.analysing import analyse_plant
from simulation import branching, forecasting
from simulation.models import Plant, Reading
from simulation.tep.variables import index_of
from tests.accounts.callers import Caller, assert_says
from tests.monitoring.pages import HTMX, Page, client_of

pytestmark = pytest.mark.django_db


def finish(pk: int) -> Plant:
    while branching.run_ahead(pk):
        pass
    analyse_plant(pk)
    return Plant.objects.get(pk=pk)


class TestApi:
    def test_a_branch_is_begun_listed_run_and_deleted(self, operator, running):
        call, path = Caller(operator), f"/api/plants/{running.pk}/branches"
        answer = call.post(path, {"hours": 1, "at_step": 10, "xmv": 9, "position": 50})
        assert answer.status_code == 201, answer.content
        begun = answer.json()
        assert (begun["of_plant"], begun["branch_step"], begun["until_step"]) == (
            running.pk,
            10,
            30,
        )
        assert finish(begun["id"]).state == "paused"
        [listed] = call.get(path).json()["branches"]
        assert (listed["step"], listed["until_step"]) == (30, None)
        assert "as far as it was to" in listed["state_reason"]
        assert call.delete(f"{path}/{begun['id']}").json()["branches"] == []
        assert_says(call.delete(f"{path}/{begun['id']}"), 404, "no branch")

    def test_a_twin_is_begun(self, operator, running):
        begun = Caller(operator).post(f"/api/plants/{running.pk}/twin")
        assert begun.status_code == 201
        made = finish(begun.json()["id"])
        assert (made.step, made.run.branch_step) == (30, 10)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "hours"),
            ({"hours": 0}, "hours"),
            ({"hours": 1e9}, "hours"),
            ({"hours": "x"}, "hours"),
            ({"hours": 1, "idv": 0}, "idv"),
            ({"hours": 1, "idv": 21}, "idv"),
            ({"hours": 1, "xmv": 10}, "position"),
            ({"hours": 1, "position": 50}, "xmv"),
            ({"hours": 1, "xmv": 10, "position": 140}, "position"),
            ({"hours": 1, "loop": 17}, "setpoint"),
            ({"hours": 1, "magnitude": 0.5}, "idv"),
            ({"hours": 1, "without_faults": "perhaps"}, "without_faults"),
            ({"hours": 1, "at_step": -1}, "at_step"),
            ({"hours": 1, "at_hours": -1}, "at_hours"),
            ({"hours": 1, "at_hours": 1, "at_step": 20}, "at_hours"),
        ],
    )
    def test_a_branch_that_cannot_be_is_refused(self, operator, running, body, field):
        answer = Caller(operator).post(f"/api/plants/{running.pk}/branches", body)
        assert field in assert_says(answer, 400)["fields"]
        assert Plant.objects.count() == 1

    def test_it_may_begin_at_an_hour(self, operator, running):
        call, path = Caller(operator), f"/api/plants/{running.pk}/branches"
        assert call.post(path, {"hours": 1, "at_hours": 0.5}).json()["branch_step"] == 10
        answer = call.post(path, {"hours": 1, "at_hours": 1e12})
        assert_says(answer, 409, "has not been taken", "0 to 30")

    def test_a_step_that_was_not_taken_is_a_conflict(self, operator, running):
        answer = Caller(operator).post(
            f"/api/plants/{running.pk}/branches", {"hours": 1, "at_step": 99}
        )
        assert_says(answer, 409, "has not been taken", "0 to 30")

    def test_a_viewer_looks_only(self, make_user, running):
        call = Caller(make_user("viewer"))
        path = f"/api/plants/{running.pk}"
        assert call.post(f"{path}/branches", {"hours": 1}).status_code == 403
        assert call.post(f"{path}/twin").status_code == 403
        assert call.delete(f"{path}/branches/2").status_code == 403
        assert call.get(f"{path}/branches").status_code == 200

    def test_the_forecast_is_asked_for_and_given(self, operator, running):
        call, path = Caller(operator), f"/api/plants/{running.pk}/forecast"
        assert call.get(path).json() == {"plant": running.pk, "forecast": None}
        assert call.post(path).status_code == 202
        forecasting.make(running.pk)
        told = call.get(path).json()["forecast"]
        assert told["step"] == 30
        assert told["trips"][0]["quantity"] == "reactor pressure"
        assert told["words"].startswith("Reactor pressure trips in")
        series = told["series"]
        assert len(series["labels"]) == len(series["median"]) == 53
        assert {len(column) for column in series["median"]} == {len(series["hours"])}

    def test_a_fed_plant_has_neither(self, operator):
        fed = Plant.objects.create(name="fed", source=Plant.Source.OUTSIDE)
        fed.start()
        path, call = f"/api/plants/{fed.pk}", Caller(operator)
        assert_says(call.post(f"{path}/forecast"), 409, "nobody knows its true state")
        assert_says(call.post(f"{path}/branches", {"hours": 1}), 409, "nobody knows")
        page = client_of(operator).get(f"/plants/{fed.pk}/")
        assert "nobody knows its true state" in Page(page).text("whatif")
        assert "make-branch" not in Page(page).ids


class TestPage:
    def post(self, user, plant, what, data=None):
        return client_of(user).post(f"/plants/{plant.pk}/whatif/{what}/", data or {}, **HTMX)

    def test_the_panel_says_what_is_there(self, operator, running):
        page = Page(client_of(operator).get(f"/plants/{running.pk}/"))
        assert page.inline == []
        assert "None yet" in page.text("no-forecast")
        assert "make-twin" in page.ids
        forecasting.make(running.pk)
        page = Page(client_of(operator).get(f"/plants/{running.pk}/whatif/"))
        assert re.match(
            r"Counted from [\d.]+ h: Reactor pressure trips in", page.text("forecast-words")
        )
        assert "true state" in page.text("forecast")
        assert "No detector knows this" in page.text("forecast")

    def test_a_branch_is_made_compared_and_deleted(self, operator, running):
        data = {"hours": "1", "at_step": "10", "without_faults": "on"}
        page = Page(self.post(operator, running, "branch", data))
        assert "is being prepared" in page.text("whatif-message")
        made = branching.branches_of(running).get()
        finish(made.pk)
        response = client_of(operator).get(f"/plants/{running.pk}/compare/{made.pk}/")
        assert response.status_code == 200
        assert Page(response).inline == []
        assert "The same until 0.50 h" in response.content.decode()
        asked = self.post(operator, running, f"{made.pk}/delete")
        assert asked["HX-Retarget"] == "#question"
        assert f"Delete {made.name}?" in Page(asked).text("question-dialog")
        assert Plant.objects.filter(pk=made.pk).exists()
        page = Page(self.post(operator, running, f"{made.pk}/delete", {"confirmed": "1"}))
        assert "is deleted" in page.text("whatif-message")
        assert not Plant.objects.filter(pk=made.pk).exists()

    def test_errors_are_said_beside_the_field(self, operator, running):
        response = self.post(operator, running, "branch", {"hours": "0"})
        assert response.status_code == 422
        assert "hours must be a number" in Page(response).text("branch-form")
        response = self.post(operator, running, "branch", {"hours": "1", "at_step": "99"})
        assert "has not been taken" in Page(response).text("branch-form")

    def test_a_viewer_may_not(self, make_user, running):
        viewer = make_user("viewer")
        for what in ("branch", "twin", "forecast", "2/delete"):
            assert self.post(viewer, running, what).status_code == 403
        assert "make-branch" not in Page(client_of(viewer).get(f"/plants/{running.pk}/")).ids

    def test_the_comparison_as_csv_is_what_is_stored(self, operator, running):
        made = finish(branching.twin(running).pk)
        response = client_of(operator).get(
            f"/plants/{running.pk}/compare/{made.pk}.csv", {"tag": ["XMEAS(1)", "XMV(3)"]}
        )
        head, *lines = csv.reader(io.StringIO(b"".join(response.streaming_content).decode()))
        assert len(head) == 2 + 3 * 2
        assert len(lines) == 30
        column = index_of("XMEAS(1)")
        live, twin = (
            [r.values[column] for r in Reading.objects.filter(run=run).order_by("step")]
            for run in (running.run, made.run)
        )
        assert [float(line[2]) for line in lines] == live
        assert [float(line[3]) for line in lines] == twin
        difference = np.array([float(line[4]) for line in lines])
        assert (difference[:10] == 0.0).all()
        assert abs(difference[-1]) > 0.1
