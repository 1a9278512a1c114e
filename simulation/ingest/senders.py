"""Two ways to a plant for a program that feeds it: over HTTP, and straight into the database."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2
from django.db import OperationalError

from simulation.ingest.bodies import BodyRefused, feed_of
from simulation.ingest.counting import count_refused
from simulation.ingest.storing import StepConflict, store_rows
from simulation.models import Plant, PlantError

TIMEOUT_SECONDS = 30.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0


class Refused(Exception):
    """The plant does not take what was sent, and would not if it were sent again."""


class Unreachable(Exception):
    """No answer, or one that asks to come again; `wait` says when, where it is known."""

    def __init__(self, said: str, wait: float | None = None) -> None:
        super().__init__(said)
        self.wait = wait


@dataclass(frozen=True)
class Target:
    """Where the plant stands."""

    plant_id: int
    run: int | None
    last_step: int


@dataclass(frozen=True)
class Sent:
    """What became of one post."""

    accepted: int
    duplicate: int
    bad: int
    last_step: int


class Sender(Protocol):
    """A way to a plant. Each call raises Refused or Unreachable."""

    def find(self, name: str) -> Target | None:
        """Return where the plant stands, None if there is none of the name."""

    def create(self, name: str, variables: int) -> Target:
        """Make a running plant that is fed from outside."""

    def send(self, target: Target, rows: list[dict[str, Any]]) -> Sent:
        """Store rows, all or none."""


class HttpSender:
    """Over the API, with a token."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx2.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            timeout=TIMEOUT_SECONDS,
        )

    def find(self, name: str) -> Target | None:
        """Ask the server for its plants."""
        plants = self._call("GET", "/api/status")["plants"]
        found = next((plant for plant in plants if name in (plant["name"], str(plant["id"]))), None)
        return found and Target(found["id"], found["run"], found["step"])

    def create(self, name: str, variables: int) -> Target:
        """Ask the server to make it; needs the role engineer."""
        made = self._call("POST", "/api/plants", {"name": name, "variables": variables})
        return Target(made["id"], made["run"], made["step"])

    def send(self, target: Target, rows: list[dict[str, Any]]) -> Sent:
        """Post the rows as one batch."""
        body = {"run": target.run, "rows": rows}
        told = self._call("POST", f"/api/plants/{target.plant_id}/ingest", body)
        return Sent(told["accepted"], told["duplicate"], told["bad"], told["last_step"])

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        try:
            response = self._client.request(method, path, content=content)
        except httpx2.TransportError as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error
        except (httpx2.InvalidURL, ValueError) as error:
            raise Refused(f"{self._client.base_url}: {error}") from error
        if response.status_code == 429 or response.status_code >= 500:
            raise Unreachable(_said_in(response), _wait_in(response))
        if response.status_code >= 300:
            raise Refused(_said_in(response))
        try:
            return response.json()
        except ValueError as error:
            raise Refused(f"{self._client.base_url} does not answer as TEP Live does.") from error


class DirectSender:
    """Into the database of this installation, without a server."""

    def find(self, name: str) -> Target | None:
        """Look the plant up."""
        plant = Plant.objects.select_related("current_run").filter(name=name).first()
        return None if plant is None else self._target(plant)

    def create(self, name: str, variables: int) -> Target:
        """Make the plant."""
        plant = Plant.objects.create(name=name, source=Plant.Source.OUTSIDE, variables=variables)
        plant.start()
        return self._target(plant)

    def send(self, target: Target, rows: list[dict[str, Any]]) -> Sent:
        """Store the rows."""
        plant = Plant.objects.get(pk=target.plant_id)
        try:
            feed = feed_of({"rows": rows}, plant.variables)
            receipt = store_rows(plant, feed.rows, run=target.run)
        except BodyRefused as error:
            count_refused(plant, error.refusals.values(), error.held_back)
            raise Refused(_in_words(error.as_json())) from error
        except StepConflict as error:
            raise Refused(f"{error} {error.hint}") from error
        except PlantError as error:
            raise Refused(f"{error} {error.hint}") from error
        except OperationalError as error:
            raise Unreachable(f"The database: {error}") from error
        return Sent(receipt.accepted, receipt.duplicates, receipt.bad, receipt.last_step)

    @staticmethod
    def _target(plant: Plant) -> Target:
        run = plant.current_run
        return Target(plant.pk, run.number if run else None, plant.step)


def until_answered(
    act: Callable[[], Any],
    *,
    pause: Callable[[float], None],
    tell: Callable[[str], None],
    give_up_after: float | None = None,
) -> Any:
    """Repeat a call until it is answered, with longer and longer pauses. Raises Refused.

    `tell` hears of each new trouble and of its end. Raises Unreachable once the pauses add up to
    `give_up_after` seconds (None: never).
    """
    waited, next_pause, told = 0.0, FIRST_PAUSE_SECONDS, ""
    while True:
        try:
            answer = act()
        except Unreachable as error:
            if give_up_after is not None and waited >= give_up_after:
                raise
            seconds = next_pause if error.wait is None else max(error.wait, FIRST_PAUSE_SECONDS)
            if str(error) != told:
                told = str(error)
                tell(f"{told} Trying again.")
            pause(seconds)
            waited += seconds
            next_pause = min(2.0 * next_pause, LONGEST_PAUSE_SECONDS)
        else:
            if told:
                tell(f"Answered again after {waited:.1f} s.")
            return answer


def _said_in(response: httpx2.Response) -> str:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or "error" not in body:
        return f"The server answered {response.status_code}."
    return f"{response.status_code}: {_in_words(body)}"


def _in_words(body: dict[str, Any]) -> str:
    """Return error, first refused rows and hint as one text."""
    parts = [str(body["error"])]
    for row in body.get("rows", [])[:3]:
        fields = row.get("fields", {})
        said = [sentence for sentences in fields.values() for sentence in sentences]
        if said and len(body["rows"]) >= 1 and "fields" not in body:
            parts.append(f"Row {row['row']} of this post: {' '.join(said[:3])}")
    parts.append(str(body.get("hint", "")))
    return " ".join(filter(None, parts))


def _wait_in(response: httpx2.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None
