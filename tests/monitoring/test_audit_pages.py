"""The audit trail on pages and in files: filtered, a page at a time, for who may see it."""

import csv
import io
import json

import pytest

from accounts.models import AuditEntry
from simulation.models import Plant
from tests.monitoring.pages import Page, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def acted(plant, make_user):
    """A plant on which three people did something, beside another plant."""
    mary = make_user("operator", username="mary")
    plant.start(by=mary)
    plant.set_speed(interval_seconds=3.6, by=make_user("operator", username="=cmd()"))
    plant.inject([4], by=make_user("engineer", username="<b>tom</b>"))
    Plant.objects.create(name="other").start(by=mary)
    return plant


def rows_of(page: Page) -> list[str]:
    return [name for name in page.ids if name.startswith("entry-")]


def test_the_whole_trail_is_for_engineers_and_a_plants_for_operators(make_user, acted):
    paths = ["/audit/", "/audit/export.csv", f"/plants/{acted.pk}/audit/"]
    paths.append(f"/plants/{acted.pk}/audit/export.jsonl")
    seen = {
        role: [client.get(path).status_code for path in paths]
        for role in ("viewer", "operator", "engineer", "admin")
        for client in [client_of(make_user(role))]
    }
    assert seen == {
        "viewer": [403] * 4,
        "operator": [403, 403, 200, 200],
        "engineer": [200] * 4,
        "admin": [200] * 4,
    }


def test_an_entry_says_who_what_from_to_when_and_from_where(make_user, acted):
    page = Page(client_of(make_user("engineer")).get("/audit/"))
    assert page.inline == []
    entry = AuditEntry.objects.get(action="plant-speed")
    words = page.text(f"entry-{entry.pk}")
    for part in ("=cmd()", "the server itself", "Speed set", "TEP 1", "180× real time"):
        assert part in words
    assert "50× real time, a sample every 3.6 s" in words


def test_names_are_inert(make_user, acted):
    html = client_of(make_user("engineer")).get("/audit/").content.decode()
    assert "<b>tom</b>" not in html
    assert "&lt;b&gt;tom&lt;/b&gt;" in html


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ({"person": "mary"}, ["plant-start", "plant-start"]),
        ({"action": "fault-inject"}, ["fault-inject"]),
        ({"channel": "page"}, []),
        ({"channel": "server", "q": "tep"}, ["fault-inject", "plant-speed", "plant-start"]),
        ({"since": "2100-01-01 00:00"}, []),
        ({"until": "2000-01-01"}, []),
    ],
)
def test_filters_narrow_the_trail(make_user, acted, query, actions):
    client = client_of(make_user("engineer"))
    text = "".join(map(bytes.decode, client.get("/audit/export.jsonl", query).streaming_content))
    assert [json.loads(line)["action"] for line in text.splitlines()] == actions
    page = Page(client.get("/audit/", query))
    assert len(rows_of(page)) == len(actions)


def test_a_filter_that_cannot_be_is_said_beside_its_field_and_stays_typed(make_user, acted):
    answer = client_of(make_user("engineer")).get("/audit/", {"since": "soon", "q": "x"})
    page = Page(answer)
    assert answer.status_code == 422
    assert page.element("audit-since")["value"] == "soon"
    assert page.element("audit-since")["aria-invalid"] == "true"
    assert rows_of(page) == []


def test_a_long_trail_comes_a_page_at_a_time(make_user, acted, django_assert_max_num_queries):
    rows = [
        AuditEntry(
            channel="page", action="plant-speed", subject_type="plant", subject_id=str(acted.pk),
            subject="TEP 1", before={"interval_seconds": 1.0, "preset": None},
            after={"interval_seconds": float(number), "preset": None},
        )
        for number in range(2, 122)
    ]  # fmt: skip
    AuditEntry.objects.bulk_create(rows)
    client = client_of(make_user("engineer"))
    client.get("/audit/")
    with django_assert_max_num_queries(20):
        page = Page(client.get(f"/plants/{acted.pk}/audit/"))
    first = rows_of(page)
    assert len(first) == 50
    last = first[-1].removeprefix("entry-")
    second = rows_of(Page(client.get(f"/plants/{acted.pk}/audit/", {"before_id": last})))
    assert len(second) == 50
    assert not set(first) & set(second)


def test_a_spreadsheet_takes_no_cell_for_a_formula(make_user, acted):
    answer = client_of(make_user("engineer")).get("/audit/export.csv")
    text = "".join(map(bytes.decode, answer.streaming_content))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 4
    assert {row["username"] for row in rows} == {"mary", "'=cmd()", "<b>tom</b>"}
    assert all(not value.startswith(("=", "+", "@")) for row in rows for value in row.values())


def test_operators_see_no_addresses(make_user, acted):
    client = client_of(make_user("operator"))
    client.post(f"/plants/{acted.pk}/pause/")
    assert "127.0.0.1" not in client.get(f"/plants/{acted.pk}/audit/").content.decode()
    answer = client.get(f"/plants/{acted.pk}/audit/export.jsonl")
    lines = "".join(map(bytes.decode, answer.streaming_content)).splitlines()
    assert {json.loads(line)["address"] for line in lines} == {None}
    whole = client_of(make_user("engineer")).get(f"/plants/{acted.pk}/audit/")
    assert "127.0.0.1" in whole.content.decode()


def test_the_dashboard_shows_the_latest_actions_to_who_may_see_them(make_user, acted):
    page = Page(client_of(make_user("operator")).get(f"/plants/{acted.pk}/"))
    words = page.text("latest-actions")
    assert "Fault injected" in words
    assert "IDV(4) from 0.05 h" in words
    assert (
        "latest-actions" not in Page(client_of(make_user("viewer")).get(f"/plants/{acted.pk}/")).ids
    )
