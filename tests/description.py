"""Holding answers of the API against its OpenAPI description."""

import json
import re
from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

ROOT = "urn:description"


@cache
def description() -> dict[str, Any]:
    """The description as it is served, without a request."""
    return json.loads(json.dumps(SchemaGenerator().get_schema(public=True)))


def closed(schema: Any) -> Any:
    """The schema with every object closed, so that what is not described is found, too."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    return schema


@cache
def _registry() -> Registry:
    root = {"components": closed(description()["components"])}
    return Registry().with_resource(ROOT, DRAFT202012.create_resource(root))


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of a schema of the description."""
    text = json.dumps(closed(schema)).replace('"#/components', f'"{ROOT}#/components')
    return Draft202012Validator(json.loads(text), registry=_registry())


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for path, item in description()["paths"].items():
        values = {
            parameter["name"]: parameter["schema"]
            for operation in item.values()
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "path"
        }
        pattern = re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
        for name, schema in values.items():
            words = (
                "|".join(re.escape(str(value)) for value in schema["enum"])
                if "enum" in schema
                else None
            )
            written = schema.get("pattern", "[^/]+").strip("^$")
            number = "[0-9]+" if schema.get("type") == "integer" else written
            pattern = pattern.replace(f"{{{name}}}", f"(?:{words or number})")
        found.append((re.compile(pattern), path))
    return found


def described_path(path: str) -> str | None:
    """The described path that an address is of, None if there is none."""
    path = path.partition("?")[0]
    return next((name for pattern, name in _patterns() if pattern.fullmatch(path)), None)


@cache
def _answers(path: str, method: str, status: str) -> dict[str, Draft202012Validator] | None:
    answer = description()["paths"][path][method.lower()]["responses"].get(status)
    if answer is None:
        return None
    return {kind: validator(media["schema"]) for kind, media in answer.get("content", {}).items()}


@cache
def error_form() -> Draft202012Validator:
    """A validator of the form of every error."""
    return validator({"$ref": "#/components/schemas/Error"})


def is_text(path: str) -> bool:
    """Whether an address answers with text, be it an error."""
    [call] = description()["paths"][path].values()
    return "text/plain" in call["responses"]["200"]["content"]


def complaint(method: str, address: str, status: int, kind: str, body: bytes) -> str | None:
    """What is wrong with an answer, None if it is as described."""
    said = f"{method} {address[:200]} answered {status}"
    path = described_path(address)
    kind = kind.partition(";")[0].strip()
    if path is None or method.lower() not in description()["paths"][path]:
        wanted = {400, 404} if path is None else {400, 401, 403, 405, 406}
        if status not in wanted:
            return f"{said}, which is not described"
        checks = {"application/json": error_form()}
        if path is not None and kind == "text/plain" and is_text(path):
            return None
    else:
        found = _answers(path, method, str(status))
        if found is None and status == 400:
            found = {"application/json": error_form()}  # of Django itself, before any view
        if found is None:
            return f"{said}, a status that is not described: {body[:300]!r}"
        checks = found
    if kind not in checks:
        return f"{said} as {kind}, not as {sorted(checks)}"
    if kind != "application/json":
        return None
    try:
        told = json.loads(body)
    except ValueError:
        return f"{said} with what is no JSON: {body[:300]!r}"
    wrong = next(checks[kind].iter_errors(told), None)
    return None if wrong is None else f"{said}: {wrong.json_path}: {wrong.message[:500]}"


def conforming(method: str, path: str, response: Any) -> Any:
    """The answer of a test client, once it has been found to be as described.

    With the earlier interface on, fields of the earlier system are added, and not described.
    """
    if settings.LEGACY_API:
        return response
    wrong = complaint(
        method, path, response.status_code, response.get("Content-Type", ""), response.content
    )
    assert wrong is None, wrong
    return response
