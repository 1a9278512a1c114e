"""The detector's settings under their earlier names."""

import pytest

from explainer.models import AskingSettings
from monitoring.models import DetectorSettings
from monitoring.models.detector_settings import DEFAULT_ALPHA
from simulation.models import Plant
from tests.accounts.callers import assert_says

pytestmark = pytest.mark.django_db

DEMO = {
    "pca_window_size": 8,
    "fault_trigger_consecutive_step": 3,
    "decimation_N": 1,
    "llm_min_interval_seconds": 0,
}


def settings_of(plant: Plant) -> DetectorSettings:
    return DetectorSettings.of(plant)


@pytest.mark.parametrize("send", ["post", "post_form", "post_query"])
def test_settings_are_changed_by_their_earlier_names(program, plant, send):
    values = {
        "pca_window_size": 20,
        "fault_trigger_consecutive_step": 6,
        "decimation_N": 4,
        "llm_min_interval_seconds": 300,
    }
    call = getattr(program, send)
    answer = (
        call("/config/runtime", values) if send == "post" else call("/config/runtime", **values)
    )
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "updated": values}
    now = settings_of(plant)
    assert (now.window, now.consecutive, now.decimation) == (20, 6, 4)
    assert now.min_explanation_seconds == 300


def test_one_setting_leaves_the_others(program, plant):
    program.post("/config/runtime", {"decimation_N": 4})
    now = settings_of(plant)
    assert (now.window, now.consecutive, now.decimation) == (8, 3, 4)


def test_the_presets_label_is_taken_and_means_nothing(program, plant):
    answer = program.post("/config/runtime", {**DEMO, "preset": "demo"})
    assert answer.json()["updated"] == DEMO


def test_the_stability_button_works(program, plant):
    body = {
        "llm_min_interval_seconds": 70,
        "feature_shift_min_interval_seconds": 999,
        "feature_shift_jaccard_threshold": 1.0,
    }
    told = program.post("/config/runtime", body).json()
    assert told == {"status": "ok", "updated": body}
    asking = AskingSettings.of(plant)
    assert (asking.shift_jaccard, asking.shift_min_seconds) == (1.0, 999)


def test_a_shift_that_cannot_be_is_refused_and_leaves_everything_as_it_was(program, plant):
    body = {"decimation_N": 4, "feature_shift_jaccard_threshold": 1.5}
    answer = program.post("/config/runtime", body)
    assert_says(answer, 400, "feature_shift_jaccard_threshold")
    assert settings_of(plant).decimation == 1
    assert AskingSettings.of(plant).shift_jaccard == 0.3


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "Give some of"),
        ({"decimation_N": 0}, "decimation_N must be a whole number from 1"),
        ({"decimation_N": 1.5}, "decimation_N must be"),
        ({"decimation_N": "x"}, "decimation_N must be"),
        ({"decimation_N": None}, "decimation_N must be"),
        ({"pca_window_size": 1}, "pca_window_size must be a whole number from 2"),
        ({"fault_trigger_consecutive_step": -1}, "fault_trigger_consecutive_step must be"),
        ({"llm_min_interval_seconds": -1}, "llm_min_interval_seconds must be"),
        ({"decimation": 4}, "decimation means nothing here."),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_its_earlier_name(program, plant, body, error):
    assert_says(program.post("/config/runtime", body), 400, error)
    assert settings_of(plant).decimation == 1


@pytest.mark.parametrize("send", ["post", "post_form", "post_query"])
def test_alpha_is_set_and_the_limit_follows(program, plant, detector, send):
    before = program.get("/status").json()["t2_threshold"]
    call = getattr(program, send)
    values = {"anomaly_threshold": 0.1}
    answer = call("/config/alpha", values) if send == "post" else call("/config/alpha", **values)
    told = answer.json()
    assert told["alpha"] == 0.1
    assert told["t2_threshold"] < before
    assert told["t2_threshold"] == program.get("/status").json()["t2_threshold"]
    assert settings_of(plant).alpha == 0.1


@pytest.mark.parametrize("value", [0, 1, -0.1, 1.5, "x", None, True, [0.1]])
def test_an_alpha_that_is_no_rate_is_refused(program, plant, value):
    answer = program.post("/config/alpha", {"anomaly_threshold": value})
    assert answer.status_code == 400
    assert settings_of(plant).alpha == DEFAULT_ALPHA


def test_a_missing_alpha_is_named(program, plant):
    assert_says(program.post("/config/alpha", {}), 400, "anomaly_threshold is missing")


def test_the_baseline_is_the_detector_in_use_and_nothing_is_trained(program, plant, detector):
    from monitoring.models import DetectorModel

    for answer in (program.get("/config/baseline/reload"), program.post("/config/baseline/reload")):
        told = answer.json()
        assert (told["status"], told["filename"], told["features"]) == ("ok", None, 33)
        assert told["samples"] == 2 * 24 * 20
        assert "PCA v1" in told["message"]
    assert DetectorModel.objects.count() == 1


def test_a_baseline_file_is_not_pretended_to_be_read(program, plant, detector):
    answer = program.post("/config/baseline/reload", {"filename": "fault0.csv"})
    assert_says(answer, 501, "nothing was loaded")


def test_a_baseline_that_was_never_fitted_is_said(program, plant):
    assert_says(program.get("/config/baseline/reload"), 501, "No detector", "fitdetector")


def test_the_metrics_have_the_earlier_fields(program, plant, detector):
    told = program.get("/metrics.json").json()
    assert {
        "aggregated_count": 0,
        "live_buffer": 0,
        "decimation_N": 1,
        "pca_window": 8,
        "consecutive_anomalies_required": 3,
        "llm_min_interval_seconds": 0,
        "baseline_features": 33,
    }.items() <= told.items()


def test_the_status_has_the_earlier_fields_and_counts(bridge, fed, detector_22, samples):
    from tests.earlier.conftest import data_point

    for row in samples[:4]:
        bridge.post("/ingest", {"data_point": data_point(row)})
    told = bridge.get("/status").json()
    assert told["running"] is True
    assert (told["aggregated_count"], told["live_buffer"]) == (4, 4)
    assert told["t2_threshold"] > 0
    assert told["models"] == ["embedded"]
    assert told["llm_enabled"] is False
    assert told["simulation_running"] is False
    assert told["simulation_speed_factor"] is None
