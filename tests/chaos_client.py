"""A websocket client as a page is one: keeps its own series, reconnects, names the last it has."""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

#: The server beats every 5 s; a longer silence is a connection that died unnoticed.
SILENCE_SECONDS = 12.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0


@dataclass
class SeriesClient:
    """One client of one plant; `readings` and `analyses` are its series by step.

    `url` is the server's address (http://...), `cookie` that of a session. It relies on nothing
    but the documented protocol: `run`, `after` and `analysed` when it connects, `ack` for each
    frame, `reset` begins anew.
    """

    name: str
    url: str
    plant_id: int
    cookie: str
    readings: dict[int, list[float]] = field(default_factory=dict)
    analyses: dict[int, tuple[float, float]] = field(default_factory=dict)
    run: int | None = None
    connections: int = 0
    longest_outage: float = 0.0
    contradictions: list[str] = field(default_factory=list)
    is_over: bool = False
    _heard_at: float = 0.0

    @property
    def last_complete(self) -> int:
        """The last step before which it lacks no reading."""
        return _last_complete(self.readings)

    @property
    def last_analysed(self) -> int:
        """The last step before which it lacks no analysis (one for each reading)."""
        return _last_complete(self.analyses)

    async def live(self) -> None:
        """Stay connected until told that it is over."""
        self._heard_at = time.monotonic()
        failures = 0
        while not self.is_over:
            before = len(self.readings)
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                await self._converse()
            failures = 0 if len(self.readings) > before else failures + 1
            await asyncio.sleep(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures, 6)))

    async def _converse(self) -> None:
        query = ""
        if self.run is not None:
            query = f"?run={self.run}&after={self.last_complete}&analysed={self.last_analysed}"
        address = f"{self.url.replace('http', 'ws', 1)}/ws/plants/{self.plant_id}/{query}"
        headers = {"Cookie": self.cookie}
        async with connect(
            address, additional_headers=headers, origin=self.url, open_timeout=5, close_timeout=1
        ) as socket:
            self.connections += 1
            while not self.is_over:
                message = json.loads(await asyncio.wait_for(socket.recv(), SILENCE_SECONDS))
                if message["type"] != "frame":
                    continue
                self._take(message)
                step = max(self.readings, default=0)
                await socket.send(json.dumps({"type": "ack", "run": self.run, "step": step}))
                # On an open connection the server leaves no hole; else this asks for it anew.
                if self.last_complete < step:
                    self.contradictions.append(f"a hole after step {self.last_complete}")
                    return

    def _take(self, frame: dict[str, Any]) -> None:
        if frame.get("reset") and frame["run"] != self.run:
            self.readings.clear()
            self.analyses.clear()
        self.run = frame["run"]
        before = len(self.readings)
        for reading in frame["readings"]:
            self._keep(self.readings, reading["step"], reading["values"])
        for analysis in frame["analyses"]:
            self._keep(self.analyses, analysis["step"], (analysis["t2"], analysis["spe"]))
        if len(self.readings) > before:
            now = time.monotonic()
            self.longest_outage = max(self.longest_outage, now - self._heard_at)
            self._heard_at = now

    def _keep(self, series: dict[int, Any], step: int, value: Any) -> None:
        """A step that comes again must say the same as before."""
        if series.setdefault(step, value) != value:
            self.contradictions.append(f"step {step} came twice with other values")


def _last_complete(series: dict[int, Any]) -> int:
    step = len(series)
    if step and step in series and max(series) == step:
        return step
    return next((s - 1 for s in range(1, step + 2) if s not in series), step)
