"""Operating a plant over the API, and what is refused with which words."""

import pytest

from monitoring.models import AnalysisPreset, DetectorSettings
from simulation.models import FaultPreset
from tests.accounts.callers import Caller, assert_says

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer(make_user):
    return Caller(make_user("engineer"))


@pytest.fixture
def path(plant) -> str:
    return f"/api/plants/{plant.pk}"


@pytest.fixture
def running(plant):
    plant.start()
    return plant


# -- state --------------------------------------------------------------------------------------


def test_a_plant_is_started_paused_resumed_and_stopped(engineer, plant, path):
    for action, state in [
        ("start", "running"),
        ("pause", "paused"),
        ("resume", "running"),
        ("stop", "stopped"),
    ]:
        answer = engineer.post(f"{path}/{action}")
        assert answer.status_code == 200
        assert answer.json()["state"] == state
        plant.refresh_from_db()
        assert plant.state == state


def test_the_answer_to_a_call_is_what_status_says_of_the_plant(engineer, path):
    answer = engineer.post(f"{path}/start").json()
    [listed] = engineer.get("/api/status").json()["plants"]
    assert answer.keys() == listed.keys()
    assert {"id", "state", "readings", "analyses", "explanations", "stages"} <= answer.keys()


def test_a_stopped_plant_cannot_be_paused(engineer, path):
    assert_says(engineer.post(f"{path}/pause"), 409, "cannot be paused", "running plant")


def test_a_plant_that_was_never_started_takes_no_fault(engineer, path):
    assert_says(engineer.post(f"{path}/injections", {"idv": 1}), 409, "started", "Start")


def test_a_reset_begins_a_run_with_the_seed(engineer, running, path):
    answer = engineer.post(f"{path}/reset", {"seed": 4711}).json()
    assert (answer["run"], answer["seed"], answer["step"]) == (2, 4711, 0)


def test_a_reset_without_a_seed_draws_one(engineer, running, path):
    assert engineer.post(f"{path}/reset").json()["seed"] != running.current_run.seed
    assert engineer.post(f"{path}/reset", {}).status_code == 200
    assert engineer.post(f"{path}/reset", {"seed": None}).status_code == 200


@pytest.mark.parametrize("seed", [0, -1, 2**53, 1.5, "x", True, [1], 10**300, {"a": 1}])
def test_a_bad_seed_is_refused(engineer, running, path, seed):
    body = assert_says(engineer.post(f"{path}/reset", {"seed": seed}), 400, "A seed is a whole")
    assert list(body["fields"]) == ["seed"]
    assert running.runs.count() == 1


# -- speed --------------------------------------------------------------------------------------


def test_the_interval_is_set_by_hand(engineer, running, path):
    answer = engineer.post(f"{path}/speed", {"interval_seconds": 2.5}).json()
    assert (answer["interval_seconds"], answer["speed_preset"]) == (2.5, None)


def test_the_interval_is_set_by_a_preset(engineer, running, path):
    answer = engineer.post(f"{path}/speed", {"preset": "balanced"}).json()
    assert (answer["interval_seconds"], answer["speed_preset"]) == (60.0, "balanced")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"interval_seconds": 0}, "at least 0.2 s"),
        ({"interval_seconds": -1}, "at least 0.2 s"),
        ({"interval_seconds": 1801}, "at most 1800 s"),
        ({"interval_seconds": "fast"}, "must be a number of seconds"),
        ({"interval_seconds": True}, "must be a number of seconds"),
        ({"interval_seconds": [1]}, "must be a number of seconds"),
        ({"interval_seconds": {"s": 1}}, "must be a number of seconds"),
        ({"interval_seconds": "nan"}, "must be a number of seconds"),
        ({"interval_seconds": "inf"}, "must be a number of seconds"),
        ({"interval_seconds": 10**400}, "must be a number of seconds"),
        ({"interval_seconds": None}, "Give one of"),
        ({}, "Give one of"),
        ({"preset": "demo", "interval_seconds": 1}, "Give one of"),
        ({"factor": 1, "interval_seconds": 1}, "Give one of"),
        ({"factor": 0.09}, "factor must be a number from 0.1 to 50"),
        ({"factor": 51}, "an interval goes further"),
        ({"factor": "nan"}, "factor must be a number"),
        ({"preset": "warp"}, "There is no preset warp."),
        ({"preset": "de\x00mo"}, "named by its slug"),
        ({"preset": "\ud800"}, "named by its slug"),
        ({"preset": 7}, "named by its slug"),
        ({"preset": ["demo"]}, "named by its slug"),
        ({"speed": 2}, "speed means nothing here."),
    ],
)
def test_a_bad_speed_is_refused(engineer, running, path, body, error):
    assert_says(engineer.post(f"{path}/speed", body), 400, error)
    running.refresh_from_db()
    assert running.interval_seconds == 1.0


