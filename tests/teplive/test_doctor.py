"""manage.py doctor: each check sees what is wrong, nothing makes it hang, culprits come first."""

import json
import socket
import sqlite3
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from monitoring.models import DetectorModel
from simulation.models import Plant, Pulse
from teplive import web_watch
from teplive.doctor import (
    Check,
    Finding,
    Report,
    broker,
    database,
    detector,
    examine,
    processes,
    space,
    stages,
    web,
)
from teplive.doctor import settings as settings_check
from tests.stack import free_port, manage


def ok(name: str) -> list[Finding]:
    return [Finding(name, "ok", "fine")]


def damage(model: DetectorModel) -> None:
    """Spoil a stored detector, so that nobody finds the good one in a cache either."""
    DetectorModel.objects.filter(pk=model.pk).update(
        parameters=b"damaged", created_at=timezone.now()
    )


class TestExamination:
    """No check can hold up the others."""

    def test_a_check_that_hangs_is_left_behind_and_named(self):
        forever = threading.Event()
        checks = [
            Check("stuck", lambda: forever.wait() and []),
            Check("other", lambda: ok("other")),
        ]
        began = time.monotonic()
        found = {f.name: f for f in examine(checks, patience=0.3)}
        assert time.monotonic() - began < 5
        assert found["stuck"].level == "fail"
        assert "no answer within 0.3 s" in found["stuck"].said
        assert found["other"].level == "ok"
        forever.set()

    def test_what_depends_on_a_failed_part_is_not_tried(self):
        tried = []
        checks = [
            Check("later", lambda: tried.append(1) or ok("later"), frozenset({"first"})),
            Check("first", lambda: [Finding("first", "fail", "down")]),
        ]
        found = examine(checks)
        assert [(f.name, f.level) for f in found] == [("later", "warn"), ("first", "fail")]
        assert "first failed" in found[0].said
        assert tried == []

    def test_an_error_in_a_check_is_a_failure_that_tells_no_secret(self):
        def raising() -> list[Finding]:
            raise ConnectionError("redis://:secret@host")

        [found] = examine([Check("broker", raising)])
        assert (found.level, found.said) == ("fail", "it failed with ConnectionError")


class TestReport:
    """The first failure is the culprit."""

    def test_the_culprit_is_the_first_failure_and_comes_with_its_remedy(self):
        report = Report.of(
            [
                Finding("a", "warn", "nearly full", "tidy up"),
                Finding("b", "fail", "is down", "start it"),
                Finding("c", "fail", "has nothing to do"),
            ]
        )
        text = report.as_text()
        assert text.endswith("Culprit: b: is down\nRemedy:  start it")
        assert not report.is_well
        assert report.as_json()["culprit"]["name"] == "b"

    def test_warnings_alone_are_well(self):
        report = Report.of([Finding("a", "warn", "nearly full", "tidy up")])
        assert report.is_well
        assert "All is well, with 1 warnings." in report.as_text()
        assert "tidy up" in report.as_text()


def answering(status: int):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args) -> None:
            pass

    return Handler


@pytest.fixture
def server():
    """Start a web server that answers every request with a status; gives its address."""
    started = []

    def start(status: int) -> str:
        found = HTTPServer(("127.0.0.1", 0), answering(status))
        threading.Thread(target=found.serve_forever, daemon=True).start()
        started.append(found)
        return f"http://127.0.0.1:{found.server_port}"

    yield start
    for found in started:
        found.shutdown()
        found.server_close()


