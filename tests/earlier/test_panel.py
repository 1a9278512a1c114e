"""The calls of the earlier control panel."""

import pytest

from simulation.models import Plant, Reading
from simulation.stepping import due_ticks, step_plants
from tests.accounts.callers import assert_says
from tests.monitoring.pages import run_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(plant):
    plant.start()
    return plant


def send(program, how: str, path: str, **values):
    return program.post(path, values) if how == "post" else getattr(program, how)(path, **values)


EVERY_WAY = pytest.mark.parametrize("how", ["post", "post_form", "post_query"])


@EVERY_WAY
def test_the_speed_is_set_by_mode(program, running, how):
    answer = send(program, how, "/api/speed", mode="real")
    assert answer.json() == {"success": True, "mode": "real", "step_interval_seconds": 180.0}
    running.refresh_from_db()
    assert (running.interval_seconds, running.speed_preset.slug) == (180.0, "realistic")
    answer = send(program, how, "/api/speed", mode="demo", seconds=4)
    assert answer.json()["step_interval_seconds"] == 4.0
    running.refresh_from_db()
    assert (running.interval_seconds, running.speed_preset) == (4.0, None)
    assert send(program, how, "/api/speed", mode="demo").json()["step_interval_seconds"] == 1.0


@EVERY_WAY
def test_the_speed_is_set_by_factor(program, running, how):
    told = send(program, how, "/api/speed/factor", speed_factor=50).json()
    assert told["success"] is True
    assert told["step_interval_seconds"] == pytest.approx(3.6)
    assert told["mode"] == "fast_50x"
    assert told["description"]
    assert send(program, how, "/api/speed/factor", speed_factor=0.1).status_code == 200
    assert send(program, how, "/api/speed/factor", speed_factor=0.5).json()["mode"] == "slow_0.5x"
    running.refresh_from_db()
    assert running.interval_seconds == 360.0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/speed", {}),
        ("/api/speed", {"mode": "warp"}),
        ("/api/speed", {"mode": ["demo"]}),
        ("/api/speed", {"mode": "demo", "seconds": 0}),
        ("/api/speed", {"mode": "demo", "seconds": 11}),
        ("/api/speed", {"mode": "demo", "seconds": "x"}),
        ("/api/speed", {"mode": "demo", "speed": 1}),
        ("/api/speed/factor", {}),
        ("/api/speed/factor", {"speed_factor": 0.09}),
        ("/api/speed/factor", {"speed_factor": 51}),
        ("/api/speed/factor", {"speed_factor": "nan"}),
        ("/api/speed/factor", {"speed_factor": True}),
        ("/api/idv/set", {}),
        ("/api/idv/set", {"idv_num": 21, "value": 1}),
        ("/api/idv/set", {"idv_num": 0, "value": 1}),
        ("/api/idv/set", {"idv_num": 4}),
        ("/api/idv/set", {"idv_num": 4, "value": 2}),
        ("/api/idv/set", {"idv_num": 4, "value": [1]}),
        ("/api/idv/set", {"idv_num": "four", "value": 1}),
        ("/api/xmv/set", {"xmv_num": 13, "value": 5}),
        ("/api/xmv/set", {"xmv_num": 0, "value": 5}),
        ("/api/xmv/set", {"xmv_num": 1, "value": 101}),
        ("/api/xmv/set", {"xmv_num": 1}),
        ("/api/tep/start", {"fast": 1}),
        ("/api/stop/all", {"fast": 1}),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_changes_nothing(program, running, path, body):
    assert_says(program.post(path, body), 400)
    running.refresh_from_db()
    assert (running.interval_seconds, running.active_idvs) == (1.0, [])
    assert running.state == Plant.State.RUNNING


@EVERY_WAY
@pytest.mark.parametrize("name", ["idv_num", "idv_number"])
def test_a_fault_is_switched_on_and_off(program, running, how, name):
    told = send(program, how, "/api/idv/set", **{name: 4}, value=1).json()
    assert told["current_idv_state"] == [0, 0, 0, 1] + [0] * 16
    assert (told["idv_num"], told["value"]) == (4, 1)
    assert told["active_faults"][0].startswith("IDV(4)")
    again = send(program, how, "/api/idv/set", **{name: 4}, value=1)
    assert again.status_code == 200
    assert running.current_run.injections.count() == 1
    told = send(program, how, "/api/idv/set", **{name: 4}, value=0).json()
    assert told["active_faults"] == []


def test_a_valve_set_by_hand_is_held_from_the_next_sample_on(program, running):
    answer = program.post("/api/xmv/set", {"xmv_num": 10, "value": 35})
    told = answer.json()
    assert (answer.status_code, told["success"], told["xmv_num"]) == (200, True, 10)
    assert told["current_xmv_state"][9] == 35.0
    assert len(told["current_xmv_state"]) == 12
    run_for(running, 2)
    newest = Reading.objects.filter(run=running.run).latest("step")
    assert newest.xmv[9] == 35.0


