"""A public link: one plant's dashboard for whoever has it, and nothing else."""

import re
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from monitoring import live, public_access, public_frames
from monitoring.alarms import acknowledging
from monitoring.consumers import FULL, NOT_LOGGED_IN
from monitoring.models import AlarmOccurrence, PublicLink
from monitoring.routing import websocket_urlpatterns
from simulation.models import Plant
from simulation.stepping import Tick, step_plants
from tests.monitoring.alarms.standing import many_definitions, raise_alarms

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet():
    cache.clear()


@pytest.fixture
def running(plant):
    plant.start()
    plant.inject([4])
    for _ in range(2):
        plant.refresh_from_db()
        step_plants([Tick(plant.pk, plant.current_run_id, plant.step)], even_if_early=True)
    plant.refresh_from_db()
    return plant


def issue(plant, **values) -> tuple[PublicLink, str]:
    return PublicLink.issue(plant, HOUR, **{"name": "hall", **values})


def end(link: PublicLink, how: str) -> None:
    now = timezone.now()
    values = {"revoked_at": now} if how == "revoked" else {"expires_at": now - HOUR}
    PublicLink.objects.filter(pk=link.pk).update(**values)


def address(token: str, part: str = "") -> str:
    return reverse("monitoring:public", args=[token]) + part


PARTS = ("", "now/", "data/")


def part_of(text: str, name: str) -> str:
    """The section of that id, up to the end of the next one that ends."""
    begin = text.index(f'id="{name}"')
    return text[begin : text.index("</section>", begin)]


