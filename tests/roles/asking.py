"""Asking an address for somebody, and what becomes of it."""

import re
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.roles.addresses import KEYS, PARTS, PARTS_OF
from tests.roles.world import World

METHODS = ("GET", "POST", "DELETE")


def routes(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    """Every address of the product; the admin has a table of its own."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            if getattr(one, "app_name", None) != "admin":
                yield from routes(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route


def path_of(route: str, world: World, who: str) -> str:
    """An address of a route that leads to something there is."""
    things = next(things for begin, things in KEYS if route.startswith(begin))
    parts = {**PARTS, "token": world.token, "code": world.definition.code}
    for begin, more in PARTS_OF.items():
        if route.startswith(begin):
            parts |= more

    def part(found: re.Match[str]) -> str:
        name = found[1]
        return str(world.key(things[name], who)) if name in things else parts[name]

    route = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route).replace("\\", "").strip("^$")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", part, route)


def outcome(response: HttpResponseBase) -> str:
    """What became of a request: in, refused, no method, missing, or broken."""
    status = response.status_code
    if status in {301, 302} and "/login/" in response.headers["Location"]:
        return "refused"
    names = {401: "refused", 403: "refused", 405: "no method", 404: "missing", 410: "missing"}
    if status in names:
        return names[status]
    return "broken" if status >= 500 and status != 503 else "in"


def ask(client: Client, method: str, path: str, **headers: str) -> HttpResponseBase:
    """Send a request and read its answer; what it did is taken back, in the browser as well."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        response = client.generic(method, path, headers=headers)
        if response.streaming and not response.is_async:
            response.parts = list(response.streaming_content)
        transaction.set_rollback(True)
    client.cookies = cookies
    return response
