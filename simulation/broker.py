"""The broker: a Redis-protocol server, ours (embedded) or the one that REDIS_URL names."""

from functools import cache

import redis
from django.conf import settings


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.BROKER_DATABASE_URL, socket_connect_timeout=1, socket_timeout=2
    )


def queue_length(queue: str) -> int:
    """Return how many messages of a Celery queue no worker has taken. Raises RedisError."""
    return int(_client().llen(queue))


def ping() -> None:
    """Raise RedisError if the broker does not answer."""
    _client().ping()


def note_viewer(plant_id: int, seconds: int) -> None:
    """Note that a page shows the plant; it counts for some seconds. Raises RedisError."""
    _client().set(f"teplive:viewed:{plant_id}", 1, ex=seconds)


def is_viewed(plant_id: int) -> bool:
    """Tell whether a page shows the plant, so that nobody renders for nobody. Raises RedisError."""
    return bool(_client().exists(f"teplive:viewed:{plant_id}"))