def test_an_unknown_preset_is_answered_with_those_there_are(engineer, path):
    answer = engineer.post(f"{path}/speed", {"preset": "warp"})
    assert_says(answer, 400, hint="Presets: demo, balanced, realistic.")


def test_an_unknown_key_is_answered_with_those_there_are(engineer, path):
    answer = engineer.post(f"{path}/speed", {"interval": 2, "interval_seconds": 2})
    body = assert_says(answer, 400, "interval means", "preset, interval_seconds, factor.")
    assert list(body["fields"]) == ["interval"]


# -- bodies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b'{"interval_seconds": 2', "not valid JSON"),
        (b"interval_seconds=2", "not valid JSON"),
        (b'{"interval_seconds": NaN}', "not valid JSON"),
        (b'{"interval_seconds": -Infinity}', "not valid JSON"),
        (b'{"interval_seconds": 1e400}', "must be a number of seconds"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[1, 2]", "must be a JSON object"),
        (b'"fast"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"2.5", "must be a JSON object"),
        (b"[" * 60_000, "nested too deeply"),
        (b'{"\\ud800": 1}', "means nothing here"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b"", "Give one of"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(engineer, path, raw, error):
    assert_says(engineer.post(f"{path}/speed", raw=raw), 400, error)


def test_a_body_beyond_all_measure_is_refused(engineer, path):
    assert_says(engineer.post(f"{path}/speed", raw=b" " * 70_000), 413, "70000 bytes")


def test_a_call_without_values_takes_none(engineer, path):
    assert_says(engineer.post(f"{path}/start", {"fast": True}), 400, "fast", "takes no values")


def test_another_kind_of_body_is_refused(engineer, path):
    answer = engineer.client.post(
        f"{path}/speed", "<x/>", content_type="text/xml", headers=engineer.headers
    )
    assert_says(answer, 415, hint="application/json")


@pytest.mark.parametrize("charset", ["rot13", "hex"])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_codec_that_is_no_encoding_of_text_is_refused(engineer, path, kind, charset):
    answer = engineer.client.generic(
        "POST", f"{path}/speed", b"{}", f"{kind}; charset={charset}", headers=engineer.headers
    )
    assert_says(answer, 400, f'Unsupported charset "{charset}"')


def test_a_form_of_too_many_fields_is_refused(engineer, path):
    fields = "&".join(f"a{i}=1" for i in range(1500))
    answer = engineer.client.generic(
        "POST",
        f"{path}/speed",
        fields,
        "application/x-www-form-urlencoded",
        headers=engineer.headers,
    )
    assert_says(answer, 400, "cannot be read")


def test_utf_8_may_be_named(engineer, path):
    answer = engineer.client.post(
        f"{path}/speed",
        b'{"interval_seconds": 2}',
        content_type="application/json; charset=UTF-8",
        headers=engineer.headers,
    )
    assert answer.status_code == 200


def test_another_method_is_refused_with_those_that_work(engineer, path):
    assert_says(engineer.get(f"{path}/start"), 405, hint="Allowed here: POST")
    assert_says(engineer.post("/api/status"), 405, hint="Allowed here: GET")
    assert_says(engineer.delete(f"{path}/speed"), 405)


def test_another_format_is_refused(engineer):
    answer = engineer.client.get(
        "/api/status", headers={**engineer.headers, "Accept": "application/xml"}
    )
    assert_says(answer, 406, hint="JSON")


# -- injections ---------------------------------------------------------------------------------


def test_a_fault_is_injected_and_cleared(engineer, running, path):
    assert engineer.post(f"{path}/injections", {"idv": 4}).json()["active_idvs"] == [4]
    assert engineer.delete(f"{path}/injections/4").json()["active_idvs"] == []


@pytest.mark.parametrize("idvs", [[1, 6], "1,6", "[1, 6]", ["1", "6"]])
def test_several_faults_are_injected_at_once(engineer, running, path, idvs):
    answer = engineer.post(f"{path}/injections", {"idvs": idvs}).json()
    assert answer["active_idvs"] == [1, 6]
    assert engineer.delete(f"{path}/injections").json()["active_idvs"] == []


def test_a_form_may_name_several_faults_by_check_boxes(engineer, running, path):
    answer = engineer.client.post(
        f"{path}/injections",
        "idvs=1&idvs=6",
        content_type="application/x-www-form-urlencoded",
        headers=engineer.headers,
    )
    assert answer.json()["active_idvs"] == [1, 6]


def test_a_preset_brings_its_faults_and_times(engineer, running, path):
    preset = FaultPreset.objects.create(
        slug="pulse", name="Pulse", idvs=[2, 3], start_after_hours=1, end_after_hours=2
    )
    assert engineer.post(f"{path}/injections", {"preset": "pulse"}).status_code == 200
    made = running.current_run.injections.all()
    assert [(i.idv, i.start_step, i.end_step, i.preset) for i in made] == [
        (2, 21, 41, preset),
        (3, 21, 41, preset),
    ]


def test_the_times_of_a_preset_may_be_given_anew(engineer, running, path):
    body = {"preset": "idv-4", "start_after_hours": 0.5, "end_after_hours": 1}
    engineer.post(f"{path}/injections", body)
    made = running.current_run.injections.get()
    assert (made.start_step, made.end_step) == (11, 21)


def test_the_injections_of_a_run_are_listed_with_who_made_them(engineer, running, path):
    engineer.post(f"{path}/injections", {"idv": 4})
    engineer.post(f"{path}/reset")
    engineer.post(f"{path}/injections", {"preset": "idv-5"})
    now = engineer.get(f"{path}/injections").json()
    assert (now["run"], [i["idv"] for i in now["injections"]]) == (2, [5])
    assert now["injections"][0]["injected_by"] == "engineer"
    assert now["injections"][0]["preset"] == "idv-5"
    before = engineer.get(f"{path}/injections", run=1).json()
    assert [i["idv"] for i in before["injections"]] == [4]


def test_the_same_fault_twice_is_refused(engineer, running, path):
    engineer.post(f"{path}/injections", {"idv": 4})
    assert_says(engineer.post(f"{path}/injections", {"idv": 4}), 409, "IDV(4)", "Clear it first")


def test_of_several_faults_all_or_none_are_injected(engineer, running, path):
    engineer.post(f"{path}/injections", {"idv": 4})
    assert engineer.post(f"{path}/injections", {"idvs": [1, 4]}).status_code == 409
    running.refresh_from_db()
    assert running.active_idvs == [4]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"idv": 21}, "There is no IDV(21)."),
        ({"idv": 0}, "There is no IDV(0)."),
        ({"idv": -4}, "There is no IDV(-4)."),
        ({"idv": 10**300}, "There is no IDV(that number)."),
        ({"idv": 4.5}, "whole number"),
        ({"idv": True}, "whole number"),
        ({"idv": "four"}, "whole number"),
        ({"idv": [4]}, "whole number"),
        ({"idvs": [1, 21]}, "There is no IDV(21)."),
        ({"idvs": [4, 4]}, "Name each IDV once."),
        ({"idvs": "1,,6"}, "Give IDV numbers"),
        ({"idvs": [True]}, "Give IDV numbers"),
        ({"idvs": [[1]]}, "Give IDV numbers"),
        ({"idvs": {"1": 6}}, "Give IDV numbers"),
        ({"idvs": []}, "Give one of"),
        ({"idv": None}, "Give one of"),
        ({}, "Give one of"),
        ({"idv": 1, "idvs": [2]}, "Give one of"),
        ({"idv": 1, "preset": "idv-4"}, "Give one of"),
        ({"preset": "idv-21"}, "There is no preset idv-21."),
        ({"idv": 4, "start_after_hours": -1}, "start_after_hours must be"),
        ({"idv": 4, "start_after_hours": 1e300}, "start_after_hours must be"),
        ({"idv": 4, "start_after_hours": "soon"}, "start_after_hours must be"),
        ({"idv": 4, "end_after_hours": False}, "end_after_hours must be"),
        ({"idv": 4, "end_after_hours": 0}, "later than the start"),
        ({"idv": 4, "start_after_hours": 2, "end_after_hours": 1}, "later than the start"),
        ({"idv": 4, "start": 2}, "start means nothing here."),
    ],
)
def test_a_bad_injection_is_refused(engineer, running, path, body, error):
    assert_says(engineer.post(f"{path}/injections", body), 400, error)
    assert not running.current_run.injections.exists()


