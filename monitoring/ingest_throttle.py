"""How often a plant may be sent rows: a token bucket for each plant, in this process."""

import math
import threading
import time
from dataclasses import dataclass, field

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from simulation.ingest import Outcome
from simulation.models import IngestCount, Plant

#: Requests that may come at once after a pause, as seconds of the rate.
BURST_SECONDS = 2.0
#: Plants that are remembered; past that, those that are full again and the oldest are forgotten.
MAX_PLANTS = 1000
#: Refusals are told to the counters at most this often, so that refusing stays cheap.
TELL_SECONDS = 1.0


@dataclass
class Bucket:
    """What is left of a plant's rate."""

    tokens: float
    filled_at: float
    refused: int = 0
    told_at: float = field(default=-math.inf)


class Buckets:
    """Token buckets by plant; safe for the threads that a server answers with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[int, Bucket] = {}

    def take(self, plant_id: int, rate: float, now: float) -> float:
        """Take one request's token. Returns 0, or the seconds until there is one."""
        capacity = max(1.0, BURST_SECONDS * rate)
        with self._lock:
            bucket = self._buckets.get(plant_id)
            if bucket is None:
                self._forget_idle(rate, now)
                bucket = self._buckets[plant_id] = Bucket(capacity, now)
            bucket.tokens = min(capacity, bucket.tokens + (now - bucket.filled_at) * rate)
            bucket.filled_at = now
            if bucket.tokens >= 1.0:
                bucket.tokens -= 1.0
                return 0.0
            bucket.refused += 1
            return (1.0 - bucket.tokens) / rate

    def untold(self, plant_id: int, now: float, *, at_once: bool) -> int:
        """Return how many refusals the counters do not know yet; 0 if they were told just now."""
        with self._lock:
            bucket = self._buckets.get(plant_id)
            if bucket is None or not bucket.refused:
                return 0
            if not at_once and now - bucket.told_at < TELL_SECONDS:
                return 0
            count, bucket.refused, bucket.told_at = bucket.refused, 0, now
            return count

    def clear(self) -> None:
        """Forget all plants."""
        with self._lock:
            self._buckets.clear()

    def _forget_idle(self, rate: float, now: float) -> None:
        if len(self._buckets) < MAX_PLANTS:
            return
        kept = [item for item in self._buckets.items() if now - item[1].filled_at < BURST_SECONDS]
        self._buckets = dict(kept[-MAX_PLANTS // 2 :])


BUCKETS = Buckets()


def tell_refusals(plant_id: int, *, at_once: bool) -> None:
    """Give the counters the requests that came too fast."""
    count = BUCKETS.untold(plant_id, time.monotonic(), at_once=at_once)
    if count and Plant.objects.filter(pk=plant_id).exists():
        said = f"More than {settings.INGEST_RATE} posts in a second."
        IngestCount.add(plant_id, Outcome.TOO_MANY, count, said)


class IngestThrottle(BaseThrottle):
    """TEPLIVE_INGEST_RATE posts a second for each plant; others wait, as Retry-After says."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Tell whether the request may be answered now; reading is free."""
        if request.method != "POST":
            return True
        plant_id = int(view.kwargs["pk"])
        self._wait = BUCKETS.take(plant_id, float(settings.INGEST_RATE), time.monotonic())
        if self._wait:
            tell_refusals(plant_id, at_once=False)
        return not self._wait

    def wait(self) -> float:
        """Return the seconds until the next request will be answered."""
        return self._wait
