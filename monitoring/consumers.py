"""The websocket of one plant: relays what is pushed, reads from the database what was not."""

import asyncio
import contextlib
import json
import logging
import math
import re
import time
from collections import Counter
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.db import DatabaseError
from django.utils import timezone
from redis.exceptions import RedisError

from accounts import second_step
from monitoring import delivery
from monitoring.live import frame_of, group_of
from monitoring.models import PublicLink
from monitoring.public_frames import public_message
from simulation.broker import forget_viewer, note_viewer
from simulation.models import Plant, Reading

#: The page takes 6.5 s without a sign for a dead connection (static/js/link.js).
HEARTBEAT_SECONDS = 3.0
#: A page counts as open for a little longer than two heartbeats.
VIEWED_SECONDS = 8
#: How often at most what a page got is noted for the stage `push`.
NOTE_SECONDS = 0.5
#: Frames a client may leave unacknowledged before the server withholds the next ones.
MAX_UNACKNOWLEDGED = 4
READINGS_PER_FRAME = 300
#: What a page asks for itself when it is told so (static/js/live.js).
CHANGED = ("controls_changed", "lists_changed")
#: A client that lacks more readings than the charts hold gets the newest so many, from a snapshot.
LONGEST_BACKLOG = 4000
#: A client that owes an acknowledgement for so long does not read any more: it may come again.
PATIENCE_SECONDS = 60.0
#: A beat that is under way ends in this time, or the broker or the database hangs.
LEAVING_SECONDS = 5.0

#: Websockets of one public link that a web process holds at a time.
MOST_PUBLIC_SOCKETS = 50

NOT_LOGGED_IN, NO_SUCH_PLANT, TOO_SLOW, FULL, FAILED = 4401, 4404, 4408, 4429, 1011

logger = logging.getLogger(__name__)

#: A broker that hangs must hold up its own thread only, not the one that reads the database.
in_own_thread = sync_to_async(thread_sensitive=False)