class TestWeb:
    """The web server is asked as a browser asks it."""

    @pytest.mark.parametrize("status", [200, 503])
    def test_an_answer_of_health_is_an_answer_whatever_it_says(self, server, status):
        assert web.look(server(status))[0].level == "ok"

    def test_another_answer_is_not_ours(self, server):
        [found] = web.look(server(404))
        assert (found.level, "404" in found.said) == ("fail", True)

    def test_a_server_that_takes_connections_and_answers_none_hangs(self, monkeypatch):
        monkeypatch.setattr(web, "PATIENCE_SECONDS", 0.3)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            [found] = web.look(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert (found.level, "it hangs" in found.said) == ("fail", True)
        assert "daphne" in found.remedy

    def test_nobody_there_is_a_failure_with_the_address(self):
        url = f"http://127.0.0.1:{free_port()}"
        [found] = web.look(url)
        assert found.level == "fail"
        assert url in found.said


class TestWebWatch:
    """The runner notices a web server that lives and does not answer."""

    def test_its_silence_grows_while_the_server_hangs_and_ends_with_its_answer(
        self, server, monkeypatch
    ):
        monkeypatch.setattr(web, "PATIENCE_SECONDS", 0.1)
        monkeypatch.setattr(web_watch, "ASK_EVERY_SECONDS", 0.02)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            watch = web_watch.WebWatch(silent.getsockname()[1])
            watch.start()
            deadline = time.monotonic() + 10
            while watch.silence < 0.5:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            watch.url = server(503)
            while watch.silence > 0.4:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        watch.stop()


@pytest.mark.django_db
@pytest.mark.datapath
class TestParts:
    """Each part, as it is in this test run."""

    def test_the_settings_of_the_tests_will_do(self):
        assert all(found.level != "fail" for found in settings_check.look())

    def test_the_database_is_up_to_date_and_writable_and_keeps_nothing_of_it(self):
        assert [found.level for found in database.look()] == ["ok"]
        assert not Pulse.objects.filter(stage="doctor").exists()

    def test_the_broker_answers_with_its_memory(self):
        [found] = broker.look()
        assert found.level == "ok"
        assert "MB used" in found.said

    def test_a_beat_that_never_beat_and_one_that_stopped_are_told_apart(self):
        assert "never" in processes.look_at_beat()[0].said
        Pulse.beat("clock")
        assert processes.look_at_beat()[0].level == "ok"
        Pulse.objects.update(beaten_at=timezone.now() - timedelta(seconds=9))
        assert "no sign of life for 9 s" in processes.look_at_beat()[0].said

    def test_queues_without_a_worker_are_named_one_by_one(self, clean_broker, monkeypatch):
        monkeypatch.setattr(processes, "ASK_SECONDS", 0.2)
        found = processes.look_at_workers()
        assert [f.name for f in found] == [
            "worker of simulate",
            "worker of analyse",
            "worker of explain",
        ]
        assert {f.level for f in found} == {"fail"}
        assert all(f.remedy for f in found)

    def test_a_missing_and_a_damaged_detector_are_told_apart(self, plant, fitted_parameters):
        [found] = detector.look()
        assert (found.level, "fitdetector" in found.remedy) == ("fail", True)
        model = DetectorModel.objects.create(version=1, is_active=True, **fitted_parameters)
        assert detector.look()[0].level == "ok"
        damage(model)
        assert "cannot be read" in detector.look()[0].said

    def test_a_detector_in_charge_without_pca_beside_it_is_a_failure(self, plant, team):
        assert [found.level for found in detector.look()] == ["ok"]
        team["pca"].delete()
        [found] = detector.look()
        assert (found.level, "no PCA model with 33 variables" in found.said) == ("fail", True)
        assert "fitdetector --detector pca --variables 33 --no-activate" in found.remedy

    def test_a_damaged_pca_beside_the_one_in_charge_is_a_failure(self, plant, team):
        damage(team["pca"])
        [found] = detector.look()
        assert (found.level, "accompanies Robust v1" in found.said) == ("fail", True)

    def test_damaged_detectors_in_the_shadow_are_warnings_one_by_one(self, plant, team):
        damage(team["sharp"])
        DetectorModel.objects.create(
            kind="newer", version=1, variables=22, parameters=b"", in_shadow=True
        )
        found = detector.look()
        assert [one.level for one in found] == ["warn", "warn"]
        assert found[0].said.startswith("Sharp v1, which watches in the shadow, cannot be read")
        assert "'newer' is not known" in found[1].said
        assert all("out of the shadow" in one.remedy for one in found)

    def test_the_space_is_judged_by_what_the_plants_write(self):
        Plant.objects.create(name="a", state="running", interval_seconds=0.5)
        Plant.objects.create(name="b", state="paused", interval_seconds=0.2)
        grows = space.bytes_a_day()
        assert grows == 2 * 86_400 * space.BYTES_PER_SAMPLE
        assert space.judge(100e9, grows).level == "ok"
        assert space.judge(5 * grows, grows).level == "warn"
        assert space.judge(0.5 * grows, grows).level == "fail"
        assert space.judge(50e6, 0).level == "fail"
        assert space.judge(100e9, None).level == "ok"


def patience() -> str:
    words = "PRAGMA busy_timeout" if connection.vendor == "sqlite" else "SHOW lock_timeout"
    with connection.cursor() as cursor:
        cursor.execute(words)
        return str(cursor.fetchone()[0])


CHECKS = [database.look, processes.look_at_beat, detector.look, stages.look, space.bytes_a_day]


@pytest.mark.django_db
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__module__.rpartition(".")[2])
def test_a_check_leaves_the_connection_as_patient_as_it_was(check, clean_broker):
    usual = patience()
    with database.impatient():
        assert patience() in {"1000", "1s"}
    check()
    assert patience() == usual


