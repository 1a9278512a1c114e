"""The broker: a Redis-protocol server, ours (embedded) or the one that REDIS_URL names."""

import time
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

#: Whoever asks how the broker is wants an answer, "none" included, within this time.
PATIENCE_SECONDS = 1.0


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.BROKER_DATABASE_URL, socket_connect_timeout=1, socket_timeout=2
    )


@cache
def prober() -> redis.Redis:
    """Return a client that gives up after `PATIENCE_SECONDS`, without trying again."""
    return redis.Redis.from_url(
        settings.BROKER_DATABASE_URL,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


def queue_length(queue: str) -> int:
    """Return how many messages of a Celery queue no worker has taken. Raises RedisError."""
    return int(_client().llen(queue))


def ping() -> None:
    """Raise RedisError if the broker does not answer."""
    _client().ping()


def begin_alone(what: str, seconds: int) -> bool:
    """Claim a piece of work; False while somebody has it. Raises RedisError.

    Given back by `end_alone`, or by itself after some seconds, where whoever has it died.
    """
    return bool(_client().set(f"teplive:alone:{what}", "1", nx=True, ex=seconds))


def end_alone(what: str) -> None:
    """Give back a piece of work. Raises RedisError."""
    _client().delete(f"teplive:alone:{what}")


def pages_key(plant_id: int) -> str:
    """Return the key of the sorted set of a plant's open pages, by the time they count until."""
    return f"teplive:pages:{plant_id}"


def note_viewer(plant_id: int, seconds: int, page: str = "page") -> None:
    """Note that a page shows the plant; it counts for some seconds. Raises RedisError."""
    key, now = pages_key(plant_id), time.time()
    with _client().pipeline(transaction=False) as commands:
        commands.zadd(key, {page: now + seconds})
        commands.zremrangebyscore(key, "-inf", now)
        commands.expire(key, 4 * seconds)
        commands.execute()


def forget_viewer(plant_id: int, page: str) -> None:
    """Note that a page shows the plant no more. Raises RedisError."""
    _client().zrem(pages_key(plant_id), page)


def is_viewed(plant_id: int) -> bool:
    """Tell whether a page shows the plant, so that nobody renders for nobody. Raises RedisError."""
    return bool(_client().zcount(pages_key(plant_id), time.time(), "+inf"))
