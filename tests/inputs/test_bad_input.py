"""Bad input in every form: the message beside its field, what was typed kept, nothing changed."""

import importlib
import pkgutil
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator

from monitoring.models import AlarmOccurrence, LogEntry, Shelving
from tests.inputs.forms import BY_HAND, FORMS, Elsewhere, Sent
from tests.monitoring.pages import HTMX

PACKAGES = ("accounts", "simulation", "monitoring", "explainer", "earlier", "teplive")
#: Rows that a refused request may leave: who is there, and how often they tried.
ASIDE = {"sessions.Session", "accounts.SessionRecord", "accounts.Attempts"}


def all_forms() -> dict[str, type[forms.BaseForm]]:
    """Import every module of the product and return the forms that are written in it."""
    for package in PACKAGES:
        root = importlib.import_module(package)
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not {"migrations", "management", "asgi", "celery"} & set(found.name.split(".")):
                importlib.import_module(found.name)
    waiting, named = [forms.BaseForm], {}
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        module = form.__module__
        if module.partition(".")[0] in PACKAGES and "<" not in form.__qualname__:
            named[f"{module}.{form.__qualname__}"] = form
    return named


def test_every_form_of_the_product_is_in_the_table():
    found = set(all_forms())
    assert found - set(FORMS) == set(), "say in tests/inputs/forms.py where these are sent"
    assert set(FORMS) - found == set(), "these are gone"


def spoilt(name: str, one: forms.Field) -> Iterator[str]:
    """Yield what a field has to refuse."""
    if isinstance(one, forms.BooleanField | forms.FileField):
        return
    if one.required and name not in ("model",):
        yield ""
    low = [v.limit_value for v in one.validators if isinstance(v, MinValueValidator)]
    high = [v.limit_value for v in one.validators if isinstance(v, MaxValueValidator)]
    kind = type(one).__name__
    if isinstance(one, forms.FloatField | forms.IntegerField) or kind in NUMBERS:
        yield from ("abc", "nan", "inf", "-1e999", "1\x00")
        if low and not callable(low[0]):
            yield f"{max(low) - 1:g}"
        if high and not callable(high[0]):
            yield f"{min(high) * 2 + 1:.0f}"
    elif isinstance(one, forms.ChoiceField) or hasattr(one, "queryset"):
        yield from ("no-such", "'\"><b>", "a\x00b")
    elif isinstance(one, forms.DateTimeField | forms.DateField):
        yield from ("yesterday", "9999-99-99", "a\x00b")
    elif isinstance(one, forms.CharField):
        yield "a\x00b"
        if one.max_length:
            yield "é" * (one.max_length + 1)
    elif kind == "IdvListField":
        yield from ("abc", "29", "1,1", "nan", "1\x00")


NUMBERS = {"NumberField", "WholeNumberField"}


