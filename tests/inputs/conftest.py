"""A world with one of everything that can be stored, built once for all tests of inputs."""

from contextlib import ExitStack

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction

from monitoring.models import DetectorModel
from simulation.models import Plant
from tests.inputs.world import build
from tests.monitoring.pages import client_of

#: Rows whose numbers addresses need.
NUMBERED = {
    "plant": "simulation.Plant",
    "definition": "monitoring.AlarmDefinition",
    "occurrence": "monitoring.AlarmOccurrence",
    "shelving": "monitoring.Shelving",
    "alarm": "monitoring.Alarm",
    "explanation": "explainer.Explanation",
    "event": "monitoring.EventFrame",
    "entry": "monitoring.LogEntry",
    "link": "monitoring.PublicLink",
    "saved": "monitoring.SavedTrend",
    "tour": "teplive.DemoTour",
    "act": "accounts.AuditEntry",
    "session": "accounts.SessionRecord",
    "api_token": "accounts.ApiToken",
    "detector": "monitoring.DetectorModel",
}


@pytest.fixture(scope="package")
def built(django_db_setup, django_db_blocker, fitted_parameters):
    """What is built, in a transaction around those of the tests; it is never committed."""
    stack = ExitStack()
    with django_db_blocker.unblock():
        stack.enter_context(transaction.atomic())
        DetectorModel.objects.create(version=1, is_active=True, **fitted_parameters)
        plant = Plant.objects.create(name="TEP 1", interval_seconds=1.0)
        user = User.objects.create_superuser("superuser", password="pass-superuser")
        made = build(plant, user)
        client = client_of(user)
        client.get("/account/", HTTP_USER_AGENT="a browser")
        client.raise_request_exception = False
        numbers = {
            name: apps.get_model(label)
            ._default_manager.order_by("pk")
            .values_list("pk", flat=True)[0]
            for name, label in NUMBERED.items()
        }
    numbers["other"] = made["other"].pk
    yield {**made, "client": client, "numbers": numbers}
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        stack.close()


@pytest.fixture
def world(built, db):
    """What is built; a test's changes to it are undone."""
    return built
