"""The real stack: embedded broker, workers, beat and web server as processes, killed at will."""

import asyncio
import json
import signal
import urllib.parse

import pytest
from websockets.asyncio.client import connect

from tests.stack import ON_SERVICES, SERVICES, Stack, manage

pytestmark = pytest.mark.stack


def steps_of(stack: Stack) -> list[int]:
    _, answer = stack.request("/api/plants/1/readings?limit=10000")
    return [reading["step"] for reading in answer["readings"]]


def without_gap_or_double(steps: list[int]) -> bool:
    return steps == list(range(1, len(steps) + 1))


async def frames(stack: Stack, cookie: str, count: int, after: int = 0) -> list[dict]:
    """Read so many frames with new readings from the plant's websocket, acknowledging each."""
    run = stack.plant()["run"]
    address = f"ws://127.0.0.1:{stack.port}/ws/plants/1/?run={run}&after={after}"
    found = []
    headers = {"Cookie": cookie}
    async with connect(address, additional_headers=headers, origin=stack.url) as socket:
        while len(found) < count:
            message = json.loads(await asyncio.wait_for(socket.recv(), 20))
            if message["type"] == "frame" and message["readings"]:
                found.append(message)
                ack = {
                    "type": "ack",
                    "run": message["run"],
                    "step": message["readings"][-1]["step"],
                }
                await socket.send(json.dumps(ack))
    return found


@pytest.mark.datapath
def test_readings_and_analyses_grow_by_one_a_second_and_a_websocket_brings_each(stack):
    first = stack.wait_plant("readings and analyses", lambda p: p["analyses"] >= 3)
    assert first["state"] == "running"
    got = asyncio.run(frames(stack, stack.log_in(), 5))
    steps = sorted({reading["step"] for frame in got for reading in frame["readings"]})
    assert without_gap_or_double(steps)
    assert got[-1]["analyses"]
    assert "stages" in got[-1]["partials"]
    later = stack.wait_plant("more", lambda p: p["readings"] >= first["readings"] + 5)
    assert later["analyses"] >= later["readings"] - 1
    code, health = stack.request("/healthz")
    assert (code, health["status"]) == (200, "ok")


def database_connections(stack: Stack) -> int:
    """How many connections to its database the web server holds open."""
    (web,) = stack.children(" daphne ")
    if ON_SERVICES:
        port = urllib.parse.urlsplit(SERVICES["DATABASE_URL"]).port or 5432
        peers = [one.raddr for one in web.net_connections() if one.raddr]
        return sum(peer.port == port for peer in peers)
    return sum(file.path.endswith("teplive.sqlite3") for file in web.open_files())


@pytest.mark.datapath
def test_requests_leave_no_database_connections_behind(stack):
    before = database_connections(stack)
    for _ in range(40):
        assert stack.request("/healthz")[0] in {200, 503}
    # SQLite keeps the file of a closed connection open for the next one while another connection
    # of the process holds its lock: as many as were ever open at once, not one for each request.
    assert database_connections(stack) <= before + 4


@pytest.mark.datapath
def test_a_client_that_reconnects_gets_what_it_missed(stack):
    stack.wait_plant("some readings", lambda p: p["readings"] >= 3)
    cookie = stack.log_in()
    before = asyncio.run(frames(stack, cookie, 1))
    last = before[-1]["readings"][-1]["step"]
    stack.wait_plant("missed readings", lambda p: p["readings"] >= last + 4)
    after = asyncio.run(frames(stack, cookie, 2, after=last))
    missed = [r["step"] for r in after[0]["readings"]]
    assert missed[:4] == [last + 1, last + 2, last + 3, last + 4]


def test_a_websocket_without_login_is_closed(stack):
    async def knock() -> int:
        address = f"ws://127.0.0.1:{stack.port}/ws/plants/1/"
        async with connect(address, origin=stack.url) as socket:
            await asyncio.wait_for(socket.wait_closed(), 10)
            return socket.close_code

    assert asyncio.run(knock()) == 4401


def test_a_websocket_from_another_origin_is_refused(stack):
    from websockets.exceptions import InvalidStatus

    async def knock() -> None:
        address = f"ws://127.0.0.1:{stack.port}/ws/plants/1/"
        async with connect(address, origin="https://elsewhere.example"):
            pass

    with pytest.raises(InvalidStatus, match="403"):
        asyncio.run(knock())


