"""The earlier interface on the real product: bridge, stream, kill and resume."""

import csv
import json
import shutil
import threading
import urllib.error
import urllib.request

import numpy as np
import pytest

from tests.earlier.event_source import EventSource
from tests.earlier.old_bridge import COLUMNS, OldBridge
from tests.stack import Stack, manage

# Not on services: there all stacks share one database, and another one may be running on it.
pytestmark = pytest.mark.stack

COUNT = 60
MAKE_PLANT = """
from simulation.models import Plant
Plant.objects.filter(name="Old plant").delete()
plant = Plant.objects.create(name="Old plant", source="outside", variables=22, interval_seconds=1)
plant.start()
"""


@pytest.fixture(scope="module")
def product(prepared, tmp_path_factory):
    """The product with the earlier interface, which serves a plant that is fed from outside."""
    folder = shutil.copytree(prepared, tmp_path_factory.mktemp("earlier") / "data")
    made = manage(folder, "shell", "-v0", "-c", MAKE_PLANT)
    assert made.returncode == 0, made.stderr
    settings = {"TEPLIVE_LEGACY_PLANT": "Old plant", "TEPLIVE_INGEST_RATE": "1000"}
    running = Stack(folder, TEPLIVE_LEGACY_API="1", **settings).start()
    yield running
    running.stop()


@pytest.fixture
def fed(product):
    """The plant in a new run, and its number."""
    [plant] = [p for p in product.request("/api/status")[1]["plants"] if p["name"] == "Old plant"]
    code, plant = product.request(f"/api/plants/{plant['id']}/reset", {})
    assert (code, plant["state"]) == (200, "running"), plant
    return plant


class GrowingFile:
    """A CSV as the earlier simulator writes it, a row at a time."""

    def __init__(self, path, rows) -> None:
        self.path, self.rows, self.written = path, rows, 0
        with path.open("w", newline="") as file:
            csv.writer(file).writerow(COLUMNS)

    def grow(self, count: int) -> None:
        with self.path.open("a", newline="") as file:
            for row in self.rows[self.written : self.written + count]:
                self.written += 1
                values = [*map(repr, map(float, row[:52])), *["0"] * 20]
                csv.writer(file).writerow([f"t{self.written}", self.written, *values])


def get(product, path: str) -> dict:
    """Ask without a token, as a program of this machine."""
    with urllib.request.urlopen(product.url + path, timeout=20) as response:
        return json.load(response)


def stored(product, fed) -> list[dict]:
    code, told = product.request(f"/api/plants/{fed['id']}/readings?limit=10000")
    assert code == 200
    return told["readings"]


def test_the_old_bridge_counts_every_row_once_across_a_killed_server_and_the_stream_resumes(
    product, fed, tmp_path, samples
):
    file = GrowingFile(tmp_path / "live_tep_data.csv", samples[:COUNT])
    bridge = OldBridge(file.path, product.url, COUNT)
    client = EventSource(product.port, COUNT)
    go_on = threading.Event()
    slow = EventSource(product.port, COUNT, wait=go_on)
    run = fed["run"]
    for one in (client, slow):
        one.ids.append(f"{run}:0")  # from the beginning of this run
        one.count += 1
        one.start()
        assert one.is_connected.wait(30)
    bridge.start()
    file.grow(20)
    product.wait("the first rows", lambda: len(client.ids) > 10)
    product.kill("daphne")
    file.grow(20)
    product.wait("the web server", product._answers, 60)
    file.grow(COUNT - 40)
    try:
        product.wait("all rows posted", lambda: not bridge.is_alive(), 90)
        go_on.set()
        product.wait("all points seen", lambda: not client.is_alive(), 60)
        product.wait("all points seen slowly", lambda: not slow.is_alive(), 60)
    finally:
        for one in (client, slow, bridge):
            one.stop.set()
    readings = stored(product, fed)
    assert [r["step"] for r in readings] == list(range(1, COUNT + 1))
    values = np.array([r["values"][:22] for r in readings])
    assert np.array_equal(values, samples[:COUNT, :22])
    wanted = [f"{run}:{step}" for step in range(1, COUNT + 1)]
    assert client.ids[1:] == wanted
    assert client.connects >= 2
    assert slow.ids[1:] == wanted
    assert bridge.refusals == []
    indices = [a["aggregated_index"] for a in bridge.answers]
    assert indices == list(range(1, COUNT + 1))
    code, told = product.request("/explain", {})
    assert code == 200, told
    assert [said["status"] for said in told["llm_analyses"].values()] == ["success"]
    assert get(product, "/last_analysis")["step"] == COUNT


def test_a_fit_in_the_background_neither_stops_the_stream_nor_loses_alpha(
    product, fed, tmp_path, samples
):
    assert product.request("/config/alpha", {"anomaly_threshold": 0.02})[0] == 200
    code, told = product.request("/retrain", {"runs": 2, "limit_runs": 6, "hours": 24})
    assert (code, told["status"]) == (202, "started")
    file = GrowingFile(tmp_path / "live_tep_data.csv", samples[:COUNT])
    file.grow(COUNT)
    bridge = OldBridge(file.path, product.url, COUNT)
    bridge.start()
    product.wait("all rows posted", lambda: not bridge.is_alive(), 90)
    product.wait("the fit", lambda: get(product, "/retrain")["status"] == "success", 120)
    assert [a["aggregated_index"] for a in bridge.answers] == list(range(1, COUNT + 1))
    after = get(product, "/api/status")["plants"][0]
    assert after["alpha"] == 0.02
    assert "22 variables" in after["detector"]
    assert after["detector"] != fed["detector"]


def test_a_program_of_this_machine_needs_no_token_but_a_foreign_page_is_refused(product, fed):
    assert get(product, "/status")["plant"] == "Old plant"
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Host": f"evil.example:{product.port}"},
    ):
        request = urllib.request.Request(product.url + "/api/stop/all", b"", headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        assert refused.value.code in {400, 401, 403}
    assert get(product, "/status")["running"] is True


def test_a_wrong_plant_name_is_a_warning_of_the_check(product):
    checked = manage(
        product.data_dir, "check", TEPLIVE_LEGACY_API="1", TEPLIVE_LEGACY_PLANT="Nowhere"
    )
    assert checked.returncode == 0
    assert "earlier.W001" in checked.stderr
    assert "There are:" in checked.stderr


def test_a_stop_ends_open_streams_and_the_product_with_code_zero(product, fed):
    """The last test: it stops the product."""
    clients = [EventSource(product.port, 1) for _ in range(3)]
    for one in clients:
        one.ids.append(f"{fed['run']}:0")
        one.count += 1
        one.start()
        assert one.is_connected.wait(30)
    assert product.stop() == 0
    for one in clients:
        one.stop.set()
        one.join(10)
        assert not one.is_alive()
