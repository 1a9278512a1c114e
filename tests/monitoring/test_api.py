"""What the control room tells over the API: status, scored points, alarms, health."""

import pytest

from monitoring.analysing import analyse_plant
from monitoring.models import Alarm
from simulation.models import Plant
from simulation.stepping import Tick, step_plants
from tests.accounts.callers import Caller, assert_says

pytestmark = pytest.mark.django_db
SEED = 4651207995


def take(plant, steps: int) -> None:
    for _ in range(steps):
        plant.refresh_from_db()
        assert step_plants([Tick(plant.pk, plant.current_run_id, plant.step)], even_if_early=True)
    plant.refresh_from_db()


@pytest.fixture
def viewer(make_user):
    return Caller(make_user("viewer"))


@pytest.fixture
def path(plant) -> str:
    return f"/api/plants/{plant.pk}"


@pytest.fixture
def alarmed(plant, detector):
    """A plant of which the detector has scored thirty points, the last of them under IDV(6)."""
    plant.reset(SEED)
    plant.start()
    take(plant, 10)
    plant.inject([6])
    take(plant, 20)
    analyse_plant(plant.pk)
    assert Alarm.objects.exists()
    return plant


def test_status_tells_of_every_plant(viewer, plant):
    Plant.objects.create(name="Another")
    answer = viewer.get("/api/status").json()
    assert [p["name"] for p in answer["plants"]] == ["TEP 1", "Another"]
    assert "T" in answer["time"]


def test_status_tells_the_counters_limits_and_stages(viewer, alarmed):
    [told] = viewer.get("/api/status").json()["plants"]
    assert (told["readings"], told["analyses"], told["step"]) == (30, 30, 30)
    assert told["explanations"] >= 0
    assert told["aggregated_count"] == 0
    assert told["t2_threshold"] > 0
    assert told["spe_threshold"] > 0
    assert told["analysis_preset"] == "demo"
    assert {"window", "consecutive", "decimation", "alpha", "min_explanation_seconds"} <= set(told)
    assert told["alarm"]["cleared_step"] is None
    assert list(told["stages"]) == ["clock", "simulate", "analyse", "push", "explain"]


def test_status_is_never_kept_by_a_cache(viewer):
    assert "no-store" in viewer.get("/api/status")["Cache-Control"]


def test_analyses_come_in_order_page_by_page(viewer, alarmed, path):
    seen, after, more = [], 0, True
    while more:
        answer = viewer.get(f"{path}/analyses", after=after, limit=7).json()
        seen += [analysis["step"] for analysis in answer["analyses"]]
        after, more = seen[-1], answer["more"]
    assert seen == list(range(1, 31))
    assert len(answer["analyses"][-1]["top_contributions"]) == 6


def test_a_page_of_analyses_fetches_the_detector_once(
    viewer, alarmed, path, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        assert len(viewer.get(f"{path}/analyses").json()["analyses"]) == 30


def test_the_alarms_of_a_run_are_told(viewer, alarmed, path):
    [told] = viewer.get(f"{path}/alarms").json()["alarms"]
    assert told == Alarm.objects.get().as_json()
    assert 10 < told["onset_step"] <= told["raised_step"] <= 30
    alarmed.reset(SEED)
    assert viewer.get(f"{path}/alarms").json()["alarms"] == []
    assert len(viewer.get(f"{path}/alarms", run=told["run"]).json()["alarms"]) == 1


@pytest.mark.parametrize("listing", ["analyses", "alarms", "injections"])
def test_a_plant_that_was_never_started_has_nothing(viewer, plant, path, listing):
    answer = viewer.get(f"{path}/{listing}").json()
    assert (answer["run"], answer[listing]) == (None, [])


@pytest.mark.parametrize("listing", ["analyses", "alarms", "injections"])
def test_a_run_that_is_not_there_is_refused(viewer, plant, path, listing):
    assert_says(viewer.get(f"{path}/{listing}", run=3), 404, "has no run 3.")


def test_health_is_ok_while_nothing_that_should_move_stands(client, plant):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_health_names_what_stands_still(client, plant):
    plant.start()  # and no clock in this test
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "stalled"
    assert "clock" in answer.json()["culprit"]
