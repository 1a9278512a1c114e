"""Who may use the earlier interface, and from where."""

import pytest
from django.test import Client

from simulation.models import Plant
from tests.accounts.callers import Caller, assert_says
from tests.earlier.conftest import Program

pytestmark = pytest.mark.django_db

READS = [
    "/status", "/config/baseline/reload", "/retrain", "/metrics.json", "/preview/top6",
    "/last_analysis", "/analysis/history", "/models/status", "/api/status", "/api/logs/ingest",
    "/api/analysis/history/download/md", "/stream",
]  # fmt: skip
CHANGES = [
    "/ingest", "/config/runtime", "/config/alpha", "/retrain", "/explain", "/models/toggle",
    "/api/speed", "/api/speed/factor", "/api/idv/set", "/api/xmv/set", "/api/tep/start",
    "/api/tep/stop", "/api/tep/restart", "/api/stop/all",
]  # fmt: skip


@pytest.mark.parametrize("path", [*READS, *CHANGES])
def test_nothing_of_it_is_there_unless_it_is_switched_on(plant, make_user, path):
    known = {"/last_analysis", "/api/status"}
    client = Client()
    assert client.get(path).status_code == (401 if path in known else 404)


@pytest.mark.parametrize("path", READS)
def test_a_program_of_this_machine_reads_without_a_token(program, detector, path):
    assert program.get(path).status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_every_loopback_address_is_of_this_machine(mounted, plant, address):
    assert Program(REMOTE_ADDR=address).get("/status").status_code == 200


@pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.4", "2001:db8::1", "", "unix:"])
@pytest.mark.parametrize("path", [*READS, *CHANGES])
def test_another_machine_needs_a_token(mounted, plant, path, address):
    client = Program(REMOTE_ADDR=address)
    answer = client.get(path) if path in READS else client.post(path)
    assert_says(answer, 401, hint="manage.py token")


def test_behind_a_tls_proxy_a_token_is_always_needed(program, settings):
    settings.HTTPS = True
    assert_says(program.get("/status"), 401)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_behind_a_proxy_that_shows_itself_a_token_is_needed(program, header):
    assert_says(program.get("/status", {header: "127.0.0.1"}), 401)


def test_a_wrong_token_is_not_made_good_by_the_address(program):
    program.headers = {"Authorization": "Bearer tep_wrong"}
    assert_says(program.get("/status"), 401, "not known")


@pytest.mark.parametrize("path", ["/api/tep/start", "/api/stop/all", "/config/alpha", "/retrain"])
def test_a_viewers_token_reads_and_changes_nothing(mounted, plant, make_user, path):
    viewer = Program(make_user("viewer"), REMOTE_ADDR="10.0.0.7")
    assert viewer.get("/status").status_code == 200
    assert_says(viewer.post(path), 403, "lacks the permission")
    plant.refresh_from_db()
    assert plant.state == Plant.State.STOPPED


def test_an_operators_token_works_from_another_machine(mounted, plant, make_user):
    operator = Program(make_user("operator"), REMOTE_ADDR="10.0.0.7")
    assert operator.post("/api/tep/start").status_code == 200
    assert_says(operator.post("/config/alpha", {"anomaly_threshold": 0.1}), 403, "tune_detector")


def test_a_program_without_a_token_is_no_user_elsewhere(program, plant):
    """It may use the earlier interface, for its one plant, and nothing else."""
    assert_says(program.get(f"/api/plants/{plant.pk}/readings"), 401)
    assert_says(program.post(f"/api/plants/{plant.pk}/start"), 401)
    assert program.client.get("/").status_code == 302


def test_a_program_without_a_token_sees_its_plant_alone(program, plant, make_user):
    Plant.objects.create(name="Another")
    assert [p["name"] for p in program.get("/api/status").json()["plants"]] == ["TEP 1"]
    user = Caller(make_user("viewer"))
    assert [p["name"] for p in user.get("/api/status").json()["plants"]] == ["TEP 1", "Another"]


def test_what_it_changed_bears_its_name(program, plant):
    plant.start()
    program.post("/api/tep/stop")
    plant.refresh_from_db()
    assert plant.state_reason == "by a program of this machine"


# -- browsers -----------------------------------------------------------------------------------

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost:5173"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("path", [*READS, *CHANGES])
def test_a_page_of_another_origin_is_refused(program, plant, path, headers):
    answer = program.get(path, headers) if path in READS else program.post(path, headers=headers)
    assert_says(answer, 403, "another origin", "token")


def test_a_simple_form_of_another_origin_does_not_start_the_plant(program, plant):
    """What a browser sends without asking first: a form, with the page's origin."""
    answer = program.post_form("/api/tep/start", {"Origin": "https://evil.example"})
    assert answer.status_code == 403
    plant.refresh_from_db()
    assert plant.state == Plant.State.STOPPED


def test_a_page_of_our_own_origin_may(program):
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert program.post("/api/tep/start", headers=own).status_code == 200


def test_a_foreign_name_that_points_here_is_refused(mounted, plant):
    """DNS rebinding: the page's own name resolves to 127.0.0.1, so its origin is «the same»."""
    rebound = Program()
    own = {"Origin": "http://evil.example", "Host": "evil.example", "Sec-Fetch-Site": "same-origin"}
    assert rebound.post("/api/tep/start", headers=own).status_code == 400
    plant.refresh_from_db()
    assert plant.state == Plant.State.STOPPED


def test_a_public_name_of_this_server_gives_no_exemption(mounted, plant):
    mounted.ALLOWED_HOSTS = ["localhost", "tep.example"]
    named = Program()
    own = {"Origin": "http://tep.example", "Host": "tep.example", "Sec-Fetch-Site": "same-origin"}
    assert_says(named.post("/api/tep/start", headers=own), 401)


def test_a_session_needs_its_csrf_token_even_on_this_machine(mounted, plant, make_user):
    program = Program()
    program.client.force_login(make_user("operator"))
    assert_says(program.post("/api/tep/start"), 403, "CSRF")


# -- the plant ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*READS, *CHANGES])
@pytest.mark.parametrize("name", ["", "Nowhere"])
def test_a_setting_that_names_no_plant_is_said_with_503(program, plant, mounted, path, name):
    mounted.LEGACY_PLANT = name
    answer = program.get(path) if path in READS else program.post(path)
    assert_says(answer, 503, "plant", "There are: TEP 1.")


def test_a_users_status_stays_whole_where_the_setting_names_no_plant(mounted, plant, make_user):
    mounted.LEGACY_PLANT = "Nowhere"
    answer = Caller(make_user("viewer")).get("/api/status")
    assert answer.status_code == 200
    assert answer.json()["plants"][0]["name"] == "TEP 1"
    assert "Nowhere" in answer.json()["last_error"]


@pytest.mark.parametrize("name", ["", "Nowhere"])
def test_the_check_names_the_setting(mounted, plant, name):
    from earlier.checks import the_legacy_plant_exists

    mounted.LEGACY_PLANT = name
    [warning] = the_legacy_plant_exists(None)
    assert "TEPLIVE_LEGACY_PLANT" in warning.msg + warning.hint
    mounted.LEGACY_PLANT = "TEP 1"
    assert the_legacy_plant_exists(None) == []


def test_the_check_says_nothing_while_the_interface_is_off(db, settings):
    from earlier.checks import the_legacy_plant_exists

    settings.LEGACY_API, settings.LEGACY_PLANT = False, ""
    assert the_legacy_plant_exists(None) == []


def test_an_unknown_address_below_it_is_answered_in_json(program):
    assert_says(program.get("/config/nothing"), 404)
