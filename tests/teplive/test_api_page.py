"""The page that describes the API to people."""

import pytest

from tests.accounts.callers import Caller
from tests.description import description
from tests.monitoring.pages import Page, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def response(make_user):
    return client_of(make_user("viewer")).get("/api/docs")


def test_it_tells_of_every_call_and_every_object(response):
    page = Page(response)
    for path, item in description()["paths"].items():
        for method, operation in item.items():
            told = page.text(operation["operationId"])
            assert told.startswith(f"{method.upper()} {path}")
            assert operation["summary"] in told
            assert "curl" in told
            for parameter in operation.get("parameters", ()):
                assert parameter["name"] in told
    for name, schema in description()["components"]["schemas"].items():
        told = page.text(f"object-{name}")
        for key in schema.get("properties", {}):
            assert key in told


def test_every_link_within_it_leads_somewhere(response):
    page = Page(response)
    inner = {link["href"][1:] for link in page.all("a") if link["href"].startswith("#")}
    assert inner
    assert inner <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_it_holds_no_inline_script_or_style_and_nothing_from_elsewhere(response):
    page = Page(response)
    assert page.inline == []
    for tag, found in page.tags:
        source = found.get("src") or (found.get("href") if tag == "link" else None)
        assert source is None or source.startswith("/"), source


def test_a_shell_example_reads_as_it_is_typed(response):
    page = Page(response)
    told = page.text("speed_post")
    assert """--json '{"interval_seconds": 2.5}' $URL/api/plants/1/speed""" in told
    assert '-X POST -H "Authorization: Bearer $TOKEN" $URL/api/plants/1/start' in page.text(
        "operate_post"
    )
    assert "Bearer" not in page.text("healthz_get")


def test_every_page_links_to_it(make_user):
    page = Page(client_of(make_user("viewer")).get("/"))
    assert "/api/docs" in [link["href"] for link in page.all("a")]


def test_who_is_not_logged_in_is_asked_to_log_in(client):
    response = client.get("/api/docs")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
    assert client.post("/api/docs").status_code in {302, 405}


def test_the_description_is_linked_for_programs(response, make_user):
    assert "/api/schema" in [link["href"] for link in Page(response).all("a")]
    assert Caller(make_user("operator")).get("/api/schema").status_code == 200
