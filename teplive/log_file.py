"""What the processes of `manage.py up` print, in files that cannot fill the disk."""

import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

#: A line longer than this is cut: one line must not be able to outgrow a file.
LONGEST_LINE = 10_000


class _QuietHandler(RotatingFileHandler):
    """A disk that is full or gone costs lines of the log, never the plants."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Do nothing: the terminal, or journald behind it, has the line."""


class LogFile:
    """`teplive.log` in a folder, with a UTC time before each line; 0 megabytes: no file."""

    def __init__(self, folder: Path, megabytes: int, files: int) -> None:
        self.path = folder / "teplive.log"
        self._handler: logging.Handler | None = None
        if not megabytes:
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._handler = _QuietHandler(
            self.path,
            maxBytes=megabytes * 1_000_000,
            backupCount=max(1, files - 1),
            encoding="utf-8",
            errors="replace",
            delay=True,
        )
        formatter = logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        formatter.converter = time.gmtime
        self._handler.setFormatter(formatter)

    def write(self, line: str) -> None:
        """Append one line; called by a thread for each process."""
        if self._handler is not None and line.strip():
            made = logging.LogRecord(
                "up", logging.INFO, "", 0, line[:LONGEST_LINE], args=None, exc_info=None
            )
            self._handler.handle(made)
