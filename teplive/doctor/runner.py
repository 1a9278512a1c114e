"""Whether `manage.py up` runs on the data folder."""

import psutil
from django.conf import settings

START = "Start it: make run"


def is_running() -> bool:
    """Tell whether the process that holds the data folder's lock lives."""
    try:
        pid = int((settings.DATA_DIR / "up.lock").read_text(encoding="ascii").strip() or 0)
        return pid > 0 and "up" in psutil.Process(pid).cmdline()
    except (OSError, ValueError, psutil.Error):
        return False
