"""Keeps the log readable while something stands still and monitors ask for it all the time."""

import logging

#: The address whose 503 is its answer, not a failure.
PATH = "/healthz"


class DropExpected503(logging.Filter):
    """Drops Django's ERROR line of a 503 of /healthz.

    Whoever watches asks every few seconds, so an outage would bury in these lines the one that
    tells its cause. The stall itself is in the answer, on the pages and in the processes' logs.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is to be logged."""
        path = getattr(getattr(record, "request", None), "path", "")
        return not (path == PATH and getattr(record, "status_code", 0) == 503)
