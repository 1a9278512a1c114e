"""`manage.py simulate`: runs into files, and bad input into clear errors and no files."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from simulation.tep import LABELS, simulate

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TEPLIVE_SHARED") or ROOT.parent / "shared")
GOLD = sorted((SHARED / "tep" / "reference").glob("closed48_*.npz"))


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("simulate", *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.parametrize("gold", GOLD or [None], ids=lambda path: path.stem if path else "none")
def test_the_reference_runs_are_reproduced(gold, tmp_path):
    if gold is None:
        pytest.skip(f"no reference data: set TEPLIVE_SHARED, or provide {SHARED}")
    with np.load(gold) as archive:
        expected = {key: archive[key] for key in archive.files}
    fault, seed = int(expected["fault"]), int(expected["seed"])
    target = tmp_path / "run.npz"
    idv = ["--idv", f"{fault}@8"] if fault else []
    run("--hours", "48", "--seed", str(seed), *idv, "--out", str(target))
    with np.load(target) as found:
        rows, shutdown, found_seed = found["rows"], found["shutdown_step"], found["seed"]
    assert (int(shutdown), int(found_seed)) == (int(expected["shutdown_step"]), seed)
    last = 166 if fault == 14 else 960  # chaos from the onset of IDV(14) on
    found, gold_rows = rows[:last, :42], expected["rows"][:last, :42]
    error = np.abs(found - gold_rows) / np.maximum(np.abs(gold_rows), 1e-9)
    assert error.max() <= 1e-6


def test_a_csv_file_has_the_named_columns_unrounded(tmp_path):
    target = tmp_path / "run.csv"
    said = run(
        "--hours", "2", "--idv", "4@0.5", "--idv", "1@1:1.5*0.5", "--xmv", "7=40@0.2:0.5",
        "--setpoint", "XMEAS(8)=72@1", "--rng", "modern", "--seed", "9", "--out", str(target),
    )  # fmt: skip
    expected = simulate(
        2, seed=9, idv=["4@0.5", "1@1:1.5*0.5"], xmv="7=40@0.2:0.5", setpoints={17: (72, 1)},
        rng="modern",
    )  # fmt: skip
    lines = target.read_text().splitlines()
    assert lines[0].split(",") == ["time_h", *LABELS]
    found = np.array([line.split(",") for line in lines[1:]], dtype=float)
    assert np.array_equal(found, expected.table)
    assert "1.0000 h: IDV(1) on at 0.5 of its magnitude" in said
    assert "40 rows, 2 h, seed 9, modern generator, no trip; wrote" in said


def test_digits_and_sampling_are_chosen(tmp_path):
    target = tmp_path / "run.csv"
    run("--hours", "0.1", "--sample-seconds", "60", "--digits", "5", "--out", str(target))
    lines = target.read_text().splitlines()
    assert len(lines) == 7
    assert max(len(value.strip("-").replace(".", "").lstrip("0"))
               for value in lines[-1].split(",")) <= 6  # fmt: skip


def test_a_trip_is_told_and_a_late_fault_too():
    said = run("--hours", "4", "--open-loop", "--idv", "4@5")
    assert "3.5856 h: trip: reactor pressure 3000." in said
    assert "IDV(4) begins after the run's end and had no effect." in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--setpoint", "17=nan"], "the set point of loop 17 is set to a finite number, not nan"),
        (["--setpoint", "12=5"], "there is no loop '12'"),
        (["--idv", "0@8"], "IDV(0) does not exist: IDV runs from IDV(1) to IDV(20)"),
        (["--idv", "21@8"], "IDV(21) does not exist"),
        (["--idv", "4@8:7"], "IDV(4) would end at 7 h, before it starts at 8 h"),
        (["--idv", "4@8*1.5"], "the magnitude of IDV(4) is 0 to 1, not 1.5"),
        (["--idv", "4"], "'4': write IDV@START[:END][*MAGNITUDE], e.g. 4@8"),
        (["--xmv", "10=140"], "XMV(10) is set to 0 to 100 %, not 140"),
        (["--xmv", "10=nan"], "XMV(10) is set to 0 to 100 %, not nan"),
        (["--xmv", "10"], "write XMV=POSITION"),
        (["--seed", "0"], "a seed is a whole number from 1"),
        (["--seed", "1.5"], "invalid int value"),
        (["--hours", "0"], "hours is more than 0"),
        (["--hours", "1e9"], "hours is a number of hours from 0 to 100,000"),
        (["--hours", "nan"], "hours is a number of hours from 0 to 100,000"),
        (["--sample-seconds", "0"], "sample_seconds is at least 1"),
        (["--sample-seconds", "7200"], "hold no sample of 7200 s"),
        (["--rng", "mt"], "rng is 'reference' or 'modern', not 'mt'"),
        (["--compat", "f77"], "compat is None or 'braatz', not 'f77'"),
        (["--digits", "0"], "--digits is a whole number from 1 to 17"),
    ],
)
def test_bad_input_is_refused_and_leaves_no_file(arguments, message, tmp_path):
    with pytest.raises(CommandError) as refusal:
        run("--hours", "0.1", "--out", str(tmp_path / "run.csv"), *arguments)
    assert message in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("run.txt", "is one of .csv, .npz, .parquet"),
        ("nowhere/run.csv", "does not exist: make it first"),
        (".", "the ending tells the format"),
    ],
)
def test_a_file_that_cannot_be_is_refused(name, message, tmp_path):
    with pytest.raises(CommandError) as refusal:
        run("--hours", "0.1", "--out", str(tmp_path / name))
    assert message in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("package", "option", "name"),
    [("pyarrow", "--out", "run.parquet"), ("matplotlib", "--plot", "run.png")],
)
def test_a_missing_package_is_named_with_its_remedy_and_nothing_is_written(
    package, option, name, tmp_path, monkeypatch
):
    for module in (package, *(one for one in sys.modules if one.startswith(f"{package}."))):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CommandError, match=f"pip install {package}"):
        run("--hours", "0.1", "--out", str(tmp_path / "run.csv"), option, str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


def test_it_needs_no_database(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "simulate", "--hours", "0.1", "--out", tmp_path / "run.csv"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "teplive.settings",
            "TEPLIVE_DATA_DIR": str(tmp_path / "data"),
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "run.csv").read_text().splitlines()) == 3
