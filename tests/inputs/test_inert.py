"""Whatever is written into any text of the product stays a text, wherever it shows."""

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any

import markdown
import pytest
from django.apps import apps
from django.db import models
from django.template.loader import render_to_string

from explainer.display import PARTIAL, partial_context
from monitoring.live import frame_of
from monitoring.models import Alarm
from simulation.models import Plant
from tests.inputs.addresses import addresses
from tests.inputs.payloads import FORMULA, FORMULAS, SCRIPT, Inert, text_for
from tests.inputs.texts import HIDING, TEXTS, Stored

TEXTUAL = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
CODE = re.compile(r"\bc(\d{3})p\w")
CODES = {label: number for number, label in enumerate(sorted(TEXTS), start=100)}
LABELS = {number: label for label, number in CODES.items()}


def textual(model: type[models.Model]) -> list[models.Field]:
    return [
        one
        for one in model._meta.local_concrete_fields
        if isinstance(one, TEXTUAL) or one.get_internal_type() in ("CharField", "TextField")
    ] + [
        one
        for one in model._meta.local_concrete_fields
        if isinstance(one, models.GenericIPAddressField)
    ]


def test_every_column_of_every_model_that_can_hold_a_text_is_in_the_table():
    found = {
        f"{model._meta.label}.{one.name}" for model in apps.get_models() for one in textual(model)
    }
    assert found - set(TEXTS) == set(), "say in tests/inputs/texts.py how these are filled"
    assert set(TEXTS) - found == set(), "these are gone"


def poison(firsts: tuple[str, ...]) -> None:
    """Put payloads into every stored text of every row, each begun with one of `firsts`."""
    for model in apps.get_models():
        stored = [
            one
            for one in textual(model)
            if isinstance(TEXTS[f"{model._meta.label}.{one.name}"], Stored)
        ]
        if not stored:
            continue
        rows = list(model._default_manager.order_by("pk").values("pk", *[c.name for c in stored]))
        assert rows, f"no row of {model._meta.label} was made"
        for row in rows:
            values = {}
            for one in stored:
                label = f"{model._meta.label}.{one.name}"
                code, first = f"c{CODES[label]}p{row['pk']}", firsts[CODES[label] % len(firsts)]
                is_left_empty = label in HIDING and row is rows[-1]
                values[one.name] = "" if is_left_empty else filled(one, row[one.name], code, first)
            model._default_manager.filter(pk=row["pk"]).update(**values)


def filled(column: models.Field, given: Any, code: str, first: str) -> Any:
    if isinstance(column, models.JSONField):
        return spread(given, code, first)
    return text_for(code, column.max_length, first)


def spread(value: Any, code: str, first: str) -> Any:
    """Return stored JSON with every text in it replaced."""
    if isinstance(value, dict):
        return {key: spread(one, code, first) for key, one in value.items()}
    if isinstance(value, list):
        return [spread(one, code, first) for one in value]
    return text_for(code, 600, first) if isinstance(value, str) else value


def complaints_of(response: Any, body: bytes) -> list[str]:
    """Return what of an answer is more than a text."""
    kind = response["Content-Type"].partition(";")[0]
    said = []
    if response["X-Content-Type-Options"] != "nosniff":
        said.append("a browser may guess the type")
    if kind in {"text/html", "image/svg+xml"}:
        said += Inert(body.decode()).complaints()
    elif kind == "text/csv":
        for row in csv.reader(io.StringIO(body.decode())):
            said += [f"a formula: {cell[:60]!r}" for cell in row if computes(cell)]
    elif kind == "text/markdown":
        said += Inert(markdown.markdown(body.decode(), extensions=["tables"])).complaints()
    elif kind == "application/json":
        json.loads(body)
    elif kind == "application/x-ndjson":
        [json.loads(line) for line in body.splitlines()]
    elif kind == "application/pdf":
        said += [] if body.startswith(b"%PDF") else ["no PDF"]
    elif kind not in {"text/plain", "image/png", "application/vnd.oai.openapi", "text/javascript"}:
        said.append(f"an unexpected type: {kind}")
    return said


def computes(cell: str) -> bool:
    """Whether a spreadsheet would compute a cell: it begins like a formula and is no number."""
    return cell.startswith(FORMULA) and not re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", cell)


def shape(address: str) -> str:
    """Return an address with its numbers as stars, without its query."""
    path = address.partition("?")[0]
    path = re.sub(r"/\d+(?=[/.])", "/*", path)
    return re.sub(r"/public/[^/]+/", "/public/", path)


@pytest.mark.django_db
def test_nothing_comes_out_of_a_payload_on_any_page_or_push(world):
    poison((SCRIPT,))
    seen, wrong = read(world, addresses(world))
    wrong += [f"push: {said}" for said in pushed(world["plant"])]
    assert not wrong, "\n".join(wrong[:60])
    missing = [
        f"{label} on {page}; seen on {sorted(seen.get(label, set()))}"
        for label, how in TEXTS.items()
        if isinstance(how, Stored)
        for page in how.pages
        if page not in seen.get(label, set())
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.django_db
def test_no_cell_of_a_table_is_computed(world):
    poison(FORMULAS)
    _, wrong = read(world, [one for one in addresses(world) if "csv" in one])
    assert not wrong, "\n".join(wrong[:60])


def read(world: dict[str, Any], wanted: Iterable[str]) -> tuple[dict[str, set[str]], list[str]]:
    """Return which text shows on which pages, and what of them is more than a text."""
    seen: dict[str, set[str]] = {}
    wrong: list[str] = []
    for address in wanted:
        response = world["client"].get(address)
        if response.status_code >= 500 and address != "/healthz":  # no worker runs here
            wrong.append(f"{address}: {response.status_code}")
        if response.status_code != 200:
            continue
        body = b"".join(response) if response.streaming else response.content
        wrong += [f"{address}: {said}" for said in complaints_of(response, body)]
        for number in CODE.findall(body.decode(errors="replace")):
            seen.setdefault(LABELS.get(int(number), ""), set()).add(shape(address))
    return seen, wrong


def pushed(plant: Plant) -> list[str]:
    """Return what a websocket's frames, and the partial of the explanations, would bring along."""
    plant = Plant.objects.get(pk=plant.pk)
    frame = frame_of(plant, 0, 0)
    json.dumps(frame)
    partials = dict(frame["partials"])
    for alarm_id in (None, Alarm.objects.first().pk):
        context = partial_context(plant, alarm_id)
        partials[f"explanations {alarm_id}"] = render_to_string(PARTIAL, context)
    return [
        f"{name}: {said}" for name, html in partials.items() for said in Inert(html).complaints()
    ]
