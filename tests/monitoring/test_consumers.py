"""The websocket: no hole for the client, no heap for the server."""

import asyncio
import json
import threading

import pytest
from channels.db import database_sync_to_async as sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client

from monitoring import delivery, live
from monitoring.analysing import analyse_plant
from monitoring.consumers import MAX_UNACKNOWLEDGED, NO_SUCH_PLANT, NOT_LOGGED_IN, TOO_SLOW
from monitoring.routing import websocket_urlpatterns
from simulation.broker import is_viewed, note_viewer
from simulation.models import Plant
from simulation.stepping import Tick, step_plants

from channels.routing import URLRouter  # isort: skip
from tests.accounts.phones import Phone

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.datapath]


@sync_to_async
def started(name: str = "TEP 1") -> Plant:
    plant = Plant.objects.create(name=name)
    plant.reset(4651207995)
    plant.start()
    plant.refresh_from_db()
    return plant


@sync_to_async
def take(plant: Plant, steps: int) -> None:
    for _ in range(steps):
        plant.refresh_from_db()
        step_plants([Tick(plant.pk, plant.current_run_id, plant.step)], even_if_early=True)
    analyse_plant(plant.pk)
    plant.refresh_from_db()


@sync_to_async
def viewer() -> User:
    return User.objects.create_user("viewer")


def client(plant_id: int, user: object, query: str = "") -> WebsocketCommunicator:
    found = WebsocketCommunicator(
        URLRouter(websocket_urlpatterns), f"/ws/plants/{plant_id}/{query}"
    )
    found.scope["user"] = user
    return found


async def next_frame(socket: WebsocketCommunicator) -> dict:
    while True:
        message = await socket.receive_json_from(timeout=5)
        if message["type"] == "frame":
            return message


@sync_to_async
def delivered(plant: Plant) -> delivery.Delivery:
    return delivery.survey([plant.pk]).of(plant.pk)


async def until(read, holds):
    """Read again and again until it holds, for five seconds at most."""
    for _ in range(100):
        if holds(found := await read()):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(found)


def steps(frame: dict) -> list[int]:
    return [reading["step"] for reading in frame["readings"]]


async def test_a_client_gets_all_readings_when_it_connects(clean_broker):
    plant = await started()
    await take(plant, 5)
    socket = client(plant.pk, await viewer())
    assert (await socket.connect())[0]
    frame = await next_frame(socket)
    assert steps(frame) == [1, 2, 3, 4, 5]
    assert frame["reset"] is True
    assert len(frame["readings"][0]["values"]) == 53
    await socket.disconnect()


async def test_a_client_that_names_its_last_step_gets_only_what_follows(clean_broker):
    plant = await started()
    await take(plant, 5)
    socket = client(plant.pk, await viewer(), "?run=1&after=3")
    await socket.connect()
    frame = await next_frame(socket)
    assert steps(frame) == [4, 5]
    assert frame["reset"] is False
    await socket.disconnect()


async def test_a_push_reaches_the_client_and_a_lost_push_is_made_good_by_the_next(clean_broker):
    plant = await started()
    await take(plant, 1)
    socket = client(plant.pk, await viewer(), "?run=1&after=1")
    await socket.connect()
    await next_frame(socket)
    await take(plant, 1)
    await sync_to_async(live.push_frame)(plant.pk)
    assert 2 in steps(await next_frame(socket))
    await take(plant, 20)  # twenty pushes are lost
    await sync_to_async(live.push_frame)(plant.pk)
    assert steps(await next_frame(socket)) == list(range(3, 23))
    await socket.disconnect()


async def test_a_reset_of_the_plant_sends_the_new_run_from_its_first_step(clean_broker):
    plant = await started()
    await take(plant, 3)
    socket = client(plant.pk, await viewer(), "?run=1&after=3")
    await socket.connect()
    await next_frame(socket)
    await sync_to_async(plant.reset)(1431655765)
    await take(plant, 2)
    await sync_to_async(live.push_frame)(plant.pk)
    frames = [await next_frame(socket)]
    while not (frames[-1]["run"] == 2 and frames[-1]["readings"]):
        frames.append(await next_frame(socket))
    assert any(frame.get("reset") for frame in frames)
    assert [s for f in frames if f["run"] == 2 for s in steps(f)] == [1, 2]
    await socket.disconnect()


