"""Every address that can be read, from the URL resolver, filled with the numbers of real rows."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse

WINDOW = "run=1&tag=XMEAS(1)&from=1&to=9"
#: Further states of pages, by name; the first of each is the page without any.
VARIANTS = {
    "monitoring:alarms": ["tab=shelved", "tab=away", "form={occurrence}"],
    "monitoring:all-alarms": ["tab=shelved", "tab=away", "form={occurrence}"],
    "monitoring:alarm-journal": ["format=csv", "format=jsonl"],
    "monitoring:alarm-definitions": ["take={definition}"],
    "monitoring:site-log": ["format=csv", "format=json", "format=md"],
    "monitoring:plant-log": ["format=csv", "format=json", "format=md"],
    "monitoring:window": [WINDOW, f"{WINDOW}&format=csv"],
    "monitoring:trends": ["plant={plant}&chart=XMEAS(1)&overlay={plant}.1"],
    "monitoring:trends-data": ["plant={plant}&chart=XMEAS(1)"],
    "monitoring:trends-export": ["plant={plant}&chart=XMEAS(1)"],
    "event": ["truth=no"],
}  # fmt: skip


def names(patterns: list[Any], space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield the named addresses that are not of the admin."""
    for one in patterns:
        if isinstance(one, URLResolver):
            if one.namespace != "admin":
                inner = f"{space}{one.namespace}:" if one.namespace else space
                yield from names(one.url_patterns, inner)
        elif one.name:
            yield f"{space}{one.name}", one


def addresses(rows: dict[str, Any]) -> dict[str, str]:
    """Return each address with the name of its pattern."""
    found: dict[str, str] = {}
    for name, pattern in names(get_resolver().url_patterns):
        kinds = pattern.pattern.converters or dict.fromkeys(pattern.pattern.regex.groupindex, None)
        if any(word in name for word in ("logout", "api-schema")):
            continue
        values = {kind: _value(kind, name, str(pattern.pattern), rows) for kind in kinds}
        for tries in _spread(name, values):
            address = reverse(name, kwargs=tries)
            found[address] = name
            for more in VARIANTS.get(name, []):
                found[f"{address}?{more.format(**rows['numbers'])}"] = name
    for model in apps.get_models():
        found |= _of_admin(model)
    return found


def _spread(name: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    for key, value in values.items():
        if isinstance(value, list):
            return [{**values, key: one} for one in value]
    return [values]


def _value(kind: str, name: str, route: str, rows: dict[str, Any]) -> Any:
    numbers = rows["numbers"]
    if kind == "token":
        return rows["token"]
    if kind == "code":
        return rows["code"]
    if kind == "kind":
        return "csv" if "export" in name else "valve"
    if kind == "form":
        return ["csv", "jsonl"]
    if kind == "action":
        return "start"
    if kind in {"other", "branch"}:
        return numbers["other"]
    if kind in {"column", "idv"}:
        return 1
    if kind in {"number", "row"}:
        return numbers["occurrence"] if "api/alarms" in route else 3
    for prefix, which in PREFIXES.items():
        if prefix in route:
            return numbers[which]
    return numbers["plant"]


#: Which row a number in an address means.
PREFIXES = {
    "definitions/": "definition",
    "occurrence/": "occurrence",
    "shelving/": "shelving",
    "alarms/<int:pk>": "alarm",
    "explanations/<int:pk>": "explanation",
    "events/<int:pk>": "event",
    "log/<int:pk>": "entry",
    "links/<int:pk>": "link",
    "saved/<int:pk>": "saved",
    "demo/<int:pk>": "tour",
    "audit/<int:pk>": "act",
    "sessions/": "session",
    "tokens/": "api_token",
}


def _of_admin(model: Any) -> dict[str, str]:
    from django.contrib import admin

    meta = model._meta
    if not admin.site.is_registered(model):
        return {"/admin/": "admin:index"}
    stem = f"admin:{meta.app_label}_{meta.model_name}"
    found = {reverse(f"{stem}_changelist"): stem, reverse(f"{stem}_add"): stem}
    rows = list(model._default_manager.order_by("pk")[:1])
    rows += list(model._default_manager.order_by("-pk")[:1])
    for row in rows:
        for page in ("change", "history", "delete"):
            found[reverse(f"{stem}_{page}", args=[row.pk])] = stem
    return found
