"""The pages of detectors: what each is worth, what each said, and limits to try."""

import io
import json
import re
from collections import Counter
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from monitoring import evaluating
from monitoring.evaluating import EvaluationPlan, ceilings
from monitoring.models import (
    Alarm,
    Analysis,
    DetectorEvaluation,
    DetectorSettings,
    DiagnosisModel,
)
from monitoring.scoring import Rule
from monitoring.trying import stored_readings, try_limits
from simulation import tep
from simulation.models import Injection
from tests.explainer.conftest import fill
from tests.monitoring.pages import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def faulty(plant, team):
    """A plant with IDV(4) from 6 h to 8 h, scored and known as injected."""
    rows, _ = tep.simulate_rows(77, 6.0, None, rng="modern")
    more, _ = tep.simulate_rows(77, 10.0, {4: 6.0}, rng="modern")
    fill(plant, more)
    assert len(rows) == 120
    Injection.objects.create(run=plant.run, idv=4, start_step=121)
    return plant


@pytest.fixture
def viewer(client, make_user):
    client.force_login(make_user("viewer"))
    return client


def test_an_evaluation_is_kept_printed_and_shown_with_the_ceiling(team, viewer):
    out = io.StringIO()
    call_command(
        "evaluate",
        detector="robust",
        runs=1,
        normal_runs=1,
        no_diagnosis=True,
        json=True,
        stdout=out,
    )
    document = json.loads(out.getvalue())
    assert (document["detector"], document["version"]) == ("robust", 1)
    assert set(document["faults"]) == {str(idv) for idv in range(1, 21)}
    assert set(document["ceiling"]) == set(document["faults"])
    assert document["faults"]["6"]["fdr"] > 0.9
    assert document["ceiling"]["6"] >= document["faults"]["6"]["fdr"] - 0.05
    assert 0.0 <= document["normal"]["far"] < 0.05
    assert document["summary"]["faults_found"] >= 14
    assert DetectorEvaluation.objects.get().figures == document
    page = viewer.get("/detectors/").content.decode()
    assert "Detectability of each fault" in page
    assert f"{100 * document['faults']['6']['fdr']:.1f} %" in page
    assert "IDV(20)" in page


def test_the_ceiling_is_that_of_the_same_runs_and_their_twins(team, monkeypatch):
    simulated, simulate = [], evaluating.simulate_runs

    def recorded(plan, runs):
        simulated.extend((run.fault, run.seed) for run in runs)
        # Three rows beyond the onset will do here.
        return simulate(replace(plan, hours=8.15), runs)

    monkeypatch.setattr(evaluating, "simulate_runs", recorded)
    out = io.StringIO()
    call_command(
        "evaluate", detector="robust", runs=2, normal_runs=1, no_diagnosis=True, stdout=out
    )
    counted = Counter(simulated)
    faulty = [run for run in counted if run[0] > 0]
    assert len(faulty) == 20 * 2
    assert all(counted[run] == 2 for run in faulty)
    assert all(counted[0, seed] == 1 for _, seed in faulty)
    assert "ceiling of the mean FDR, on the same runs:" in out.getvalue()


def test_what_cannot_be_evaluated_is_refused(team):
    with pytest.raises(CommandError, match="must be at least 1"):
        call_command("evaluate", runs=0)


def test_nothing_is_above_what_an_observer_reaches_who_knows_the_effect(team):
    told = []
    found = ceilings(
        team["robust"].detector,
        0.0025,
        EvaluationPlan(runs=1, seed=5),
        lambda what, done, of: told.append((what, done, of)),
    )
    assert told[0] == ("ceiling of IDV(1)", 1, 20)
    assert told[-1] == ("ceiling of IDV(20)", 20, 20)
    assert found["4"] > 0.99
    assert all(0.0 <= share <= 1.0 for share in found.values())


def test_without_any_evaluation_the_page_says_how_to_get_one(team, viewer):
    page = viewer.get("/detectors/").content.decode()
    assert "manage.py evaluate" in page
    assert "manage.py fitdiagnosis" in page
    assert "Robust v1" in page
    assert "in the shadow" in page


def test_a_site_without_detectors_says_what_to_do(viewer):
    assert "Run <code>manage.py fitdetector</code>" in viewer.get("/detectors/").content.decode()


@pytest.mark.parametrize(("steps", "said"), [(20, "warming up"), (21, "normal")])
def test_what_the_detector_does_not_judge_yet_is_not_called_normal(
    plant, team, viewer, steps, said
):
    rows, _ = tep.simulate_rows(77, 2.0, None, rng="modern")
    fill(plant, rows[:steps])
    panel = Page(viewer.get(f"/plants/{plant.pk}/")).text("detectors")
    assert re.search(rf"in charge *[\d.]+ *{said}", panel), panel
    assert ("from step 21 on" in panel) is (said == "warming up")


