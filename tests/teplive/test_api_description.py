"""The OpenAPI description tells of every call, and of no other."""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from simulation import VERSION
from tests.accounts.callers import Caller, assert_says
from tests.description import complaint, described_path, description, validator

#: Where the API is; the page that describes it is for people.
API = re.compile(r"api/(?!docs$)|healthz$|metrics$|last_analysis$")


def addresses(patterns=None, prefix: str = "") -> list[str]:
    """Every address there is, with a number or a word for each of its variables."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            found += addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            route = re.sub(r"<int:\w+>|\(\?P<\w+>\[0-9\]\+\)", "1", route)
            route = re.sub(r"<\w+:(\w+)>", r"\1", route)
            found.append(re.sub(r"\(\?P<\w+>(\w+)[^)]*\)", r"\1", route))
    return found


def operations() -> list:
    return [
        pytest.param(path, method.upper(), operation, id=f"{method.upper()} {path}")
        for path, item in description()["paths"].items()
        for method, operation in item.items()
    ]


def test_it_is_served_to_who_is_logged_in_and_to_nobody_else(make_user):
    told = Caller(make_user("viewer")).get("/api/schema")
    assert told.status_code == 200
    assert told.json() == description()
    assert told.json()["openapi"].startswith("3.1.")
    assert told.json()["info"] == {
        "title": "TEP Live",
        "version": VERSION,
        "description": description()["info"]["description"],
    }
    assert_says(Caller().get("/api/schema"), 401)


def test_it_is_a_valid_openapi_document_and_leaves_nothing_to_guess():
    validate_schema(SchemaGenerator().get_schema(public=True))
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


@pytest.mark.parametrize("address", [a for a in addresses() if API.match(a)])
def test_no_address_of_the_api_is_without_a_description(address):
    assert described_path("/" + address), f"/{address} is not described"
    view = resolve("/" + address).func
    methods = set(view.cls().allowed_methods) - {"OPTIONS", "HEAD"}
    told = description()["paths"][described_path("/" + address)]
    assert {method.upper() for method in told} == methods


def test_the_addresses_of_the_api_are_found_by_this_test():
    found = [address for address in addresses() if API.match(address)]
    assert {"api/status", "api/plants/1/readings", "api/plants/1/start", "healthz"} <= set(found)


@pytest.mark.parametrize(("path", "method", "operation"), operations())
def test_every_described_call_exists(path, method, operation):
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            example = next(iter(parameter["examples"].values()))["value"]
            path = path.replace(f"{{{parameter['name']}}}", str(example))
    assert method in resolve(path).func.cls().allowed_methods


@pytest.mark.parametrize(("path", "method", "operation"), operations())
def test_every_call_says_what_it_takes_who_may_and_what_it_answers(path, method, operation):
    assert operation["summary"].endswith(".")
    assert operation["x-role"]
    assert len(operation["tags"]) == 1
    assert any(status.startswith("2") for status in operation["responses"])
    for status, answer in operation["responses"].items():
        assert answer["description"].endswith("."), status
        assert answer["content"], status
    if operation.get("security"):
        assert {"401", "406", "503"} <= set(operation["responses"])
    for parameter in operation.get("parameters", ()):
        assert parameter["description"], parameter["name"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        assert body["examples"]


@pytest.mark.parametrize(("path", "method", "operation"), operations())
def test_every_example_is_as_its_schema_says(path, method, operation):
    contents = [answer.get("content", {}) for answer in operation["responses"].values()]
    contents.append(operation.get("requestBody", {}).get("content", {}))
    for content in contents:
        for media in content.values():
            check = validator(media["schema"])
            for example in media.get("examples", {}).values():
                wrong = [f"{e.json_path}: {e.message}" for e in check.iter_errors(example["value"])]
                assert not wrong


def test_bounds_and_choices_are_those_of_the_forms():
    body = description()["paths"]["/api/plants/{id}/speed"]["post"]["requestBody"]
    speed = body["content"]["application/json"]["schema"]
    interval = speed["properties"]["interval_seconds"]
    assert (interval["minimum"], interval["maximum"]) == (0.2, 1800.0)
    names = ("preset", "interval_seconds", "factor")
    assert speed["oneOf"] == [{"required": [name]} for name in names]
    injections = description()["paths"]["/api/plants/{id}/injections"]["post"]["requestBody"]
    idv = injections["content"]["application/json"]["schema"]["properties"]["idv"]
    assert (idv["minimum"], idv["maximum"]) == (1, 20)


@pytest.mark.parametrize(
    ("address", "status", "body", "said"),
    [
        ("/api/status", 200, b'{"plants": []}', "'time' is a required property"),
        ("/api/status", 200, b'{"plants": [], "time": "now", "more": 1}', "'more' was unexpected"),
        ("/api/status", 418, b"{}", "a status that is not described"),
        ("/api/nowhere", 200, b"{}", "which is not described"),
        ("/api/plants/1/alarms?run=x", 400, b'{"error": "No."}', "'hint' is a required property"),
    ],
)
def test_an_answer_that_is_not_as_described_is_found(address, status, body, said):
    assert said in complaint("GET", address, status, "application/json", body)


def test_an_answer_of_another_kind_is_found():
    assert "as text/html" in complaint("GET", "/api/status", 200, "text/html", b"")
