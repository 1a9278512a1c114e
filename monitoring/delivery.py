"""What was pushed to the open pages of a plant, and what they got: kept in the broker for a while.

The worker notes each push, the web server what it sent on and what a page acknowledged. A note
that is lost says "late" for a moment; nothing else depends on it.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from redis.exceptions import RedisError

from simulation.broker import pages_key, prober

Act = Literal["pushed", "sent", "acknowledged"]

KEPT_SECONDS = 3600
#: Times of the newest pushes, for their rate.
KEPT_TIMES = 20
QUEUES = ("simulate", "analyse", "explain")


@dataclass(frozen=True)
class Note:
    """How far one act had come, and when."""

    run: int
    step: int
    at: datetime


@dataclass(frozen=True)
class Delivery:
    """What the broker knows of a plant's pages."""

    pages: int = 0
    pushed: Note | None = None
    sent: Note | None = None
    acknowledged: Note | None = None
    push_times: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class BrokerSurvey:
    """The broker at one moment: lengths of the queues, the plants' pages, or why it is silent."""

    error: str = ""
    queues: Mapping[str, int] = field(default_factory=dict)
    deliveries: Mapping[int, Delivery] = field(default_factory=dict)

    def of(self, plant_id: int) -> Delivery:
        """Return what is known of a plant's pages; nothing if the broker is silent."""
        return self.deliveries.get(plant_id, Delivery())


def note(plant_id: int, act: Act, run: int, step: int) -> None:
    """Note how far a push, its sending or its acknowledgement has come. Raises RedisError."""
    now = time.time()
    with prober().pipeline(transaction=False) as commands:
        commands.hset(_notes_key(plant_id), act, f"{run} {step} {now}")
        commands.expire(_notes_key(plant_id), KEPT_SECONDS)
        if act == "pushed":
            commands.lpush(_times_key(plant_id), now)
            commands.ltrim(_times_key(plant_id), 0, KEPT_TIMES - 1)
            commands.expire(_times_key(plant_id), KEPT_SECONDS)
        commands.execute()


def survey(plant_ids: Iterable[int]) -> BrokerSurvey:
    """Ask the broker everything at once. Never raises: its silence is an answer."""
    ids = list(plant_ids)
    try:
        with prober().pipeline(transaction=False) as commands:
            for queue in QUEUES:
                commands.llen(queue)
            for plant_id in ids:
                commands.zcount(pages_key(plant_id), time.time(), "+inf")
                commands.hgetall(_notes_key(plant_id))
                commands.lrange(_times_key(plant_id), 0, KEPT_TIMES - 1)
            answers = commands.execute()
    except RedisError as error:
        return BrokerSurvey(error=type(error).__name__)
    lengths, rest = answers[: len(QUEUES)], answers[len(QUEUES) :]
    return BrokerSurvey(
        queues=dict(zip(QUEUES, lengths, strict=True)),
        deliveries={
            plant_id: _delivery(*rest[3 * i : 3 * i + 3]) for i, plant_id in enumerate(ids)
        },
    )


def _notes_key(plant_id: int) -> str:
    return f"teplive:delivery:{plant_id}"


def _times_key(plant_id: int) -> str:
    return f"teplive:pushes:{plant_id}"


def _delivery(pages: int, notes: dict[str, str], times: list[str]) -> Delivery:
    told: dict[str, Any] = {}
    for act, text in notes.items():
        run, step, at = text.split()
        told[act] = Note(int(run), int(step), _moment(at))
    return Delivery(pages=pages, push_times=tuple(_moment(at) for at in times), **told)


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