@pytest.mark.datapath
def test_a_fault_injected_over_the_api_becomes_an_alarm_and_an_explanation(stack):
    stack.request("/api/plants/1/speed", {"interval_seconds": 0.2})
    stack.wait_plant("some normal samples", lambda p: p["readings"] >= 10)
    code, _ = stack.request("/api/plants/1/injections", {"idv": 6})
    assert code == 200
    plant = stack.wait_plant("an alarm", lambda p: p["alarm"])
    assert plant["active_idvs"] == [6]
    stack.wait_plant("an explanation", lambda p: p["explanations"] >= 1)
    code, last = stack.request("/last_analysis")
    assert code == 200
    (answer,) = last["llm_analyses"].values()
    assert answer["status"] == "success"
    assert "XMEAS(1)" in answer["analysis"]


@pytest.mark.datapath
def test_an_interval_changed_at_run_time_holds_from_the_next_tick(stack):
    stack.wait_plant("a reading", lambda p: p["readings"] >= 1)
    stack.request("/api/plants/1/speed", {"interval_seconds": 600})
    stuck = stack.plant()["readings"]
    stack.request("/api/plants/1/speed", {"interval_seconds": 0.2})
    stack.wait_plant("ten more", lambda p: p["readings"] >= stuck + 10, 6)


VICTIMS = ["plant@", "beat", "daphne", "plant@|explain@|beat"]
if not ON_SERVICES:
    VICTIMS += ["valkey-server", "plant@|beat|valkey-server"]


@pytest.mark.datapath
@pytest.mark.parametrize("victims", VICTIMS)
def test_a_killed_process_comes_back_and_the_steps_go_on_without_a_gap(stack, victims):
    stack.request("/api/plants/1/speed", {"interval_seconds": 0.2})
    before = stack.wait_plant("some readings", lambda p: p["readings"] >= 10)
    stack.kill(victims)
    if victims == "daphne":
        stack.wait("the web server is back", stack._answers, 30)
    after = stack.wait_plant(
        "new readings", lambda p: p["analyses"] >= before["readings"] + 20, seconds=60
    )
    assert after["state"] == "running"
    assert without_gap_or_double(steps_of(stack))


@pytest.mark.datapath
def test_a_dead_worker_is_named(stack):
    stack.wait_plant("analyses", lambda p: p["analyses"] >= 3)
    # Frozen instead of killed, so that the runner does not bring it back at once.
    (worker,) = stack.children("plant@")
    worker.suspend()
    try:
        last = stack.plant()["readings"]
        stack.wait("a 503", lambda: stack.request("/healthz")[0] == 503, 20)
        plant = stack.plant()
    finally:
        worker.resume()
    assert "Stalled" in plant["stall"]
    assert "simulate" in plant["stall"]
    assert "worker" in plant["stall"]
    stack.wait_plant("the stream again", lambda p: p["readings"] > last + 3 and not p["stall"])
    assert without_gap_or_double(steps_of(stack))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_processes_with_code_zero(data_dir, number):
    stack = Stack(data_dir).start()
    children = stack.children(".")
    assert len(children) >= 5
    assert stack.stop(number) == 0
    assert not [child for child in children if child.is_running()]


def test_what_a_killed_runner_left_is_ended_by_the_next_start(data_dir):
    stack = Stack(data_dir).start()
    left = stack.children(".")
    stack.process.kill()
    stack.process.wait(10)
    again = Stack(data_dir).start()
    try:
        assert not [process for process in left if process.is_running()]
        before = again.plant()["readings"]
        again.wait_plant("the stream goes on", lambda p: p["readings"] > before + 2)
        assert without_gap_or_double(steps_of(again))
    finally:
        again.stop()


def test_a_second_runner_on_the_same_data_folder_is_refused_in_words(stack):
    second = manage(stack.data_dir, "up")
    assert second.returncode == 1
    assert "runs already" in second.stderr


def test_a_taken_port_is_named(stack, tmp_path):
    other = manage(tmp_path / "other", "up", "--port", str(stack.port))
    assert other.returncode == 1
    assert "TEPLIVE_PORT" in other.stderr