def test_an_injection_too_short_for_a_sample_is_refused(engineer, running, path):
    body = {"idv": 4, "end_after_hours": 0.001}
    assert_says(engineer.post(f"{path}/injections", body), 409, "end before it starts")


def test_a_preset_that_waits_for_ever_is_refused(engineer, running, path):
    FaultPreset.objects.create(slug="late", name="Late", idvs=[1], start_after_hours=1e300)
    assert_says(engineer.post(f"{path}/injections", {"preset": "late"}), 400, "longer than")


def test_clearing_what_is_not_in_force_says_so(engineer, running, path):
    assert_says(engineer.delete(f"{path}/injections/4"), 404, "IDV(4) is neither", "injections")
    assert_says(engineer.delete(f"{path}/injections/21"), 400, "There is no IDV(21).")


def test_clearing_all_when_there_is_none_is_no_error(engineer, plant, path):
    assert engineer.delete(f"{path}/injections").status_code == 200


# -- detector -----------------------------------------------------------------------------------


def test_a_setting_given_alone_leaves_the_others(engineer, plant, path):
    before = DetectorSettings.of(plant)
    answer = engineer.post(f"{path}/detector", {"decimation": 4}).json()
    assert answer["decimation"] == 4
    after = DetectorSettings.of(plant)
    assert (after.window, after.consecutive, after.alpha) == (
        before.window,
        before.consecutive,
        before.alpha,
    )


