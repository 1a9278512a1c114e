"""Asks the web server again and again whether it answers, so that one that hangs is noticed."""

import http.client
import threading
import time

from teplive.doctor.web import ask, own_url

ASK_EVERY_SECONDS = 5.0


class WebWatch:
    """Knows for how long the web server has not answered; asks in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.url = own_url(port)
        self._answered_at = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._ended.set()

    @property
    def silence(self) -> float:
        """Seconds since the server last answered, whatever it said."""
        return time.monotonic() - self._answered_at

    def _run(self) -> None:
        while not self._ended.wait(ASK_EVERY_SECONDS):
            try:
                ask(self.url, is_own=True)
            except (OSError, http.client.HTTPException):
                continue  # a dead one is started again anyway; a silent one shows in `silence`
            self._answered_at = time.monotonic()
