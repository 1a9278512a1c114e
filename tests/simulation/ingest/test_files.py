"""Recorded rows are read as they were written, or the file is refused with the place named."""

import numpy as np
import pytest

from simulation.ingest.files import RowFile, UnreadableFile
from simulation.tep.variables import LABELS, LEGACY_NAMES
from tests.simulation.ingest.feeds import simulated_rows, write_csv

ROWS = simulated_rows(10)[:10]
BRIDGE = [
    "timestamp",
    "step",
    *(f"XMEAS_{n}" for n in range(1, 42)),
    *(f"XMV_{n}" for n in range(1, 12)),
    *(f"IDV_{n}" for n in range(1, 21)),
]


def values_of(row) -> list[float]:
    return list(row.values.values())


def test_a_csv_of_names_is_read_to_the_bit(tmp_path):
    file = RowFile(write_csv(tmp_path / "a.csv", list(LEGACY_NAMES), ROWS[:, :22]))
    assert (len(file), file.variables) == (10, 22)
    assert [row.step for row in file] == list(range(1, 11))
    assert np.array_equal([values_of(row) for row in file], ROWS[:, :22])


def test_the_earlier_bridges_columns_are_read_and_its_disturbances_passed_over(tmp_path):
    steps = np.arange(5, 15)[:, None]
    table = np.hstack([steps, steps, ROWS[:, :52], np.zeros((10, 20))])
    path = write_csv(tmp_path / "live.csv", BRIDGE, table)
    path.write_text(path.read_text().replace(",5.0,", ",5,"))
    text = path.read_text().splitlines()
    lines = [text[0]] + [
        ",".join(["2026-01-01 12:00:00", str(step), *line.split(",")[2:]])
        for step, line in zip(range(5, 15), text[1:], strict=True)
    ]
    path.write_text("\n".join(lines) + "\n")
    file = RowFile(path)
    assert file.variables == 52
    assert [row.step for row in file] == list(range(5, 15))
    assert np.array_equal([values_of(row) for row in file], ROWS[:, :52])
    assert "IDV_1" not in next(iter(file)).values


@pytest.mark.parametrize("transposed", [False, True])
def test_a_dat_file_is_read_whichever_way_it_lies(tmp_path, transposed):
    path = tmp_path / "d.dat"
    np.savetxt(path, ROWS[:, :52].T if transposed else ROWS[:, :52], fmt="%.17g")
    file = RowFile(path)
    assert (len(file), file.variables) == (10, 52)
    assert np.array_equal([values_of(row) for row in file], ROWS[:, :52])
    assert list(next(iter(file)).values)[-1] == "XMV(11)"


def test_the_public_training_data_lie_on_their_side(shared):
    file = RowFile(shared / "fdd" / "braatz" / "d00.dat")
    assert len(file) == 500
    assert 2600 < next(iter(file)).values["XMEAS(7)"] < 2800


def test_a_last_line_that_is_still_being_written_waits(tmp_path):
    path = write_csv(tmp_path / "a.csv", list(LEGACY_NAMES), ROWS[:, :22])
    path.write_text(path.read_text() + "0.25,36")
    assert len(RowFile(path)) == 10


def test_a_short_line_in_the_middle_is_an_error(tmp_path):
    path = write_csv(tmp_path / "a.csv", list(LEGACY_NAMES), ROWS[:, :22])
    lines = path.read_text().splitlines()
    lines[4] = "1,2,3"
    path.write_text("\n".join(lines))
    with pytest.raises(UnreadableFile, match="row 4: 3 cells, but the header has 22"):
        len(RowFile(path))


def test_an_empty_cell_is_no_value_and_text_is_left_to_be_refused(tmp_path):
    path = write_csv(tmp_path / "a.csv", list(LABELS), ROWS)
    lines = path.read_text().splitlines()
    lines[1] = "n/a," + lines[1].split(",", 1)[1].rsplit(",", 1)[0] + ","
    path.write_text("\n".join(lines))
    first = next(iter(RowFile(path))).values
    assert (first["XMEAS(1)"], first["XMV(12)"]) == ("n/a", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("A Feed,Reactor Presure\n1,2\n", "no variable is called Reactor Presure"),
        ("A Feed,XMEAS(1)\n1,2\n", r"has XMEAS\(1\) twice"),
        ("A Feed,step\n1,0\n", "'0' is no step"),
        ("A Feed,step\n1,x\n", "'x' is no step"),
        ("A Feed,step\n1,2\n1,2\n", "step 2 comes after step 2"),
    ],
)
def test_a_csv_that_cannot_be_sent_says_why(tmp_path, text, said):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=said):
        list(RowFile(path))


def test_a_file_that_lacks_variables_or_is_not_there_says_so(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("A Feed,note\n1,2\n")
    with pytest.raises(UnreadableFile, match=r"lacks XMEAS\(2\), XMEAS\(3\)"):
        _ = RowFile(path, ("note",)).variables
    with pytest.raises(UnreadableFile, match="There is no file"):
        RowFile(tmp_path / "b.csv")
    (tmp_path / "c.dat").write_text("1 2 3\n4 5 6\n")
    with pytest.raises(UnreadableFile, match="2 x 3 numbers"):
        RowFile(tmp_path / "c.dat")
    (tmp_path / "d.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile, match="no CSV file in UTF-8"):
        RowFile(tmp_path / "d.csv")
