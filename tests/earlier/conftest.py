"""The earlier interface, mounted, with a simulated plant or one that is fed from outside."""

import json
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from django.test import Client

from accounts import outage
from accounts.models import ApiToken
from earlier.urls import FIRST_PARTS
from monitoring.ingest_throttle import BUCKETS
from simulation import tep
from simulation.models import Plant
from simulation.tep.variables import LEGACY_NAMES

# Fixtures of other folders.
from tests.explainer.conftest import alarm_of, claude, explained, ran  # noqa: F401
from tests.teplive.conftest import prepared  # noqa: F401

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
SEED = 4651207995


@pytest.fixture
def mounted(settings, monkeypatch):
    """TEPLIVE_LEGACY_API=1, and the plant that TEPLIVE_LEGACY_PLANT names is `TEP 1`."""
    settings.LEGACY_API = True
    settings.LEGACY_PLANT = "TEP 1"
    settings.ROOT_URLCONF = "tests.earlier.urls"
    prefixes = [*outage.JSON_PREFIXES, *(f"/{part}" for part in FIRST_PARTS)]
    monkeypatch.setattr(outage, "JSON_PREFIXES", prefixes)
    return settings


class Program:
    """A program on this machine, without a token unless it is given one."""

    def __init__(self, user=None, **environ: Any) -> None:
        self.client = Client(
            enforce_csrf_checks=True,
            raise_request_exception=True,
            SERVER_NAME="localhost",
            **environ,
        )
        self.headers: dict[str, str] = {}
        if user is not None:
            self.headers = {"Authorization": f"Bearer {ApiToken.issue(user, 'test')[1]}"}

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any):
        return self.client.get(path, query, headers=self.headers | (headers or {}))

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None):
        return self.client.post(
            path,
            b"" if body is None else json.dumps(body).encode(),
            content_type=JSON,
            headers=self.headers | (headers or {}),
        )

    def post_form(self, path: str, headers: dict[str, str] | None = None, **fields: Any):
        return self.client.post(
            path,
            urlencode(fields, doseq=True).encode(),
            content_type=FORM,
            headers=self.headers | (headers or {}),
        )

    def post_query(self, path: str, **fields: Any):
        return self.client.post(f"{path}?{urlencode(fields)}", headers=self.headers)


@pytest.fixture
def program(mounted, plant) -> Program:
    """A program on this machine; the plant is simulated."""
    return Program()


@pytest.fixture
def fed(db) -> Plant:
    """A plant that is fed with XMEAS 1-22 from outside, and runs."""
    BUCKETS.clear()
    made = Plant.objects.create(
        name="TEP 1", source=Plant.Source.OUTSIDE, variables=Plant.Variables.XMEAS
    )
    made.start()
    return made


@pytest.fixture
def bridge(mounted, fed) -> Program:
    """A program on this machine; the plant is fed from outside."""
    return Program()


@pytest.fixture(scope="session")
def samples() -> np.ndarray:
    """Rows of a simulated plant as somebody else's simulator would write them, shape (n, 53)."""
    rows, _ = tep.simulate_rows(SEED, 4.0)
    return rows


@pytest.fixture(scope="session")
def faulty_samples() -> np.ndarray:
    """Rows with IDV(6), the loss of A feed, from the first hour on."""
    rows, _ = tep.simulate_rows(SEED, 4.0, {6: 1.0})
    return rows


def data_point(row: np.ndarray) -> dict[str, float]:
    """A row as the bridge posts it."""
    return dict(zip(LEGACY_NAMES, map(float, row), strict=False))


@pytest.fixture
def detector_22(db, fitted_parameters_22):
    """The active detector of 22 variables."""
    from monitoring.models import DetectorModel

    return DetectorModel.objects.create(
        version=2, variables=22, is_active=True, **fitted_parameters_22
    )


@pytest.fixture(scope="session")
def fitted_parameters_22(django_db_setup, django_db_blocker):
    """A small detector of 22 variables, fitted once."""
    with django_db_blocker.unblock():
        from django.db import transaction

        from monitoring.fitting import FitPlan, fit_detector
        from monitoring.models import DetectorModel

        with transaction.atomic():
            fit_detector(FitPlan(kind="pca", runs=2, limit_runs=6, hours=24.0))
            model = DetectorModel.objects.get(variables=22, is_active=True)
            values = {"kind": model.kind, "parameters": bytes(model.parameters), "card": model.card}
            transaction.set_rollback(True)
    return values