class PlantConsumer(AsyncJsonWebsocketConsumer):
    """Keeps a client at the newest step without holes, however slow it is.

    `?run=R&after=N&analysed=M` names the last reading and the last scored point it has. Frames
    follow on each other; where a pushed one does not, the consumer reads the hole from the
    database. A client that does not acknowledge gets nothing more until it does, and then
    everything in between, so that the server's memory for it stays bounded. Meanwhile it does not
    count as an open page (a sleeping laptop is no stall of ours), and after `PATIENCE_SECONDS` it
    is closed. If more than `LONGEST_BACKLOG` readings are in between, it
    gets the newest so many with `reset`, and `skipped` names the steps that are left out: they are
    at `/api/plants/ID/readings`.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one client. Nothing of it beats on afterwards, however that ended.

        The server kills what takes too long to end, and a frame to a client that has just gone
        raises: then nobody calls `disconnect`, and a page that is gone would count as open.
        """
        # Not cancelled: a call in a thread can swallow a cancellation (asgiref), or go on in its
        # thread after it, and a page that is gone would count as open.
        self.has_left = asyncio.Event()
        self.heart: asyncio.Task[None] | None = None
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.has_left.set()
            if self.heart is not None:
                self.leaving = asyncio.create_task(self._leave())

    async def connect(self) -> None:
        """Join the plant's group and bring the client up to date."""
        self.plant_id: int = self.scope["url_route"]["kwargs"].get("pk", 0)
        self.run = self._number("run")
        self.step = self._number("after") or 0
        # A client has readings that were not scored yet when it lost the connection.
        self.analysed_step = min(self.step, self._number("analysed") or 0)
        self.unacknowledged = 0
        self.is_behind = False
        self.acknowledged_at = time.monotonic()
        self.noted_at: dict[str, float] = {}
        await self.accept()
        refusal = await self._refusal()
        if refusal is not None:
            await self.close(code=refusal)
            return
        if not await Plant.objects.filter(pk=self.plant_id).aexists():
            await self.close(code=NO_SUCH_PLANT)
            return
        await self.channel_layer.group_add(group_of(self.plant_id), self.channel_name)
        self.heart = asyncio.create_task(self._beat())
        self.heart.add_done_callback(self._heart_stopped)
        await self._catch_up()

    async def disconnect(self, code: int) -> None:
        """Let the heart stop, and leave."""
        self.has_left.set()
        await self._leave()

    async def _leave(self) -> None:
        """Leave the group, once nothing beats any more that would join it again."""
        heart, self.heart = self.heart, None
        if heart is None:
            return
        try:
            # Bounded: a database that hangs must not keep the group from being left.
            await asyncio.wait([heart], timeout=LEAVING_SECONDS)
            heart.cancel()
            with contextlib.suppress(RedisError):  # it is left by itself, later
                await self.channel_layer.group_discard(group_of(self.plant_id), self.channel_name)
            await self._forget_viewer()
        except asyncio.CancelledError:
            self.heart = heart  # `__call__` leaves once more
            raise

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Take an acknowledgement; send what was withheld."""
        if not isinstance(content, dict) or content.get("type") != "ack":
            return
        was_withheld = self._is_withheld
        self.unacknowledged = max(0, self.unacknowledged - 1)
        self.acknowledged_at = time.monotonic()
        if self._is_withheld:
            return
        if was_withheld:
            with contextlib.suppress(RedisError):  # the next beat tries again
                await self._note_viewer()
            # What was rendered meanwhile was rendered for nobody: the page asks for it itself.
            await self.send_json({"type": "partials", "partials": dict.fromkeys(CHANGED, "")})
        if self.is_behind:
            await self._catch_up()
        if not self.unacknowledged:
            await self._note("acknowledged")

    async def plant_message(self, event: dict[str, Any]) -> None:
        """Relay a push, or read the hole before it."""
        message = event["message"]
        if self._is_withheld:
            self.is_behind = True
        elif message["type"] != "frame":
            await self.send_json(message)
        elif (
            message["run"] != self.run
            or message["follows"] > self.step
            or message["follows_analysis"] > self.analysed_step
        ):
            await self._catch_up()
        else:
            await self._send_frame(message)

    async def _catch_up(self) -> None:
        """Send the client everything after its last step, as far as it acknowledges."""
        self.is_behind = False
        while True:
            frame = await self._read_frame()
            if frame is None:
                return
            await self._send_frame(frame)
            if not frame["more"]:
                return
            if self._is_withheld:
                self.is_behind = True
                return

    @property
    def _is_withheld(self) -> bool:
        """Whether the client has so much to acknowledge that it gets no more."""
        return self.unacknowledged >= MAX_UNACKNOWLEDGED

    @database_sync_to_async
    def _read_frame(self) -> dict[str, Any] | None:
        plant = Plant.objects.select_related("current_run", "speed_preset").get(pk=self.plant_id)
        if plant.current_run is None:
            return None
        is_other_run = plant.current_run.number != self.run
        after, analysed = (0, 0) if is_other_run else (self.step, self.analysed_step)
        first = self._first_of_snapshot(plant, after)
        frame = frame_of(
            plant,
            max(after, first),
            max(analysed, first),
            limit=READINGS_PER_FRAME,
        )
        frame["reset"] = is_other_run or first > 0
        frame["skipped"] = [after + 1, first] if first else None
        return frame

    def _first_of_snapshot(self, plant: Plant, after: int) -> int:
        """Return the step that the newest readings follow on, 0 if not so many are missing."""
        if plant.step - after <= LONGEST_BACKLOG:
            return 0
        newest = Reading.objects.filter(run=plant.run, step__gt=after).order_by("-step")
        steps = newest.values_list("step", flat=True)[LONGEST_BACKLOG : LONGEST_BACKLOG + 1]
        return next(iter(steps), 0)

    async def _send_frame(self, frame: dict[str, Any]) -> None:
        if frame["run"] != self.run:
            self.step, self.analysed_step = 0, 0
        self.run = frame["run"]
        if not self.unacknowledged:
            self.acknowledged_at = time.monotonic()  # from now on it owes one
        if frame.get("skipped"):
            self.step = self.analysed_step = frame["follows"]
        if frame["readings"]:
            self.step = max(self.step, frame["readings"][-1]["step"])
        if frame["analyses"]:
            self.analysed_step = max(self.analysed_step, frame["analyses"][-1]["step"])
        self.unacknowledged += 1
        await self.send_json(frame)
        if not frame["more"]:
            await self._note("sent")
        if self._is_withheld:
            # Nobody pushes to a page that does not count, so what comes next is read on its return.
            self.is_behind = True
            await self._forget_viewer()

    async def _note(self, act: delivery.Act) -> None:
        """Note for the stage `push` what the page got, not more often than it can matter."""
        now = time.monotonic()
        if self.run is None or now - self.noted_at.get(act, -math.inf) < NOTE_SECONDS:
            return
        self.noted_at[act] = now
        with contextlib.suppress(RedisError):  # the stages say that the broker is down
            await in_own_thread(delivery.note)(self.plant_id, act, self.run, self.step)

    async def _note_viewer(self) -> None:
        await in_own_thread(note_viewer)(self.plant_id, VIEWED_SECONDS, self.channel_name)

    async def _forget_viewer(self) -> None:
        with contextlib.suppress(RedisError):  # it is forgotten by itself a little later
            await in_own_thread(forget_viewer)(self.plant_id, self.channel_name)

    async def _beat(self) -> None:
        """Show the client, and the pushing side, that the connection lives."""
        while not self.has_left.is_set():
            if not await self._may_stay():
                await self.close(code=NOT_LOGGED_IN)
                return
            silent = time.monotonic() - self.acknowledged_at
            if self._is_withheld and silent > PATIENCE_SECONDS:
                await self.close(code=TOO_SLOW)
                return
            # A broker that is down is shown by the stages; the next beat tries again.
            with contextlib.suppress(RedisError):
                if not self._is_withheld:
                    await self._note_viewer()
                # The layer forgets a member after a day unless it joins again.
                await self.channel_layer.group_add(group_of(self.plant_id), self.channel_name)
            await self.send_json({"type": "heartbeat", "time": timezone.now().isoformat()})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.has_left.wait(), HEARTBEAT_SECONDS)

    def _heart_stopped(self, heart: "asyncio.Task[None]") -> None:
        """Say so if the beat ended by an error: without it nobody would push to this page."""
        if not heart.cancelled() and heart.exception() is not None:
            logger.error("the heart of a websocket stopped", exc_info=heart.exception())
            self.closing = asyncio.create_task(self.close(code=FAILED))

    async def _refusal(self) -> int | None:
        """Return why nobody is let in, None for who is logged in, and note who that is."""
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            return NOT_LOGGED_IN
        self.user_id = user.pk
        return None if await self._login_holds() else NOT_LOGGED_IN

    async def _may_stay(self) -> bool:
        """Tell whether the socket may stay open; asked at each beat."""
        try:
            return bool(await self._login_holds())
        except DatabaseError:
            return True  # asked again at the next beat; the stages tell of the outage

    @database_sync_to_async
    def _login_holds(self) -> bool:
        """Logged out, deactivated, gone or without the second step: that ends the socket."""
        user = get_user_model().objects.filter(pk=self.user_id, is_active=True).first()
        session = self.scope.get("session")
        if user is None or session is None:
            return user is not None
        stored = import_module(settings.SESSION_ENGINE).SessionStore(session.session_key)
        return (
            stored.get(SESSION_KEY) == str(self.user_id)
            and stored.get(HASH_SESSION_KEY) == user.get_session_auth_hash()
            and second_step.is_passed(user, stored)
        )

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        """Read a client's message; what is no JSON is no message."""
        try:
            return json.loads(text_data)
        except (ValueError, RecursionError):
            return None

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        """Ignore binary messages: there are none in this conversation."""
        if text_data is not None:
            await super().receive(text_data=text_data, **kwargs)

    def _number(self, name: str) -> int | None:
        """Return a whole number of the query string, None if it is absent or none."""
        values = parse_qs(self.scope["query_string"].decode("latin-1")).get(name, [])
        is_number = values and re.fullmatch(r"[0-9]{1,9}", values[0])
        return int(values[0]) if is_number else None


