"""Block means."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.detectors import block_means


@given(st.integers(0, 50), st.integers(1, 12), st.integers(0, 11))
def test_each_point_is_the_mean_of_its_own_readings_and_the_rest_waits(n_rows, decimation, offset):
    rows = np.random.default_rng(n_rows).normal(size=(n_rows, 3))
    points = block_means(rows, decimation, offset)
    assert len(points) == max(n_rows - offset, 0) // decimation
    for index, point in enumerate(points):
        first = offset + index * decimation
        assert point == pytest.approx(rows[first : first + decimation].mean(axis=0))