def words_of(text: str, name: str) -> list[str]:
    """The words of the paragraphs of that class, of those that stand in a page."""
    found = re.findall(rf'<p class="{name}"[^>]*>(.*?)</p>', text, re.S)
    return [" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in found]


class TestWhatItShows:
    @pytest.mark.parametrize("part", PARTS)
    def test_it_opens_without_an_account_and_sets_no_cookie(self, client, running, part):
        _, token = issue(running)
        answer = client.get(address(token, part))
        assert answer.status_code == 200
        assert not answer.cookies

    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize("state", ["good", "revoked"])
    def test_no_one_keeps_indexes_or_passes_it_on(self, client, running, part, state):
        link, token = issue(running)
        if state == "revoked":
            end(link, state)
        answer = client.get(address(token, part))
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert "script-src 'self'" in answer["Content-Security-Policy"]

    def test_the_page_has_values_without_javascript_and_no_way_out(self, client, running):
        _, token = issue(running)
        text = client.get(address(token)).content.decode()
        assert "XMEAS(9)" in text
        assert "<form" not in text
        assert set(re.findall(r'<a [^>]*href="([^"]*)"', text)) == {"#main"}

    def test_what_was_injected_is_shown_if_the_link_says_so(self, client, running):
        _, plain = issue(running)
        _, telling = issue(running, shows_truth=True)
        assert "IDV(4)" not in client.get(address(plain)).content.decode()
        assert "IDV(4)" in client.get(address(telling)).content.decode()
        told = client.get(address(plain, "data/")).json()
        assert told["injections"] == []
        assert told["frame"]["plant"]["active_faults"] == []
        told = client.get(address(telling, "data/")).json()
        assert [one["idv"] for one in told["injections"]] == [4]
        assert told["frame"]["plant"]["active_idvs"] == [4]

    def test_it_has_the_alarm_bar_and_what_stands_whatever_its_source(self, client, running):
        raise_alarms(running, "reactor-pressure-hi", "d-feed-lo")
        _, token = issue(running)
        for part in ("", "now/"):
            text = client.get(address(token, part)).content.decode()
            bar, standing = part_of(text, "alarm-bar"), part_of(text, "standing")
            assert "<b>1</b>" in bar and "Reactor pressure high" in standing
            assert "unacknowledged" in standing and "1 more of its event (1 low)" in standing
            assert 'id="alarm-count-low"' in bar

    def test_a_high_alarm_that_is_folded_under_a_low_one_lends_it_its_sign(self, client, running):
        raise_alarms(running, "d-feed-lo", "reactor-pressure-hi")
        _, token = issue(running)
        text = client.get(address(token, "now/")).content.decode()
        standing = part_of(text, "standing")
        assert 'aria-label="high priority"' in standing and "this alarm: low" in standing

    def test_it_says_what_the_dashboard_says_of_alarms(self, client, make_user, running):
        raise_alarms(running, *many_definitions(12))
        viewer = Client()
        viewer.force_login(make_user("viewer"))
        dashboard = viewer.get(reverse("monitoring:plant", args=[running.pk])).content.decode()
        _, token = issue(running)
        public = client.get(address(token)).content.decode()
        for name in ("alarm-bar-counts", "alarm-flood", "alarm-detail"):
            assert words_of(dashboard, name) == words_of(public, name) != []

    def test_what_is_kept_from_operators_is_kept_from_strangers(self, client, running):
        raise_alarms(running, "d-feed-lo")
        _, token = issue(running)
        assert "D feed low" in client.get(address(token)).content.decode()
        AlarmOccurrence.objects.update(is_shelved=True)
        text = client.get(address(token)).content.decode()
        assert "D feed low" not in text and "No alarm stands." in text

    def test_alarms_lead_nowhere_and_offer_nothing(self, client, running):
        raise_alarms(running, "reactor-pressure-hi")
        _, token = issue(running)
        text = part_of(client.get(address(token)).content.decode(), "now")
        assert not re.search(r"<(a|button|form|input)\b", text)

    def test_who_acknowledged_and_what_a_stall_says_is_not_told(self, client, make_user, running):
        raise_alarms(running, "stream-stalled", "reactor-pressure-hi")
        AlarmOccurrence.objects.update(detail="Stalled at clock: celery -A teplive beat")
        by = make_user("operator", username="secret-name")
        for one in AlarmOccurrence.objects.all():
            acknowledging.acknowledge(one, by=by, comment="a secret comment")
        _, token = issue(running)
        text = client.get(address(token)).content.decode()
        assert "Stream stalled" in text and "acknowledged" in text
        for secret in ("celery", "secret-name", "secret comment"):
            assert secret not in text

    def test_nobodys_name_is_told(self, client, make_user, running):
        running.pause(by=make_user("operator", username="secret-name"))
        _, token = issue(running, shows_truth=True)
        for part in PARTS:
            assert b"secret-name" not in client.get(address(token, part)).content

    def test_data_follow_on_a_step(self, client, running):
        _, token = issue(running)
        query = {"run": running.run.number, "after": 1}
        frame = client.get(address(token, "data/"), query).json()["frame"]
        assert [one["step"] for one in frame["readings"]] == [2]

    def test_a_plant_that_never_ran_has_a_page(self, client, plant):
        _, token = issue(plant)
        assert client.get(address(token)).status_code == 200
        assert client.get(address(token, "data/")).json()["frame"] is None

    def test_visits_are_counted(self, client, running):
        link, token = issue(running)
        for _ in range(3):
            client.get(address(token))
        client.get(address(token, "now/"))
        link.refresh_from_db()
        assert link.visits == 3
        assert link.visited_at is not None


class TestWhatItDoesNotOpen:
    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize("how", ["revoked", "expired"])
    def test_one_that_has_ended_says_so(self, client, running, part, how):
        link, token = issue(running)
        end(link, how)
        answer = client.get(address(token, part))
        assert answer.status_code == 410
        assert how in answer.content.decode()

    @pytest.mark.parametrize("part", PARTS)
    def test_a_wrong_token_is_unknown(self, client, running, part):
        _, token = issue(running)
        assert client.get(address(token[:-1] + "~", part)).status_code == 404

    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_it_is_for_looking_only(self, client, running, method, part):
        _, token = issue(running)
        assert getattr(client, method)(address(token, part)).status_code == 405

    def test_the_token_opens_nothing_else(self, client, running):
        _, token = issue(running)
        client.get(address(token))
        for path in ("/", f"/plants/{running.pk}/", f"/plants/{running.pk}/stages/", "/admin/"):
            for query in ("", f"?token={token}"):
                assert client.get(path + query).status_code == 302, path
        bearer = {"Authorization": f"Bearer {token}"}
        for headers in ({}, bearer):
            assert client.get("/api/status", headers=headers).status_code == 401
            start = f"/api/plants/{running.pk}/start"
            assert client.post(start, headers=headers).status_code == 401

    def test_the_token_is_stored_nowhere(self, running):
        link, token = issue(running)
        assert token not in str(PublicLink.objects.filter(pk=link.pk).values().get())
        assert len(token) == 43  # 256 bits

    def test_guessing_has_to_wait(self, client, running, monkeypatch):
        monkeypatch.setattr(public_access, "MOST_WRONG", 3)
        _, token = issue(running)
        for _ in range(3):
            assert client.get(address("wrong")).status_code == 404
        answer = client.get(address(token))
        assert answer.status_code == 429
        assert answer["Retry-After"] == "60"

    def test_too_many_requests_have_to_wait(self, client, running, monkeypatch):
        monkeypatch.setattr(public_access, "MOST_REQUESTS", 2)
        _, token = issue(running)
        assert [client.get(address(token)).status_code for _ in range(3)] == [200, 200, 429]

    def test_none_lasts_longer_than_thirty_days(self, plant):
        with pytest.raises(ValueError, match="30 days"):
            PublicLink.issue(plant, timedelta(days=31), name="hall")


class TestMakingOne:
    @pytest.fixture
    def engineer(self, client, make_user):
        client.force_login(make_user("engineer"))
        return client

    def make(self, client, plant, **given):
        data = {"name": "hall", "hours": "8", **given}
        return client.post(reverse("monitoring:make-link", args=[plant.pk]), data)

    def test_it_is_shown_once_and_works(self, engineer, plant):
        text = self.make(engineer, plant).content.decode()
        token = re.search(r"http://testserver/public/([\w-]{43})/", text)[1]
        assert Client().get(address(token)).status_code == 200
        page = engineer.get(reverse("monitoring:links", args=[plant.pk])).content.decode()
        assert token not in page
        assert "hall" in page
        entry = AuditEntry.objects.get(action="publiclink-make")
        assert token not in str(entry.as_json())

    def test_it_is_revoked(self, engineer, plant):
        link, token = issue(plant)
        engineer.post(reverse("monitoring:revoke-link", args=[link.pk]))
        assert Client().get(address(token)).status_code == 410
        assert AuditEntry.objects.filter(action="publiclink-revoke").count() == 1

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"hours": "9999"}, b"Choose 1 hour"),
            ({"name": ""}, b"This field is required"),
            ({"name": "n" * 61}, b"at most 60"),
        ],
    )
    def test_bad_input_is_told_beside_the_field(self, engineer, plant, given, words):
        answer = self.make(engineer, plant, **given)
        assert answer.status_code == 422
        assert words in answer.content
        assert not PublicLink.objects.exists()

    def test_they_are_bounded(self, engineer, plant):
        for _ in range(20):
            issue(plant)
        assert b"20 links of a plant are enough" in self.make(engineer, plant).content

    @pytest.mark.parametrize("role", ["viewer", "operator"])
    def test_it_takes_an_engineer(self, client, make_user, plant, role):
        client.force_login(make_user(role))
        link, _ = issue(plant)
        assert client.get(reverse("monitoring:links", args=[plant.pk])).status_code == 403
        assert self.make(client, plant).status_code == 403
        revoke = reverse("monitoring:revoke-link", args=[link.pk])
        assert client.post(revoke).status_code == 403


