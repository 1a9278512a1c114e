"""The interface of the public package tep2py."""

import numpy as np
import pytest

from simulation.fidelity.comparison import relative_error
from simulation.tep import simulate
from simulation.tep.tep2py import tep2py


def test_a_matrix_of_disturbances_gives_a_table_of_the_run():
    idata = np.zeros((40, 20))
    idata[10:25, 3] = 1
    idata[20:, 0] = 0.5
    tep = tep2py(idata, seed=77)
    with pytest.raises(AttributeError, match="call simulate"):
        _ = tep.process_data
    tep.simulate()
    data = tep.process_data
    assert np.asarray(data).shape == (40, 52)
    assert list(data.columns) == [f"XMEAS({n})" for n in range(1, 42)] + [
        f"XMV({n})" for n in range(1, 12)
    ]
    assert data.index[1] == np.datetime64("1970-01-01T00:03")
    run = simulate(2, seed=77, idv={4: (0.5, 1.25), 1: (1.0, None, 0.5)})
    assert np.array_equal(np.asarray(data), run.rows[:, :52])
    assert np.array_equal(np.asarray(data["XMEAS(7)"]), run["XMEAS(7)"])


def test_the_standard_fault_from_eight_hours_on_is_the_reference_run(reference):
    gold = reference("closed48_idv04_seed4651207995")
    idata = np.zeros((960, 20), dtype=int)
    idata[160:, 3] = 1
    tep = tep2py(idata)
    tep.simulate()
    assert relative_error(np.asarray(tep.process_data)[:, :41], gold["rows"][:, 1:42]) <= 1e-9


def test_the_tables_of_names_are_those_of_the_public_package():
    tep = tep2py(np.zeros((0, 20)))
    tep.simulate()
    assert len(tep.process_data) == 0
    assert len(tep.info_variable) == 53
    assert list(tep.info_variable.columns) == ["variable", "description", "unit"]
    assert list(tep.info_disturbance.columns) == ["disturbance", "description"]
    assert tep.info_disturbance["disturbance"][3] == "IDV(4)"


@pytest.mark.parametrize("shape", [(5, 19), (20,), (2, 5, 20)])
def test_a_matrix_has_twenty_columns(shape):
    with pytest.raises(ValueError, match="the matrix of disturbances has 20 columns"):
        tep2py(np.zeros(shape))


@pytest.mark.parametrize("value", [-1, 2, float("nan")])
def test_a_matrix_holds_magnitudes(value):
    idata = np.zeros((5, 20))
    idata[2, 3] = value
    with pytest.raises(ValueError, match="magnitudes from 0 to 1"):
        tep2py(idata)
