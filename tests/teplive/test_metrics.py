"""/metrics: what Prometheus gets, who may ask, and that the dashboard uses nothing else."""

import json
import re
import tomllib
from datetime import timedelta

import pytest
import yaml
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import ApiToken
from explainer.models import Explanation
from monitoring.models import AlarmJournalEntry
from simulation.models import IngestCount, Plant, Pulse, Run
from teplive import __version__
from tests.conftest import REPOSITORY
from tests.monitoring.pages import run_for
from tests.stack import manage

pytestmark = [pytest.mark.datapath, pytest.mark.usefixtures("clean_broker")]

GRAFANA = REPOSITORY / "docs" / "grafana"
OURS = re.compile(r"\b(?:teplive|process)_[a-z_]+\b")


def parsed(text: str) -> dict[str, list]:
    """The samples by name."""
    found: dict[str, list] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample)
    return found


def value(samples: list, **labels: str) -> float:
    [found] = [s for s in samples if labels.items() <= s.labels.items()]
    return found.value


@pytest.fixture
def scrape(client, make_user):
    viewer = make_user("viewer")
    token = ApiToken.issue(viewer, "prometheus")[1]

    def get():
        accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
        return client.get(
            "/metrics", headers={"Authorization": f"Bearer {token}", "Accept": accept}
        )

    return get


@pytest.fixture
def two_plants(plant, detector):
    plant.reset(4651207995)
    plant.start()
    run_for(plant, 4)
    fed = Plant.objects.create(name='Line "7"\n', source="outside")
    fed.start()
    IngestCount.add(fed.pk, "accepted", 5)
    return plant


def test_a_scrape_gives_the_figures_of_every_plant(scrape, two_plants):
    answer = scrape()
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in answer["Cache-Control"]
    found = parsed(answer.content.decode())
    assert value(found["teplive_up"]) == 1
    assert value(found["teplive_plant_step"], name="TEP 1") == 4
    assert value(found["teplive_analyses"], name="TEP 1") == 4
    assert value(found["teplive_last_sample_age_seconds"], name="TEP 1") >= 0
    assert value(found["teplive_ingest_rows_total"], name='Line "7"\n', outcome="accepted") == 5
    assert value(found["teplive_queue_length"], queue="simulate") == 0
    assert {s.labels["status"] for s in found["teplive_explanations"]} == set(
        Explanation.Status.values
    )
    assert found["process_resident_memory_bytes"][0].value > 0


def test_each_stage_is_in_exactly_one_state(scrape, two_plants):
    states: dict[tuple, float] = {}
    for sample in parsed(scrape().content.decode())["teplive_stage_state"]:
        stage = (sample.labels["name"], sample.labels["stage"])
        states[stage] = states.get(stage, 0) + sample.value
    assert set(states.values()) == {1.0}
    assert len(states) == 9


def test_the_build_tells_the_version_of_the_project(scrape, db):
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["version"] == __version__
    assert parsed(scrape().content.decode())["teplive_build_info"][0].labels["version"] == (
        __version__
    )


def test_without_a_token_nothing_is_told(client, db):
    answer = client.get("/metrics")
    assert answer.status_code == 401
    assert b"teplive_" not in answer.content
    assert "manage.py token" in answer.content.decode()


def test_a_wrong_token_is_refused(client, db):
    assert client.get("/metrics", headers={"Authorization": "Bearer tep_no"}).status_code == 401


def names_in_the_dashboard() -> set[str]:
    dashboard = json.loads((GRAFANA / "dashboard.json").read_text())
    texts = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
    texts += [json.dumps(variable) for variable in dashboard["templating"]["list"]]
    return {name for text in texts for name in OURS.findall(text)}


def names_in_the_alerts() -> set[str]:
    rules = yaml.safe_load((GRAFANA / "alerts.yml").read_text())["groups"][0]["rules"]
    return {name for rule in rules for name in OURS.findall(rule["expr"])}


def test_dashboard_and_alerts_use_only_metrics_that_are_exported(scrape, two_plants):
    exported = set(parsed(scrape().content.decode()))
    assert len(names_in_the_dashboard()) >= 15
    assert names_in_the_dashboard() - exported == set()
    assert names_in_the_alerts() - exported == set()


SCRAPE = """
from django.test import Client
headers = {"Authorization": "Bearer tep_some"}
answer = Client(SERVER_NAME="localhost").get("/metrics", headers=headers)
print(answer.status_code)
print(answer.content.decode())
"""


@pytest.mark.parametrize(
    "url", ["sqlite:////nonexistent/t.sqlite3", "postgresql://a:b@127.0.0.1:1/t"]
)
def test_without_a_database_a_scrape_says_so_and_nothing_else(tmp_path, url):
    told = manage(tmp_path, "shell", "-v0", "-c", SCRAPE, DATABASE_URL=url)
    code, _, text = told.stdout.partition("\n")
    assert code == "200", told.stderr
    found = parsed(text)
    assert value(found["teplive_up"]) == 0
    assert value(found["teplive_scrape_error"], part="database") == 1
    assert "teplive_plant_step" not in found


def test_without_a_broker_a_scrape_says_so_and_tells_the_rest(tmp_path):
    code = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from prometheus_client import CollectorRegistry, generate_latest
from simulation.models import Plant
from teplive.metrics.collector import TepliveCollector
Plant.objects.create(name="TEP 1").start()
registry = CollectorRegistry()
registry.register(TepliveCollector())
print(generate_latest(registry).decode())
"""
    told = manage(
        tmp_path,
        *("shell", "-v0", "-c", code),
        DATABASE_URL=f"sqlite:///{tmp_path}/t.sqlite3",
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    found = parsed(told.stdout)
    assert value(found["teplive_up"]) == 0, told.stderr
    assert value(found["teplive_scrape_error"], part="broker") == 1
    assert value(found["teplive_plant_step"], name="TEP 1") == 0
    assert "teplive_queue_length" not in found


def test_a_scrape_that_sees_a_stall_writes_its_alarm_once(two_plants, scrape):
    now = timezone.now()
    Run.objects.update(started_at=now - timedelta(hours=1))  # the start's grace is over
    Pulse.objects.filter(stage="clock").update(beaten_at=now - timedelta(seconds=30))
    for _ in range(2):
        assert scrape().status_code == 200
    kinds = AlarmJournalEntry.objects.filter(code="stream-stalled").values_list("plant", "kind")
    assert list(kinds) == [(two_plants.pk, "activated")]
