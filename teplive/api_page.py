"""The API's description as a page: every call with what it takes, what it answers, and a curl."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.description import FORM, JSON
from accounts.json_schema import Schema
from teplive.api import description

TAGS = (
    *("Reading", "Operating", "What if", "Feeding", "Alarms", "Audit trail", "Explanations"),
    *("Watching", "Description"),
)
METHODS = ("GET", "POST", "DELETE")
KINDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "object": "object",
    "null": "null",
}
REF = "#/components/schemas/"
#: Longer lists of an example are shown by their beginning.
SHOWN = 3


@dataclass(frozen=True)
class Kind:
    """What a value may be, in words; `named` is the object it consists of, if it has a name."""

    words: str
    named: str = ""


@dataclass(frozen=True)
class Row:
    """One parameter, key of a body, or property of an object."""

    name: str
    kind: Kind
    needed: bool
    description: str
    place: str = ""


@dataclass(frozen=True)
class Table:
    """The properties of an object, and what holds for all of them."""

    rows: list[Row]
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """One status that a call may answer with."""

    status: str
    description: str
    kind: Kind
    example: str


@dataclass(frozen=True)
class Call:
    """One method of one address."""

    method: str
    path: str
    anchor: str
    tag: str
    summary: str
    description: str
    role: str
    parameters: list[Row]
    bodies: list[Table]
    takes_forms: bool
    curls: list[str]
    answers: list[Answer]


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show every call."""
    found = sorted(_calls(), key=_place)
    groups = [(tag, list(calls)) for tag, calls in groupby(found, key=lambda call: call.tag)]
    objects = [
        (name, _words(schema), tables_of(schema))
        for name, schema in description()["components"]["schemas"].items()
    ]
    context = {"info": description()["info"], "groups": groups, "objects": objects}
    return render(request, "teplive/api.html", context)


def _place(call: Call) -> tuple[int, str, int, int]:
    """Return where a call stands: by subject, then the short addresses, reading before changing."""
    subject = TAGS.index(call.tag) if call.tag in TAGS else len(TAGS)
    return subject, call.tag, call.path.count("/"), METHODS.index(call.method)


def _calls() -> Iterator[Call]:
    for path, item in description()["paths"].items():
        for method, operation in item.items():
            yield _call(method.upper(), path, operation)


def _call(method: str, path: str, operation: Schema) -> Call:
    parameters = operation.get("parameters", [])
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get(JSON, {})
    summary = operation["summary"]
    return Call(
        method=method,
        path=path,
        anchor=operation["operationId"],
        tag=operation["tags"][0],
        summary=summary,
        description=operation["description"].removeprefix(summary).strip(),
        role=operation["x-role"],
        parameters=[
            Row(p["name"], kind_of(p["schema"]), p.get("required", False), _words(p),
                {"path": "address", "query": "query", "header": "header"}[p["in"]])
            for p in parameters
        ],
        bodies=tables_of(body["schema"]) if body else [],
        takes_forms=FORM in content,
        curls=[_curl(method, path, parameters, operation, each) for each in _sent(body)],
        answers=[_answer(status, said) for status, said in operation["responses"].items()],
    )  # fmt: skip


def _answer(status: str, answer: Schema) -> Answer:
    media: Schema = next(iter(answer.get("content", {}).values()), {})
    given: Schema = next(iter(media.get("examples", {}).values()), {})
    example = given.get("value")
    shown = "" if example is None else _shown(example)
    return Answer(status, _words(answer), kind_of(media.get("schema", {})), shown)


def _words(part: Schema) -> str:
    """Return a description without the marks of Markdown."""
    return str(part.get("description", "")).replace("`", "")


def _shown(example: Any) -> str:
    if isinstance(example, str):
        return example
    return json.dumps(_elided(example), indent=2, ensure_ascii=False)


def _elided(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _elided(part) for key, part in value.items()}
    if isinstance(value, list):
        shown = [_elided(part) for part in value[:SHOWN]]
        return shown if len(value) <= SHOWN else [*shown, f"... ({len(value)} in all)"]
    return value


def _sent(body: Schema) -> list[Any]:
    return [example["value"] for example in body.get("examples", {}).values()] or [None]


def _curl(method: str, path: str, parameters: list[Schema], operation: Schema, body: Any) -> str:
    for parameter in parameters:
        if parameter["in"] == "path":
            example = next(iter(parameter["examples"].values()))["value"]
            path = path.replace(f"{{{parameter['name']}}}", str(example))
    words = ["curl"]
    if method != "GET" and body is None:
        words += ["-X", method]
    if operation.get("security"):
        words += ["-H", '"Authorization: Bearer $TOKEN"']
    if body is not None:
        words += ["--json", shlex.quote(json.dumps(body))]
    return " ".join([*words, f"$URL{path}"])


def tables_of(schema: Schema) -> list[Table]:
    """Return the table of an object, or one for each of the objects it may be."""
    ways = schema.get("oneOf", []) + schema.get("anyOf", [])
    if "properties" not in schema:
        return [table for way in ways for table in tables_of(way)]
    needed = schema.get("required", [])
    rows = [
        Row(name, kind_of(part), name in needed, _words(part))
        for name, part in schema["properties"].items()
    ]
    names = [way["required"][0] for way in ways if way.get("required")]
    note = f"Exactly one of {', '.join(names)}." if names else ""
    if schema.get("minProperties"):
        note = "At least one of them."
    return [Table(rows, note)]


def kind_of(schema: Schema) -> Kind:
    """Return what a value may be, in words."""
    if "$ref" in schema:
        return Kind("", schema["$ref"].removeprefix(REF))
    if ways := schema.get("anyOf") or (schema.get("oneOf") if "type" not in schema else None):
        kinds = [kind_of(way) for way in ways]
        named = next((kind.named for kind in kinds if kind.named), "")
        return Kind(" or ".join(kind.words for kind in kinds if kind.words), named)
    if "enum" in schema:
        return Kind(" or ".join(str(value) for value in schema["enum"]))
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types == ["array"]:
        items = kind_of(schema["items"])
        return Kind(f"list of {items.words}".strip(), items.named)
    words = " or ".join(KINDS[kind] for kind in types) or "any value"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        words += f", {low:.15g} to {high:.15g}"
    elif low is not None:
        words += f", from {low:.15g}"
    return Kind(words)