async def test_a_client_that_does_not_acknowledge_gets_few_frames_and_later_everything(
    clean_broker,
):
    plant = await started()
    socket = client(plant.pk, await viewer(), "?run=1&after=0")
    await socket.connect()
    await next_frame(socket)
    for _ in range(12):
        await take(plant, 1)
        await sync_to_async(live.push_frame)(plant.pk)
    got = [await next_frame(socket) for _ in range(MAX_UNACKNOWLEDGED - 1)]
    assert await socket.receive_nothing(timeout=0.3)
    await socket.send_json_to({"type": "ack", "run": 1, "step": steps(got[-1])[-1]})
    rest = await next_frame(socket)
    seen = {step for frame in [*got, rest] for step in steps(frame)}
    assert seen == set(range(1, 13))
    await socket.disconnect()


async def test_a_client_that_stops_reading_gets_the_newest_state_and_no_endless_backlog(
    clean_broker, monkeypatch
):
    monkeypatch.setattr("monitoring.consumers.LONGEST_BACKLOG", 20)
    plant = await started()
    socket = client(plant.pk, await viewer(), "?run=1&after=0")
    await socket.connect()
    await next_frame(socket)
    for _ in range(60):
        await take(plant, 1)
        await sync_to_async(live.push_frame)(plant.pk)
    got = [await next_frame(socket) for _ in range(MAX_UNACKNOWLEDGED - 1)]
    last = steps(got[-1])[-1]
    await socket.send_json_to({"type": "ack", "run": 1, "step": last})
    snapshot = await next_frame(socket)
    assert snapshot["reset"] is True
    assert snapshot["skipped"] == [last + 1, 40]
    assert steps(snapshot) == list(range(41, 61))
    # And from here on as ever.
    for _ in range(MAX_UNACKNOWLEDGED):
        await socket.send_json_to({"type": "ack", "run": 1, "step": 60})
    await take(plant, 1)
    await sync_to_async(live.push_frame)(plant.pk)
    following = await next_frame(socket)
    assert (following.get("skipped"), 61 in steps(following)) == (None, True)
    await socket.disconnect()


async def test_a_new_client_of_a_long_run_gets_the_newest_readings_only(clean_broker, monkeypatch):
    monkeypatch.setattr("monitoring.consumers.LONGEST_BACKLOG", 5)
    plant = await started()
    await take(plant, 12)
    socket = client(plant.pk, await viewer())
    await socket.connect()
    frame = await next_frame(socket)
    assert (steps(frame), frame["skipped"], frame["reset"]) == ([8, 9, 10, 11, 12], [1, 7], True)
    await socket.disconnect()


