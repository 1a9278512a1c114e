"""Whether the broker answers and has room."""

from django.conf import settings
from redis.exceptions import RedisError

from simulation.broker import prober
from teplive.doctor.examination import Finding
from teplive.doctor.runner import START, is_running

NAME = "broker"
FULL = 0.8


def look() -> list[Finding]:
    """Ask the broker for its memory."""
    try:
        memory = prober().info("memory")
    except RedisError as error:
        said = f"it does not answer ({type(error).__name__})"
        return [Finding(NAME, "fail", said, _remedy())]
    used, most = int(memory["used_memory"]), int(memory.get("maxmemory", 0))
    said = f"answers, {used / 1e6:.1f} MB used"
    if not most:
        return [Finding(NAME, "ok", said)]
    said += f" of {most / 1e6:.0f} MB"
    if used < FULL * most:
        return [Finding(NAME, "ok", said)]
    remedy = "Look for a queue that nobody works off; the lengths are in /metrics."
    return [Finding(NAME, "warn", said, remedy)]


def _remedy() -> str:
    if not settings.BROKER_IS_EMBEDDED:
        return "Start the server that REDIS_URL names, or correct REDIS_URL."
    if not is_running():
        return f"TEP Live does not run on {settings.DATA_DIR}. {START}"
    return "manage.py up starts the embedded broker again by itself; if it stays so, restart it."
