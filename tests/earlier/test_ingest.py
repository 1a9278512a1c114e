"""`/ingest`: 200 means stored, and nothing else does."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from earlier import ingest as module
from monitoring.analysing import analyse_plant
from monitoring.models import Alarm, Analysis, DetectorSettings
from simulation.models import Reading
from simulation.tep.variables import LEGACY_NAMES
from tests.accounts.callers import assert_says
from tests.earlier.conftest import Program, data_point

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.datapath]


def stored(fed) -> list[int]:
    return list(Reading.objects.filter(run__plant=fed).values_list("step", flat=True))


def counts(fed) -> dict[str, int]:
    return dict(fed.ingest_counts.values_list("outcome", "count"))


def test_a_scored_row_is_answered_with_the_earlier_fields(bridge, fed, detector_22, samples):
    answer = bridge.post("/ingest", {"data_point": data_point(samples[0])})
    assert answer.status_code == 200
    told = answer.json()
    point = Analysis.objects.get()
    assert told["status"] == "ok"
    assert told["t2_stat"] == point.t2
    assert told["threshold"] == point.t2_limit
    assert told["anomaly"] is point.exceeds
    assert told["consecutive_anomalies"] == 0
    assert told["aggregated_index"] == 1
    assert told["llm"]["status"] == "not_triggered"
    assert len(told["llm"]["top_features"]) == 6
    assert set(told["llm"]["top_features"]) <= set(LEGACY_NAMES)
    assert (
        bridge.post("/ingest", {"data_point": data_point(samples[1])}).json()["aggregated_index"]
        == 2
    )
    assert stored(fed) == [1, 2]
    assert counts(fed) == {"accepted": 2}


def test_what_is_stored_is_what_was_sent_to_the_bit(bridge, fed, detector_22, samples):
    bridge.post("/ingest", {"data_point": data_point(samples[5])})
    reading = Reading.objects.get()
    assert reading.values[:22].tolist() == samples[5][:22].tolist()


def test_the_row_that_completes_the_consecutive_ones_triggers_and_no_other(
    bridge, fed, detector_22, faulty_samples
):
    answers = [
        bridge.post("/ingest", {"data_point": data_point(row)}).json()
        for row in faulty_samples[15:35]
    ]
    triggering = [a for a in answers if a["llm"]["status"] == "triggered"]
    alarm = Alarm.objects.order_by("raised_step").first()
    assert triggering[0]["step"] == alarm.raised_step
    assert triggering[0]["consecutive_anomalies"] == 3
    assert triggering[0]["anomaly"] is True
    assert "A Feed" in triggering[0]["llm"]["top_features"]
    assert len(triggering) == Alarm.objects.count()


def test_rows_that_fill_a_block_are_aggregating_and_counted(bridge, fed, detector_22, samples):
    settings = DetectorSettings.of(fed)
    settings.decimation = 3
    settings.save()
    told = [bridge.post("/ingest", {"data_point": data_point(row)}).json() for row in samples[:3]]
    assert [(t.get("aggregating"), t.get("have"), t.get("need")) for t in told[:2]] == [
        (True, 1, 3),
        (True, 2, 3),
    ]
    assert told[2]["aggregated_index"] == 1
    assert stored(fed) == [1, 2, 3]


def test_a_row_without_a_detector_is_stored_and_says_why_it_has_no_score(bridge, fed, samples):
    answer = bridge.post("/ingest", {"data_point": data_point(samples[0])})
    assert answer.status_code == 200
    assert answer.json()["scored"] is False
    assert "no detector" in answer.json()["reason"]
    assert stored(fed) == [1]


def test_a_detector_that_is_behind_does_not_hold_the_answer_up(
    bridge, fed, detector_22, samples, monkeypatch
):
    monkeypatch.setattr(module, "MOST_BEFORE", 1)
    from simulation.ingest import IngestRow, store_rows

    store_rows(fed, [IngestRow(row) for row in samples[:2]])
    told = bridge.post("/ingest", {"data_point": data_point(samples[2])}).json()
    assert told["stored"] is True
    assert "behind" in told["reason"]
    assert stored(fed) == [1, 2, 3]
    assert analyse_plant(fed.pk) == 3


def test_a_reading_that_cannot_be_is_stored_and_not_scored_and_says_why(
    bridge, fed, detector_22, samples
):
    bridge.post("/ingest", {"data_point": data_point(samples[0])})
    wild = {**data_point(samples[1]), "Reactor Pressure": 1e6}
    answer = bridge.post("/ingest", {"data_point": wild})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["stored"], told["scored"]) == (True, False)
    assert "XMEAS(7)" in told["quality"]
    assert stored(fed) == [1, 2]
    assert Analysis.objects.count() == 1


# -- refusals -----------------------------------------------------------------------------------


def test_a_row_that_lacks_a_name_is_ignored_with_422_and_says_which(bridge, fed, samples):
    row = data_point(samples[0])
    del row["Reactor Level"]
    answer = bridge.post("/ingest", {"data_point": row})
    assert answer.status_code == 422
    told = answer.json()
    assert (told["status"], told["reason"]) == ("ignored", "missing_features")
    assert told["missing"] == ["Reactor Level"]
    assert told["present"] == [name for name in LEGACY_NAMES if name != "Reactor Level"]
    assert "XMEAS(8)" in told["error"]
    assert told["hint"]
    assert stored(fed) == []
    assert counts(fed) == {"missing": 1}


def test_a_name_that_does_not_match_is_answered_with_the_nearest(bridge, fed, samples):
    row = data_point(samples[0])
    row["Reactor Presure"] = row.pop("Reactor Pressure")
    told = bridge.post("/ingest", {"data_point": row}).json()
    assert "Did you mean Reactor Pressure?" in told["error"]
    assert told["reason"] == "missing_features"
    assert stored(fed) == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "not_finite"),
        (float("inf"), "not_finite"),
        ("0.25", "not_numeric"),
        (True, "not_numeric"),
        ([1], "not_numeric"),
        ({}, "not_numeric"),
        (10**400, "not_finite"),
        (None, "missing_features"),
    ],
)
def test_a_value_that_is_no_finite_number_is_refused(bridge, fed, samples, value, reason):
    row = data_point(samples[0])
    row["A Feed"] = value
    answer = bridge.post("/ingest", {"data_point": row})
    assert answer.status_code == 422
    assert answer.json()["reason"] == reason
    assert stored(fed) == []


def test_the_other_bridges_body_is_answered_with_the_right_shape(bridge, fed):
    body = {"timestamp": "t", "measurements": [0.25] * 41, "idv_values": [0] * 20, "step": 3}
    answer = bridge.post("/ingest", body)
    assert answer.status_code == 422
    assert answer.json()["reason"] == "wrong_shape"
    assert '"data_point"' in answer.json()["hint"]
    assert counts(fed) == {"malformed": 1}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"data_point": []},
        {"data_point": 5},
        {"data_point": "no JSON"},
        {"data_point": {}},
        {"data_point": {"A Feed": 1}, "speed": 2},
        {"data_point": {"A Feed": 1}, "step": 1.5},
        {"data_point": {"A Feed": 1}, "step": True},
        {"data_point": {"A Feed": 1}, "id": {"a": 1}},
        {"data_point": {"A Feed": 1}, "id": "x" * 200},
        {"data_point": {"A Feed": 1}, "id": "\u0000"},
    ],
)
def test_a_body_of_another_shape_is_refused_and_counted(bridge, fed, body):
    assert bridge.post("/ingest", body).status_code == 422
    assert stored(fed) == []
    assert sum(counts(fed).values()) == 1


def test_a_body_that_is_no_json_is_refused(bridge, fed):
    answer = bridge.client.post("/ingest", b"{", content_type="application/json")
    assert_says(answer, 400, "not valid JSON")


@pytest.mark.parametrize("step", [0, 2**31, 10**9])
def test_a_step_that_no_row_can_have_is_refused(bridge, fed, samples, step):
    first = bridge.post("/ingest", {"data_point": data_point(samples[0])})
    assert first.status_code == 200
    answer = bridge.post("/ingest", {"data_point": data_point(samples[1]), "step": step})
    assert answer.status_code in {409, 422}
    assert stored(fed) == [1]


def test_a_plant_that_is_not_running_takes_no_row_and_says_so(bridge, fed, samples):
    fed.stop()
    answer = bridge.post("/ingest", {"data_point": data_point(samples[0])})
    assert_says(answer, 409, "stopped", "Start it")
    assert stored(fed) == []
    assert counts(fed) == {"not running": 1}


def test_a_simulated_plant_takes_no_row(program, plant, samples):
    plant.start()
    answer = program.post("/ingest", {"data_point": data_point(samples[0])})
    assert_says(answer, 409, "is simulated", "TEPLIVE_LEGACY_PLANT")


def test_a_get_is_refused_in_words(bridge, fed):
    assert_says(bridge.get("/ingest"), 405, hint="POST")


def test_rows_that_come_too_fast_are_told_when_to_come_again(bridge, fed, samples, settings):
    settings.INGEST_RATE = 1
    answers = [bridge.post("/ingest", {"data_point": data_point(row)}) for row in samples[:5]]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert int(refused[0]["Retry-After"]) >= 1
    assert_says(refused[0], 429)
    assert len(stored(fed)) == 5 - len(refused)


# -- the same row again -------------------------------------------------------------------------


def test_a_row_sent_again_at_once_is_counted_once(bridge, fed, detector_22, samples):
    body = {"data_point": data_point(samples[0])}
    first, again = bridge.post("/ingest", body), bridge.post("/ingest", body)
    assert again.status_code == 200
    assert again.json()["status"] == "duplicate"
    assert again.json()["step"] == first.json()["step"]
    assert again.json()["t2_stat"] == first.json()["t2_stat"]
    assert stored(fed) == [1]
    assert counts(fed) == {"accepted": 1, "duplicate": 1}


def test_equal_rows_with_ids_of_their_own_are_two_rows(bridge, fed, samples):
    for name in ("a", "b"):
        answer = bridge.post("/ingest", {"data_point": data_point(samples[0]), "id": name})
        assert answer.json()["status"] == "ok"
    assert stored(fed) == [1, 2]


def test_an_id_makes_a_late_retry_harmless(bridge, fed, samples):
    for n in range(3):
        bridge.post("/ingest", {"data_point": data_point(samples[n]), "id": n})
    late = bridge.post("/ingest", {"data_point": data_point(samples[0]), "id": 0})
    assert late.json()["status"] == "duplicate"
    assert late.json()["step"] == 1
    assert stored(fed) == [1, 2, 3]


def test_an_id_that_never_changes_is_a_conflict_and_no_silent_loss(bridge, fed, samples):
    bridge.post("/ingest", {"data_point": data_point(samples[0]), "id": "live"})
    answer = bridge.post("/ingest", {"data_point": data_point(samples[1]), "id": "live"})
    assert_says(answer, 409, "is stored at step 1")
    assert counts(fed) == {"accepted": 1, "conflict": 1}


def test_an_equal_row_that_comes_much_later_is_a_row_of_its_own(bridge, fed, samples, monkeypatch):
    body = {"data_point": data_point(samples[0])}
    bridge.post("/ingest", body)
    monkeypatch.setattr(module, "REPEAT_WITHIN", module.REPEAT_WITHIN * 0)
    assert bridge.post("/ingest", body).json()["status"] == "ok"
    assert stored(fed) == [1, 2]


# -- bodies -------------------------------------------------------------------------------------


def test_a_form_holds_the_names_or_the_row_as_json(bridge, fed, samples):
    one = bridge.post_form("/ingest", **data_point(samples[0]), id="a")
    two = bridge.post_form("/ingest", data_point=json.dumps(data_point(samples[1])))
    assert (one.status_code, two.status_code) == (200, 200)
    values = [r.values[0] for r in Reading.objects.order_by("step")]
    assert values == [samples[0][0], samples[1][0]]


def test_a_query_holds_the_names_too(bridge, fed, samples):
    assert bridge.post_query("/ingest", **data_point(samples[0])).status_code == 200
    assert stored(fed) == [1]


def test_labels_and_columns_of_its_files_are_names_too(bridge, fed, samples):
    labels = {f"XMEAS({n})": float(samples[0][n - 1]) for n in range(1, 23)}
    columns = {f"XMEAS_{n}": float(samples[1][n - 1]) for n in range(1, 23)}
    assert bridge.post("/ingest", {"data_point": labels}).status_code == 200
    assert bridge.post("/ingest", columns).status_code == 200
    assert stored(fed) == [1, 2]


def test_no_language_model_is_asked_inside_the_call(
    bridge, fed, detector_22, faulty_samples, settings, monkeypatch
):
    """A slow model would block the producer; here the alarm's explanation only waits in a queue."""
    from explainer import explaining
    from explainer.models import Explanation

    written = []
    monkeypatch.setattr(explaining, "run", written.append)
    for row in faulty_samples[15:35]:
        assert bridge.post("/ingest", {"data_point": data_point(row)}).status_code == 200
    assert Alarm.objects.exists()
    assert written == []
    assert not Explanation.objects.exclude(status="waiting").exists()


def test_the_same_row_from_many_threads_at_once_is_stored_once(bridge, fed, detector_22, samples):
    """A retry that overtakes the request that it repeats."""
    body = {"data_point": data_point(samples[0])}
    start = threading.Barrier(6)

    def send(_: int) -> dict:
        start.wait()
        try:
            return Program().post("/ingest", body).json()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(send, range(6)))
    assert sorted(t["status"] for t in told) == ["duplicate"] * 5 + ["ok"]
    assert stored(fed) == [1]
    assert counts(fed) == {"accepted": 1, "duplicate": 5}


def test_different_rows_from_many_threads_at_once_are_all_stored_and_scored_once(
    bridge, fed, detector_22, samples
):
    def send(row) -> dict:
        try:
            return Program().post("/ingest", {"data_point": data_point(row)}).json()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(send, samples[:24]))
    assert sorted(t["step"] for t in told) == list(range(1, 25))
    assert stored(fed) == list(range(1, 25))
    analyse_plant(fed.pk)
    assert Analysis.objects.count() == 24
    assert {t["aggregated_index"] for t in told if "t2_stat" in t} <= set(range(1, 25))
    assert all("t2_stat" in t for t in told)
