"""Every part of the running product is frozen and killed: page, /healthz and doctor name it.

Then it is let go, or started again by the runner, and the state goes green by itself. One running
product for all. The runner is frozen meanwhile, so that nobody mends a part while it is looked at.
"""

import json
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from tests.stack import ON_SERVICES, Stack, manage

# Not on other services again: what the stages say of them is in test_stages, which is.
pytestmark = pytest.mark.stack

#: At an interval of 1 s, ten seconds are longer than three intervals.
NAMED_WITHIN = 10.0
HEALED_WITHIN = 45.0

#: Part of the command line, the stage that /healthz and the page name, how doctor names it.
PARTS = {
    "plant worker": ("plant@", "simulate", "worker of simulate"),
    "explain worker": ("explain@", "explain", "worker of explain"),
    "beat": (" beat", "clock", "beat"),
}
if not ON_SERVICES:
    PARTS["broker"] = ("valkey-server", "broker", "broker")


@pytest.fixture(scope="module")
def product(running_product):
    """The shared product at a sample a second, all green."""
    running_product.request("/api/plants/1/speed", {"preset": "demo"})
    running_product.request("/api/plants/1/reset", {})
    wait_until_green(running_product)
    running_product.cookie = running_product.log_in()
    return running_product


def healthz(stack: Stack) -> tuple[int, dict]:
    try:
        return stack.request("/healthz")
    except OSError as error:  # the web server is what has stopped
        return 0, {"stage": "", "error": str(error)}


def wait_until_green(stack: Stack) -> None:
    stack.wait("all green", lambda: healthz(stack)[0] == 200, HEALED_WITHIN)


def strip_of(stack: Stack) -> str:
    request = urllib.request.Request(
        stack.url + "/plants/1/stages/", headers={"Cookie": stack.cookie}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode()


def doctor(stack: Stack) -> tuple[int, dict, float]:
    began = time.monotonic()
    done = manage(stack.data_dir, "doctor", "--json", TEPLIVE_PORT=str(stack.port), **stack.more)
    assert done.stdout.startswith("{"), done.stderr
    return done.returncode, json.loads(done.stdout), time.monotonic() - began


@contextmanager
def frozen(stack: Stack, pattern: str):
    """The part hangs: it lives and does nothing."""
    with without_runner(stack, pattern) as victims:
        for process in victims:
            process.suspend()
        try:
            yield
        finally:
            for process in victims:
                process.resume()


@contextmanager
def dead(stack: Stack, pattern: str):
    """The part was killed, and nobody starts it again yet."""
    with without_runner(stack, pattern) as victims:
        for process in victims:
            process.kill()
        yield


@contextmanager
def without_runner(stack: Stack, pattern: str):
    """The part's processes, while nobody looks after them."""
    victims = stack.children(pattern)
    assert victims, f"no child matches {pattern!r}"
    runner = stack.runner
    runner.suspend()
    try:
        yield victims
    finally:
        runner.resume()


HOW = {"frozen": frozen, "killed": dead}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_stops_is_named_everywhere_in_time_and_goes_green_by_itself(product, part, how):
    pattern, stage, in_doctor = PARTS[part]
    wait_until_green(product)
    with HOW[how](product, pattern):
        stopped_at = time.monotonic()
        product.wait(
            f"/healthz names {stage}",
            lambda: (told := healthz(product)[1]).get("stage") == stage and told,
            NAMED_WITHIN + 5,
        )
        took = time.monotonic() - stopped_at
        strip = strip_of(product)
        code, told, seconds = doctor(product)
    print(f"{part} {how}: named after {took:.1f} s, doctor took {seconds:.1f} s")
    assert took <= NAMED_WITHIN, f"{part} {how}: named after {took:.1f} s"
    assert f"at the {stage}" in strip or f"at {stage}:" in strip
    assert code == 1
    assert told["culprit"]["name"] == in_doctor, told
    assert told["culprit"]["remedy"]
    assert seconds < 20  # under 10 s for the checks, the rest for a busy machine to start Python
    wait_until_green(product)
    before = product.plant()["readings"]
    product.wait_plant("new readings", lambda p: p["readings"] >= before + 2)


@pytest.mark.parametrize("how", HOW)
def test_a_web_server_that_stops_is_named_by_doctor_and_comes_back(product, how):
    wait_until_green(product)
    with HOW[how](product, "daphne"):
        with pytest.raises((OSError, urllib.error.URLError)):
            urllib.request.urlopen(product.url + "/healthz", timeout=3)
        code, told, _ = doctor(product)
    assert code == 1
    assert told["culprit"]["name"] == "web", told
    assert "daphne" in told["culprit"]["remedy"]
    wait_until_green(product)
    assert doctor(product)[0] == 0


def test_a_killed_part_is_started_again_by_the_runner_and_nothing_stays_red(product):
    wait_until_green(product)
    product.kill("plant@|explain@| beat")
    before = product.plant()["readings"]
    product.wait_plant("new readings", lambda p: p["readings"] >= before + 3, HEALED_WITHIN)
    wait_until_green(product)
