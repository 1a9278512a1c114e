"""The feed against the real product, killed in the middle: no row lost, none twice."""

import subprocess
import sys

import numpy as np
import pytest

from simulation.tep.variables import LABELS
from tests.simulation.ingest.feeds import simulated_rows, write_csv
from tests.stack import REPOSITORY, Stack, environment, make_empty_database

pytestmark = [pytest.mark.stack, pytest.mark.datapath]
ROWS = simulated_rows(60)


def stored(stack: Stack, plant_id: int) -> list[dict]:
    code, told = stack.request(f"/api/plants/{plant_id}/readings?limit=10000")
    assert code == 200, told
    return told["readings"]


def test_a_feed_whose_server_is_killed_twice_stores_every_row_once(tmp_path):
    make_empty_database()
    file = write_csv(tmp_path / "rows.csv", list(LABELS), ROWS)
    stack = Stack(tmp_path).start()
    feed = None
    try:
        command = [sys.executable, "manage.py", "feed", str(file), "--plant", "Unit 2", "--create"]
        more = {"TEPLIVE_TOKEN": stack.token, **stack.more}
        feed = subprocess.Popen(
            [*command, "--interval", "0.1", "--url", stack.url],
            cwd=REPOSITORY,
            env=environment(tmp_path, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

        def unit() -> dict | None:
            try:
                plants = stack.request("/api/status")[1].get("plants", [])
            except OSError:  # the server is down
                return None
            return next((plant for plant in plants if plant["name"] == "Unit 2"), None)

        for step in (8, 25):
            stack.wait(f"step {step}", lambda step=step: (p := unit()) and p["step"] >= step, 90)
            stack.kill("daphne")
        out, err = feed.communicate(timeout=120)
        assert feed.returncode == 0, err
        assert "Trying again." in err
        plant = stack.wait("the server answers", unit, 60)
        readings = stored(stack, plant["id"])
        assert [reading["step"] for reading in readings] == list(range(1, 61))
        assert np.array_equal([reading["values"] for reading in readings], ROWS)
        # Rows that were stored although the answer was lost come again as duplicates, no more.
        counts = stack.request(f"/api/plants/{plant['id']}/ingest")[1]["counts"]
        assert counts["accepted"]["count"] == 60
        assert set(counts) <= {"accepted", "duplicate"}
        assert "60" in out
    finally:
        if feed is not None and feed.poll() is None:
            feed.kill()
        stack.stop()
