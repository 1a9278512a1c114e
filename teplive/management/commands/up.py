"""`manage.py up`: the whole product in one foreground process."""

import contextlib
import fcntl
import math
import os
import secrets
import socket
import sys
import time
from pathlib import Path
from typing import Any, TextIO

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.commands import ActingCommand
from monitoring.models import DetectorModel, DiagnosisModel
from simulation import tep
from simulation.models import Plant, Pulse, SpeedPreset
from teplive.embedded_broker import EmbeddedBroker, ValkeyServerError
from teplive.log_file import LogFile
from teplive.supervisor import Child, Supervisor, reap
from teplive.web_watch import WebWatch

#: Celery says this of each worker, in eight lines around the address. `up` says it once before.
ROOT_WARNING = "You're running the worker with superuser privileges"
RUNS_AS_ROOT = os.geteuid() == 0
PYTHON = [sys.executable, *(["-W", f"ignore:{ROOT_WARNING}"] if RUNS_AS_ROOT else [])]
CELERY = [*PYTHON, "-m", "celery", "--quiet", "-A", "teplive"]
WORKER = ["worker", "-l", "warning", "-P", "threads"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
BROKER_CHECK_SECONDS = 0.2
#: Celery comes back to a broker that was started again by itself within about 2 s, nine times in
#: ten; a start takes longer. Who shows no sign of life after this time is restarted after all.
REJOIN_SECONDS = 8.0
DEFAULT_PLANT = "TEP 1"
#: The pulse that shows whether a child works; one that is silent for so long hangs.
PULSE_OF = {"plant": "analyse", "explain": "explain", "beat": "clock"}
#: Any of these shows that a child has found back to the broker.
REJOINED = {"plant": ("simulate", "analyse"), "explain": ("explain",), "beat": ("clock",)}
PULSE_CHECK_SECONDS = 5.0
HUNG_SECONDS = 45.0


class Command(ActingCommand):
    """Broker, migrations, first fit, workers, beat and web server."""

    help = (
        "Start everything in the foreground: the embedded Redis-protocol server (unless REDIS_URL "
        "is set), migrations, the first fit of a detector, workers, beat and the web server. "
        "Restarts what dies. Ctrl-C or SIGTERM ends all."
    )

    log: LogFile | None = None
    #: Of the first user, where this start has made it.
    new_password = ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--port", type=int, default=settings.PORT, help="else TEPLIVE_PORT")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start, watch, end."""
        self.port: int = options["port"]
        self.address = f"http://{settings.HOST}:{self.port}/"
        lock = self._lock(settings.DATA_DIR / "up.lock")
        pid_file = settings.DATA_DIR / "up.pids"
        left = reap(pid_file) + reap(settings.DATA_DIR / "broker.pid")
        if left:
            self._say(f"Ended {left} processes that a killed `up` had left.")
        self._require_free_port()
        self.broker = self._start_broker()
        self.log = LogFile(settings.LOG_DIR, settings.LOG_MEGABYTES, settings.LOG_FILES)
        supervisor = Supervisor(self._children(), pid_file, self._watch, self.log.write)
        self.supervisor = supervisor
        supervisor.install_signals()
        self._broker_checked_at = self._pulses_checked_at = self._rejoin_at = 0.0
        self._rejoined_since = timezone.now()
        self.web_watch = WebWatch(self.port)
        try:
            self._prepare()
            if not supervisor.stopping.is_set():
                self._say("Starting workers, beat and the web server ...")
                # The plants first; all at once they would only wait for each other's imports.
                supervisor.start({"plant", "beat"})
                call_command("collectstatic", interactive=False, verbosity=0)
                supervisor.start({"web"})
                trainer = self._trainer()
                self._announce()
                self.web_watch.start()
                supervisor.children += trainer
                connection.close()
                supervisor.start()
                supervisor.run()
        finally:
            self.web_watch.stop()
            self._say("Ending ...")
            supervisor.stop()
            if self.broker is not None:
                self.broker.stop()
            lock.close()
        self._say("Ended.")

    # -- before the children -------------------------------------------------------------------

    def _lock(self, path: Path) -> TextIO:
        """Allow one `up` on a data folder."""
        handle = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            raise CommandError(
                f"TEP Live runs already on {settings.DATA_DIR} (process {handle.read().strip()}). "
                "End it first, or set another TEPLIVE_DATA_DIR and TEPLIVE_PORT."
            ) from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        return handle

    def _require_free_port(self) -> None:
        with socket.socket(socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.HOST, self.port))
            except OSError as error:
                raise CommandError(
                    f"Port {self.port} on {settings.HOST} cannot be used ({error.strerror}). Set "
                    "TEPLIVE_PORT to a free one."
                ) from error

    def _start_broker(self) -> EmbeddedBroker | None:
        if not settings.BROKER_IS_EMBEDDED:
            try:
                self._flush_channel_layer()
            except redis.RedisError as error:
                raise CommandError(
                    f"The broker that REDIS_URL names cannot be used ({error}). Start it, or unset "
                    "REDIS_URL to use the embedded one."
                ) from error
            return None
        broker = EmbeddedBroker(settings.DATA_DIR, settings.EMBEDDED_BROKER_SOCKET)
        try:
            broker.start()
        except (ValkeyServerError, OSError) as error:
            raise CommandError(
                f"The embedded broker did not start ({error}). Set REDIS_URL to use your own."
            ) from error
        return broker

    def _flush_channel_layer(self) -> None:
        """Forget the channels of servers that are gone: they would slow every push."""
        client = redis.Redis.from_url(settings.CHANNEL_LAYER_URL, socket_connect_timeout=3)
        client.flushdb()
        client.close()

    def _prepare(self) -> None:
        """Bring database, first user, detector and plant up to date."""
        if RUNS_AS_ROOT:
            self._say(
                "Warning: this runs as root, and with it every worker. It needs no such rights: "
                "a user of its own is safer."
            )
        self._say("Preparing the database ...")
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except DatabaseError as error:
            raise CommandError(
                f"The database that DATABASE_URL names cannot be used: {error}"
            ) from error
        self._ensure_admin()
        if DetectorModel.active() is None:
            self._say("Compiling the simulator (once per version, about 15 s) ...")
            tep.warm_up()
            call_command("fitdetector", shadow=["sharp", "pca"])
        self._ensure_plant()
        Pulse.beat(Pulse.START)  # from here on the children may take their time to come to life
        connection.close()

    def _trainer(self) -> list[Child]:
        """Train the diagnosis beside the running plant, if it is missing: it takes minutes."""
        if not settings.TRAIN_DIAGNOSIS:
            return []
        kinds = set(DetectorModel.objects.filter(kind__in=("robust", "sharp")).values_list("kind"))
        trained = set(DiagnosisModel.objects.values_list("kind"))
        if kinds <= trained:
            return []
        self._say("Training the diagnosis of alarms in the background (once, a few minutes) ...")
        manage = str(settings.BASE_DIR / "manage.py")
        command = ["nice", "-n", "15", sys.executable, manage, "fitdiagnosis", "--if-missing"]
        return [Child("trainer", command, once=True)]

    def _ensure_admin(self) -> None:
        users = get_user_model().objects
        if users.filter(is_superuser=True).exists():
            return
        given = os.environ.get("DJANGO_SUPERUSER_PASSWORD", "")
        password = given or secrets.token_urlsafe(12)
        users.create_superuser("admin", password=password)
        try:
            validate_password(password)
        except ValidationError as weakness:
            self._say(f"Warning: {' '.join(weakness.messages)} Change it before others can log in.")
        if given:
            self._say("Made the user admin with the password of DJANGO_SUPERUSER_PASSWORD.")
        else:
            self._say(
                f"Made the user admin with the password {password}  (shown only now; change it "
                "with `manage.py changepassword admin`)",
                is_secret=True,
            )
            self.new_password = password

    def _ensure_plant(self) -> None:
        if Plant.objects.exists():
            return
        preset = SpeedPreset.objects.filter(slug="demo").first()
        plant = Plant.objects.create(name=DEFAULT_PLANT, description="The first plant.")
        if preset is not None:
            plant.set_speed(preset=preset)
        plant.start()

    # -- the children --------------------------------------------------------------------------

    def _children(self) -> list[Child]:
        plant = ["-c", "4", "-Q", "simulate,analyse", "-n", "plant@%h"]
        explain = ["-c", "6", "-Q", "explain", "-n", "explain@%h"]
        web = ["-v", "0", "-b", settings.HOST, "-p", str(self.port), "teplive.asgi:application"]
        return [
            Child("plant", [*CELERY, *WORKER, *plant, *QUIET]),
            Child("explain", [*CELERY, *WORKER, *explain, *QUIET]),
            Child("beat", [*CELERY, "beat", "-l", "warning", "--pidfile="]),
            Child("web", [sys.executable, "-m", "daphne", *web]),
        ]

    def _watch(self) -> None:
        """Look after what a living process does not show: the broker, and children that hang."""
        self._watch_broker()
        self._restart_who_did_not_rejoin()
        now = time.monotonic()
        if now - self._pulses_checked_at < PULSE_CHECK_SECONDS:
            return
        self._pulses_checked_at = now
        self._restart_if_hung("web", self.web_watch.silence)
        try:
            pulses = {stage: Pulse.age(stage) for stage in PULSE_OF.values()}
        except DatabaseError:
            connection.close()
            return  # the children can do nothing either; the pages say so
        for name, stage in PULSE_OF.items():
            age = pulses[stage]
            self._restart_if_hung(name, math.inf if age is None else age.total_seconds())

    def _restart_if_hung(self, name: str, silence: float) -> None:
        age = self.supervisor.age(name)
        if self.supervisor.child(name).is_hung(silence, age, HUNG_SECONDS):
            lasted = min(silence, age)
            self._say(f"{name} has given no sign of life for {lasted:.0f} s: restarting it.")
            self.supervisor.restart({name})

    def _watch_broker(self) -> None:
        """Revive the embedded broker."""
        now = time.monotonic()
        if self.broker is None or now - self._broker_checked_at < BROKER_CHECK_SECONDS:
            return
        self._broker_checked_at = now
        if self.broker.is_running():
            return
        self._say("The embedded broker is gone; starting it again.")
        try:
            self.broker.revive()
        except (ValkeyServerError, OSError) as error:
            self._say(f"The embedded broker did not start: {error}")
            return
        self._rejoined_since, self._rejoin_at = timezone.now(), now + REJOIN_SECONDS

    def _restart_who_did_not_rejoin(self) -> None:
        """Restart the processes that hang on the broker that died."""
        if not self._rejoin_at or time.monotonic() < self._rejoin_at:
            return
        try:
            beaten = dict(Pulse.objects.values_list("stage", "beaten_at"))
        except DatabaseError:
            connection.close()
            return
        self._rejoin_at = 0.0
        for name, stages in REJOINED.items():
            is_back = any(
                (at := beaten.get(stage)) is not None and at > self._rejoined_since
                for stage in stages
            )
            if not is_back and self.supervisor.age(name) > REJOIN_SECONDS:
                self._say(f"{name} did not find back to the broker: restarting it.")
                self.supervisor.restart({name})

    def _announce(self) -> None:
        """Say where it is, as soon as the web server answers."""
        while not self.supervisor.stopping.wait(0.1):
            try:
                socket.create_connection((settings.HOST, self.port), timeout=2).close()
                break
            except OSError:
                for child in self.supervisor.children:
                    self.supervisor.revive(child)
        else:
            return
        self._say("")
        self._say(self.style.SUCCESS(f"  TEP Live is at {self.address}"))
        self._say("  Log in as admin. Ctrl-C ends everything.")
        if self.new_password:  # what came since has pushed the line with it out of sight
            self._say(f"  Its password is {self.new_password}", is_secret=True)
        self._say("")

    def _say(self, text: str, *, is_secret: bool = False) -> None:
        """Print a line; a secret one is for the terminal alone, not for the log file."""
        if self.log is not None and not is_secret:
            self.log.write(f"{'up':>8} | {text}")
        with contextlib.suppress(OSError, ValueError):  # the terminal may be gone
            self.stdout.write(text)
            self.stdout.flush()
