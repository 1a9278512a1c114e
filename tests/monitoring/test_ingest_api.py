"""Feeding a plant over HTTP: 202 means stored, everything else means not stored and says why."""

import json
import threading

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring import ingest_throttle
from monitoring.analysing import analyse_plant
from monitoring.ingest_api import MAX_INGEST_BYTES
from monitoring.ingest_throttle import Buckets
from monitoring.models import DetectorSettings
from simulation.ingest.bodies import MAX_ROWS
from simulation.ingest.storing import outcomes_of
from simulation.models import Plant, PlantEvent, Reading
from tests.accounts.callers import Caller, assert_says
from tests.simulation.ingest.feeds import fed_plant, labelled, named, simulated_rows

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]


@pytest.fixture(autouse=True)
def fresh_buckets(settings):
    settings.INGEST_RATE = 10_000
    ingest_throttle.BUCKETS.clear()


@pytest.fixture
def plant(db):
    return fed_plant(variables=22)


@pytest.fixture
def operator(make_user):
    return Caller(make_user("operator"))


@pytest.fixture
def path(plant) -> str:
    return f"/api/plants/{plant.pk}/ingest"


def row(index: int = 0) -> dict[str, float]:
    return named(simulated_rows()[index])


def stored(plant) -> list[Reading]:
    return list(Reading.objects.filter(run__plant=plant).order_by("run", "step"))


@pytest.mark.parametrize(
    "body",
    [
        row(),
        {"data_point": row()},
        {"values": row()},
        {"rows": [row()]},
        {"rows": [{"values": row()}], "run": 1},
        labelled(simulated_rows()[0], 52),
    ],
    ids=["bare", "data_point", "values", "batch", "batch with run", "52 labels"],
)
def test_each_form_of_a_row_is_stored(operator, plant, path, body):
    answer = operator.post(path, body)
    assert (answer.status_code, answer.json()) == (
        202,
        {"accepted": 1, "duplicate": 0, "bad": 0, "last_step": 1, "aggregating": None},
    )
    [reading] = stored(plant)
    assert np.array_equal(reading.values[:22], simulated_rows()[0][:22])


def test_step_time_and_key_are_kept(operator, plant, path):
    body = {"data_point": row(), "step": 3, "time": "2026-01-01T12:00:00+01:00", "key": "a"}
    assert operator.post(path, body).json()["last_step"] == 3
    [reading] = stored(plant)
    assert (reading.step, reading.ingest_key) == (3, "a")
    assert reading.source_time.isoformat() == "2026-01-01T11:00:00+00:00"


def test_a_retry_with_the_idempotency_key_of_the_header_is_harmless(operator, plant, path):
    headers = {**operator.headers, "Idempotency-Key": "row-1"}
    for expected in ({"accepted": 1, "duplicate": 0}, {"accepted": 0, "duplicate": 1}):
        answer = operator.client.post(path, row(), content_type="application/json", headers=headers)
        assert answer.status_code == 202
        assert expected.items() <= answer.json().items()
    assert len(stored(plant)) == 1


def test_a_batch_under_one_key_may_be_sent_twice(operator, plant, path):
    headers = {**operator.headers, "Idempotency-Key": "b"}
    for accepted in (3, 0):
        answer = operator.client.post(
            path, {"rows": [row(i) for i in range(3)]}, "application/json", headers=headers
        )
        assert answer.json()["accepted"] == accepted
    assert [r.ingest_key for r in stored(plant)] == ["b/0", "b/1", "b/2"]


def test_aggregating_tells_how_much_of_a_scored_point_is_there(operator, plant, path):
    settings = DetectorSettings.of(plant)
    settings.decimation = 4
    settings.save()
    seen = [operator.post(path, row(i)).json()["aggregating"] for i in range(5)]
    wanted = [{"have": n, "need": 4} for n in (1, 2, 3)]
    assert seen == [*wanted, None, {"have": 1, "need": 4}]


def test_a_refused_row_names_every_field_and_is_not_stored(operator, plant, path):
    wrong = row() | {"A Feed": "0.25", "Reactor Presure": 1.0, "D Feed": float("nan")}
    del wrong["E Feed"]
    answer = operator.post(path, wrong)
    assert answer.status_code == 422
    fields = answer.json()["fields"]
    assert set(fields) == {"A Feed", "Reactor Presure", "D Feed", "XMEAS(3)"}
    assert "send it without quotes" in fields["A Feed"][0]
    assert answer.json()["rows"] == [{"row": 0, "fields": fields}]
    assert stored(plant) == []
    assert outcomes_of(plant) == {"unknown": 1}


