"""The list of all explanations: found, exported, judged, and deleted when they are old."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from explainer.history import delete_old
from explainer.models import Assessment, Budget, Explanation

pytestmark = pytest.mark.django_db
ATTACK = "<script>alert(1)</script>"


@pytest.fixture
def made(alarm_of, explained):
    return explained(alarm_of(4))["embedded"]


@pytest.fixture
def operator(client, make_user):
    client.force_login(make_user("operator"))
    return client


def rows_of(client, query: str) -> int:
    page = client.get(f"/explanations/?{query}")
    assert page.status_code == 200
    return page.context["page"].paginator.count


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("q=cooling+water", 1),
        ("q=nothing+of+it", 0),
        ("provider=embedded", 1),
        ("cause=IDV(4)", 1),
        ("cause=IDV(5)", 0),
        ("status=done&verdict=none", 1),
        ("status=failed", 0),
        ("verdict=right", 0),
        ("since=2020-01-01", 1),
        ("until=2020-01-01", 0),
        ("page=99", 1),
    ],
)
def test_filters_narrow_the_list(operator, made, query, count):
    assert rows_of(operator, query) == count


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=yesterday", "Enter a valid date"),
        ("since=2026-02-01&until=2026-01-01", "This day is before the first one"),
        ("provider=nobody", "is not one of the available choices"),
        ("plant=999", "is not one of the available choices"),
    ],
)
def test_a_filter_that_cannot_be_says_so_beside_its_field(operator, made, query, words):
    page = operator.get(f"/explanations/?{query}")
    assert page.status_code == 200
    assert words in page.content.decode()
    assert page.context["page"].paginator.count == 0


def test_the_export_holds_what_the_list_shows(operator, made):
    answer = operator.get("/explanations.jsonl?cause=IDV(4)")
    (line,) = b"".join(answer.streaming_content).decode().splitlines()
    told = json.loads(line)
    assert (told["id"], told["provider"]) == (made.pk, "embedded")
    assert told["answer"]["causes"][0]["cause"] == "IDV(4)"
    assert "evidence" not in told
    text = b"".join(operator.get("/explanations.md").streaming_content).decode()
    assert f"# Explanation {made.pk}: TEP 1, run" in text
    assert b"".join(operator.get("/explanations.jsonl?cause=IDV(5)").streaming_content) == b""


def test_a_verdict_is_stored_changed_and_shown_as_text(operator, made):
    address = f"/explanations/{made.pk}/assess/"
    operator.post(address, {"verdict": "wrong", "note": ATTACK})
    page = operator.get(f"/explanations/{made.pk}/").content.decode()
    assert ATTACK not in page and "&lt;script&gt;alert(1)" in page
    operator.post(address, {"verdict": "right", "note": "found it"})
    stored = Assessment.objects.get()
    assert (stored.verdict, stored.note, stored.username) == ("right", "found it", "operator")
    assert rows_of(operator, "verdict=right") == 1
    assert rows_of(operator, "q=found+it") == 1


def test_a_verdict_that_is_none_is_refused(operator, made):
    data = {"verdict": "great", "note": "typed"}
    answer = operator.post(f"/explanations/{made.pk}/assess/", data)
    assert answer.status_code == 422
    assert 'id="id_verdict_error"' in answer.content.decode()
    assert ">\ntyped</textarea>" in answer.content.decode()
    assert not Assessment.objects.exists()


def test_a_viewer_looks_and_does_not_judge(client, make_user, made):
    assert client.get("/explanations/").status_code == 302
    client.force_login(make_user("viewer"))
    assert rows_of(client, "") == 1
    assert client.post(f"/explanations/{made.pk}/assess/", {"verdict": "right"}).status_code == 403
    assert "Store my verdict" not in client.get(f"/explanations/{made.pk}/").content.decode()


def test_old_ones_are_deleted_unless_somebody_judged_them(made):
    later = timezone.now() + timedelta(days=40)
    assert delete_old(later) == 0  # no limit is set
    Budget.objects.update_or_create(pk=1, defaults={"keep_days": 30})
    assert delete_old() == 0
    kept = Assessment.objects.create(explanation=made, username="x", verdict="right")
    assert delete_old(later) == 0
    kept.delete()
    assert delete_old(later) == 1
    assert not Explanation.objects.exists()


def test_the_list_asks_the_database_the_same_however_long_it_is(
    operator, made, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as short:
        operator.get("/explanations/")
    Explanation.objects.bulk_create(
        Explanation(
            run=made.run, alarm=made.alarm, step=5, provider="embedded", trigger="request",
            request_key=f"request:{i}:e", not_before=made.not_before, created_at=made.created_at,
        )
        for i in range(30)
    )  # fmt: skip
    with django_assert_num_queries(len(short)):
        operator.get("/explanations/")
