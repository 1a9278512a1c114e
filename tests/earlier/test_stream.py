"""`/stream`: every scored point once, in order, from where the client left off."""

import json

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connections
from django.utils import timezone

from earlier import stream
from earlier.events import AT_ONCE, Place, events_after, hole_after, newest_place, place_to_resume
from monitoring.analysing import analyse_plant
from monitoring.models import Analysis, DetectorSettings
from simulation.ingest import IngestRow, store_rows
from simulation.models import Plant, Reading
from simulation.models.reading import hours_at
from simulation.tep.variables import LEGACY_NAMES
from tests.accounts.callers import assert_says

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.datapath]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Look for new points at once: what is tested does not hang on how often one looks."""
    monkeypatch.setattr(stream, "POLL_SECONDS", 0.01)


@pytest.fixture(autouse=True)
async def tidy():
    """Leave no connection in the thread that asynchronous tests read in."""
    yield
    await sync_to_async(connections.close_all)()


def feed(plant: Plant, rows) -> None:
    store_rows(plant, [IngestRow(row) for row in rows])
    analyse_plant(plant.pk)


def events_in(text: str) -> list[tuple[str, dict]]:
    found = []
    for part in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in part.splitlines() if not line.startswith(":"))
        if "data" in lines:
            found.append((lines["id"], json.loads(lines["data"])))
    return found


async def read(plant: Plant, place: Place, count: int) -> list[tuple[str, dict]]:
    """Read so many points and leave."""
    found: list[tuple[str, dict]] = []
    source = stream.points(plant.pk, place)
    try:
        async for text in source:
            found += events_in(text)
            if len(found) >= count:
                return found
    finally:
        await source.aclose()
    return found


def test_an_event_has_the_earlier_fields(fed, detector_22, samples):
    feed(fed, samples[:1])
    [event], place = events_after(fed.pk, Place(1, 0))
    point = Analysis.objects.get()
    assert str(place) == str(event.place) == "1:1"
    assert list(event.data)[:22] == list(LEGACY_NAMES)
    assert [event.data[name] for name in LEGACY_NAMES] == samples[0][:22].tolist()
    assert event.data["t2_stat"] == point.t2
    assert event.data["threshold"] == point.t2_limit
    assert event.data["anomaly"] is point.exceeds
    assert event.data["time"] == Reading.objects.get().sampled_at.isoformat()
    assert str(event).startswith("id: 1:1\ndata: {")
    assert str(event).endswith("}\n\n")


def test_a_point_of_a_block_has_the_blocks_means(fed, detector_22, samples):
    settings = DetectorSettings.of(fed)
    settings.decimation = 4
    settings.save()
    feed(fed, samples[:9])
    events, _ = events_after(fed.pk, Place(1, 0))
    assert [str(event.place) for event in events] == ["1:4", "1:8"]
    values = [events[1].data[name] for name in LEGACY_NAMES]
    assert np.allclose(values, samples[4:8, :22].mean(axis=0), rtol=1e-12)


def test_a_bad_reading_inside_a_block_is_no_part_of_its_point(fed, detector_22, samples):
    settings = DetectorSettings.of(fed)
    settings.decimation = 2
    settings.save()
    store_rows(fed, [IngestRow(row) for row in samples[:3]])
    Reading.objects.filter(step=2).update(quality="frozen")
    analyse_plant(fed.pk)
    [event], _ = events_after(fed.pk, Place(1, 0))
    values = [event.data[name] for name in LEGACY_NAMES]
    assert np.allclose(values, samples[[0, 2], :22].mean(axis=0), rtol=1e-12)


async def test_a_burst_larger_than_any_batch_comes_whole_and_in_order(fed, detector_22, samples):
    count = 2 * AT_ONCE + 37
    rows = np.resize(samples, (count, samples.shape[1]))
    now = timezone.now()

    @sync_to_async
    def burst() -> None:
        Reading.objects.bulk_create(
            Reading(run=fed.run, step=i, sim_hours=hours_at(i), sampled_at=now, values=row)
            for i, row in enumerate(rows, start=1)
        )
        Plant.objects.filter(pk=fed.pk).update(step=count, rows=count, sampled_at=now)
        analyse_plant(fed.pk)

    await burst()
    got = await read(fed, Place(1, 0), count)
    assert [name for name, _ in got] == [f"1:{step}" for step in range(1, count + 1)]


async def test_a_client_that_comes_back_goes_on_after_its_last_id(fed, detector_22, samples):
    await sync_to_async(feed)(fed, samples[:5])
    first = await read(fed, Place(1, 0), 5)
    await sync_to_async(feed)(fed, samples[5:9])
    again = await read(fed, Place.of(first[2][0]), 6)
    assert [name for name, _ in again] == ["1:4", "1:5", "1:6", "1:7", "1:8", "1:9"]


async def test_a_client_that_comes_back_too_late_is_told_what_is_not_kept_any_more(
    bridge, fed, detector_22, samples
):
    await sync_to_async(feed)(fed, samples[:9])
    await Analysis.objects.filter(step__lte=5).adelete()
    answer = await sync_to_async(bridge.get)("/stream", {"Last-Event-ID": "1:3"})
    source = answer.streaming_content
    assert "retry: " in (await anext(source)).decode()
    told = (await anext(source)).decode()
    assert told == 'event: pruned\ndata: {"after": "1:3", "next": "1:6"}\n\n'
    assert next(name for name, _ in events_in((await anext(source)).decode())) == "1:6"
    await source.aclose()
    for kept in ("1:5", "1:7", "0:0"):
        assert await sync_to_async(hole_after)(fed.pk, Place.of(kept)) is None


async def test_a_client_that_reads_slowly_misses_nothing(fed, detector_22, samples):
    """Between two reads of the client more arrives each time; the next read has all of it."""
    got: list[tuple[str, dict]] = []
    source = stream.points(fed.pk, Place(1, 0))
    assert (await anext(source)).startswith("retry: ")
    for first in range(0, 40, 10):
        await sync_to_async(feed)(fed, samples[first : first + 10])
        got += events_in(await anext(source))
    await source.aclose()
    assert [name for name, _ in got] == [f"1:{step}" for step in range(1, 41)]


async def test_the_stream_goes_on_into_the_next_run_and_loses_no_end(fed, detector_22, samples):
    await sync_to_async(feed)(fed, samples[:3])

    @sync_to_async
    def reset() -> None:
        store_rows(fed, [IngestRow(row) for row in samples[3:5]])  # not scored yet
        fed.reset()
        store_rows(fed, [IngestRow(row) for row in samples[5:7]])

    await reset()
    events, place = await sync_to_async(events_after)(fed.pk, Place(1, 3))
    assert (events, place) == ([], Place(1, 3))  # the old run's end is still to come
    await sync_to_async(analyse_plant)(fed.pk)
    got = await read(fed, Place(1, 0), 7)
    assert [name for name, _ in got] == ["1:1", "1:2", "1:3", "1:4", "1:5", "2:1", "2:2"]


async def test_a_silent_plant_shows_that_the_stream_lives(fed, detector_22, monkeypatch):
    monkeypatch.setattr(stream, "KEEP_ALIVE_SECONDS", 0.0)
    source = stream.points(fed.pk, Place(1, 0))
    assert (await anext(source)).startswith("retry: ")
    assert await anext(source) == ": keep-alive\n\n"
    await source.aclose()


async def test_a_stream_ends_after_its_time_and_its_client_goes_on(
    fed, detector_22, samples, monkeypatch
):
    await sync_to_async(feed)(fed, samples[:2])
    monkeypatch.setattr(stream, "LIFETIME_SECONDS", 0.2)
    texts = [text async for text in stream.points(fed.pk, Place(1, 0))]
    assert [name for name, _ in events_in("".join(texts))] == ["1:1", "1:2"]
    assert texts[-1].startswith(": an hour is over")


async def test_a_stream_outlives_the_database(fed, detector_22, samples, monkeypatch):
    await sync_to_async(feed)(fed, samples[:2])
    calls = []

    def away_once(plant_id, place):
        calls.append(place)
        if len(calls) == 1:
            raise DatabaseError("gone")
        return events_after(plant_id, place)

    monkeypatch.setattr(stream, "events_after", away_once)
    source = stream.points(fed.pk, Place(1, 0))
    await anext(source)
    assert "does not answer" in await anext(source)
    assert len(events_in(await anext(source))) == 2
    await source.aclose()


async def test_a_deleted_plant_ends_the_stream(fed):
    await sync_to_async(fed.delete)()
    texts = [text async for text in stream.points(fed.pk, Place(0, 0))]
    assert texts[-1] == ": the plant was deleted\n\n"


async def test_only_so_many_streams_are_open_and_each_end_frees_a_place(bridge, fed, monkeypatch):
    monkeypatch.setattr(stream, "MAX_STREAMS", 2)
    open_ones = [stream.points(fed.pk, Place(0, 0)) for _ in range(2)]
    for source in open_ones:
        await anext(source)
    refused = await sync_to_async(bridge.get)("/stream")
    assert_says(refused, 503, "2 streams are open")
    assert refused["Retry-After"] == "10"
    late = [text async for text in stream.points(fed.pk, Place(0, 0))]
    assert late == [": 2 streams are open, which is the most\n\n"]
    for source in open_ones:
        await source.aclose()
    assert stream._open == 0
    assert (await sync_to_async(bridge.get)("/stream")).status_code == 200


def test_the_answer_is_an_event_stream_that_nobody_keeps(bridge, fed):
    answer = bridge.get("/stream", {"Accept": "text/event-stream"})
    assert answer["Content-Type"].startswith("text/event-stream")
    assert "no-cache" in answer["Cache-Control"]
    assert answer["X-Accel-Buffering"] == "no"
    assert answer.streaming


@pytest.mark.parametrize("text", ["812", "1:", "a:b", "1:2:3", "-1:5", "1:99999999999"])
def test_an_id_of_another_stream_is_refused(bridge, fed, text):
    assert_says(bridge.get("/stream", {"Last-Event-ID": text}), 400, "not an id", "1:812")


def test_a_new_client_begins_with_the_newest_point(fed, detector_22, samples):
    assert newest_place(fed.pk) == Place(0, 0)
    feed(fed, samples[:5])
    events, _ = events_after(fed.pk, newest_place(fed.pk))
    assert [str(event.place) for event in events] == ["1:5"]


def test_an_id_beyond_what_is_stored_goes_on_with_the_newest(fed, detector_22, samples):
    feed(fed, samples[:5])
    assert place_to_resume(fed.pk, Place(1, 3)) == Place(1, 3)
    assert place_to_resume(fed.pk, Place(1, 5)) == Place(1, 5)
    assert place_to_resume(fed.pk, Place(1, 6)) == Place(1, 4)
    assert place_to_resume(fed.pk, Place(7, 1)) == Place(1, 4)