def test_one_refused_row_holds_its_whole_batch_back(operator, plant, path):
    body = {"rows": [row(0), {"A Feed": 1}, row(2), 7, {"values": row(3), "step": 0}]}
    answer = operator.post(path, body)
    assert answer.status_code == 422
    assert answer.json()["error"] == "3 of 5 rows are refused; none was stored."
    assert [said["row"] for said in answer.json()["rows"]] == [1, 3, 4]
    assert stored(plant) == []
    assert outcomes_of(plant) == {"missing": 1, "malformed": 2, "held back": 2}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"step": "1"}, "step"),
        ({"step": 1.5}, "step"),
        ({"step": True}, "step"),
        ({"step": 2**31}, "step"),
        ({"time": "2026-01-01T12:00:00"}, "time"),
        ({"time": "0001-01-01T00:00:00+23:00"}, "time"),
        ({"time": 12}, "time"),
        ({"key": "k" * 101}, "key"),
        ({"key": "\0"}, "key"),
        ({"key": 5}, "key"),
        ({"speed": 5}, "speed"),
    ],
)
def test_what_is_said_of_a_row_must_be_usable(operator, plant, path, said, field):
    answer = operator.post(path, {"values": row(), **said})
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]


@pytest.mark.parametrize(
    "body", [[], 5, {"rows": []}, {"rows": {}}, {"rows": [], "x": 1}, {"run": "1"}, {}]
)
def test_a_body_without_rows_is_refused(operator, plant, path, body):
    assert operator.post(path, body).status_code == 422


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff\xfe", b'{"A Feed": 1, "A Feed": 2}', b"[" * 100_000, b"1" * 10_000],
)
def test_a_body_that_is_no_json_is_an_error_of_the_client(operator, plant, path, raw):
    assert operator.post(path, raw=raw).status_code in {400, 422}
    assert stored(plant) == []


def test_a_contradiction_is_a_409_that_names_the_rows(operator, plant, path):
    operator.post(path, {"values": row(0), "step": 1})
    answer = operator.post(
        path, {"rows": [{"values": row(0), "step": 1}, {"values": row(1), "step": 1}]}
    )
    assert answer.status_code == 409
    assert [said["row"] for said in answer.json()["rows"]] == [1]
    assert "The last stored step of Outside is 1" in answer.json()["hint"]


def test_a_paused_plant_and_a_simulated_one_answer_409_and_say_why(operator, plant, path):
    plant.pause()
    assert_says(operator.post(path, row()), 409, "is paused", "Resume it")
    simulated = Plant.objects.create(name="Simulated")
    assert_says(operator.post(f"/api/plants/{simulated.pk}/ingest", row()), 409, "is simulated")


def test_a_body_over_the_limit_and_a_batch_over_the_limit_are_413(operator, plant, path):
    assert_says(operator.post(path, raw=b" " * (MAX_INGEST_BYTES + 1)), 413, "bytes")
    assert_says(operator.post(path, {"rows": [1] * (MAX_ROWS + 1)}), 413, "1001 rows")
    assert outcomes_of(plant) == {"too large": 2}


def test_a_full_batch_of_all_variables_fits(operator, make_user):
    plant = fed_plant(variables=52, name="All")
    rows = [labelled(simulated_rows()[i % 60], 52) for i in range(MAX_ROWS)]
    answer = operator.post(f"/api/plants/{plant.pk}/ingest", {"rows": rows})
    if len(json.dumps({"rows": rows})) <= MAX_INGEST_BYTES:
        assert answer.json()["accepted"] == MAX_ROWS
    else:
        assert answer.status_code == 413


def test_who_comes_too_fast_is_told_when_to_come_back(operator, plant, path, settings):
    settings.INGEST_RATE = 1
    answers = [operator.post(path, row(i)) for i in range(5)]
    codes = [answer.status_code for answer in answers]
    assert codes[:2] == [202, 202]  # the burst
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert_says(refused[0], 429)
    assert int(refused[0]["Retry-After"]) >= 1
    assert len(stored(plant)) == codes.count(202)
    ingest_throttle.BUCKETS.clear()
    assert outcomes_of(plant)["too many"] >= 1


def test_a_bucket_gives_its_rate_and_no_more_to_many_threads():
    buckets, taken = Buckets(), []

    def take() -> None:
        for _ in range(200):
            taken.append(buckets.take(1, rate=10.0, now=100.0) == 0.0)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 20
    assert buckets.untold(1, 100.0, at_once=True) == 1580
    assert buckets.take(1, 10.0, 100.05) == pytest.approx(0.05)
    assert buckets.take(1, 10.0, 100.2) == 0.0
    assert buckets.take(2, 10.0, 100.2) == 0.0


def test_the_buckets_of_many_plants_stay_few():
    buckets = Buckets()
    for plant_id in range(5_000):
        buckets.take(plant_id, 10.0, 100.0)
    assert len(buckets._buckets) <= ingest_throttle.MAX_PLANTS


@pytest.mark.parametrize(("role", "code"), [("viewer", 403), ("operator", 202), ("engineer", 202)])
def test_operators_and_above_may_feed(make_user, plant, path, role, code):
    assert Caller(make_user(role)).post(path, row()).status_code == code
    assert len(stored(plant)) == (code == 202)


def test_without_a_token_nobody_feeds(plant, path):
    assert_says(Caller().post(path, row()), 401)


def test_only_json_is_taken(operator, plant, path):
    answer = operator.client.post(
        path, "A+Feed=1", "application/x-www-form-urlencoded", headers=operator.headers
    )
    assert answer.status_code == 415


