"""A plant with a fault that has run a while, and hints that go nowhere."""

import pytest

from monitoring import forecasts
from tests.monitoring.pages import SEED, run_for


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    """The hints go nowhere: what they ask for is done by the tests themselves."""
    monkeypatch.setattr("simulation.tasks.has_room", lambda queue: False)


@pytest.fixture(autouse=True)
def forget_what_other_tests_asked_for():
    forget_asking()


def forget_asking() -> None:
    forecasts._asked.clear()


@pytest.fixture
def running(plant, detector):
    plant.reset(SEED)
    plant.start()
    run_for(plant, 10)
    plant.inject([6])
    run_for(plant, 20)
    return plant


@pytest.fixture
def operator(make_user):
    return make_user("operator")