async def test_a_client_that_never_acknowledges_costs_bounded_memory_and_is_closed(
    clean_broker, monkeypatch
):
    monkeypatch.setattr("monitoring.consumers.HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr("monitoring.consumers.PATIENCE_SECONDS", 1.0)
    plant = await started()
    socket = client(plant.pk, await viewer(), "?run=1&after=0")
    await socket.connect()
    for _ in range(10):
        await take(plant, 1)
        await sync_to_async(live.push_frame)(plant.pk)
        await sync_to_async(live.push_partials)(plant.pk, {"controls_changed": ""})
    sent = []
    while (message := await socket.receive_output(timeout=5))["type"] != "websocket.close":
        sent.append(json.loads(message["text"])["type"])
    assert message["code"] == TOO_SLOW
    assert sent.count("frame") == MAX_UNACKNOWLEDGED
    assert sent.count("partials") <= MAX_UNACKNOWLEDGED, "none after the last frame it got"
    await socket.disconnect()


async def test_a_slow_client_is_told_to_ask_for_what_it_was_not_shown_once_it_acknowledges(
    clean_broker,
):
    plant = await started()
    socket = client(plant.pk, await viewer(), "?run=1&after=0")
    await socket.connect()
    for _ in range(8):
        await take(plant, 1)
        await sync_to_async(live.push_frame)(plant.pk)
    await sync_to_async(live.push_partials)(plant.pk, {"explanations": "new"})
    got = [await next_frame(socket) for _ in range(MAX_UNACKNOWLEDGED)]
    await socket.send_json_to({"type": "ack", "run": 1, "step": steps(got[-1])[-1]})
    while (message := await socket.receive_json_from(timeout=5))["type"] != "partials":
        pass
    assert set(message["partials"]) == {"controls_changed", "lists_changed"}
    assert steps(await next_frame(socket))[-1] == 8
    await socket.disconnect()


async def test_what_is_pushed_sent_and_acknowledged_is_noted_for_the_stage_push(clean_broker):
    plant = await started()
    await take(plant, 2)
    socket = client(plant.pk, await viewer(), "?run=1&after=2")
    await socket.connect()
    await next_frame(socket)
    await take(plant, 1)
    await sync_to_async(live.push_frame)(plant.pk)
    frame = await next_frame(socket)
    await socket.send_json_to({"type": "ack", "run": 1, "step": 3})
    await socket.send_json_to({"type": "ack", "run": 1, "step": 3})
    told = await until(lambda: delivered(plant), lambda d: d.acknowledged is not None)
    assert steps(frame)[-1] == 3
    assert told.pages == 1
    assert (told.pushed.run, told.pushed.step) == (1, 3)
    assert told.sent.run == 1
    assert told.acknowledged.step == 3
    await socket.disconnect()
    await until(lambda: delivered(plant), lambda found: found.pages == 0)


async def test_a_client_that_does_not_acknowledge_counts_as_no_open_page_until_it_does(
    clean_broker,
):
    plant = await started()
    socket = client(plant.pk, await viewer(), "?run=1&after=0")
    await socket.connect()
    await next_frame(socket)
    await until(lambda: delivered(plant), lambda d: d.pages == 1)
    for _ in range(MAX_UNACKNOWLEDGED - 1):
        await take(plant, 1)
        await sync_to_async(live.push_frame)(plant.pk)
        await next_frame(socket)
    await until(lambda: delivered(plant), lambda d: d.pages == 0)
    await take(plant, 1)
    await sync_to_async(live.push_frame)(plant.pk)  # for nobody
    await socket.send_json_to({"type": "ack", "run": 1, "step": 3})
    assert steps(await next_frame(socket))[-1] == 4
    await socket.disconnect()


async def test_a_page_that_leaves_while_its_heart_waits_for_a_thread_counts_no_more(
    clean_broker, monkeypatch
):
    plant = await started()
    entered, released, noted = threading.Event(), threading.Event(), threading.Event()

    def slow_note_viewer(plant_id: int, seconds: int, page: str) -> None:
        entered.set()
        released.wait(10)
        note_viewer(plant_id, seconds, page)
        noted.set()

    monkeypatch.setattr("monitoring.consumers.note_viewer", slow_note_viewer)
    socket = client(plant.pk, await viewer())
    assert (await socket.connect())[0]
    await asyncio.to_thread(entered.wait, 10)
    leaving = asyncio.create_task(socket.disconnect(timeout=10))
    # Whoever forgets the page without waiting for the thread has done so by then.
    await asyncio.wait([leaving], timeout=0.5)
    released.set()
    await leaving
    await asyncio.to_thread(noted.wait, 10)
    assert (await delivered(plant)).pages == 0
    assert not [task for task in asyncio.all_tasks() if "_beat" in repr(task.get_coro())]


async def test_a_page_whose_socket_the_server_kills_counts_no_more(clean_broker, monkeypatch):
    monkeypatch.setattr("monitoring.consumers.HEARTBEAT_SECONDS", 0.05)
    plant = await started()
    await take(plant, 1)
    socket = client(plant.pk, await viewer())
    await socket.connect()
    await next_frame(socket)
    await until(lambda: delivered(plant), lambda found: found.pages == 1)
    socket.future.cancel()
    await until(lambda: delivered(plant), lambda found: found.pages == 0)
    hearts = [one for one in asyncio.all_tasks() if "_beat" in repr(one.get_coro())]
    await asyncio.wait_for(asyncio.gather(*hearts), 5)


async def test_a_page_that_is_gone_when_a_frame_is_sent_counts_no_more(clean_broker, monkeypatch):
    plant = await started()
    await take(plant, 1)
    socket = client(plant.pk, await viewer())
    await socket.connect()
    await next_frame(socket)
    await until(lambda: delivered(plant), lambda found: found.pages == 1)

    async def refuse(*_, **__):
        raise ConnectionError("the client has gone")

    monkeypatch.setattr("monitoring.consumers.PlantConsumer.send_json", refuse)
    await take(plant, 1)
    await sync_to_async(live.push_frame)(plant.pk)
    await until(lambda: delivered(plant), lambda found: found.pages == 0)
    with pytest.raises(ConnectionError):
        await socket.future


async def test_nonsense_from_a_client_is_ignored(clean_broker):
    plant = await started()
    await take(plant, 1)
    socket = client(plant.pk, await viewer(), "?run=x&after=-5")
    await socket.connect()
    assert steps(await next_frame(socket)) == [1]
    for nonsense in ([], "ack", {"type": "ack", "step": "no"}, {"kind": 1}):
        await socket.send_json_to(nonsense)
    await socket.send_to(text_data="{not json")
    await socket.send_to(text_data="[" * 100_000)
    await socket.send_to(bytes_data=b"\x00")
    await take(plant, 1)
    await sync_to_async(live.push_frame)(plant.pk)
    assert 2 in steps(await next_frame(socket))
    await socket.disconnect()


@pytest.mark.parametrize(
    ("user", "code"), [(AnonymousUser(), NOT_LOGGED_IN), (None, NOT_LOGGED_IN)]
)
async def test_a_client_without_login_is_closed(clean_broker, user, code):
    plant = await started()
    socket = client(plant.pk, user)
    await socket.connect()
    message = await socket.receive_output(timeout=5)
    assert (message["type"], message["code"]) == ("websocket.close", NOT_LOGGED_IN)
    await socket.disconnect()


async def test_a_user_who_is_deactivated_is_cut_off_at_the_next_beat(clean_broker, monkeypatch):
    monkeypatch.setattr("monitoring.consumers.HEARTBEAT_SECONDS", 0.05)
    plant = await started()
    user = await viewer()
    socket = client(plant.pk, user)
    await socket.connect()
    await next_frame(socket)
    await User.objects.filter(pk=user.pk).aupdate(is_active=False)
    while (message := await socket.receive_output(timeout=5))["type"] != "websocket.close":
        pass
    assert message["code"] == NOT_LOGGED_IN
    await socket.disconnect()


async def test_a_user_who_logs_out_is_cut_off_at_the_next_beat(clean_broker, monkeypatch):
    monkeypatch.setattr("monitoring.consumers.HEARTBEAT_SECONDS", 0.05)
    plant = await started()
    user = await viewer()
    browser = Client()
    await sync_to_async(browser.force_login)(user)
    socket = client(plant.pk, user)
    socket.scope["session"] = browser.session
    await socket.connect()
    await next_frame(socket)
    assert (await socket.receive_json_from(timeout=5))["type"] == "heartbeat"
    await sync_to_async(browser.logout)()
    while (message := await socket.receive_output(timeout=5))["type"] != "websocket.close":
        pass
    assert message["code"] == NOT_LOGGED_IN
    await socket.disconnect()


async def test_a_session_without_the_second_step_is_closed(clean_broker):
    plant = await started()
    user = await viewer()
    browser = Client()
    await sync_to_async(browser.force_login)(user)
    await sync_to_async(Phone.of)(user)
    socket = client(plant.pk, user)
    socket.scope["session"] = browser.session
    await socket.connect()
    assert (await socket.receive_output(timeout=5))["code"] == NOT_LOGGED_IN
    await socket.disconnect()


async def test_an_unknown_plant_closes_the_socket(clean_broker):
    socket = client(99, await viewer())
    await socket.connect()
    assert (await socket.receive_output(timeout=5))["code"] == NO_SUCH_PLANT
    await socket.disconnect()


async def test_nothing_is_rendered_while_nobody_looks(clean_broker, django_assert_num_queries):
    plant = await started()
    assert not await sync_to_async(is_viewed)(plant.pk)

    @sync_to_async
    def push() -> None:
        with django_assert_num_queries(0):
            live.push_frame(plant.pk)

    await push()
    await sync_to_async(note_viewer)(plant.pk, 5)
    assert await sync_to_async(is_viewed)(plant.pk)