def test_a_sender_can_ask_where_it_stands(operator, plant, path, make_user):
    operator.post(path, row())
    operator.post(path, {})
    told = Caller(make_user("viewer")).get(path).json()
    assert (told["run"], told["last_step"], len(told["required"])) == (1, 1, 22)
    assert told["counts"]["accepted"]["count"] == 1
    assert "is missing" in told["counts"]["missing"]["last_detail"]
    assert told["limits"]["rows"] == MAX_ROWS


def test_events_are_told_newest_first_and_by_run(operator, plant, path):
    operator.post(path, row(0))
    operator.post(path, {"values": row(1), "step": 5})
    operator.post(path, row(2) | {"Reactor Pressure": 9e9})
    events = f"/api/plants/{plant.pk}/events"
    told = operator.get(events).json()["events"]
    assert [event["kind"] for event in told] == ["bad-data", "gap"]
    assert told[0]["step"] == 6
    plant.refresh_from_db()
    plant.reset()
    assert operator.get(events, run=2).json()["events"] == []
    assert len(operator.get(events, run=1, limit=1).json()["events"]) == 1


def test_a_bad_row_is_stored_and_shown_and_not_scored(operator, make_user, detector):
    plant = fed_plant(variables=33, name="With valves")
    path = f"/api/plants/{plant.pk}"
    rows = [labelled(simulated_rows()[i]) for i in range(20)]
    for i in (7, 8, 12):
        rows[i]["XMEAS(9)"] = 0.0
    answer = operator.post(f"{path}/ingest", {"rows": rows}).json()
    assert (answer["accepted"], answer["bad"]) == (20, 3)
    analyse_plant(plant.pk)
    analysed = [a["step"] for a in operator.get(f"{path}/analyses").json()["analyses"]]
    assert analysed == [step for step in range(1, 21) if step not in (8, 9, 13)]
    readings = operator.get(f"{path}/readings").json()["readings"]
    assert [r["step"] for r in readings if r["quality"] != "good"] == [8, 9, 13]
    assert [e.step for e in PlantEvent.objects.order_by("pk")] == [8, 13]  # one an episode


def test_engineers_make_fed_plants_over_the_api(make_user):
    engineer = Caller(make_user("engineer"))
    answer = engineer.post("/api/plants", {"name": "Unit 2", "variables": 22})
    assert answer.status_code == 201
    made = Plant.objects.get(name="Unit 2")
    assert (made.source, made.variables, made.state) == ("outside", 22, "running")
    assert answer.json()["id"] == made.pk
    assert_says(engineer.post("/api/plants", {"name": "Unit 2"}), 400, "already exists")
    assert_says(engineer.post("/api/plants", {"name": "Unit 3", "variables": 23}), 400)
    assert_says(Caller(make_user("operator")).post("/api/plants", {"name": "X"}), 403, "add_plant")


def test_a_database_that_is_out_of_reach_is_a_503(operator, plant, path, monkeypatch):
    from django.db import OperationalError

    def refuse(*args, **kwargs):
        raise OperationalError("unable to open database file")

    with connection.execute_wrapper(refuse):
        answer = operator.post(path, row())
    assert_says(answer, 503)
    assert answer["Retry-After"]
    assert stored(plant) == []


numbers = st.one_of(st.floats(), st.integers(-5, 5), st.none(), st.booleans(), st.text(max_size=3))
names = st.sampled_from([*row(), "XMEAS(7)", "XMV(1)", "nonsense", "step", "time", "key"])
a_row = st.one_of(
    st.just(row()),
    st.integers(0, 59).map(row),
    st.builds(lambda base, more: base | more, st.just(row()), st.dictionaries(names, numbers)),
    st.builds(
        lambda step: {"values": row(), "step": step}, st.one_of(st.integers(-2, 12), numbers)
    ),
    st.dictionaries(names, numbers, max_size=3),
    numbers,
)
a_body = st.one_of(
    a_row,
    st.builds(lambda rows: {"rows": rows}, st.lists(a_row, max_size=4)),
    st.builds(lambda rows, run: {"rows": rows, "run": run}, st.lists(a_row, max_size=4), numbers),
)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=a_body)
def test_whatever_is_posted_202_stores_all_of_it_and_anything_else_nothing(
    operator, plant, path, body
):
    before = len(stored(plant))
    counted = outcomes_of(plant)
    answer = operator.post(path, raw=json.dumps(body).encode())
    sent = len(body["rows"]) if isinstance(body, dict) and "rows" in body else 1
    new = outcomes_of(plant) - counted
    assert answer.status_code in {202, 409, 422}, answer.content
    if answer.status_code == 202:
        assert answer.json()["accepted"] + answer.json()["duplicate"] == sent
        assert len(stored(plant)) == before + answer.json()["accepted"]
        assert new["accepted"] == answer.json()["accepted"]
        new["bad"] = 0
    else:
        assert len(stored(plant)) == before
        assert answer.json()["error"]
        assert answer.json()["hint"]
        if {"run", "rows"} & set(answer.json().get("fields", ())):
            sent = 1  # a body that cannot be read as rows counts as one
    assert sum(new.values()) == sent
