"""`GET /stream`: the scored points as server-sent events, from where the client left off."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from functools import partial
from http import HTTPStatus

from asgiref.sync import sync_to_async
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from earlier.calls import call
from earlier.events import Event, Place, events_after, hole_after, newest_place, place_to_resume
from simulation.models import Plant

#: Each stream holds a thread and a database connection of the web server.
MAX_STREAMS = 20
POLL_SECONDS = 0.5
KEEP_ALIVE_SECONDS = 10.0
#: A stream ends after an hour and its client goes on with another one. What a client that reads
#: nothing leaves in the server's memory is thereby bounded.
LIFETIME_SECONDS = 3600.0
RETRY_MILLISECONDS = 2000

_open = 0  # changed in the event loop only


class TooManyStreams(APIException):
    """The bound on concurrent streams."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    wait = 10
    hint = "Close one, or try again later; the websocket of a plant's page has no such bound."


@call("GET")
def stream(request: Request, plant: Plant) -> HttpResponseBase:
    """Stream points after Last-Event-ID (or ?last_event_id=), else from the newest one on."""
    if _open >= MAX_STREAMS:
        raise TooManyStreams(f"{MAX_STREAMS} streams are open, which is the most.")
    wanted = _place_of(request)
    place = place_to_resume(plant.pk, wanted) if wanted else newest_place(plant.pk)
    hole = hole_after(plant.pk, wanted) if wanted else None
    response = StreamingHttpResponse(
        points(plant.pk, place, hole), content_type="text/event-stream; charset=utf-8"
    )
    response["X-Accel-Buffering"] = "no"  # a proxy must not hold events back
    return response


def _place_of(request: Request) -> Place | None:
    text = request.headers.get("Last-Event-ID") or request.query_params.get("last_event_id")
    if not text:
        return None
    place = Place.of(text)
    if place is None:
        raise ValidationError(
            {
                "last_event_id": ValidationError(
                    gettext("Last-Event-ID is not an id of this stream."),
                    params={"hint": "Send back the id of an event, for example 1:812."},
                )
            }
        )
    return place


async def points(plant_id: int, place: Place, hole: Place | None = None) -> AsyncIterator[str]:
    """Yield the points after a place, in order and without end, and comments in between.

    `hole` names the first point that is kept where those before it were pruned: that is told.
    """
    global _open
    if _open >= MAX_STREAMS:
        yield f": {MAX_STREAMS} streams are open, which is the most\n\n"
        return
    _open += 1
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        if hole is not None:
            told = json.dumps({"after": str(place), "next": str(hole)})
            yield f"event: pruned\ndata: {told}\n\n"
        ends_at = time.monotonic() + LIFETIME_SECONDS
        spoken_at = time.monotonic()
        while time.monotonic() < ends_at:
            comment = ""
            before = place
            try:
                events, place = await sync_to_async(partial(_next, plant_id, place))()
            except Plant.DoesNotExist:
                yield ": the plant was deleted\n\n"
                return
            except DatabaseError:
                events, comment = [], ": the database does not answer; trying again\n\n"
            if not events and not comment and time.monotonic() - spoken_at >= KEEP_ALIVE_SECONDS:
                comment = ": keep-alive\n\n"
            if text := "".join(map(str, events)) or comment:
                spoken_at = time.monotonic()
                yield text
            if place == before:
                await asyncio.sleep(POLL_SECONDS)
        yield ": an hour is over; go on from the last id\n\n"
    finally:
        _open -= 1
        await sync_to_async(_leave_database)()


def _leave_database() -> None:
    """Close the connection of the thread that this stream has read in."""
    connection.close()


def _next(plant_id: int, place: Place) -> tuple[list[Event], Place]:
    """Return what follows a place. A lost connection is dropped, so that the next try gets one."""
    try:
        found, after = events_after(plant_id, place)
        if not found and after == place:
            Plant.objects.only("pk").get(pk=plant_id)
    except DatabaseError:
        connection.close()
        raise
    return found, after