class PublicConsumer(PlantConsumer):
    """The same for whoever has a public link: its token opens one plant, and no session counts.

    What is sent goes through an open list (`public_frames`): no partials, nothing of who did what,
    and what was injected only if the link says so.
    """

    sockets: Counter[int] = Counter()  # open in this process, by link
    link: PublicLink | None = None
    link_id: int | None = None

    async def _refusal(self) -> int | None:
        """Return why the token opens nothing, None for a good one; its plant is shown."""
        self.link = await self._find_link()
        if self.link is None or not self.link.is_good:
            return NOT_LOGGED_IN
        if self.sockets[self.link.pk] >= MOST_PUBLIC_SOCKETS:
            return FULL
        self.link_id = self.link.pk
        self.sockets[self.link_id] += 1
        self.plant_id = self.link.plant_id
        return None

    async def _may_stay(self) -> bool:
        """Tell whether the link is still good; asked at each beat."""
        try:
            self.link = await self._find_link()
        except DatabaseError:
            return self.link is not None and self.link.is_good
        return self.link is not None and self.link.is_good

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one client, and make room for the next."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.link_id is not None:
                self.sockets[self.link_id] -= 1
                self.link_id = None

    async def send_json(self, content: Any, close: bool = False) -> None:
        """Send what the link lets through."""
        if self.link is None:
            return
        told = public_message(content, self.link.shows_truth)
        if told is not None:
            await super().send_json(told, close)

    @database_sync_to_async
    def _find_link(self) -> PublicLink | None:
        return PublicLink.find(self.scope["url_route"]["kwargs"]["token"])
