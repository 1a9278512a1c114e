"""Random disturbances have the same statistics with either generator."""

import numba
import numpy as np
import pytest

from simulation.tep.disturbances import _FIRST_PULSE, renew_curves, reset_curves
from simulation.tep.draws import MODERN, REFERENCE
from simulation.tep.state import N_CURVES
from simulation.tep.xoshiro import stream_of, streams_of_curves

SEGMENTS = 4000


@numba.njit
def segments(rng, generator, streams, flag, count):
    """Lengths (12, count) of each curve's segments and the values at their ends."""
    curves = np.zeros((12, 6))
    reset_curves(curves)
    lengths, ends = np.zeros((12, count)), np.zeros((12, count))
    found = np.zeros(12, dtype=np.int64)
    time = 0.0
    while found.min() < count:
        time = curves[:, 5].min()
        before = curves[:, 5].copy()
        renew_curves(time, flag, curves, rng, generator, streams)
        for j in range(12):
            n = found[j]
            if curves[j, 5] != before[j] and n < count:
                span = curves[j, 5] - curves[j, 4]
                lengths[j, n] = span
                ends[j, n] = curves[j, 0] + span * (
                    curves[j, 1] + span * (curves[j, 2] + span * curves[j, 3])
                )
                found[j] += 1
    return lengths, ends


def drawn(rng: int, magnitude: float):
    seed = 4651207995
    flag = np.full(20, magnitude)
    streams = streams_of_curves(stream_of(seed))
    return segments(rng, np.array([float(seed)]), streams, flag, SEGMENTS)


@pytest.mark.parametrize("magnitude", [0.0, 0.5, 1.0])
def test_lengths_and_targets_of_the_curves_agree(magnitude):
    """Means and standard deviations within 4.5 standard errors, quantiles by Kolmogorov."""
    reference, modern = drawn(REFERENCE, magnitude), drawn(MODERN, magnitude)
    for a, b in zip(reference, modern, strict=True):
        for j in range(N_CURVES):
            error = np.sqrt((a[j].var() + b[j].var()) / SEGMENTS)
            assert abs(a[j].mean() - b[j].mean()) <= 4.5 * error + 1e-12
            # A uniform's (and more so a two-valued) sample variance varies by at most this.
            assert b[j].std() == pytest.approx(a[j].std(), rel=4.5 / np.sqrt(SEGMENTS), abs=1e-9)
            places = np.quantile(a[j], [0.1, 0.25, 0.5, 0.75, 0.9])
            if j < _FIRST_PULSE and a[j].std() > 1e-9:
                shares = [np.mean(b[j] <= place) for place in places]
                assert shares == pytest.approx([0.1, 0.25, 0.5, 0.75, 0.9], abs=0.045)


def test_each_curve_of_the_modern_generator_has_no_memory_and_none_is_anothers_shadow():
    lengths, ends = drawn(MODERN, 1.0)
    random = ends[:_FIRST_PULSE]
    correlation = np.corrcoef(np.vstack([random, lengths[:_FIRST_PULSE]]))
    assert np.abs(correlation - np.eye(len(correlation))).max() < 5 / np.sqrt(SEGMENTS)
    for row in random:
        z = (row - row.mean()) / row.std()
        assert abs(np.mean(z[1:] * z[:-1])) < 5 / np.sqrt(SEGMENTS)