@pytest.mark.django_db
def test_the_connection_is_patient_again_after_a_check_that_failed():
    usual = patience()
    with pytest.raises(ZeroDivisionError), database.impatient():
        _ = 1 / 0
    assert patience() == usual


@pytest.mark.stack
class TestCommand:
    """The command as a user runs it."""

    def test_where_nothing_runs_it_says_how_to_start(self, data_dir):
        done = manage(data_dir, "doctor", TEPLIVE_PORT=str(free_port()))
        assert done.returncode == 1
        assert "make run" in done.stdout
        assert "Traceback" not in done.stdout + done.stderr

    def test_an_empty_folder_lacks_its_tables(self, tmp_path):
        url = f"sqlite:///{tmp_path}/empty.sqlite3"
        done = manage(tmp_path, "doctor", "--json", "--no-web", DATABASE_URL=url)
        assert done.returncode == 1
        culprit = json.loads(done.stdout)["culprit"]
        assert (culprit["name"], "migrate" in culprit["remedy"]) == ("database", True)

    def test_a_wrong_setting_is_the_culprit_and_does_not_end_it_early(self, tmp_path):
        done = manage(tmp_path, "doctor", "--json", "--no-web", TEPLIVE_PORT="http")
        told = json.loads(done.stdout)
        assert told["culprit"]["name"] == "settings"
        assert "TEPLIVE_PORT" in told["culprit"]["said"]
        assert len(told["checks"]) > 4

    def test_a_database_that_is_away_is_named_without_its_password(self, tmp_path):
        url = "postgresql://tep:secret-word@127.0.0.1:1/tep"
        done = manage(tmp_path, "doctor", "--no-web", DATABASE_URL=url)
        assert done.returncode == 1
        assert "Culprit: database" in done.stdout
        assert "secret-word" not in done.stdout + done.stderr

    def test_a_database_that_is_locked_is_named_and_does_not_hang_it(self, tmp_path):
        file = tmp_path / "locked.sqlite3"
        more = {"DATABASE_URL": f"sqlite:///{file}"}
        assert manage(tmp_path, "migrate", "-v0", **more).returncode == 0
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        try:
            done = manage(tmp_path, "doctor", "--json", "--no-web", **more)
        finally:
            holder.close()
        culprit = json.loads(done.stdout)["culprit"]
        assert culprit["name"] == "database"
        assert "lock" in culprit["said"]

    def test_its_help_tells_the_exit_codes(self, tmp_path):
        done = manage(tmp_path, "doctor", "--help")
        assert "Exit code: 0 if nothing failed" in done.stdout
        assert "--json" in done.stdout


def test_it_asks_its_own_server_where_the_settings_say_it_serves():
    assert web.own_url() == f"http://{settings.HOST}:{settings.PORT}"