def test_the_plant_is_started_stopped_and_restarted(program, plant):
    for action, state in [("start", "running"), ("stop", "stopped"), ("start", "running")]:
        told = program.post(f"/api/tep/{action}").json()
        assert told["success"] is True
        assert told["message"]
        plant.refresh_from_db()
        assert plant.state == state
    assert plant.current_run.number == 2


def test_a_restart_clears_the_faults_and_leaves_one_loop(program, running):
    """The earlier restart left two loops running."""
    program.post("/api/idv/set", {"idv_num": 4, "value": 1})
    step_plants(due_ticks())
    program.post("/api/tep/restart")
    program.post("/api/tep/restart")
    running.refresh_from_db()
    assert (running.state, running.step, running.active_idvs) == ("running", 0, [])
    ticks = due_ticks()
    assert len(ticks) == 1
    assert step_plants(ticks) == [running.pk]
    assert step_plants(ticks) == []


def test_a_restart_starts_a_stopped_plant(program, plant):
    assert program.post("/api/tep/restart").json()["success"] is True
    plant.refresh_from_db()
    assert plant.state == "running"


def test_a_browsers_form_is_led_back_to_the_page(program, plant):
    answer = program.post_form("/api/tep/start", {"Accept": "text/html"}, csrfmiddlewaretoken="x")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert program.post_form("/api/tep/start").json()["success"] is True


def test_everything_stops_but_the_server(program, running):
    assert program.post("/api/stop/all").json()["success"] is True
    running.refresh_from_db()
    assert running.state == "stopped"
    assert program.get("/status").json()["running"] is False


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/speed", {"mode": "demo"}),
        ("/api/speed/factor", {"speed_factor": 2}),
        ("/api/idv/set", {"idv_num": 1, "value": 1}),
        ("/api/xmv/set", {"xmv_num": 1, "value": 1}),
        ("/api/tep/start", {}),
        ("/api/tep/stop", {}),
        ("/api/tep/restart", {}),
    ],
)
def test_a_plant_fed_from_outside_has_no_simulator_to_command(bridge, fed, path, body):
    assert_says(bridge.post(path, body), 409, "fed from outside", "TEPLIVE_LEGACY_PLANT")
    fed.refresh_from_db()
    assert fed.state == "running"


def test_a_plant_fed_from_outside_stops_with_all(bridge, fed):
    assert bridge.post("/api/stop/all").status_code == 200
    fed.refresh_from_db()
    assert fed.state == "stopped"


# -- status and logs ----------------------------------------------------------------------------

PANEL_FIELDS = {
    "tep_running", "current_step", "step_interval_seconds", "speed_mode", "current_preset",
    "speed_factor", "raw_data_points", "pca_data_points", "llm_data_points", "last_loop_at",
    "last_ingest_at", "last_ingest_ok", "csv_rows", "csv_bytes", "last_ingest_info", "last_error",
    "backend_aggregated_count", "backend_live_buffer", "active_processes", "backend_running",
    "frontend_running", "bridge_running", "idv_values", "simulation_speed_factor",
    "use_accelerated_simulation",
}  # fmt: skip


def test_the_panels_status_has_all_earlier_fields_beside_ours(program, running, detector):
    program.post("/api/idv/set", {"idv_num": 6, "value": 1})
    step_plants(due_ticks())
    program.post("/api/speed", {"mode": "demo"})
    told = program.get("/api/status").json()
    assert set(told) >= PANEL_FIELDS
    assert {"plants", "time"} <= set(told)
    assert (told["tep_running"], told["current_step"], told["raw_data_points"]) == (True, 1, 1)
    assert told["idv_values"] == [0] * 5 + [1] + [0] * 14
    assert (told["speed_mode"], told["speed_factor"]) == ("demo", 180.0)
    assert (told["csv_rows"], told["bridge_running"]) == (None, None)


def test_the_panels_status_says_whether_the_last_row_was_counted(bridge, fed, samples):
    from tests.earlier.conftest import data_point

    assert bridge.get("/api/status").json()["last_ingest_ok"] is None
    bridge.post("/ingest", {"data_point": data_point(samples[0])})
    told = bridge.get("/api/status").json()
    assert (told["last_ingest_ok"], told["bridge_running"]) == (True, True)
    bridge.post("/ingest", {"data_point": {"A Feed": 1}})
    told = bridge.get("/api/status").json()
    assert told["last_ingest_ok"] is False
    assert "missing" in told["last_ingest_info"]["detail"]


def test_the_ingest_log_tells_what_was_refused_and_why(bridge, fed, samples):
    bridge.post("/ingest", {"data_point": {"A Feed": 1}})
    lines = bridge.get("/api/logs/ingest").json()["lines"]
    assert any("missing: 1 rows" in line and "XMEAS(2)" in line for line in lines)


def test_the_stream_log_tells_the_newest_points(bridge, fed, detector_22, samples):
    from tests.earlier.conftest import data_point

    for row in samples[:3]:
        bridge.post("/ingest", {"data_point": data_point(row)})
    lines = bridge.get("/api/logs/sse").json()["lines"]
    assert len(lines) == 3
    assert "id 1:3 " in lines[-1]


def test_another_log_is_not_there(program):
    assert_says(program.get("/api/logs/secret"), 404)
