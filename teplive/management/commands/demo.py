"""`manage.py demo`: the scripted tour, told scene by scene."""

import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from accounts.commands import ActingCommand
from simulation.models import PlantError, Pulse
from teplive.demo import tour as tours
from teplive.demo.conditions import links
from teplive.demo.scenes import SCENES
from teplive.models import DemoTour

#: The clock beats every second while the product runs.
ALIVE = timedelta(seconds=5)
LOOK_SECONDS = 0.5
START_SECONDS = 300.0
NOT_REACHED, NOT_RUNNING = 1, 2


class Command(ActingCommand):
    """Begins a tour in the running product and looks on."""

    help = (
        "Run the demonstration: normal operation, a fault, the alarm, its explanation, what would "
        "have been without the fault, and the recovery, in about five minutes on a plant of its "
        "own. Needs the product running (`make run`), or --up. Ctrl-C stops it. Exit code 0: every "
        "scene was reached; 1: not every one; 2: the product does not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--up", action="store_true", help="start everything first, and end it afterwards"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        product = None
        if not self._is_running():
            if not options["up"]:
                raise CommandError(
                    "TEP Live does not run on this data folder: no clock beats. Start it with "
                    "`make run` in another terminal, or let `manage.py demo --up` start it.",
                    returncode=NOT_RUNNING,
                )
            product = self._start()
        try:
            self._show()
        finally:
            if product is not None:
                self._say("Ending the product ...")
                product.terminate()
                product.wait(60)

    def _is_running(self) -> bool:
        try:
            age = Pulse.age("clock")
        except DatabaseError:
            return False
        return age is not None and age < ALIVE

    def _start(self) -> "subprocess.Popen[bytes]":
        self._say("Starting everything; the first time takes some minutes ...")
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up"]
        product = subprocess.Popen(command)  # noqa: S603  (our own program)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_running():
            if product.poll() is not None or time.monotonic() > deadline:
                product.terminate()
                raise CommandError("It did not start; see above.", returncode=NOT_RUNNING)
            time.sleep(LOOK_SECONDS)
        return product

    def _show(self) -> None:
        try:
            tour = tours.begin(None)
        except PlantError as error:
            raise CommandError(f"{error} {error.hint}", returncode=NOT_REACHED) from error
        self.address = f"http://{settings.HOST}:{settings.PORT}"
        self._say(f"Look on at {self.address}/plants/{tour.plant_id}/ and {self.address}/demo/")
        try:
            tour = self._follow(tour.pk)
        except KeyboardInterrupt:
            tours.steer(tour.pk, "stop", None)
            self._say("Stopped.")
            raise SystemExit(NOT_REACHED) from None
        if not tour.reached_all:
            missed = [one["title"] for one in tour.log if not one["reached"]]
            shown = len(tour.log)
            words = tour.why_stopped or f"Not reached: {', '.join(missed)}."
            raise CommandError(f"{words} ({shown} of {len(SCENES)} scenes shown.)")
        self._say("Every scene was reached.")

    def _follow(self, pk: int) -> DemoTour:
        """Print each scene as it begins and ends; return the tour when it has ended."""
        told, announced, shown, was_running = 0, -1, set(), True
        while True:
            tour = DemoTour.objects.select_related("plant", "alarm", "twin").get(pk=pk)
            for entry in tour.log[told:]:
                self._say(f"    {'' if entry['reached'] else 'NOT REACHED: '}{entry['words']}")
            told = len(tour.log)
            if not tour.is_going:
                return tour
            if tour.scene != announced:
                announced = tour.scene
                self._say(f"{tour.number} of {len(SCENES)}  {tour.current.title}")
                self._say(f"    {tour.current.now}")
                self._say(f"    Look: {tour.current.look}")
            for words, address in links(tour):
                if address not in shown:
                    shown.add(address)
                    self._say(f"    {words}: {self.address}{address}")
            is_running = self._is_running()
            if was_running and not is_running:
                self._say("    The clock is silent: `manage.py doctor` says why.")
            was_running = is_running
            time.sleep(LOOK_SECONDS)

    def _say(self, text: str) -> None:
        self.stdout.write(f"{timezone.now():%H:%M:%S} {text}")
        self.stdout.flush()
