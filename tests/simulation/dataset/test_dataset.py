"""Data sets: what is in them, what a kill leaves, and what a check finds."""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from simulation import tep
from simulation.dataset import making
from simulation.dataset.manifest import hash_of
from simulation.tep.variables import LABELS
from tests.stack import REPOSITORY, environment

SMALL = ["--faults", "0,6", "--runs", "3", "--hours", "2", "--onset-hours", "1"]


def make(folder: Path, *more: str) -> dict:
    call_command(
        "dataset", "--out", str(folder), *SMALL, "--runs-per-file", "2", *more, verbosity=0
    )
    return json.loads((folder / "manifest.json").read_text())


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hash_of(path)
        for path in folder.rglob("*")
        if path.is_file()
    }


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("dataset", *arguments, verbosity=0)
    return str(caught.value)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets") / "small"
    make(folder)
    return folder


def copied(small: Path, folder: Path) -> Path:
    import shutil

    return Path(shutil.copytree(small, folder / "copy"))


class TestContents:
    def test_a_run_is_what_simulate_gives_for_its_seed(self, small):
        manifest = json.loads((small / "manifest.json").read_text())
        for file in manifest["files"]:
            table = pyarrow.parquet.read_table(small / file["file"]).to_pandas()
            assert list(table.columns) == [
                "faultNumber", "simulationRun", "sample", "time_h", *LABELS,
            ]  # fmt: skip
            for run in file["runs"]:
                idv = {run["fault"]: 1.0} if run["fault"] else None
                again = tep.simulate(2.0, seed=run["seed"], idv=idv, rng="modern")
                own = table[table.simulationRun == run["run"]]
                assert own[list(LABELS)].to_numpy().tobytes() == again.rows.tobytes()
                assert list(own["sample"]) == list(range(1, run["rows"] + 1))
                assert np.array_equal(own["time_h"], again.hours)

    def test_the_manifest_counts_what_is_there(self, small):
        manifest = json.loads((small / "manifest.json").read_text())
        assert (manifest["total_runs"], manifest["total_rows"]) == (6, 240)
        assert len({run["seed"] for one in manifest["files"] for run in one["runs"]}) == 6
        for file in manifest["files"]:
            path = small / file["file"]
            assert (file["bytes"], file["sha256"]) == (path.stat().st_size, hash_of(path))
        assert not (small / "journal.jsonl").exists()

    def test_a_csv_holds_the_same_numbers(self, small, tmp_path):
        make(tmp_path / "csv", "--format", "csv")
        with (tmp_path / "csv/fault-06/runs-00001-00002.csv").open() as lines:
            head, *rows = csv.reader(lines)
        assert head[:4] == ["faultNumber", "simulationRun", "sample", "time_h"]
        table = pyarrow.parquet.read_table(small / "fault-06/runs-00001-00002.parquet").to_pandas()
        assert np.array_equal(np.array([row[4:] for row in rows], float), table[list(LABELS)])

    def test_a_plant_that_trips_ends_there_or_is_kept_frozen(self, tmp_path):
        common = ["--faults", "6", "--runs", "1", "--hours", "16", "--onset-hours", "1"]
        call_command("dataset", "--out", str(tmp_path / "drop"), *common, verbosity=0)
        call_command(
            "dataset", "--out", str(tmp_path / "keep"), *common, "--after-trip", "keep", verbosity=0
        )
        [file] = json.loads((tmp_path / "drop/manifest.json").read_text())["files"]
        [run] = file["runs"]
        assert "reactor pressure" in run["trip"]
        assert run["rows"] == int(run["trip_h"] * 20) < 320
        [kept] = json.loads((tmp_path / "keep/manifest.json").read_text())["files"]
        assert kept["runs"][0]["rows"] == 320

    def test_digits_round_every_value(self, small, tmp_path):
        make(tmp_path / "five", "--digits", "5")
        name = "fault-00/runs-00001-00002.parquet"
        exact, five = (
            pyarrow.parquet.read_table(folder / name).to_pandas()[list(LABELS)].to_numpy()
            for folder in (small, tmp_path / "five")
        )
        assert np.array_equal(five, np.vectorize(lambda v: float(f"{v:.4e}"))(exact))

    def test_a_larger_experiment_holds_the_smaller_one(self, small, tmp_path):
        make(tmp_path / "large", "--runs", "4")
        name = "fault-06/runs-00001-00002.parquet"
        one, other = (
            pyarrow.parquet.read_table(folder / name).to_pandas()
            for folder in (small, tmp_path / "large")
        )
        assert one.equals(other)


