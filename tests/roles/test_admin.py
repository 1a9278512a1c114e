"""The admin: every model with every page and action, and its other addresses, for every role."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.test import RequestFactory
from django.urls import URLResolver, reverse

from accounts.models import AuditEntry
from explainer.models import AskingSettings, Spending
from monitoring.models import AlarmDiagnosis, DetectorEvaluation, DetectorSettings, DiagnosisModel
from simulation.models import IngestCount
from tests.roles.admin_table import MODELS, OTHERS
from tests.roles.asking import ask, outcome
from tests.roles.people import EVERYBODY, ROLES, may

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
TABLE = "tests/roles/admin_table.py"
REGISTERED = {model._meta.label_lower: one for model, one in admin.site._registry.items()}


@pytest.fixture
def rows(world, everybody, detector):
    """A row of every model."""
    plant, today = world.plant, datetime.now(UTC).date()
    DetectorSettings.of(plant)
    AskingSettings.objects.get_or_create(plant=plant)
    Spending.objects.create(provider="claude", plant=plant, day=today, estimate="0.01")
    IngestCount.objects.create(plant=plant, outcome="stored", count=1)
    DetectorEvaluation.objects.create(detector_model=detector, figures={"far": 0.01})
    model = DiagnosisModel.objects.create(kind="softmax", version=1, parameters=b"", card={})
    AlarmDiagnosis.objects.create(
        alarm=world.alarm, age=5, step=world.alarm.raised_step + 5,
        ranking=[[4, 0.9], [1, 0.1]], novelty=0.1, model=model,
    )  # fmt: skip
    found = {label: one.model._default_manager.last() for label, one in REGISTERED.items()}
    assert all(found.values()), [label for label, row in found.items() if row is None]
    return found


def test_the_table_names_every_model_and_its_actions(rf, users):
    assert set(MODELS) == set(REGISTERED), f"add a row to MODELS in {TABLE}"
    request = rf.get("/admin/")
    request.user = users["admin"]
    for label, one in REGISTERED.items():
        assert sorted(one.get_actions(request)) == sorted(MODELS[label][1]), f"{label} in {TABLE}"


def test_the_table_names_every_other_address():
    standard = ("_changelist", "_add", "_history", "_delete", "_change")

    def others(patterns, prefix: str = "") -> Iterator[str]:
        for one in patterns:
            route = prefix + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from others(one.url_patterns, route)
            elif one.name and ("password" in one.name or not one.name.endswith(standard)):
                yield route

    found = set(others(admin.site.urls[0]))
    assert found == set(OTHERS), f"rows of OTHERS in {TABLE}: {found ^ set(OTHERS)}"


def written() -> tuple[int, int]:
    """How many acts the audit trail and the admin's history name."""
    return AuditEntry.objects.count(), LogEntry.objects.count()


def pages(label: str, pk: object) -> Iterator[tuple[int, str, str]]:
    """Every page of a model: the letter that counts, method, address."""
    name = "admin:" + label.replace(".", "_")
    for page, arguments, column in (
        ("changelist", (), 0),
        ("history", (pk,), 0),
        ("change", (pk,), 0),
        ("add", (), 1),
        ("delete", (pk,), 3),
    ):
        yield column, "GET", reverse(f"{name}_{page}", args=arguments)
    yield 1, "POST", reverse(f"{name}_add")
    yield 2, "POST", reverse(f"{name}_change", args=(pk,))


def test_each_page_of_each_model_opens_for_its_roles_alone(everybody, rows):
    wrong = []
    for label, (letters, _) in MODELS.items():
        for column, method, path in pages(label, rows[label].pk):
            for who in EVERYBODY:
                found = outcome(ask(everybody[who], method, path))
                if found != ("in" if may(who, letters[column]) else "refused"):
                    wrong.append(f"{method} {path} for {who}: {found}, the row is {letters!r}")
    assert not wrong, "\n".join(wrong)


def test_nobody_deletes_who_may_not(everybody, rows):
    wrong = []
    for label, (letters, _) in MODELS.items():
        path = reverse(f"admin:{label.replace('.', '_')}_delete", args=(rows[label].pk,))
        for who in EVERYBODY:
            if may(who, letters[3]):
                continue
            response = everybody[who].post(path, {"post": "yes"})
            row = type(rows[label])._default_manager.filter(pk=rows[label].pk)
            if outcome(response) != "refused" or not row.exists():
                wrong.append(f"{path} for {who}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


def test_each_action_is_offered_to_its_roles_alone(users, rows):
    wrong = []
    for label, (_, actions) in MODELS.items():
        for who in ROLES:
            request = RequestFactory().get("/")
            request.user = users[who]
            is_let_in = admin.site.has_permission(request)
            offered = set(REGISTERED[label].get_actions(request)) if is_let_in else set()
            expected = {name for name, letter in actions.items() if may(who, letter)}
            if offered != expected:
                wrong.append(f"{label} for {who}: {sorted(offered ^ expected)}")
    assert not wrong, "\n".join(wrong)


def test_an_action_that_is_not_offered_does_nothing_and_one_that_is_works(everybody, rows):
    wrong = []
    for label, (letters, actions) in MODELS.items():
        path = reverse(f"admin:{label.replace('.', '_')}_changelist")
        for name, letter in actions.items():
            form = {"action": name, "_selected_action": rows[label].pk, "reason": "A test."}
            sent = urlencode({**form, "confirmed": "1", "post": "yes"})
            for who in EVERYBODY:
                with transaction.atomic():
                    before = written()
                    response = everybody[who].post(path, sent, content_type=FORM)
                    has_acted = written() != before
                    transaction.set_rollback(True)
                if may(who, letter):
                    right = response.status_code in {200, 302} and outcome(response) == "in"
                else:
                    seen = outcome(response) == ("in" if may(who, letters[0]) else "refused")
                    right = seen and not has_acted
                if not right:
                    wrong.append(f"{name} at {path} for {who}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


def test_the_other_addresses_open_for_their_roles_alone(everybody, rows, users):
    config = rows["explainer.providerconfig"]
    parts = {
        "<id>": str(users["viewer"].pk),
        "<int:pk>": str(config.pk),
        "<path:content_type_id>": "0",
        "<path:object_id>": "1",
        "^(?P<app_label>auth|accounts|otp_totp|explainer|monitoring|simulation)/$": "simulation/",
    }
    wrong = []
    for route, letters in OTHERS.items():
        path = route
        for part, value in parts.items():
            path = path.replace(part, value)
        for method, letter in zip(("GET", "POST"), letters, strict=True):
            for who in EVERYBODY:
                found = outcome(ask(everybody[who], method, f"/admin/{path}"))
                if letter in ".-":
                    right = found in {"refused", "no method"} or letter == "-"
                else:
                    missing = route.startswith("r/") and may(who, letter)
                    right = found == (
                        "missing" if missing else "in" if may(who, letter) else "refused"
                    )
                if not right:
                    wrong.append(f"{method} /admin/{path} for {who}: {found}, row {letters!r}")
    assert not wrong, "\n".join(wrong)
