"""`manage.py scoredata`: recorded runs judged by a stored detector."""

import csv
import io
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from monitoring.datafiles import read_runs
from monitoring.detectors.evaluation import alarms, detection_delay
from monitoring.models import DetectorModel
from monitoring.watched import WATCHED
from simulation import tep
from simulation.ingest.files import UnreadableFile
from simulation.tep.variables import LABELS

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows():
    """A run of 20 h with IDV(6) from 8 h on, up to its trip."""
    found, stop = tep.simulate_rows(77, 20.0, {6: 8.0}, rng="modern")
    return found if stop < 0 else found[: stop // tep.SAMPLE_SECONDS]


def score(*arguments, **options) -> dict:
    out = io.StringIO()
    call_command(
        "scoredata", *map(str, arguments), json=True, no_diagnosis=True, stdout=out, **options
    )
    return json.loads(out.getvalue())


def as_dat(path, rows, transposed=False):
    table = rows[:, :52].T if transposed else rows[:, :52]
    np.savetxt(path, table, fmt="%.4E")
    return path


def as_csv(path, rows, keys=None):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(keys or {}), *LABELS])
        for row in rows:
            writer.writerow([*(keys or {}).values(), *map(repr, map(float, row))])
    return path


def test_the_document_has_the_agreed_form_and_its_figures_are_those_of_a_direct_score(
    rows, team, tmp_path
):
    path = as_csv(tmp_path / "run.csv", rows)
    document = score(path, detector="sharp", onset=160)
    assert set(document) >= {"detector", "version", "rule", "files"}
    assert (document["detector"], document["version"]) == ("sharp", team["sharp"].version)
    assert document["rule"] == {"alpha": 0.0025, "consecutive": 6, "among": 0}
    (told,) = document["files"]
    exceeds = team["sharp"].detector.exceeds(rows[:, WATCHED], 0.0025)
    assert told == {
        "file": "run.csv",
        "samples": len(rows),
        "onset": 160,
        "far": pytest.approx(exceeds[:160].mean()),
        "fdr": pytest.approx(exceeds[160:].mean()),
        "delay": detection_delay(exceeds, 160, 6),
        "alarms": sum(1 for _ in alarms(exceeds, 6)),
        "causes": {},
        "unknown": {},
    }
    assert told["fdr"] > 0.9


def test_without_an_onset_a_file_is_normal_operation(rows, team, tmp_path):
    (told,) = score(as_csv(tmp_path / "run.csv", rows[:150]), detector="pca")["files"]
    assert (told["onset"], told["fdr"], told["delay"]) == (None, None, None)
    assert 0.0 <= told["far"] < 0.1


def test_a_dat_file_is_read_whichever_way_it_lies(rows, team, tmp_path):
    upright = score(as_dat(tmp_path / "a.dat", rows), detector="robust", onset=160)
    lying = score(as_dat(tmp_path / "b.dat", rows, transposed=True), detector="robust", onset=160)
    first, second = upright["files"][0], lying["files"][0]
    assert {**first, "file": ""} == {**second, "file": ""}


def test_parquet_and_csv_give_the_same_and_each_run_of_a_table_is_told(rows, team, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    both = np.concatenate([rows, rows[:170]])
    numbers = np.repeat([1, 2], [len(rows), 170])
    columns = {"faultNumber": np.full(len(both), 6), "simulationRun": numbers}
    columns |= {label: both[:, i] for i, label in enumerate(LABELS)}
    parquet.write_table(pyarrow.table(columns), tmp_path / "set.parquet")
    document = score(tmp_path / "set.parquet", detector="robust", onset=160)
    assert [one["file"] for one in document["files"]] == ["set.parquet#6-1", "set.parquet#6-2"]
    alone = score(as_csv(tmp_path / "run.csv", rows), detector="robust", onset=160)["files"][0]
    assert {**document["files"][0], "file": ""} == {**alone, "file": ""}
    keyed = as_csv(tmp_path / "keyed.csv", rows, keys={"faultNumber": 6, "simulationRun": 4})
    (run,) = read_runs(keyed)
    assert run.name == "keyed.csv#6-4"
    np.testing.assert_array_equal(run.rows, rows)


def test_the_table_says_the_same_to_a_reader(rows, team, tmp_path):
    out = io.StringIO()
    path = as_csv(tmp_path / "run.csv", rows)
    call_command("scoredata", str(path), onset=160, no_diagnosis=True, stdout=out)
    text = out.getvalue()
    assert "Robust v1, 6 points in a row over the limit at alpha 0.0025" in text
    assert "run.csv" in text


class TestRefusals:
    def test_a_file_that_is_not_there(self, team):
        with pytest.raises(CommandError, match=r"There is no file nowhere\.dat"):
            score("nowhere.dat")

    def test_a_file_that_is_no_table(self, team, tmp_path):
        (tmp_path / "x.dat").write_text("hello")
        with pytest.raises(CommandError, match=r"x\.dat is no table of numbers"):
            score(tmp_path / "x.dat")
        (tmp_path / "x.parquet").write_text("hello")
        with pytest.raises(CommandError, match=r"x\.parquet is no Parquet file"):
            score(tmp_path / "x.parquet")

    def test_an_onset_beyond_the_file(self, rows, team, tmp_path):
        with pytest.raises(CommandError, match="so no fault can act from row 5001 on"):
            score(as_csv(tmp_path / "run.csv", rows), onset=5000)

    def test_a_hole_in_the_table(self, rows, team, tmp_path):
        holed = rows.copy()
        holed[17, 3] = np.nan
        with pytest.raises(CommandError, match=r"row 18: XMEAS\(4\) is no finite number"):
            score(as_csv(tmp_path / "run.csv", holed))

    def test_a_table_without_the_detectors_variables(self, rows, team, tmp_path):
        with (tmp_path / "few.csv").open("w") as file:
            file.write("XMEAS(1),XMEAS(2)\n1.0,2.0\n")
        with pytest.raises(CommandError, match=r"few\.csv lacks XMEAS\(3\)"):
            score(tmp_path / "few.csv")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"alpha": 2.0}, "alpha must be a false-alarm rate"),
            ({"consecutive": 0}, "k must be a whole number"),
            ({"among": 99}, "n must be a whole number"),
            ({"onset": -1}, "--onset must be a number of rows"),
            ({"version_number": 77}, "no version 77 of robust. Stored: 1"),
        ],
    )
    def test_what_cannot_be(self, rows, team, tmp_path, options, message):
        with pytest.raises(CommandError, match=message):
            score(as_csv(tmp_path / "run.csv", rows[:50]), **options)

    def test_an_unreadable_header_names_the_column(self, tmp_path):
        (tmp_path / "x.csv").write_text("XMEAS(1),pressure?\n1,2\n")
        with pytest.raises(UnreadableFile, match="no variable is called pressure"):
            list(read_runs(tmp_path / "x.csv"))


def test_a_kind_that_is_not_stored_is_fitted_first_and_does_not_become_active(
    rows, team, tmp_path, monkeypatch, capsys
):
    from monitoring import fitting

    small = fitting.FitPlan(kind="mewma", runs=2, limit_runs=2, hours=24.0, sets=(33,), faults=())
    real = fitting.simulate
    monkeypatch.setattr(fitting, "simulate", lambda plan, progress: real(small, progress))
    document = score(as_csv(tmp_path / "run.csv", rows), detector="mewma", onset=160)
    assert document["detector"] == "mewma"
    assert "No mewma detector is stored; fitting one first" in capsys.readouterr().err
    assert DetectorModel.active().kind == "robust"