class TestResuming:
    def test_after_a_kill_at_any_moment_the_same_command_ends_with_the_same_bytes(self, tmp_path):
        arguments = [
            *("--faults", "0,4,6", "--runs", "12", "--hours", "24", "--runs-per-file", "2"),
            *("--jobs", "2"),
        ]
        whole, killed = tmp_path / "whole", tmp_path / "killed"
        call_command("dataset", "--out", str(whole), *arguments, verbosity=0)
        command = [sys.executable, "manage.py", "dataset", "--out", str(killed), *arguments]
        seen = 0
        for wanted in (1, 7):
            process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=environment(tmp_path),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            journal = killed / "journal.jsonl"
            deadline = time.monotonic() + 120
            while process.poll() is None and time.monotonic() < deadline:
                seen = journal.read_bytes().count(b"\n") if journal.exists() else 0
                if seen >= wanted:
                    break
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert not (killed / "manifest.json").exists(), "it was killed before its end"
        assert seen >= 7
        call_command("dataset", "--out", str(killed), *arguments, verbosity=0)
        assert hashes(killed) == hashes(whole)

    def test_a_half_written_line_of_the_journal_is_no_finished_file(self, small, tmp_path):
        folder = copied(small, tmp_path)
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").unlink()
        lines = [json.dumps(one).encode() + b"\n" for one in manifest["files"]]
        (folder / "journal.jsonl").write_bytes(b"".join(lines[:2]) + lines[2][:40])
        make(folder)
        assert hashes(folder) == hashes(small)

    def test_a_finished_set_is_left_as_it_is(self, small, tmp_path):
        folder = copied(small, tmp_path)
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}
        make(folder)
        assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")} == before

    def test_a_lost_file_is_made_again(self, small, tmp_path):
        folder = copied(small, tmp_path)
        (folder / "fault-06/runs-00001-00002.parquet").unlink()
        make(folder)
        assert hashes(folder) == hashes(small)

    def test_another_experiment_is_refused_with_what_differs(self, small, tmp_path):
        folder = copied(small, tmp_path)
        said = refused("--out", str(folder), *SMALL, "--runs-per-file", "2", "--seed", "9")
        assert "seed: 1 there, 9 asked for" in said
        assert hashes(folder) == hashes(small)

    def test_another_simulator_is_refused(self, small, tmp_path):
        folder = copied(small, tmp_path)
        plan = json.loads((folder / "plan.json").read_text())
        plan["simulator_sha256"] = "0" * 64
        (folder / "plan.json").write_text(json.dumps(plan))
        said = refused("--out", str(folder), *SMALL, "--runs-per-file", "2")
        assert "with other sources made it" in said
        assert "runs were not simulated again" in refused("--verify", str(folder))

    def test_a_folder_with_other_files_is_refused(self, tmp_path):
        (tmp_path / "thesis.tex").write_text("mine")
        assert "no data set" in refused("--out", str(tmp_path), *SMALL)
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]

    @pytest.mark.parametrize("name", ["plan.json", "manifest.json"])
    def test_a_corrupted_record_is_named(self, small, tmp_path, name):
        folder = copied(small, tmp_path)
        (folder / name).write_text("{")
        said = refused("--out", str(folder), *SMALL, "--runs-per-file", "2")
        assert name in said
        assert "cannot be read" in said


