"""What a run gives, and its files."""

import csv
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from simulation.tep import LABELS, MissingPackageError, simulate
from simulation.tep.files import check_target, rounded, whole_file

HEADER = ["time_h", *LABELS]


@pytest.fixture(scope="module")
def run():
    return simulate(0.5, seed=77)


def test_readings_have_names_units_and_times(run):
    assert run["XMEAS(7)"].shape == run.hours.shape == (10,)
    assert run["xmv(10)"] is not None
    assert np.array_equal(run["time_h"], run.hours)
    assert run.hours.tolist() == pytest.approx([0.05 * n for n in range(1, 11)])
    assert (run.units["XMEAS(7)"], run.units["XMV(10)"]) == ("kPa gauge", "%")
    assert list(run.arrays()) == HEADER
    assert np.array_equal(np.column_stack(list(run.arrays().values())), run.table)
    assert (run.seed, run.rng, run.compat, run.sample_seconds) == (77, "reference", None, 180)
    assert repr(run) == "<RunResult 10 rows, 0.5 h, seed 77>"
    with pytest.raises(ValueError, match="is not a label"):
        run["pressure"]


def test_a_csv_file_gives_back_every_bit(run, tmp_path):
    run.write(tmp_path / "run.csv")
    with (tmp_path / "run.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == HEADER
    assert np.array_equal(np.array(rows, dtype=float), run.table)


def test_an_npz_file_holds_rows_shutdown_step_and_seed(run, tmp_path):
    run.write(tmp_path / "run.npz")
    with np.load(tmp_path / "run.npz") as file:
        assert np.array_equal(file["rows"], run.table)
        assert (int(file["shutdown_step"]), int(file["seed"])) == (-1, 77)
        assert file["columns"].tolist() == HEADER


def test_a_long_file_is_written_piece_by_piece_and_whole(tmp_path, monkeypatch, run):
    from simulation.tep import files

    monkeypatch.setattr(files, "_ROWS_AT_ONCE", 3)
    run.write(tmp_path / "run.csv", digits=17)
    found = np.loadtxt(tmp_path / "run.csv", delimiter=",", skiprows=1)
    assert np.array_equal(found, run.table)


def test_digits_are_significant_ones(run, tmp_path):
    run.write(tmp_path / "run.csv", digits=5)
    found = np.loadtxt(tmp_path / "run.csv", delimiter=",", skiprows=1)
    assert found == pytest.approx(run.table, rel=5e-5)
    assert rounded(np.array([[2704.9501, 0.0250449, -1.5e-7]]), 5).tolist() == [
        [2705.0, 0.025045, -1.5e-7]
    ]
    for digits in (0, 18, 2.5, True):
        with pytest.raises(ValueError, match="digits is a whole number from 1 to 17"):
            rounded(run.table, digits)


def test_a_file_is_complete_or_not_there(run, tmp_path):
    target = tmp_path / "run.csv"
    target.write_text("older")
    with pytest.raises(RuntimeError), whole_file(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["run.csv"]
    run.write(target)
    assert target.read_text().startswith("time_h,")
    assert [path.name for path in tmp_path.iterdir()] == ["run.csv"]
    assert target.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("run.txt", ValueError, "the ending tells the format and is one of .csv, .npz, .parquet"),
        ("run", ValueError, "the ending tells the format"),
        ("nowhere/run.csv", FileNotFoundError, "nowhere does not exist: make it first"),
        ("folder.csv", IsADirectoryError, "is a folder"),
        ("file/run.csv", FileNotFoundError, "does not exist"),
    ],
)
def test_a_bad_target_is_refused_beforehand(tmp_path, name, error, message):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(error, match=message):
        check_target(tmp_path / name)


def test_a_place_that_cannot_be_written_is_refused_beforehand():
    if not Path("/proc/self").exists():
        pytest.skip("no /proc to fail to write in")
    with pytest.raises(PermissionError, match="no file can be made in /proc"):
        check_target("/proc/run.csv")


@pytest.mark.parametrize(
    ("package", "use"),
    [
        ("pandas", lambda run, folder: run.to_dataframe()),
        ("matplotlib", lambda run, folder: run.plot(path=folder / "run.png")),
        ("pyarrow", lambda run, folder: run.write(folder / "run.parquet")),
    ],
)
def test_a_package_that_is_missing_is_named_with_its_remedy_and_nothing_is_written(
    run, tmp_path, package, use, monkeypatch
):
    for module in (package, *(name for name in sys.modules if name.startswith(f"{package}."))):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingPackageError, match=f"Install it: pip install {package}"):
        use(run, tmp_path)
    assert list(tmp_path.iterdir()) == []
