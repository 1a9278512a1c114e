"""While the database is out of reach every address answers 503 and names the setting."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import InterfaceError, OperationalError

from accounts.outage import outage_in, words_for

REPOSITORY = Path(__file__).resolve().parents[2]
PASSWORD = "hunter2"
NOWHERE = {
    "PostgreSQL that refuses": f"postgresql://plant:{PASSWORD}@127.0.0.1:1/teplive",
    "SQLite in a folder that is gone": f"sqlite:////nonexistent-{PASSWORD}/teplive.sqlite3",
}


@pytest.fixture(scope="module", params=NOWHERE.values(), ids=NOWHERE.keys())
def answers(request) -> dict[str, dict]:
    """What a server without its database answered."""
    visit = subprocess.run(
        [sys.executable, "-m", "tests.accounts.visit_without_database"],
        cwd=REPOSITORY,
        env={**os.environ, "DATABASE_URL": request.param},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert visit.returncode == 0, visit.stderr[-3000:]
    return json.loads(visit.stdout.splitlines()[-1])


def test_every_address_answers_503(answers):
    assert {name: told["status"] for name, told in answers.items() if told["status"] != 503} == {}


def test_every_answer_names_the_setting(answers):
    assert [name for name, told in answers.items() if "DATABASE_URL" not in told["text"]] == []


def test_no_answer_holds_the_settings_value_or_a_traceback(answers):
    for name, told in answers.items():
        assert PASSWORD not in told["text"], name
        assert "Traceback" not in told["text"], name


def test_programs_get_json_and_browsers_a_page(answers):
    for name, told in answers.items():
        is_program = name.startswith(("API", "health", "page that a program"))
        expected = "application/json" if is_program else "text/html; charset=utf-8"
        assert told["type"] == expected, name
        if is_program:
            assert {"error", "hint"} <= set(json.loads(told["text"])), name


def test_the_health_check_names_the_culprit(answers):
    body = json.loads(answers["health (ASGI)"]["text"])
    assert body["culprit"] == "database"
    assert body["status"] != "ok"


def test_the_answer_says_when_to_come_back(answers):
    for name, told in answers.items():
        if not name.startswith("health"):
            assert told["retry"] == "5", name


def test_the_page_keeps_the_content_security_policy(answers):
    told = answers["page with a session (WSGI)"]
    assert "script-src 'self'" in told["policy"]
    assert "<style" not in told["text"]
    assert "style=" not in told["text"]


def test_a_locked_database_is_called_busy(tmp_path):
    path = tmp_path / "busy.sqlite3"
    holder, other = sqlite3.connect(path), sqlite3.connect(path, timeout=0)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError) as locked:
        other.execute("BEGIN EXCLUSIVE")
    error, hint = words_for(OperationalError(*locked.value.args))
    assert "busy" in error
    assert "PostgreSQL" in hint
    holder.close()
    other.close()


def test_a_database_without_the_tables_is_told_to_migrate(tmp_path):
    empty = sqlite3.connect(tmp_path / "empty.sqlite3")
    with pytest.raises(sqlite3.OperationalError) as lacking:
        empty.execute("SELECT * FROM simulation_plant")
    assert "migrate" in words_for(OperationalError(*lacking.value.args))[1]
    empty.close()


def test_an_outage_is_found_behind_another_exception():
    try:
        try:
            raise InterfaceError("connection already closed")
        except InterfaceError as cause:
            raise RuntimeError("while rendering") from cause
    except RuntimeError as error:
        assert isinstance(outage_in(error), InterfaceError)
    assert outage_in(ValueError("something else")) is None
    assert outage_in(None) is None