class TestVerifying:
    def test_a_good_set_passes(self, small, capsys):
        call_command("dataset", "--verify", str(small), "--resimulate", "6")
        assert "to the bit" in capsys.readouterr().out

    def test_a_flipped_bit_is_found(self, small, tmp_path):
        folder = copied(small, tmp_path)
        path = folder / "fault-00/runs-00003-00003.parquet"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        said = refused("--verify", str(folder))
        assert "Fault-00/runs-00003-00003.parquet has changed" in said

    def test_missing_and_foreign_files_are_named(self, small, tmp_path):
        folder = copied(small, tmp_path)
        (folder / "fault-06/runs-00003-00003.parquet").rename(folder / "fault-06/mine.parquet")
        said = refused("--verify", str(folder))
        assert "Fault-06/runs-00003-00003.parquet is missing" in said
        assert "Fault-06/mine.parquet does not belong" in said

    def test_numbers_that_the_simulator_does_not_give_are_found(self, small, tmp_path):
        """Somebody edits a value and the manifest's hash with it."""
        folder = copied(small, tmp_path)
        name = "fault-06/runs-00001-00002.parquet"
        table = pyarrow.parquet.read_table(folder / name)
        frame = table.to_pandas()
        frame.loc[0, "XMEAS(9)"] += 1e-9
        pyarrow.parquet.write_table(pyarrow.Table.from_pandas(frame), folder / name)
        manifest = json.loads((folder / "manifest.json").read_text())
        for entry in manifest["files"]:
            if entry["file"] == name:
                entry["sha256"] = hash_of(folder / name)
                entry["bytes"] = (folder / name).stat().st_size
        (folder / "manifest.json").write_text(json.dumps(manifest))
        said = refused("--verify", str(folder), "--resimulate", "6")
        assert "Run 1 of fault 6" in said
        assert "is not what the simulator gives" in said

    def test_an_unfinished_set_is_called_so(self, small, tmp_path):
        folder = copied(small, tmp_path)
        (folder / "manifest.json").unlink()
        assert "not finished: 0 of 4" in refused("--verify", str(folder))

    def test_a_folder_without_a_set_is_named(self, tmp_path):
        assert "there is no plan.json" in refused("--verify", str(tmp_path))


class TestRefusals:
    def test_a_dry_run_writes_nothing(self, tmp_path, capsys):
        call_command("dataset", "--out", str(tmp_path / "x"), *SMALL, "--dry-run")
        assert not (tmp_path / "x").exists()
        assert "6 runs of 2 h, 240 rows" in capsys.readouterr().out

    def test_a_full_disk_is_said_before_anything_is_made(self, tmp_path, monkeypatch):
        monkeypatch.setattr(making, "SPACE_SHARE", 0.0)
        assert "make room" in refused("--out", str(tmp_path / "x"), *SMALL)
        assert not (tmp_path / "x").exists()

    def test_a_folder_that_cannot_be_made_is_said(self, tmp_path):
        (tmp_path / "file").write_text("")
        said = refused("--out", str(tmp_path / "file" / "x"), *SMALL)
        assert "file" in said

    def test_without_pyarrow_it_says_what_to_install(self, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        said = refused("--out", str(tmp_path / "x"), *SMALL)
        assert "pip install pyarrow" in said
        assert "--format csv" in said
        assert not (tmp_path / "x").exists()

    @pytest.mark.parametrize(
        ("more", "words"),
        [(["--faults", "21"], "IDV(21)"), (["--hours", "0"], "Hours lie over 0"),
         (["--hours", "1e9"], "Hours lie over 0"), (["--jobs", "0"], "--jobs"),
         (["--seed", "0"], "Seed is a whole number"), (["--onset-hours", "2"], "no effect")],
    )  # fmt: skip
    def test_a_bad_option_is_said_and_leaves_nothing(self, tmp_path, more, words):
        assert words in refused("--out", str(tmp_path / "x"), *SMALL, *more)
        assert not (tmp_path / "x").exists()