def test_a_broker_that_does_not_answer_is_named(data_dir):
    done = manage(data_dir, "up", REDIS_URL="redis://127.0.0.1:1/0")
    assert done.returncode == 1
    assert "REDIS_URL" in done.stderr


def test_a_database_that_does_not_answer_is_named_without_its_password(data_dir):
    url = "postgresql://tep:secret-word@127.0.0.1:1/tep"
    done = manage(data_dir, "up", DATABASE_URL=url)
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr
    assert "secret-word" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TEPLIVE_PORT", "http"),
        ("DATABASE_URL", "mysql://x"),
        ("REDIS_URL", "amqp://x"),
        ("TEPLIVE_HTTPS", "maybe"),
        ("TEPLIVE_HOST", "0.0.0.0"),
    ],
)
def test_a_wrong_setting_is_a_check_that_names_it(tmp_path, variable, value):
    done = manage(tmp_path, "check", **{variable: value})
    assert done.returncode == 1
    assert variable in done.stderr


def test_check_deploy_is_clean_as_delivered_and_behind_tls(tmp_path):
    for more in ({}, {"TEPLIVE_HTTPS": "1", "TEPLIVE_HOST": "0.0.0.0"}):
        done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **more)
        assert done.returncode == 0, done.stderr


def test_runsimulation_needs_no_broker_and_equals_the_simulator_to_the_bit(data_dir):
    done = manage(
        data_dir,
        "runsimulation",
        "--steps",
        "60",
        "--fast",
        "--seed",
        "4651207995",
        "--idv",
        "6@20",
    )
    assert done.returncode == 0, done.stderr
    assert "60 steps" in done.stdout
    check = """
import numpy as np
from simulation import tep
from simulation.models import Plant, Reading
from monitoring.models import Alarm, Analysis
from explainer.models import Explanation
plant = Plant.objects.get(name="Console")
state, rows = tep.advance(tep.initial_state(4651207995, rng="modern"), 19 * 180)
state, more = tep.advance(tep.with_idv(state, 6), 41 * 180)
stored = np.array([r.values for r in Reading.objects.filter(run=plant.run).order_by("step")])
assert np.array_equal(stored, np.vstack([rows, more]))
assert Analysis.objects.filter(run=plant.run).count() == 60
assert Alarm.objects.filter(run=plant.run).exists()
assert Explanation.objects.filter(status="done").exists()
print("all holds")
"""
    checked = manage(data_dir, "shell", "-v0", "-c", check)
    assert "all holds" in checked.stdout, checked.stderr


def test_runsimulation_refuses_a_bad_argument_without_a_traceback(prepared):
    done = manage(prepared, "runsimulation", "--fast", "--idv", "4@9-3")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "--idv" in done.stderr


@pytest.mark.datapath
def test_a_branch_whose_worker_is_killed_ends_where_it_was_to_without_a_gap(stack):
    stack.wait_plant("some past", lambda p: p["analyses"] >= 4)
    code, begun = stack.request("/api/plants/1/branches", {"hours": 60})
    assert code == 201, begun
    path = f"/api/plants/{begun['id']}"

    def branch() -> dict:
        _, told = stack.request("/api/plants/1/branches")
        return next(one for one in told["branches"] if one["id"] == begun["id"])

    stack.wait("it runs", lambda: branch()["step"] > begun["branch_step"] + 100, 60)
    stack.kill("explain@")
    stack.wait("it has ended", lambda: branch()["until_step"] is None, 90)
    assert branch()["state"] == "paused", branch()["state_reason"]
    steps = []
    while True:
        after = steps[-1] if steps else 0
        _, page = stack.request(f"{path}/readings?limit=10000&after={after}")
        steps += [reading["step"] for reading in page["readings"]]
        if not page["more"]:
            break
    assert steps == list(range(1, begun["branch_step"] + 1201))
    later = stack.plant()["step"]
    assert later > begun["branch_step"], "the live plant went on meanwhile"
    stack.wait("it is scored", lambda: scored(stack, begun["id"]) == steps[-1], 60)


def scored(stack: Stack, plant: int) -> int:
    _, status = stack.request("/api/status")
    return next(one for one in status["plants"] if one["id"] == plant)["analysed_step"]
