"""Tables, pictures and Parquet, with the packages that make them."""

import sys

import matplotlib.image
import numpy as np
import pandas
import pyarrow.parquet
import pytest
from django.core.management import call_command

from simulation import tep
from simulation.tep.tep2py import tep2py
from simulation.tep.variables import LABELS


@pytest.fixture(scope="module")
def run():
    return tep.simulate(12.0, seed=4711, idv={6: 2.0})


def test_a_dataframe_has_every_column_at_its_hour_to_the_bit(run):
    frame = run.to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert (frame.index.name, list(frame.columns)) == ("time_h", list(LABELS))
    assert np.array_equal(frame.index, run.hours)
    assert frame.to_numpy().tobytes() == run.rows.tobytes()
    assert frame.loc[6.0, "XMEAS(9)"] == run["XMEAS(9)"][119]
    frame.iloc[0, 0] = 0.0
    assert run.rows[0, 0] != 0.0, "the frame is a copy"


def test_parquet_gives_the_run_back_to_the_bit_with_seed_and_trip(run, tmp_path):
    run.write(tmp_path / "run.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "run.parquet")
    assert table.column_names == ["time_h", *LABELS]
    frame = table.to_pandas()
    assert frame[list(LABELS)].to_numpy().tobytes() == run.rows.tobytes()
    metadata = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert metadata["seed"] == "4711"
    assert int(metadata["shutdown_step"]) == run.shutdown_step > 0


def test_the_command_writes_parquet_and_a_picture(tmp_path):
    out, picture = tmp_path / "run.parquet", tmp_path / "run.png"
    call_command(
        "simulate", "--hours", "4", "--idv", "4@1", "--out", str(out), "--plot", str(picture)
    )
    stored = pyarrow.parquet.read_table(out).to_pandas()[list(LABELS)].to_numpy()
    assert stored.tobytes() == tep.simulate(4.0, idv={4: 1.0}).rows.tobytes()
    assert matplotlib.image.imread(picture).shape[2] == 4


def test_a_plot_has_a_panel_for_each_variable_with_its_unit_and_its_events(run, tmp_path):
    figure = run.plot(["XMEAS(7)", "XMV(10)"], tmp_path / "run.png")
    assert [panel.get_ylabel() for panel in figure.axes] == ["XMEAS(7)\nkPa gauge", "XMV(10)\n%"]
    line, *events = figure.axes[0].lines
    assert np.array_equal(line.get_xdata(), run.hours)
    assert np.array_equal(line.get_ydata(), run["XMEAS(7)"])
    assert [event.get_xdata()[0] for event in events] == [event.hours for event in run.events]
    assert len(run.events) == 2, "the injection and the trip"
    pixels = matplotlib.image.imread(tmp_path / "run.png")
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) > 10, "something is drawn"


@pytest.mark.parametrize("has_pandas", [True, False])
def test_tep2py_gives_a_table_with_pandas_and_without(has_pandas, monkeypatch):
    if not has_pandas:
        monkeypatch.setitem(sys.modules, "pandas", None)
    table = tep2py(np.zeros((4, 20)))
    table.simulate()
    assert isinstance(table.process_data, pandas.DataFrame) == has_pandas
    assert np.asarray(table.process_data).shape == (4, 52)
    assert next(iter(table.process_data.columns)) == "XMEAS(1)"
