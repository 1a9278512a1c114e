"""All settings, from the environment. The defaults run the whole product on one bare machine."""

import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF

from simulation import VERSION
from teplive.environment import Environment

# Database, sessions and secrets are for this user's eyes only, whatever creates their files.
os.umask(0o077)

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = Environment()

# Where and how it serves
DATA_DIR = ENVIRONMENT.folder("TEPLIVE_DATA_DIR", BASE_DIR / "var")
HOST = ENVIRONMENT.text("TEPLIVE_HOST", "127.0.0.1")
PORT = ENVIRONMENT.integer("TEPLIVE_PORT", 8000, 1, 65535)
HTTPS = ENVIRONMENT.flag("TEPLIVE_HTTPS")
DEBUG = ENVIRONMENT.flag("TEPLIVE_DEBUG")
SECRET_KEY = ENVIRONMENT.secret("TEPLIVE_SECRET_KEY", DATA_DIR / "secret_key")
ALLOWED_HOSTS = ENVIRONMENT.names("TEPLIVE_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.names("TEPLIVE_TRUSTED_ORIGINS", [])
SERVES_LOOPBACK_ONLY = HOST in {"127.0.0.1", "localhost", "::1"}

# The earlier system's interface, for its bridge and scripts; it serves one plant, by its name.
LEGACY_API = ENVIRONMENT.flag("TEPLIVE_LEGACY_API")
LEGACY_PLANT = ENVIRONMENT.text("TEPLIVE_LEGACY_PLANT")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "teplive",
    "earlier",
    "explainer",
    "monitoring",
    "simulation",
    "accounts",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "accounts.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.DatabaseOutageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.session_middleware.SessionMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.OriginMiddleware",
    "accounts.middleware.PreferencesMiddleware",
]

ROOT_URLCONF = "teplive.urls"
ASGI_APPLICATION = "teplive.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.preferences",
                "monitoring.units_table.context",
                "teplive.demo.context.demonstration",
            ],
        },
    },
]

# The database is the truth. IMMEDIATE takes SQLite's write lock at BEGIN, so that a step reads and
# writes under one lock, as SELECT FOR UPDATE does on PostgreSQL.
DATABASE_URL = ENVIRONMENT.url(
    "DATABASE_URL",
    f"sqlite:///{DATA_DIR / 'teplive.sqlite3'}",
    ("postgresql", "postgres", "postgis", "sqlite"),
)
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60)}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # Nothing here may need the write lock: every new connection would wait for it.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, because the tests' threads, worker and browser need to see one database.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 5
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# When the shifts of this site begin, by the clock of its zone: the shift log is cut there.
SHIFT_STARTS = ENVIRONMENT.times("TEPLIVE_SHIFTS", ["06:00", "14:00", "22:00"])
SITE_ZONE = ENVIRONMENT.zone("TEPLIVE_SITE_ZONE", "UTC")

# How long readings and analyses are kept, unless a plant says otherwise; unset: for ever. They are
# pruned twice in this hour (UTC).
# Every so many steps the state of each simulated plant is kept, and the newest so many of them.
TRAIN_DIAGNOSIS = ENVIRONMENT.flag("TEPLIVE_TRAIN_DIAGNOSIS", True)
SNAPSHOT_STEPS = ENVIRONMENT.integer("TEPLIVE_SNAPSHOT_STEPS", 20, 1, 100_000)
SNAPSHOTS_KEPT = ENVIRONMENT.integer("TEPLIVE_SNAPSHOTS_KEPT", 100, 1, 100_000)
# The longest time for which an operator can shelve an alarm.
SHELVE_HOURS = ENVIRONMENT.number("TEPLIVE_SHELVE_HOURS", 0.1, 168) or 8.0
# Entries of the alarm journal and alarms that are over stay so long; two years.
KEEP_JOURNAL_DAYS = ENVIRONMENT.number("TEPLIVE_KEEP_JOURNAL_DAYS", 1, 100_000) or 730.0
KEEP_DAYS = ENVIRONMENT.number("TEPLIVE_KEEP_DAYS", 0.01, 100_000)
PRUNE_HOUR = ENVIRONMENT.integer("TEPLIVE_PRUNE_HOUR", 3, 0, 23)

# What the processes print is kept in files of this size, the newest and so many older ones.
LOG_DIR = DATA_DIR / "log"
LOG_MEGABYTES = ENVIRONMENT.integer("TEPLIVE_LOG_MEGABYTES", 10, 0, 10_000)
LOG_FILES = ENVIRONMENT.integer("TEPLIVE_LOG_FILES", 5, 1, 1000)

# The broker carries hints. The embedded one listens on a unix socket that only this user can open;
# its path follows from the data folder, so every command of that folder finds it. A socket's path
# may have about 100 bytes at most: of a data folder deeper than that the socket lies in /tmp.
EMBEDDED_BROKER_SOCKET = DATA_DIR / "broker" / "socket"
if len(bytes(EMBEDDED_BROKER_SOCKET)) > 100:
    _digest = hashlib.sha256(bytes(DATA_DIR)).hexdigest()[:12]
    EMBEDDED_BROKER_SOCKET = Path(f"/tmp/teplive-{os.getuid()}-{_digest}/socket")  # noqa: S108
