"""The product's settings for tests: a data folder of their own, and a real embedded broker.

DATABASE_URL and REDIS_URL are respected, so the same tests run on PostgreSQL and Redis.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="teplive-test-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["TEPLIVE_DATA_DIR"] = str(_folder)
for _name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL", "TEPLIVE_DEBUG"):
    os.environ.pop(_name, None)  # a developer's key is never spent by a test

_embedded = not os.environ.get("REDIS_URL")
if not _embedded:
    # A shared server: leave the databases that its other users are likely to use alone.
    # Each process of the tests has two of its own; 12 and 13 are those of the running product.
    _process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    _broker, _layer = ((14, 15), (10, 11), (8, 9), (6, 7))[_process]
    os.environ["TEPLIVE_BROKER_DB"] = str(_broker)
    os.environ["TEPLIVE_LAYER_DB"] = str(_layer)

from teplive.settings import *  # noqa: E402, F403
from teplive.settings import EMBEDDED_BROKER_SOCKET  # noqa: E402

if _embedded:
    from teplive.embedded_broker import EmbeddedBroker

    _embedded_broker = EmbeddedBroker(_folder, EMBEDDED_BROKER_SOCKET)
    _embedded_broker.start()
    atexit.register(_embedded_broker.stop)

DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405  (threads leave no connection behind)
(_folder / "static").mkdir()  # whitenoise warns of a missing one
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Queued tasks stay in the broker unless a test runs them.
CELERY_TASK_ALWAYS_EAGER = False