def test_what_is_new_in_a_push_stays_in():
    frame = {"type": "frame", "run": 1, "secret": 1, "partials": {"stages": "by mary"}}
    plant = dict.fromkeys((*public_frames.PLANT, *public_frames.TRUTH), 1)
    told = public_frames.public_message({**frame, "plant": {**plant, "seed": 7}}, truth=False)
    assert set(told) == {"type", "run", "plant"}
    assert "seed" not in told["plant"]
    assert public_frames.public_message({"type": "partials", "partials": {}}, True) is None


@pytest.mark.django_db(transaction=True)
class TestTheWebsocket:
    def socket(self, token: str) -> WebsocketCommunicator:
        return WebsocketCommunicator(URLRouter(websocket_urlpatterns), f"/ws/public/{token}/")

    async def frame_of(self, socket: WebsocketCommunicator) -> dict:
        while (message := await socket.receive_json_from(timeout=5))["type"] != "frame":
            pass
        return message

    async def code_of(self, socket: WebsocketCommunicator) -> int:
        while (message := await socket.receive_output(timeout=5))["type"] != "websocket.close":
            pass
        return message["code"]

    async def test_it_sends_the_links_plant_and_no_truth(self, clean_broker, running):
        other = await sync_to_async(Plant.objects.create)(name="TEP 2")
        _, token = await sync_to_async(issue)(running)
        socket = self.socket(token)
        await socket.connect()
        frame = await self.frame_of(socket)
        assert frame["plant"]["id"] == running.pk
        assert [one["step"] for one in frame["readings"]] == [1, 2]
        assert frame["plant"]["active_faults"] == []
        assert "partials" not in frame
        await socket.send_json_to({"type": "ack"})
        await sync_to_async(live.push_partials)(running.pk, {"controls": "by mary"})
        await sync_to_async(live.push_partials)(other.pk, {"controls": "other"})
        await sync_to_async(live.push_frame)(running.pk)
        assert (await self.frame_of(socket))["plant"]["id"] == running.pk
        await socket.disconnect()

    async def test_a_wrong_token_opens_none(self, clean_broker, running):
        socket = self.socket("wrong")
        await socket.connect()
        assert await self.code_of(socket) == NOT_LOGGED_IN
        await socket.disconnect()

    @pytest.mark.parametrize("how", ["revoked", "expired"])
    async def test_it_closes_at_the_beat_after_the_end(
        self, clean_broker, running, monkeypatch, how
    ):
        monkeypatch.setattr("monitoring.consumers.HEARTBEAT_SECONDS", 0.05)
        link, token = await sync_to_async(issue)(running)
        socket = self.socket(token)
        await socket.connect()
        await self.frame_of(socket)
        await sync_to_async(end)(link, how)
        assert await self.code_of(socket) == NOT_LOGGED_IN
        await socket.disconnect()

    async def test_the_sockets_of_a_link_are_bounded(self, clean_broker, running, monkeypatch):
        monkeypatch.setattr("monitoring.consumers.MOST_PUBLIC_SOCKETS", 1)
        _, token = await sync_to_async(issue)(running)
        first, second, third = (self.socket(token) for _ in range(3))
        await first.connect()
        await second.connect()
        assert await self.code_of(second) == FULL
        await second.disconnect()
        await first.disconnect()
        await third.connect()
        assert (await self.frame_of(third))["type"] == "frame"
        await third.disconnect()
