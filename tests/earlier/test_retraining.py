"""`/retrain` answers at once, fits in another process, and changes no plant's settings."""

import pytest
import redis
from django.conf import settings as django_settings

from earlier import tasks
from earlier.models import Retraining
from monitoring.analysing import analyse_plant
from monitoring.models import Analysis, DetectorModel, DetectorSettings
from simulation.broker import queue_length
from simulation.stepping import due_ticks, step_plants
from tests.accounts.callers import assert_says

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]

SMALL = {"runs": 2, "limit_runs": 6, "hours": 24}


def test_a_fit_is_queued_for_the_explain_worker_and_answered_at_once(program, clean_broker):
    answer = program.post("/retrain", SMALL)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["status"], told["n_components"]) == ("started", None)
    assert "GET /retrain" in told["message"]
    assert queue_length("explain") == 1
    assert DetectorModel.objects.count() == 0
    assert program.get("/retrain").json()["status"] == "waiting"


@pytest.mark.parametrize("how", ["post_form", "post_query"])
def test_forms_and_queries_begin_a_fit_too(program, clean_broker, how):
    assert getattr(program, how)("/retrain", **SMALL).status_code == 202


def test_a_fit_becomes_the_active_detector_and_leaves_alpha_alone(program, plant, clean_broker):
    """The earlier retraining lost the alpha that had been set at run time."""
    program.post("/config/alpha", {"anomaly_threshold": 0.02})
    program.post("/config/runtime", {"decimation_N": 4})
    program.post("/retrain", SMALL)
    tasks.retrain(Retraining.objects.get().pk)
    told = program.get("/retrain").json()
    assert told["status"] == "success"
    assert told["runs_done"] == told["runs_of"]
    active = DetectorModel.active()
    assert told["n_components"] == active.card["n_components"]
    assert program.get("/config/baseline/reload").json()["detector"] == str(active)
    now = DetectorSettings.of(plant)
    assert (now.alpha, now.decimation) == (0.02, 4)


def test_points_go_on_with_the_old_detector_until_the_new_one_is_stored(
    program, plant, detector, clean_broker, monkeypatch
):
    plant.start()
    seen = []

    def fit(plan, progress):
        step_plants(due_ticks(), even_if_early=True)
        analyse_plant(plant.pk)
        seen.append(Analysis.objects.get().detector_model)
        return detector

    monkeypatch.setattr(tasks, "fit_detector", fit)
    program.post("/retrain", SMALL)
    tasks.retrain(Retraining.objects.get().pk)
    assert seen == [detector]


def test_a_message_that_comes_twice_fits_once(program, clean_broker, monkeypatch, detector):
    fits = []
    monkeypatch.setattr(tasks, "fit_detector", lambda plan, progress: fits.append(1) or detector)
    program.post("/retrain", SMALL)
    pk = Retraining.objects.get().pk
    tasks.retrain(pk)
    tasks.retrain(pk)
    assert fits == [1]


def test_a_second_fit_waits_for_the_first(program, clean_broker):
    program.post("/retrain", SMALL)
    assert_says(program.post("/retrain", SMALL), 409, "under way", "GET /retrain")
    assert Retraining.objects.count() == 1


def test_a_fit_whose_worker_was_lost_does_not_block_the_next(program, clean_broker):
    program.post("/retrain", SMALL)
    Retraining.objects.update(moved_at="2026-01-01T00:00:00Z", status="running")
    assert program.get("/retrain").json()["status"] == "failed"
    assert program.post("/retrain", SMALL).status_code == 202


def test_a_fit_with_too_little_data_fails_in_words_and_keeps_the_detector(
    program, detector, clean_broker
):
    program.post("/retrain", {"runs": 1, "limit_runs": 1, "hours": 1})
    tasks.retrain(Retraining.objects.get().pk)
    told = program.get("/retrain").json()
    assert told["status"] == "failed"
    assert "more runs or hours" in told["error"]
    assert DetectorModel.active() == detector


def test_a_defect_is_said_and_does_not_stay_open(program, clean_broker, monkeypatch):
    def broken(plan, progress):
        raise RuntimeError("secret")

    monkeypatch.setattr(tasks, "fit_detector", broken)
    program.post("/retrain", SMALL)
    tasks.retrain(Retraining.objects.get().pk)
    told = program.get("/retrain").json()
    assert told["status"] == "failed"
    assert "RuntimeError" in told["error"]
    assert "secret" not in told["error"]


def test_a_training_file_is_not_pretended_to_be_read(program, clean_broker):
    answer = program.post("/retrain", {"training_file": "live_fault0.csv"})
    assert_says(answer, 422, "nothing was started", "Leave training_file out")
    assert not Retraining.objects.exists()
    assert queue_length("explain") == 0


@pytest.mark.parametrize(
    "body", [{"runs": 0}, {"hours": -1}, {"limit_runs": "x"}, {"runs": 1000}, {"window": 5}]
)
def test_a_fit_that_cannot_be_is_refused(program, body):
    assert_says(program.post("/retrain", body), 400)
    assert not Retraining.objects.exists()


def test_a_broker_that_is_away_is_said_and_nothing_is_left_open(program, monkeypatch):
    monkeypatch.setattr(
        tasks.retrain, "delay", lambda pk: (_ for _ in ()).throw(redis.ConnectionError("away"))
    )
    assert_says(program.post("/retrain", SMALL), 503, "nothing was started", "healthz")
    assert not Retraining.objects.exists()


def test_before_the_first_fit_there_is_none(program):
    assert program.get("/retrain").json()["status"] == "none"
    assert django_settings.CELERY_TASK_ROUTES["earlier.tasks.*"] == {"queue": "explain"}