def test_all_settings_at_once(engineer, plant, path):
    body = {
        "window": 30,
        "consecutive": 5,
        "decimation": 2,
        "alpha": 0.001,
        "min_explanation_seconds": 12.5,
    }
    answer = engineer.post(f"{path}/detector", body).json()
    assert {name: answer[name] for name in body} == body


def test_a_preset_sets_its_values_and_keeps_alpha(engineer, plant, path):
    engineer.post(f"{path}/detector", {"alpha": 0.02})
    answer = engineer.post(f"{path}/detector", {"preset": "balanced"}).json()
    rule = AnalysisPreset.objects.get(slug="balanced").rule
    assert {name: answer[name] for name in rule} == rule
    assert (answer["analysis_preset"], answer["alpha"]) == ("balanced", 0.02)


def test_a_value_set_by_hand_takes_the_presets_name_away(engineer, plant, path):
    engineer.post(f"{path}/detector", {"preset": "balanced"})
    answer = engineer.post(f"{path}/detector", {"alpha": 0.02}).json()
    assert answer["analysis_preset"] == "balanced"  # a preset has no alpha
    answer = engineer.post(f"{path}/detector", {"consecutive": 7}).json()
    assert answer["analysis_preset"] is None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"alpha": -0.01}, "Alpha is a false alarm rate"),
        ({"alpha": 0}, "Alpha is a false alarm rate"),
        ({"alpha": 1}, "Alpha is a false alarm rate"),
        ({"alpha": "small"}, "Alpha is a false alarm rate"),
        ({"alpha": None}, "Alpha is a false alarm rate"),
        ({"alpha": True}, "Alpha is a false alarm rate"),
        ({"alpha": 10**400}, "Alpha is a false alarm rate"),
        ({"window": 1}, "window must be a whole number from 2 to 1000."),
        ({"window": 1001}, "window must be a whole number from 2 to 1000."),
        ({"window": 2.5}, "window must be a whole number"),
        ({"window": None}, "window must be a whole number"),
        ({"window": [5]}, "window must be a whole number"),
        ({"consecutive": 0}, "consecutive must be a whole number from 1"),
        ({"consecutive": -3}, "consecutive must be a whole number from 1"),
        ({"decimation": 0}, "decimation must be a whole number from 1"),
        ({"decimation": 10**300}, "decimation must be a whole number from 1"),
        ({"min_explanation_seconds": -1}, "from 0 to 86400."),
        ({"min_explanation_seconds": "1 min"}, "must be a number of seconds"),
        ({"preset": "warp"}, "There is no preset warp."),
        ({"preset": None}, "Name a preset"),
        ({"preset": "demo", "window": 9}, "Give either"),
        ({}, "Give either"),
        ({"threshold": 3}, "threshold means nothing here."),
    ],
)
def test_a_bad_setting_is_refused(engineer, plant, path, body, error):
    before = DetectorSettings.of(plant).as_json()
    assert_says(engineer.post(f"{path}/detector", body), 400, error)
    assert DetectorSettings.of(plant).as_json() == before


def test_several_bad_settings_are_all_named(engineer, path):
    answer = engineer.post(f"{path}/detector", {"alpha": -1, "window": 0, "decimation": 3})
    body = assert_says(answer, 400)
    assert set(body["fields"]) == {"alpha", "window"}


# -- addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "readings", None),
        ("GET", "analyses", None),
        ("GET", "alarms", None),
        ("GET", "injections", None),
        ("POST", "start", None),
        ("POST", "speed", {"interval_seconds": 1}),
        ("POST", "injections", {"idv": 1}),
        ("DELETE", "injections", None),
        ("POST", "detector", {"window": 9}),
    ],
)
@pytest.mark.parametrize("number", ["99", "9" * 30])
def test_a_plant_that_is_not_there(engineer, plant, method, rest, body, number):
    answer = engineer.call(method, f"/api/plants/{number}/{rest}", body)
    assert_says(answer, 404, f"There is no plant {number}.", "GET /api/status lists the plants.")


@pytest.mark.parametrize("path", ["/api/", "/api/nothing", "/api/plants/1/explode", "/api/status/"])
def test_an_address_that_is_not_there_is_answered_in_json(engineer, path):
    assert_says(engineer.get(path), 404, path)
