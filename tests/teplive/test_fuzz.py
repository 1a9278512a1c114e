"""Requests made from the OpenAPI description, good and bad: nothing breaks, all is as described.

`make fuzz` sends thousands, also to the real processes; TEPLIVE_FUZZ_REQUESTS says how many.
"""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from accounts.models import ApiToken
from simulation.models import Plant
from tests.accounts.callers import Caller
from tests.description import complaint, described_path, description
from tests.monitoring.pages import client_of, run_for

#: How many requests at the least, and the seed that makes them the same in every run.
REQUESTS = int(os.environ.get("TEPLIVE_FUZZ_REQUESTS", "400"))
SEED = int(os.environ.get("TEPLIVE_FUZZ_SEED", "1"))
#: Requests of one kind in a row; the calls take turns, so that they meet one another's effects.
TURN = 10
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FROBNICATE")
#: Django logs a host that is not served as an error of security; it is the sender's.
WRONG_HOST = "django.security.DisallowedHost"
STRANGE_HEADERS: list[dict[str, str]] = [
    {"Accept": "text/html"},
    {"Accept": "application/xml;q=x, */*;q=0"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json; charset=utf-7"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Encoding": "gzip"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Accept-Language": "\x7f"},
    {"If-Modified-Since": "never"},
    {"Range": "bytes=0-1"},
    {"Host": "elsewhere.example"},
]
#: In a few of the requests the one or other thing is not as the description would have it.
oddities = st.fixed_dictionaries(
    {
        "known_plant": st.integers(0, 9).map(lambda n: n < 7),
        "method": st.one_of(*[st.none()] * 7, st.sampled_from(METHODS)),
        "headers": st.one_of(*[st.just({})] * 7, st.sampled_from(STRANGE_HEADERS)),
        "who": st.sampled_from([*["admin"] * 5, "engineer", "viewer", "session", "stranger"]),
        "which": st.integers(0, 2),
    }
)


def kinds(schema: Any) -> list[st.SearchStrategy[Any]]:
    """Requests to each described call: as described, and against the description."""
    found = []
    for result in schema.get_all_operations():
        operation = result.ok()
        found.append(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        if "{" in operation.path or operation.body or operation.query:
            found.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    return found


class Fuzz:
    """Sends requests, and remembers everything that was wrong with an answer."""

    def __init__(self, plants: list[int], headers: dict[str, dict[str, str]]) -> None:
        self.plants, self.headers = plants, headers
        self.wrong: dict[str, str] = {}
        self.statuses: Counter[int] = Counter()
        self.calls: set[tuple[str, str]] = set()
        self.began = time.monotonic()

    def run(self, schema: Any, requests: int, send: Callable[[Any, dict[str, Any]], None]) -> None:
        """Send at least so many requests, the kinds of them taking turns."""
        turn = SEED * 1_000_000
        found = kinds(schema)
        limits = settings(
            max_examples=TURN,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        while self.statuses.total() < requests:
            for kind in found:
                turn += 1
                seed(turn)(limits(given(kind, oddities)(send)))()

    def send(self, case: Any, odd: dict[str, Any], **where: Any) -> None:
        if "id" in case.path_parameters and odd["known_plant"]:
            case.path_parameters["id"] = self.plants[odd["which"] % len(self.plants)]
        if odd["method"]:
            case.method = odd["method"]
        if odd["who"] != "stranger":
            case.headers.pop("Authorization", None)
            case.cookies = {}
        headers = {**self.headers.get(odd["who"], {}), **odd["headers"]}
        response = case.call(headers=headers, **where)
        self.statuses[response.status_code] += 1
        path = unquote(case.formatted_path)
        if name := described_path(path):
            self.calls.add((case.method, name))
        kind = response.headers.get("content-type", [""])[0]
        if case.method == "HEAD" and response.status_code in {200, 400, 401, 404, 405, 406, 503}:
            return  # it has no body
        if "base_url" in where and response.status_code == 400 and not response.content:
            return  # the web server's own answer to HTTP that no application gets to see
        if case.method == "OPTIONS" and response.status_code == 200:
            return
        said = complaint(case.method, path, response.status_code, kind, response.content)
        if said is None and response.status_code == 405:
            said = None if "allow" in response.headers else f"{case.method} {path}: no Allow"
        if said is not None:
            self.note(said, case, headers)

    def note(self, said: str, case: Any, headers: dict[str, str]) -> None:
        key = f"{case.method} {case.path}: {said.split(' answered ')[-1][:60]}"
        shown = {name: value for name, value in headers.items() if name != "Authorization"}
        self.wrong.setdefault(key, f"{said}\n    {case!r} {shown}"[:1500])

    def report(self) -> None:
        took = time.monotonic() - self.began
        described = {
            (method.upper(), path)
            for path, item in description()["paths"].items()
            for method in item
        }
        assert described <= self.calls
        by_status = ", ".join(f"{code}: {n}" for code, n in sorted(self.statuses.items()))
        print(
            f"\n{sum(self.statuses.values())} requests in {took:.0f} s to {len(self.calls)} calls; "
            f"by status {by_status}"
        )
        assert not self.wrong, "\n\n".join(self.wrong.values())


@pytest.fixture
def fleet(plant, detector) -> list[Plant]:
    """A plant that runs with an alarm, one that was stopped, one that was never started."""
    plant.reset(4651207995)
    plant.start()
    run_for(plant, 8)
    plant.inject([6])
    run_for(plant, 12)
    stopped = Plant.objects.create(name="TEP 2", interval_seconds=2.0)
    stopped.start()
    stopped.stop()
    return [plant, stopped, Plant.objects.create(name="TEP 3")]


@contextmanager
def within_the_transaction() -> Iterator[Any]:
    """The product as a WSGI application that works on the test's own connection.

    Django's test client, which does the same, puts the signals back after each of its requests.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    logging.getLogger(WRONG_HOST).propagate = False
    yield get_wsgi_application()
    logging.getLogger(WRONG_HOST).propagate = True
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
def test_no_request_breaks_the_api_and_every_answer_is_as_described(fleet, make_user, caplog):
    users = {role: make_user(role) for role in ("admin", "engineer", "viewer")}
    headers = {
        role: {"Authorization": f"Bearer {ApiToken.issue(user, 'fuzz')[1]}"}
        for role, user in users.items()
    }
    cookie = client_of(users["admin"]).cookies["sessionid"].value
    headers["session"] = {"Cookie": f"sessionid={cookie}"}
    schema = schemathesis.openapi.from_dict(Caller(users["viewer"]).get("/api/schema").json())
    fuzz = Fuzz([plant.pk for plant in fleet], headers)

    def send(case, odd):
        caplog.clear()
        fuzz.send(case, odd)
        if any(record.levelno >= logging.ERROR for record in caplog.records):
            fuzz.note(f"{case.method} logged {caplog.text[-800:]}", case, {})

    with caplog.at_level(logging.WARNING), within_the_transaction() as schema.app:
        fuzz.run(schema, REQUESTS, send)
    fuzz.report()


@pytest.mark.django_db
@pytest.mark.parametrize("path", list(description()["paths"]))
def test_a_method_that_is_not_described_is_answered_with_405_and_what_is_allowed(
    path, plant, make_user
):
    told = description()["paths"][path]
    caller = Caller(make_user("admin"))
    address = path.replace("{id}", str(plant.pk)).replace("{action}", "start")
    address = address.replace("{code}", "detector")
    for name in ("{idv}", "{number}", "{branch}"):
        address = address.replace(name, "4")
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FROBNICATE"):
        if method.lower() not in told:
            answer = caller.client.generic(method, address, headers=caller.headers)
            assert complaint(method, address, answer.status_code, answer["Content-Type"], answer.content) is None  # fmt: skip # noqa: E501
            assert answer.status_code == 405
            allowed = {word.strip().lower() for word in answer["Allow"].split(",")}
            assert set(told) <= allowed
            assert method.lower() not in allowed