@pytest.mark.parametrize(("steps", "warms_up"), [(20, True), (21, False)])
def test_charts_of_scores_say_before_any_script_that_a_point_is_not_judged(
    plant, team, viewer, steps, warms_up
):
    rows, _ = tep.simulate_rows(77, 2.0, None, rng="modern")
    fill(plant, rows[:steps])
    page = Page(viewer.get(f"/plants/{plant.pk}/"))
    for name in ("ratio", "t2", "spe"):
        assert ("warming up: not judged" in page.text(f"trend-{name}")) is warms_up
    # T² and SPE have values meanwhile; the detector in charge has none, and none is made up.
    assert "× limit" in page.text("trend-t2") and "× limit" in page.text("trend-spe")
    assert ("× limit" in page.text("trend-ratio")) is not warms_up
    told = viewer.get(f"/api/plants/{plant.pk}/analyses").json()["analyses"]
    assert [one["warming_up"] for one in told] == [True] * 20 + [False] * (steps - 20)


def test_points_of_several_readings_are_judged_after_as_many_readings(plant, team):
    DetectorSettings.objects.update_or_create(plant=plant, defaults={"decimation": 2})
    rows, _ = tep.simulate_rows(77, 3.0, None, rng="modern")
    fill(plant, rows[:24])
    points = list(Analysis.objects.order_by("step"))
    assert [one.is_warming_up for one in points] == [True] * 10 + [False] * 2
    assert points[10].first_step == points[0].judged_from == 21


def test_the_plants_page_tells_what_each_detector_said(faulty, viewer):
    page = viewer.get(f"/plants/{faulty.pk}/detectors/")
    said = page.context["said"]
    assert [one.name for one in said] == ["in charge", "Sharp v1"]
    assert said[0].raised_hours == [alarm.raised_hours for alarm in Alarm.objects.all()]
    over = [p.shadows[0]["exceeds"] for p in Analysis.objects.filter(run=faulty.run)]
    assert said[1].exceeding == sum(over)
    dashboard = viewer.get(f"/plants/{faulty.pk}/").content.decode()
    assert "in charge" in dashboard
    assert "would alarm" in dashboard


def test_limits_are_tried_on_stored_readings_and_nothing_is_changed(faulty, viewer, team):
    before = DetectorSettings.of(faulty).as_json()
    address = f"/plants/{faulty.pk}/detectors/"
    asked = {"model": team["sharp"].pk, "alpha": "0.0001", "consecutive": "2", "among": "0"}
    page = viewer.get(address, asked)
    now, tried = page.context["tried"]
    assert now.model == team["robust"]
    assert tried.model == team["sharp"]
    assert tried.rule == Rule(0.0001, 2, 0)
    assert now.points == tried.points == 200
    (fault,) = tried.faults
    assert fault.label == "IDV(4)"
    assert fault.delay_points is not None
    assert fault.delay_points < 10
    assert tried.missed == 0
    assert DetectorSettings.of(faulty).as_json() == before
    assert "Tried" in page.content.decode()


def test_what_the_present_limits_give_on_stored_readings_is_what_was_raised(faulty, team):
    settings = DetectorSettings.of(faulty)
    rule = Rule(settings.alpha, settings.consecutive, settings.among)
    tried = try_limits(faulty, stored_readings(faulty), team["robust"], rule, 1)
    raised = [alarm.raised_hours for alarm in Alarm.objects.order_by("raised_step")]
    assert [alarm.raised_hours for alarm in tried.alarms] == raised
    assert tried.alarms[-1].cause == "IDV(4)"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("alpha", "7", "false alarm rate from"),
        ("alpha", "x<script>", "Enter a number"),
        ("consecutive", "0", "greater than or equal to 1"),
        ("model", "999", "Select a valid choice"),
    ],
)
def test_a_value_that_cannot_be_is_told_beside_its_field(
    faulty, viewer, team, field, value, message
):
    asked = {"model": team["sharp"].pk, "alpha": "0.01", "consecutive": "2", "among": "0"}
    page = viewer.get(f"/plants/{faulty.pk}/detectors/", asked | {field: value})
    assert page.status_code == 422
    assert message in page.content.decode()
    assert "<script>" not in page.content.decode().replace("<script src", "")


@pytest.mark.parametrize("address", ["/detectors/", "/plants/{}/detectors/"])
def test_nobody_sees_them_without_a_login(client, plant, address):
    response = client.get(address.format(plant.pk))
    assert response.status_code == 302
    assert "/login/" in response.url


@pytest.mark.parametrize("role", ["viewer", "operator", "engineer", "admin"])
def test_every_role_may_look(client, make_user, faulty, role):
    client.force_login(make_user(role))
    alarm = Alarm.objects.first()
    for address in (
        "/detectors/",
        f"/plants/{faulty.pk}/detectors/",
        f"/alarms/{alarm.pk}/",
        f"/alarms/{alarm.pk}/diagnosis/",
    ):
        assert client.get(address).status_code == 200


def test_only_the_newest_diagnosis_of_a_kind_is_shown(team, viewer):
    for version in (1, 2):
        DiagnosisModel.objects.create(
            kind="robust", version=version, parameters=b"x", card={"by_age": {}}
        )
    shown = viewer.get("/detectors/").context["diagnoses"]
    assert [str(model) for model in shown] == ["Diagnosis robust v2"]
