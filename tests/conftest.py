"""Fixtures that all tests share."""

import os
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.contrib.auth.models import Group, User
from hypothesis import settings as hypothesis_settings

from monitoring.fitting import FitPlan, fit_detector
from simulation.models import Plant

# No test may fail because the machine is busy.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    """With TEPLIVE_NO_SKIPS=1 (CI, which has everything) a skipped test is a failure."""
    skipped = terminalreporter.stats.get("skipped", [])
    if os.environ.get("TEPLIVE_NO_SKIPS") == "1" and skipped:
        terminalreporter.write_line(
            f"TEPLIVE_NO_SKIPS=1, but {len(skipped)} tests were skipped.", red=True
        )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # one of several processes: the first one has them all
        return
    if os.environ.get("TEPLIVE_NO_SKIPS") == "1" and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference trajectories and public data sets, beside the repository."""
    folder = Path(os.environ.get("TEPLIVE_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "tep" / "reference").is_dir():
        pytest.skip(f"no reference data at {folder}; name its folder in TEPLIVE_SHARED")
    return folder


@pytest.fixture(autouse=True)
def tasks_are_queued_again():
    """A command that ran its tasks inline must not make the tests after it do so."""
    yield
    current_app.conf.task_always_eager = False


@pytest.fixture
def clean_broker():
    """An empty broker and channel layer."""
    for url in (settings.BROKER_DATABASE_URL, settings.CHANNEL_LAYER_URL):
        client = redis.Redis.from_url(url)
        client.flushdb()
        client.close()


@pytest.fixture
def make_user(db):
    """Make a user of a role: make_user("operator")."""

    def make(role: str, **fields) -> User:
        user = User.objects.create_user(
            fields.pop("username", role), password="pass-" + role, **fields
        )
        if role == "superuser":
            user.is_superuser = user.is_staff = True
            user.save()
        elif role != "nobody":
            user.groups.add(Group.objects.get(name=role))
        return User.objects.get(pk=user.pk)

    return make


@pytest.fixture
def plant(db) -> Plant:
    """A plant that has not been started."""
    return Plant.objects.create(name="TEP 1", interval_seconds=1.0)


@pytest.fixture(scope="session")
def fitted_parameters(django_db_setup, django_db_blocker):
    """A small detector, fitted once; `detector` stores a copy for a test."""
    with django_db_blocker.unblock():
        from django.db import transaction

        with transaction.atomic():
            model = fit_detector(FitPlan(kind="pca", runs=2, limit_runs=6, hours=24.0))
            values = {"kind": model.kind, "parameters": bytes(model.parameters), "card": model.card}
            transaction.set_rollback(True)
    return values


@pytest.fixture(scope="session")
def fitted_team(django_db_setup, django_db_blocker):
    """A small robust bank in charge, a sharp one in the shadow, PCA beside them: fitted once."""
    with django_db_blocker.unblock():
        from django.db import transaction

        from monitoring.models import DetectorModel

        with transaction.atomic():
            plan = FitPlan(kind="robust", runs=2, limit_runs=6, hours=24.0, sets=(33,), faults=())
            fit_detector(plan, shadows=["sharp"])
            models = [
                {
                    "kind": model.kind,
                    "version": model.version,
                    "variables": model.variables,
                    "parameters": bytes(model.parameters),
                    "card": model.card,
                    "is_active": model.is_active,
                    "in_shadow": model.in_shadow,
                }
                for model in DetectorModel.objects.order_by("pk")
            ]
            transaction.set_rollback(True)
    return models


@pytest.fixture
def team(db, fitted_team):
    """The models of `fitted_team`, by kind."""
    from monitoring.models import DetectorModel

    return {values["kind"]: DetectorModel.objects.create(**values) for values in fitted_team}


@pytest.fixture(scope="session")
def trained(django_db_setup, django_db_blocker, fitted_team):
    """A small diagnosis on the robust bank, trained once; `diagnosis` stores a copy for a test."""
    with django_db_blocker.unblock():
        from django.db import transaction

        from monitoring.models import DetectorModel
        from monitoring.training import TrainingPlan, simulate, train

        with transaction.atomic():
            models = [DetectorModel.objects.create(**values) for values in fitted_team]
            robust = next(model for model in models if model.kind == "robust")
            plan = TrainingPlan(runs=5, held_out=2, thorough=False)
            made = train(robust, *simulate(plan), plan)
            values = {
                "kind": made.kind,
                "version": made.version,
                "parameters": bytes(made.parameters),
                "card": made.card,
            }
            transaction.set_rollback(True)
    return values


@pytest.fixture
def diagnosis(team, trained):
    """The classifier in use, with the detectors of `team`."""
    from monitoring.models import DiagnosisModel

    return DiagnosisModel.objects.create(**trained)


@pytest.fixture
def detector(db, fitted_parameters):
    """The active detector model."""
    from monitoring.models import DetectorModel

    return DetectorModel.objects.create(version=1, is_active=True, **fitted_parameters)
