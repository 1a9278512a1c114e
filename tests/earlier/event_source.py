"""A client of /stream that behaves as a browser's EventSource does: it comes back by itself."""

import http.client
import json
import threading
import time


class EventSource(threading.Thread):
    """Reads events until it has `count`; after a break it resumes with Last-Event-ID.

    `wait` lets it connect and then read nothing until the event is set: a slow client.
    """

    def __init__(self, port: int, count: int, wait: threading.Event | None = None) -> None:
        super().__init__(daemon=True)
        self.port, self.count, self.wait = port, count, wait
        self.ids: list[str] = []
        self.data: list[dict] = []
        self.connects = 0
        self.is_connected = threading.Event()
        self.stop = threading.Event()

    def run(self) -> None:
        while len(self.ids) < self.count and not self.stop.is_set():
            try:
                self.read_one_connection()
            except (OSError, http.client.HTTPException):
                time.sleep(0.2)

    def read_one_connection(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Accept": "text/event-stream"}
        headers["Last-Event-ID"] = self.ids[-1] if self.ids else "0:0"
        connection.request("GET", "/stream", headers=headers)
        response = connection.getresponse()
        if response.status != 200:
            raise OSError(response.read())
        self.connects += 1
        self.is_connected.set()
        if self.wait is not None:
            self.wait.wait()
        name = ""
        while len(self.ids) < self.count and not self.stop.is_set():
            line = response.readline().decode().rstrip("\n")
            if line.startswith("id: "):
                name = line[4:]
            elif line.startswith("data: "):
                self.ids.append(name)
                self.data.append(json.loads(line[6:]))
            elif not line and response.isclosed():
                raise OSError("the stream ended")
        connection.close()
