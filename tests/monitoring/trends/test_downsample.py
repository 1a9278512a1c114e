"""Min-max downsampling: no spike is lost, nothing is made up, gaps stay gaps."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from monitoring.trends.downsample import PASS, Buckets, thinned, width_for

VALUES = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6, width=32))
SERIES = arrays(np.float64, st.tuples(st.integers(1, 120), st.integers(1, 3)), elements=VALUES)
WIDTHS = st.integers(1, 17)


def rows_of(dense, width, start=1):
    return Buckets.of(start, dense, width).rows(width)


@given(SERIES, WIDTHS)
def test_lowest_and_highest_of_every_bucket_are_in_the_output_and_nothing_else(dense, width):
    rows = rows_of(dense, width)
    for trace in range(dense.shape[1]):
        for begin in range(0, len(dense), width):
            bucket = dense[begin : begin + width, trace]
            bucket = bucket[np.isfinite(bucket)]
            inside = (rows.steps >= 1 + begin) & (rows.steps < 1 + begin + width)
            inside &= rows.steps == np.floor(rows.steps)
            shown = rows.values[inside, trace]
            shown = shown[np.isfinite(shown)]
            assert set(shown) == ({bucket.min(), bucket.max()} if len(bucket) else set())


@given(SERIES, WIDTHS)
def test_steps_go_up_and_rows_are_few(dense, width):
    rows = rows_of(dense, width)
    assert (np.diff(rows.steps) > 0).all()
    assert len(rows) <= 3 * -(-len(dense) // width)


@given(SERIES)
def test_at_a_width_of_one_every_sample_comes_as_it_is(dense):
    rows = rows_of(dense, 1)
    whole = rows.steps == np.floor(rows.steps)
    at = rows.steps[whole].astype(int) - 1
    there = np.isfinite(dense).any(axis=1)
    assert (at == np.flatnonzero(there)).all()
    np.testing.assert_array_equal(rows.values[whole], dense[at])


@given(SERIES, WIDTHS, st.integers(1, 5))
def test_in_chunks_it_is_the_same_as_at_once(dense, width, buckets):
    size = buckets * width
    chunks = [(1 + i, dense[i : i + size]) for i in range(0, len(dense), size)]
    whole, parts = rows_of(dense, width), thinned(chunks, width, dense.shape[1])
    np.testing.assert_array_equal(whole.steps, parts.steps)
    np.testing.assert_array_equal(whole.values, parts.values)


@given(SERIES, WIDTHS)
def test_a_gap_as_wide_as_a_bucket_breaks_the_line(dense, width):
    rows = rows_of(dense, width)
    for trace in range(dense.shape[1]):
        there = np.flatnonzero(np.isfinite(dense[:, trace])) + 1
        for before, after in pairwise(there):
            if after - before <= width:
                continue
            between = (rows.steps > before) & (rows.steps < after)
            assert np.isnan(rows.values[between, trace]).any()


@given(arrays(np.float64, st.tuples(st.integers(1, 120), st.integers(1, 3)),
              elements=st.floats(-10, 10)), WIDTHS)  # fmt: skip
def test_a_line_without_gaps_is_never_broken(dense, width):
    assert np.isfinite(rows_of(dense, width).values).all()


def test_a_trace_passes_over_the_break_of_another():
    dense = np.array([[1.0, 1.0], [2.0, np.nan], [3.0, np.nan], [4.0, 4.0]])
    rows = rows_of(dense, 2)
    assert rows.steps.tolist() == [1.0, 2.0, 2.5, 3.0, 4.0]
    assert rows.values[2, 0] == PASS and np.isnan(rows.values[2, 1])


def test_a_trace_without_any_value_adds_no_breaks():
    rows = rows_of(np.column_stack([np.arange(5.0), np.full(5, np.nan)]), 1)
    assert rows.steps.tolist() == [1, 2, 3, 4, 5]


def test_stretches_that_are_left_out_break_the_line():
    rows = thinned([(1, np.ones((4, 1))), (1001, np.ones((4, 1)))], 2, 1)
    assert np.isnan(rows.values[:, 0]).sum() == 1
    assert rows.steps[np.isnan(rows.values[:, 0])] == 4.5


def test_nothing_at_all_gives_no_rows():
    assert len(thinned([], 5, 2)) == 0
    assert len(rows_of(np.full((7, 2), np.nan), 3)) == 0


@given(st.integers(1, 10**7), st.integers(2, 4000))
def test_a_bucket_is_as_wide_as_it_must_be(span, most):
    width = width_for(span, most)
    assert (width == 1) == (span <= most) or most == 2
    if width > 1:
        assert 2 * -(-span // width) <= most + 2
