"""The short form of `make chaos`, and a model that hangs: the stream goes on and loses nothing."""

import os
import re
import subprocess
import sys

import pytest

from tests.explainer.llm_server import HANGS, Raw, Refuses, language_server
from tests.stack import ON_SERVICES, REPOSITORY, Stack

pytestmark = pytest.mark.stack


@pytest.mark.skipif(ON_SERVICES, reason="it kills the broker, so it starts its own")
def test_processes_killed_at_random_lose_and_double_nothing():
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO_", "TEPLIVE_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--seconds", "25", "--kills", "6", "--seed", "7"],
        cwd=REPOSITORY,
        env=kept,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^kills +6:", done.stdout, re.MULTILINE)
    assert re.search(r"^gaps +0$", done.stdout, re.MULTILINE)
    assert re.search(r"^doubles +0$", done.stdout, re.MULTILINE)


def test_a_model_that_hangs_fails_or_babbles_holds_up_neither_steps_nor_analyses(data_dir):
    with language_server() as server:
        server.play(Refuses(500), Refuses(429), Raw(b"<html>hello"), HANGS)
        stack = Stack(data_dir, ANTHROPIC_API_KEY="of-nobody", ANTHROPIC_BASE_URL=server.url)
        stack.start()
        try:
            stack.request("/api/plants/1/speed", {"interval_seconds": 0.2})
            stack.request("/api/plants/1/detector", {"min_explanation_seconds": 0})
            stack.wait_plant("some normal samples", lambda p: p["analyses"] >= 10, 60)
            assert stack.request("/api/plants/1/injections", {"idv": 6})[0] == 200
            assert server.asked.wait(60), "the alarm has the model asked"
            server.hang()  # every further question, the retry of the first one too
            before = stack.plant()
            after = stack.wait_plant(
                "steps and analyses go on",
                lambda p: p["analyses"] >= before["analyses"] + 60 or p["state"] == "tripped",
                60,
            )
            assert after["analyses"] > before["analyses"] + 20
            stack.wait_plant("the embedded explanation", lambda p: p["explanations"] >= 1)
        finally:
            server.release.set()
            stack.stop()