REDIS_URL = ENVIRONMENT.url("REDIS_URL", "", ("redis", "rediss", "unix"))
BROKER_IS_EMBEDDED = not REDIS_URL
if BROKER_IS_EMBEDDED:
    REDIS_URL = f"unix://{EMBEDDED_BROKER_SOCKET}"


def redis_database(url: str, number: int) -> str:
    """Return the Redis URL with its database number replaced."""
    if url.startswith("unix:"):
        return f"{url.split('?', maxsplit=1)[0]}?db={number}"
    return urlsplit(url)._replace(path=f"/{number}").geturl()


BROKER_DATABASE = ENVIRONMENT.integer("TEPLIVE_BROKER_DB", 0, 0, 15)
LAYER_DATABASE = ENVIRONMENT.integer("TEPLIVE_LAYER_DB", 1, 0, 15)
BROKER_DATABASE_URL = redis_database(REDIS_URL, BROKER_DATABASE)
CHANNEL_LAYER_URL = redis_database(REDIS_URL, LAYER_DATABASE)
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # redis-py closes a connection that idles longer than its socket timeout; a paused
            # plant's page idles for minutes.
            "hosts": [{"address": CHANNEL_LAYER_URL, "socket_timeout": 60}],
            "capacity": 50,
            "expiry": 30,
        },
    },
}

if REDIS_URL.startswith("unix:"):
    _socket = REDIS_URL.removeprefix("unix://").split("?", maxsplit=1)[0]
    CELERY_BROKER_URL = f"redis+socket://{_socket}?virtual_host={BROKER_DATABASE}"
else:
    CELERY_BROKER_URL = BROKER_DATABASE_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 30}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "analyse"
CELERY_TASK_ROUTES = {
    # What runs ahead must not stand in the way of the plants that live by the clock.
    "simulation.tasks.run_ahead": {"queue": "explain"},
    "simulation.tasks.sweep_ahead": {"queue": "explain"},
    "simulation.tasks.make_forecast": {"queue": "explain"},
    "simulation.tasks.*": {"queue": "simulate"},
    "monitoring.tasks.diagnose_alarm": {"queue": "explain"},
    "monitoring.tasks.watch_alarms": {"queue": "explain"},
    "monitoring.tasks.*": {"queue": "analyse"},
    "explainer.tasks.*": {"queue": "explain"},
    "earlier.tasks.*": {"queue": "explain"},
    "teplive.tasks.*": {"queue": "analyse"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "teplive.celery:PlantScheduler"

# Who may enter
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
# Roles whose members must set up a second step of the login (a code of their phone).
REQUIRE_TOTP_ROLES = ENVIRONMENT.names("TEPLIVE_REQUIRE_TOTP_ROLES", [])
OTP_TOTP_ISSUER = "TEP Live"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "monitoring:home"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # pages carry the token themselves
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # The prefix makes browsers refuse these cookies from a neighbouring host or over plain HTTP.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
elif SERVES_LOOPBACK_ONLY:
    # Plain HTTP that never leaves this machine needs no TLS (HSTS, redirect, secure cookies).
    # Serving any other address without TEPLIVE_HTTPS=1 is an error of our own: teplive.E003.
    SILENCED_SYSTEM_CHECKS = [f"security.W{n}" for n in ("004", "008", "012", "016")]

# Posts of rows a second that each plant fed from outside takes; faster ones get a 429.
INGEST_RATE = ENVIRONMENT.integer("TEPLIVE_INGEST_RATE", 30, 1, 10_000)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
    ],
    "EXCEPTION_HANDLER": "accounts.errors.as_json",
    "DEFAULT_SCHEMA_CLASS": "accounts.description.CallSchema",
    "URL_FORMAT_OVERRIDE": None,  # ?format= means nothing: there is JSON only
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "TEP Live",
    "DESCRIPTION": "The Tennessee Eastman Process, live: plants, readings, detection, alarms, "
    "explanations, and the calls that operate a plant. Times are ISO 8601 in UTC, process times "
    "are hours, intervals wall seconds; numbers come unrounded. An unknown key of a body is an "
    "error; null and an empty text count as not given. A method that an address does not take is "
    "answered with 405, and OPTIONS tells those that it takes.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/",
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [
        "accounts.description.add_components",
        "accounts.description.order_methods",
    ],
    "ENABLE_DJANGO_DEPLOY_CHECK": False,  # a test holds the description against the calls
}

# Explanations: the key's presence enables the provider; nothing else reads it.
ANTHROPIC_API_KEY = ENVIRONMENT.text("ANTHROPIC_API_KEY")
ANTHROPIC_BASE_URL = ENVIRONMENT.text("ANTHROPIC_BASE_URL")
ANTHROPIC_MODEL = ENVIRONMENT.text("ANTHROPIC_MODEL", "claude-sonnet-5-5")

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"expected_503": {"()": "monitoring.health_log.DropExpected503"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": ENVIRONMENT.text("TEPLIVE_LOG_LEVEL", "INFO")},
    "loggers": {
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "django.request": {"filters": ["expected_503"]},
        "httpx2": {"level": "WARNING"},  # at INFO it logs addresses, which may hold a password
        "httpcore2": {"level": "WARNING"},
    },
}
