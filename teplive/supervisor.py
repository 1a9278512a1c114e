"""A small process supervisor: starts children, restarts one that dies, ends them all."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

#: A child is started again at once, as long as it has not died more often than this in a minute:
#: a stray kill costs little. One that keeps dying is restarted ever more slowly.
QUICK_RESTARTS, WINDOW_SECONDS = 8, 60.0
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.1, 15.0
POLL_SECONDS = 0.1
#: On a machine that is too busy, a start can take longer than a hang may last. Who is killed before
#: it came to life gets twice the time at its next start, up to this: else each start would only
#: make the machine busier, and none would ever succeed.
LONGEST_START_SECONDS = 480.0


@dataclass
class Child:
    """One process to keep alive."""

    name: str
    argv: list[str]
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    delay: float = FIRST_DELAY_SECONDS
    deaths: list[float] = field(default_factory=list)
    is_expected: bool = False
    start_factor: float = 1.0
    """How much longer than a hang its start may last."""
    last_lines: list[str] = field(default_factory=list)
    once: bool = False
    """It has a task that ends: done with code 0 it is not started again, and failed not at once."""

    def start(self, say: Callable[[str], None]) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches only the supervisor."""
        self.process = subprocess.Popen(  # noqa: S603  (fixed commands of this project)
            self.argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.started_at = time.monotonic()
        threading.Thread(target=self._relay, args=(self.process, say), daemon=True).start()

    def _relay(self, process: subprocess.Popen[str], say: Callable[[str], None]) -> None:
        """Print what the process prints, with its name before it."""
        for line in process.stdout or ():
            self.last_lines = [*self.last_lines[-4:], line.rstrip()]
            say(f"{self.name:>8} | {line.rstrip()}")

    def next_delay(self, now: float) -> float:
        """Return after how many seconds to start it again, now that it has died."""
        if self.is_expected:
            return FIRST_DELAY_SECONDS
        if self.once:
            return LONGEST_DELAY_SECONDS
        self.deaths = [*(died for died in self.deaths if now - died < WINDOW_SECONDS), now]
        if len(self.deaths) <= QUICK_RESTARTS:
            return FIRST_DELAY_SECONDS
        return min(self.delay * 2, LONGEST_DELAY_SECONDS)

    def is_hung(self, silence: float, age: float, patience: float) -> bool:
        """Tell whether it has been silent for too long, all in seconds; `age` is since its start.

        Asked until it says yes; then the child is to be started again.
        """
        has_lived = silence < age
        if has_lived:
            self.start_factor = 1.0
        allowed = patience if has_lived else patience * self.start_factor
        if min(silence, age) <= allowed:
            return False
        if not has_lived:
            self.start_factor = min(2 * self.start_factor, LONGEST_START_SECONDS / patience)
        return True

    def signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """Runs children until a signal asks it to end; `watch` is called about ten times a second.

    The pids are kept in `pid_file`, so that the next start can end what a killed supervisor left.
    """

    def __init__(
        self,
        children: list[Child],
        pid_file: Path,
        watch: Callable[[], None],
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.log = log
        self.children = children
        self.pid_file = pid_file
        self.watch = watch
        self.stopping = threading.Event()
        self._printing = threading.Lock()

    def say(self, line: str) -> None:
        """Print one line; lines of different children do not mix.

        A terminal that was closed or a full disk must not end the plants.
        """
        self.log(line)
        with self._printing, contextlib.suppress(OSError, ValueError):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def install_signals(self) -> None:
        """End on Ctrl-C, SIGTERM and a closed terminal."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())

    def start(self, names: set[str] | None = None) -> None:
        """Start the children of these names, by default all that have not been started."""
        for child in self.children:
            if child.process is None and (names is None or child.name in names):
                child.start(self.say)
        self._note_pids()

    def run(self) -> None:
        """Keep the children alive until asked to end."""
        while not self.stopping.wait(POLL_SECONDS):
            self.watch()
            for child in self.children:
                self.revive(child)

    def restart(self, names: set[str]) -> None:
        """Kill some children; `run` starts them again."""
        for child in self.children:
            if child.name in names:
                child.is_expected = child.process is not None and child.process.poll() is None
                child.signal(signal.SIGKILL)

    def child(self, name: str) -> Child:
        """Return the child of that name."""
        return next(child for child in self.children if child.name == name)

    def age(self, name: str) -> float:
        """Return how many seconds a child has been up, 0 while it is not."""
        for child in self.children:
            if child.name == name and child.process is not None and child.process.poll() is None:
                return time.monotonic() - child.started_at
        return 0.0

    def stop(self, patience_seconds: float = 8.0) -> None:
        """Ask all children to end, the last started first; kill those that do not."""
        for child in reversed(self.children):
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + patience_seconds
        for child in reversed(self.children):
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not end in {patience_seconds:g} s: killed.")
                child.signal(signal.SIGKILL)
                child.process.wait()
        with contextlib.suppress(OSError):
            self.pid_file.unlink(missing_ok=True)

    def revive(self, child: Child) -> None:
        """Start a child again that has ended, after its delay."""
        if child.process is None or child.process.poll() is None:
            return
        if child.once and child.process.returncode == 0:
            return
        now = time.monotonic()
        if not child.restart_at:
            lived = now - child.started_at
            child.delay = child.next_delay(now)
            child.is_expected = False
            child.restart_at = now + child.delay
            self.say(
                f"{child.name} ended with code {child.process.returncode} after {lived:.0f} s; "
                f"starting it again in {child.delay:.1f} s."
            )
        elif now >= child.restart_at:
            child.restart_at = 0.0
            try:
                child.start(self.say)
            except OSError as error:
                child.delay = min(child.delay * 2, LONGEST_DELAY_SECONDS)
                child.restart_at = now + child.delay
                self.say(f"{child.name} cannot be started: {error}")
            self._note_pids()

    def _note_pids(self) -> None:
        lines = []
        for child in self.children:
            if child.process is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process = psutil.Process(child.process.pid)
                    lines.append(f"{process.pid} {process.create_time()}")
        try:
            self.pid_file.write_text("\n".join(lines), encoding="ascii")
        except OSError as error:
            self.say(f"The process numbers cannot be kept in {self.pid_file}: {error}")


def reap(pid_file: Path) -> int:
    """End the processes that a killed supervisor left. Returns how many.

    A pid alone may have been given to somebody else; pid and start time together are the process.
    """
    try:
        lines = pid_file.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return 0
    left = []
    for line in lines:
        pid, _, created = line.partition(" ")
        with contextlib.suppress(psutil.NoSuchProcess, ValueError):
            process = psutil.Process(int(pid))
            if abs(process.create_time() - float(created)) < 0.05:
                left.append(process)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=5)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    pid_file.unlink(missing_ok=True)
    return len(left)
