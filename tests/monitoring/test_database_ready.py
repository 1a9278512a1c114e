"""Commands on a database without tables, or with those of an older version."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simulation import tep

ROOT = Path(__file__).resolve().parents[2]


def manage(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}},
        "DJANGO_SETTINGS_MODULE": "teplive.settings",
        "TEPLIVE_DATA_DIR": str(folder),
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_first_command_on_a_new_machine_may_be_a_score(tmp_path):
    rows, _ = tep.simulate_rows(77, 10.0, {6: 8.0}, rng="modern")
    np.savetxt(tmp_path / "d06.dat", rows[:, :52], fmt="%.4E")
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    made = manage(
        folder, "fitdetector", "--detector", "pca", "--runs", "2", "--limit-runs", "2",
        "--hours", "24", "--variables", "33",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "The database is new; creating its tables" in made.stderr
    file = str(tmp_path / "d06.dat")
    scored = manage(
        folder, "scoredata", file, "--detector", "pca", "--onset", "160", "--no-diagnosis", "--json"
    )
    assert scored.returncode == 0, scored.stderr
    document = json.loads(scored.stdout)  # nothing but the document goes to the standard output
    assert document["files"][0]["fdr"] > 0.8


def test_a_database_of_an_older_version_is_asked_for_its_migration(tmp_path):
    assert manage(tmp_path, "migrate", "monitoring", "0003", "-v", "0").returncode == 0
    for command in (["fitdetector"], ["fitdiagnosis"], ["scoredata", "manage.py"]):
        refused = manage(tmp_path, *command)
        assert refused.returncode == 1
        assert "Run: manage.py migrate" in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("command", ["fitdetector", "fitdiagnosis", "evaluate", "scoredata"])
def test_help_names_every_option(tmp_path, command):
    told = manage(tmp_path, command, "--help")
    assert told.returncode == 0
    assert "--detector" in told.stdout or "--runs" in told.stdout
