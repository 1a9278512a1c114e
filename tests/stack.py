"""The real product as a subprocess: `manage.py up` on a data folder and port of its own."""

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis

REPOSITORY = Path(__file__).resolve().parent.parent
#: With both set (`make test-services`), the product runs on these services instead.
SERVICES = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ}
ON_SERVICES = len(SERVICES) == 2
STACK_DATABASE = "teplive_stack_test"
PASSWORD = "correct-horse-battery"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def services() -> dict[str, str]:
    """The services' settings, with a database and Redis databases of the tests' own."""
    if not ON_SERVICES:
        return {}
    server = SERVICES["DATABASE_URL"].rsplit("/", maxsplit=1)[0]
    return {
        "DATABASE_URL": f"{server}/{STACK_DATABASE}",
        "REDIS_URL": SERVICES["REDIS_URL"],
        "TEPLIVE_BROKER_DB": "12",
        "TEPLIVE_LAYER_DB": "13",
    }


def make_empty_database() -> None:
    """On services: begin with an empty database and an empty broker."""
    if not ON_SERVICES:
        return
    with psycopg.connect(SERVICES["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {STACK_DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {STACK_DATABASE}")
    for number in (12, 13):
        server = "/".join(SERVICES["REDIS_URL"].split("/")[:3])  # a number in it would win
        client = redis.Redis.from_url(f"{server}/{number}")
        client.flushdb()
        client.close()


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """The user's environment without what would point the product elsewhere."""
    dropped = {"DATABASE_URL", "REDIS_URL", "ANTHROPIC_API_KEY", "TEPLIVE_PORT"}
    kept = {k: v for k, v in os.environ.items() if k not in dropped}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "teplive.settings",
        "TEPLIVE_DATA_DIR": str(data_dir),
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "TEPLIVE_TRAIN_DIAGNOSIS": "0",  # it would take a core for a minute at each start
        **services(),
        **more,
    }


def manage(data_dir: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a management command on a data folder."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment(data_dir, **more),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


class Stack:
    """A running product."""

    def __init__(self, data_dir: Path, **more: str) -> None:
        self.data_dir = data_dir
        self.more = more
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "up.log"
        self.process: subprocess.Popen[str] | None = None
        self.token = ""

    def start(self, seconds: float = 300) -> "Stack":
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=REPOSITORY,
                env=environment(self.data_dir, TEPLIVE_PORT=str(self.port), **self.more),
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        try:
            self.wait("the web server answers", self._answers, seconds)
            if not self.token:
                made = manage(self.data_dir, "token", "admin", "--quiet", **self.more)
                assert made.returncode == 0, made.stderr
                self.token = made.stdout.strip()
        except BaseException:  # nobody has it yet who could stop it
            self.stop()
            raise
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)

    def request(self, path: str, body: Any = None, method: str | None = None) -> tuple[int, Any]:
        """Call the API with the admin's token. Returns status code and JSON."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def log_in(self) -> str:
        """Log in over HTTP as the browser does, and return the session cookie."""
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        address = self.url + "/accounts/login/"
        opener.open(address, timeout=20).read()
        crumbs = {cookie.name: cookie.value for cookie in jar}
        form = {
            "username": "admin",
            "password": PASSWORD,
            "csrfmiddlewaretoken": crumbs["csrftoken"],
        }
        data = urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(address, data=data, headers={"Referer": address})
        opener.open(request, timeout=20).read()
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

    def plant(self) -> dict[str, Any]:
        """The status of the first plant."""
        code, status = self.request("/api/status")
        assert code == 200, status
        return status["plants"][0]

    def wait(self, what: str, holds: Callable[[], Any], seconds: float = 30) -> Any:
        """Wait until something holds, and return what it gave."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(f"`up` ended: {self.log.read_text()}")
            if found := holds():
                return found
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s: {what}\n{self.log.read_text()[-3000:]}")

    def wait_plant(
        self, what: str, holds: Callable[[dict[str, Any]], Any], seconds: float = 30
    ) -> dict[str, Any]:
        """Wait until something holds of the first plant, and return its status."""
        return self.wait(what, lambda: holds(p := self.plant()) and p, seconds)

    @property
    def runner(self) -> psutil.Process:
        """The process of `manage.py up` itself."""
        assert self.process is not None
        return psutil.Process(self.process.pid)

    def children(self, pattern: str) -> list[psutil.Process]:
        """The product's processes whose command line matches."""
        assert self.process is not None
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                line = " ".join(process.cmdline())
            except psutil.NoSuchProcess:
                continue
            if re.search(pattern, line):
                found.append(process)
        return found

    def kill(self, pattern: str) -> None:
        """SIGKILL processes of the product by their command line."""
        victims = self.children(pattern)
        assert victims, f"no child matches {pattern!r}"
        for process in victims:
            process.kill()
        psutil.wait_procs(victims, timeout=5)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.url + "/healthz", timeout=5)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True
