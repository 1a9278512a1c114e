"""A backup made while everything runs is whole, and a product started on it goes on."""

import shutil
import sqlite3

import pytest

from tests.stack import ON_SERVICES, Stack

pytestmark = pytest.mark.stack


@pytest.mark.skipif(ON_SERVICES, reason="SQLite's own backup")
def test_a_backup_of_a_running_sqlite_is_whole_and_can_be_started(stack, prepared, tmp_path):
    stack.request("/api/plants/1/speed", {"interval_seconds": 0.2})
    stack.wait_plant("some readings", lambda p: p["readings"] >= 10)
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    shutil.copy(prepared / "secret_key", copy)
    with (
        sqlite3.connect(stack.data_dir / "teplive.sqlite3") as source,
        sqlite3.connect(copy / "teplive.sqlite3") as target,
    ):
        source.backup(target)
        assert target.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    restored = Stack(copy).start()
    try:
        kept = restored.plant()["readings"]
        assert kept >= 10
        restored.wait_plant("it goes on", lambda p: p["analyses"] >= kept + 5, 60)
        _, answer = restored.request("/api/plants/1/readings?limit=10000")
        steps = [reading["step"] for reading in answer["readings"]]
        assert steps == list(range(1, len(steps) + 1))
    finally:
        restored.stop()
