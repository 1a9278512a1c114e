"""Analyses in the earlier shape: the newest, the history, one by its id, files."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from explainer.earlier_form import epoch_ms, moment_of
from explainer.models import Explanation
from monitoring.models import Alarm
from simulation.models import Plant
from tests.accounts.callers import assert_says

pytestmark = pytest.mark.django_db


@pytest.fixture
def analysed(program, alarm_of, explained) -> Alarm:
    """The plant with one alarm that is explained."""
    alarm = alarm_of(6)
    explained(alarm)
    return alarm


def older_copies(count: int) -> None:
    """Finished explanations of the same point, each an hour older than the one before."""
    one = Explanation.objects.get()
    for n in range(1, count + 1):
        one.pk, one.request_key = None, f"request:{n}:embedded"
        one.created_at -= timedelta(hours=1)
        one.save()


def test_an_id_is_the_millisecond_and_leads_back_to_it():
    moment = datetime(2026, 11, 25, 2, 0, 0, 123000, tzinfo=UTC)
    for microseconds in range(0, 3_000, 7):
        at = moment + timedelta(microseconds=microseconds)
        number = epoch_ms(at)
        assert moment_of(number) <= at < moment_of(number + 1)


def test_before_the_first_analysis_there_is_none(program):
    assert program.get("/last_analysis").json() == {"status": "none"}
    assert program.get("/analysis/history").json() == {"items": []}
    assert program.get("/api/analysis/history/download/jsonl").content == b""


def test_the_last_analysis_has_the_earlier_fields(program, analysed):
    told = program.get("/last_analysis").json()
    assert {"timestamp", "feature_analysis", "llm_analyses", "performance_summary"} <= set(told)
    [said] = told["llm_analyses"].values()
    assert said["status"] == "success"
    assert "XMEAS(1)" in told["feature_analysis"]


def test_a_program_without_a_token_is_told_of_its_plant_alone(program, analysed):
    Plant.objects.filter(name="TEP 1").update(name="Moved")
    Plant.objects.create(name="TEP 1")
    assert program.get("/last_analysis").json() == {"status": "none"}
    assert program.get("/analysis/history").json() == {"items": []}


def test_the_history_is_newest_first_and_limited(program, analysed):
    older_copies(14)
    times = [item["timestamp"] for item in program.get("/analysis/history").json()["items"]]
    assert len(times) == 10
    assert times == sorted(times, reverse=True)
    assert len(program.get("/analysis/history", limit=3).json()["items"]) == 3
    assert len(program.get("/api/backend/analysis/history", limit=15).json()["items"]) == 15


@pytest.mark.parametrize("limit", ["0", "-1", "101", "x", "1.5"])
def test_a_limit_that_cannot_be_is_refused(program, limit):
    assert_says(program.get("/analysis/history", limit=limit), 400, "limit is a whole number")


def test_what_several_said_of_one_point_is_one_item(program, alarm_of, explained, claude):
    explained(alarm_of(6))
    [item] = program.get("/analysis/history").json()["items"]
    assert len(item["llm_analyses"]) == 2


def test_an_item_is_found_by_its_id(program, analysed):
    older_copies(2)
    for item in program.get("/analysis/history").json()["items"]:
        assert program.get(f"/analysis/item/{item['id']}").json() == item


@pytest.mark.parametrize("number", ["1", "99999999999999999999999"])
def test_an_item_that_is_not_there_is_not_found(program, analysed, number):
    answer = program.get(f"/analysis/item/{number}")
    assert answer.status_code == 404
    assert answer.json()["status"] == "not_found"
    assert answer.json()["hint"]


def test_the_history_is_downloaded_as_lines_of_json(program, analysed):
    older_copies(2)
    answer = program.get("/api/analysis/history/download/jsonl")
    items = [json.loads(line) for line in answer.content.decode().splitlines()]
    assert items == program.get("/analysis/history").json()["items"]
    assert 'filename="tep_analysis_history.jsonl"' in answer["Content-Disposition"]
    limited = program.get("/api/analysis/history/download/jsonl", limit=1)
    assert len(limited.content.splitlines()) == 1


def test_the_history_is_downloaded_as_markdown_and_json(program, analysed):
    text = program.get("/api/analysis/history/download/md").content.decode()
    assert "## signatures-3 (success)" in text
    assert "XMEAS(1)" in text
    assert len(program.get("/api/analysis/history/download/json").json()["items"]) == 1


def test_the_analyses_of_a_day_are_downloaded(program, analysed):
    day = Explanation.objects.get().created_at.date()
    answer = program.get(f"/api/analysis/history/download/bydate/{day}")
    assert "## signatures-3" in answer.content.decode()
    assert f'filename="tep_analysis_{day}.md"' in answer["Content-Disposition"]
    before = program.get(f"/api/analysis/history/download/bydate/{day - timedelta(days=1)}")
    assert before.content == b"No analysis.\n"


@pytest.mark.parametrize("name", ["xml", "bydate/yesterday", "bydate/2026-02-30"])
def test_another_download_is_not_there(program, name):
    assert_says(program.get(f"/api/analysis/history/download/{name}"), 404)
