"""`manage.py checkfidelity`: the evidence is data, a miss is an exit code, bad input is named."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from simulation.fidelity import here, report
from simulation.fidelity import result as results
from simulation.fidelity.comparison import Case, Check, close, equal, relative_error
from simulation.tep.variables import LABELS
from tests.simulation.tep.conftest import shared  # noqa: F401  (a fixture)


def test_an_error_is_relative_and_a_wrong_shape_or_a_nan_never_passes():
    assert relative_error([1.0, 2.0], [1.0, 2.5]) == pytest.approx(0.2)
    assert relative_error([0.0], [0.0]) == 0.0
    assert not close("x", [1.0], [1.0, 2.0], 1e9).passed
    assert not close("x", [np.nan], [1.0], 1e9).passed
    assert close("x", [1.0 + 1e-10], [1.0], 1e-9).passed
    assert not close("x", [1.0 + 1e-8], [1.0], 1e-9).passed
    assert equal("x", [1, 2, 3], [1, 2, 3]).passed
    assert equal("x", [1, 2, 4], [1, 2, 3]).error == 1.0
    assert equal("x", [1, 2], [1, 2, 3]).error == 3.0


def test_a_case_with_one_miss_is_a_miss_and_json_holds_no_infinity():
    case = Case("group", "name", "what", (Check("a", 1, 0.0, 0.0), Check("b", 1, np.inf, 1.0)))
    assert not case.passed
    found = json.loads(json.dumps(case.as_json(), allow_nan=False))
    assert [check["passed"] for check in found["checks"]] == [True, False]
    assert results.words_of(found["checks"][1]) == "no number"


def test_this_machine_reproduces_the_committed_values():
    cases = here.check_here(results.load_result()["here"])
    assert len(cases) == len(here.TRAJECTORIES)
    assert all(case.passed for case in cases), cases


def test_a_changed_value_a_changed_noise_and_a_changed_trip_are_each_found():
    committed = results.load_result()["here"]
    index = [one["name"] for one in committed].index("open loop to its trip")
    one = committed[index]
    rows = np.array(one["rows"])
    rows[-1, 6] *= 1.0 + 1e-4
    for spoiled in (
        one | {"rows": rows.tolist()},
        one | {"noise_state": ["1"]},
        one | {"shutdown_step": one["shutdown_step"] + 1},
    ):
        cases = here.check_here([*committed[:index], spoiled, *committed[index + 1 :]])
        assert [case.name for case in cases if not case.passed] == ["open loop to its trip"]


def test_values_of_other_trajectories_are_refused():
    with pytest.raises(ValueError, match="of other trajectories than this program's"):
        here.check_here(results.load_result()["here"][1:])


def test_the_check_of_this_machine_prints_a_table_and_json(capsys):
    call_command("checkfidelity", "--here")
    assert "All 5 comparisons are within tolerance." in capsys.readouterr().out
    call_command("checkfidelity", "--here", "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is True
    assert {case["group"] for case in found["cases"]} == {here.GROUP}


def test_a_miss_exits_1_and_names_what_missed(monkeypatch, capsys):
    wrong = replace(here.TRAJECTORIES[0], idv=(4,))
    monkeypatch.setattr(here, "TRAJECTORIES", (wrong, *here.TRAJECTORIES[1:]))
    with pytest.raises(SystemExit) as ended:
        call_command("checkfidelity", "--here")
    assert ended.value.code == 1
    told = capsys.readouterr()
    assert "1 missed: normal operation" in told.err
    assert "MISSED" in told.out


def test_folders_that_are_not_there_or_hold_nothing_are_named(tmp_path):
    with pytest.raises(CommandError, match="nowhere is not a folder"):
        call_command("checkfidelity", "--reference", str(tmp_path / "nowhere"))
    with pytest.raises(CommandError, match="holds no gold trajectories"):
        call_command("checkfidelity", "--reference", str(tmp_path))
    with pytest.raises(CommandError, match="holds no public data files"):
        call_command("checkfidelity", "--braatz", str(tmp_path))
    (tmp_path / "closed48_idv00_seed1.npz").write_bytes(b"not an archive")
    with pytest.raises(CommandError, match=r"closed48_idv00_seed1\.npz cannot be compared"):
        call_command("checkfidelity", "--reference", str(tmp_path))


def test_without_reference_data_it_says_so_and_checks_this_machine(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TEPLIVE_SHARED", str(tmp_path))
    call_command("checkfidelity")
    told = capsys.readouterr()
    assert told.err.count("it is not there") == 2
    assert "All 5 comparisons" in told.out
    with pytest.raises(CommandError, match="give --reference and --braatz"):
        call_command("checkfidelity", "--out", str(tmp_path / "x.json"))
    assert not (tmp_path / "x.json").exists()


def test_the_whole_comparison_gives_what_is_committed(shared, tmp_path, capsys):  # noqa: F811
    """Errors may differ by the last bits of another machine; what was compared may not."""
    reference, braatz = shared / "tep" / "reference", shared / "fdd" / "braatz"
    out = tmp_path / "result.json"
    call_command("checkfidelity", f"--reference={reference}", f"--braatz={braatz}", f"--out={out}")
    found, committed = results.load_result(out), results.load_result()
    assert found["passed"] is True
    assert committed["passed"] is True

    def compared(result):
        return {
            (case["group"], case["name"], case["sha256"], check["quantity"], check["tolerance"])
            for case in result["cases"]
            for check in case["checks"]
        }

    assert compared(found) == compared(committed)
    assert [one["name"] for one in found["here"]] == [one["name"] for one in committed["here"]]
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_the_committed_result_is_small_and_its_plots_are_whole():
    assert results.RESULT_FILE.stat().st_size < 200_000
    result = results.load_result()
    assert result["version"]
    assert len(result["plots"]) == len(report.PLOTTED)
    for plot in result["plots"]:
        assert plot["label"] in LABELS
        lengths = {len(plot[key]) for key in ("hours", "reference", "ours", "difference")}
        assert lengths == {960 // report.PLOT_EVERY}
        assert plot["hours"][-1] == 48.0
    for case in result["cases"]:
        assert re.fullmatch(r"[0-9a-f]{64}", case["sha256"])
        assert all(check["passed"] for check in case["checks"])


def test_the_table_of_the_documentation_is_the_committed_result():
    page = (settings.BASE_DIR / "docs" / "fidelity.md").read_text(encoding="utf-8")
    assert results.as_markdown(results.load_result()) in page


def test_a_result_of_another_format_is_refused(tmp_path):
    other = tmp_path / "result.json"
    other.write_text('{"format": 99}')
    with pytest.raises(results.FidelityError, match="is not a result of checkfidelity"):
        results.load_result(other)
    other.write_text("{")
    with pytest.raises(results.FidelityError, match="cannot be read"):
        results.load_result(other)