class Read(HTMLParser):
    """The fields of a page with what stands in them, and the texts of elements by id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: list[dict[str, Any]] = []
        self.texts: dict[str, str] = {}
        self.lists: list[str] = []
        self._open: list[tuple[str, str | None]] = []
        self._select: dict[str, Any] | None = None
        self._area: dict[str, Any] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found: dict[str, Any] = dict(attrs)
        if tag in {"input", "select", "textarea"}:
            self.fields.append(found)
            self._select = found if tag == "select" else None
            self._area = found | {"value": ""} if tag == "textarea" else None
            if self._area is not None:
                self.fields[-1] = self._area
        if tag == "option" and "selected" in found and self._select is not None:
            self._select["value"] = found.get("value", "")
        if tag not in {"input", "br", "img", "meta", "link", "hr", "path", "rect", "option"}:
            self._open.append((tag, found.get("id")))
            if found.get("id"):
                self.texts.setdefault(found["id"], "")

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = None
        while any(one == tag for one, _ in self._open) and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self._area is not None:
            self._area["value"] += data
        for _, identity in self._open:
            if identity:
                self.texts[identity] += data

    def named(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.fields if one.get("name") == name]


def stored() -> dict[str, list[Any]]:
    """Return everything that is stored, but for what a request alone leaves."""
    return {
        model._meta.label: [repr(row) for row in model._default_manager.order_by("pk").values()]
        for model in apps.get_models()
        if model._meta.label not in ASIDE and model._meta.label not in HEAVY
    }


#: Rows that no form of a page writes, and that are dear to read.
HEAVY = {
    "simulation.Reading", "monitoring.Analysis", "simulation.Snapshot", "auth.Permission",
    "contenttypes.ContentType", "monitoring.DetectorModel", "auth.User",
}  # fmt: skip


@pytest.fixture
def places(world):
    """The client of a user who may do everything, and the numbers of rows to send forms to."""
    LogEntry.objects.update(withdrawn_at=None)
    Shelving.objects.all().delete()
    alarm = AlarmOccurrence.objects.order_by("pk")[0]
    return world["client"], {**world["numbers"], "seen": f"{alarm.pk}:{alarm.activations}"}


def cases() -> Iterator[tuple[str, Sent, str, str]]:
    """Yield each form, where it is sent, and a field with what spoils it."""
    known = all_forms()
    for label, rows in FORMS.items():
        if isinstance(rows, Elsewhere):
            continue
        for row in rows:
            for name, one in known[label].base_fields.items():
                if name not in row.unseen:
                    for value in spoilt(name, one):
                        yield label, row, name, value
    for row, fields in BY_HAND:
        for name, values in fields.items():
            for value in values:
                yield row.address, row, name, value


def wrongs(read: Read, row: Sent, name: str, data: dict[str, str]) -> Iterator[str]:
    """Yield what a page with a spoilt field lacks."""
    there = read.named(name)
    invalid = [one for one in there if one.get("aria-invalid") == "true"]
    if not there:
        yield "the field is not on the page"
        return
    if not invalid:
        yield "the field is not marked as invalid"
        return
    for one in invalid:
        ids = (one.get("aria-describedby") or "").split()
        told = [read.texts[each].strip() for each in ids if each in read.texts]
        if not any(told):
            yield "no message is tied to the field"
    for each, value in data.items():
        if each in row.secret:
            if any((one.get("value") or "") == value and value for one in read.named(each)):
                yield f"{each} is sent back"
        elif value and read.named(each) and not kept(read.named(each), value):
            yield f"what was typed into {each} is lost"


def kept(there: list[dict[str, Any]], value: str) -> bool:
    """Whether a field still holds what was typed; of a choice that is none, nothing can."""
    plain = value.strip().replace("\x00", "")
    return any(
        "value" not in one
        or (one["value"] or "").strip().replace("\x00", "").replace("�", "") == plain
        for one in there
    )


@pytest.mark.django_db
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(places):
    client, numbers = places
    failed: list[str] = []
    before, last = stored(), None
    for label, row, name, value in cases():
        data = {key: one.format(**numbers) for key, one in row.good.items()} | {name: value}
        address = row.address.format(**numbers)
        is_first, last = last != (row.address, name), (row.address, name)
        for headers in ({},) if row.part else ({}, HTMX) if is_first else (HTMX,):
            answer = getattr(client, row.method)(address, data, **headers)
            case = f"{label} {name}={value[:20]!r}{' htmx' if headers else ''}"
            if answer.status_code != row.status:
                failed.append(f"{case}: {answer.status_code}")
                continue
            read = Read(answer.content.decode())
            failed += [f"{case}: {words}" for words in wrongs(read, row, name, data)]
        if row.method == "post" and is_first:
            after = stored()
            changed = [key for key, rows in after.items() if rows != before[key]]
            if changed:
                failed.append(f"{label} {name}={value[:20]!r}: changed {changed}")
                before = after
    assert not failed, f"{len(failed)}\n" + "\n".join(failed)
    assert stored() == before
