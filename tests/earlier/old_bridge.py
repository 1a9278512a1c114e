"""The earlier bridge as its users run it: reads a CSV that grows, posts one row each.

It maps the columns XMEAS_1 to XMEAS_22 to the 22 names and posts {"data_point": ...} to /ingest
with a timeout of 60 s, without a token. The one thing it does better than the original: its cursor
moves on only after a post that was answered with 200.
"""

import csv
import json
import threading
import urllib.error
import urllib.request
from pathlib import Path

from simulation.tep.variables import LEGACY_NAMES

COLUMNS = [
    "timestamp",
    "step",
    *(f"XMEAS_{n}" for n in range(1, 42)),
    *(f"XMV_{n}" for n in range(1, 12)),
    *(f"IDV_{n}" for n in range(1, 21)),
]


class OldBridge(threading.Thread):
    """Runs until it has posted `count` rows, or `stop` is set."""

    def __init__(self, file: Path, url: str, count: int) -> None:
        super().__init__(daemon=True)
        self.file, self.url, self.count = file, url, count
        self.last_step = 0
        self.answers: list[dict] = []
        self.retries = 0
        self.refusals: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        while self.last_step < self.count and not self.stop.is_set():
            with self.file.open(newline="") as lines:
                for row in csv.DictReader(lines):
                    step = int(row["step"])
                    if step > self.last_step and not self.stop.is_set():
                        self.post(row)
                        self.last_step = step
            self.stop.wait(0.05)

    def post(self, row: dict[str, str]) -> None:
        point = {name: float(row[f"XMEAS_{n}"]) for n, name in enumerate(LEGACY_NAMES, start=1)}
        body = json.dumps({"data_point": point}).encode()
        while not self.stop.is_set():
            request = urllib.request.Request(
                f"{self.url}/ingest", body, {"Content-Type": "application/json"}
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as response:
                    self.answers.append(json.load(response))
                    return
            except urllib.error.HTTPError as error:
                self.refusals.append(error.read().decode())
            except OSError:
                pass  # the server is away: the connection was refused or broke off
            self.retries += 1
            self.stop.wait(0.2)
