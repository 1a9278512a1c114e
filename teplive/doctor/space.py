"""Whether the data folder has room, and how fast it fills."""

import shutil
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from simulation.models import Plant
from teplive.doctor.database import impatient
from teplive.doctor.examination import Finding

NAME = "disk"
#: A reading with its analysis (docs/operations.md, "Space").
BYTES_PER_SAMPLE = 1300
DAY = 86_400
MB, GB = 1e6, 1e9
LITTLE, NOTHING = 1 * GB, 0.1 * GB
MUCH_LOG = 0.2 * GB


def look() -> list[Finding]:
    """Compare the free space with what the running plants write in a day."""
    free = shutil.disk_usage(settings.DATA_DIR).free
    found = [judge(free, bytes_a_day())]
    logs = sum(path.stat().st_size for path in log_files(settings.DATA_DIR))
    if logs > MUCH_LOG:
        said = f"{_size(logs)} of logs in {settings.DATA_DIR}"
        found.append(Finding("logs", "warn", said, "Rotate or delete them."))
    return found


def judge(free: float, grows: float | None) -> Finding:
    """Judge free bytes by the bytes a day that are written; None where that is not known."""
    days = free / grows if grows else float("inf")
    said = f"{_size(free)} free in {settings.DATA_DIR}"
    if grows is not None:
        said += f"; the plants write {_size(grows)} a day"
    remedy = "Free some space, let the plants keep fewer readings, or run them slower."
    if free < NOTHING or days < 1:
        return Finding(NAME, "fail", said, remedy)
    if free < LITTLE or days < 7:
        return Finding(NAME, "warn", said, remedy)
    return Finding(NAME, "ok", said)


def bytes_a_day() -> float | None:
    """Return what the running plants write in a day; None while the database does not say."""
    try:
        with impatient():
            running = Plant.objects.filter(state=Plant.State.RUNNING)
            intervals = list(running.values_list("interval_seconds", flat=True))
    except DatabaseError:
        return None  # the check of the database names it
    return sum(DAY / interval for interval in intervals) * BYTES_PER_SAMPLE


def log_files(folder: Path) -> list[Path]:
    """Return the log files of a data folder."""
    return [path for path in folder.rglob("*.log*") if path.is_file()]


def _size(count: float) -> str:
    return f"{count / GB:.1f} GB" if count >= GB else f"{count / MB:.0f} MB"
