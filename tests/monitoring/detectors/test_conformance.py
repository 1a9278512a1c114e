"""What every detector in the registry must do, whatever it is."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.detectors import DETECTORS, Detector, NotFittedError, load_detector
from monitoring.detectors.archive import HEADER_SIZE, MAGIC, pack
from tests.monitoring.detectors.gaussian import LABELS, N_VARIABLES, gaussian_runs

kinds = pytest.mark.parametrize("kind", sorted(DETECTORS))


@pytest.fixture(scope="module")
def fitted():
    """One calibrated detector of each kind."""
    return {
        kind: cls(LABELS).fit(gaussian_runs(1, 5)).calibrate(gaussian_runs(2, 5))
        for kind, cls in DETECTORS.items()
    }


@kinds
def test_it_is_registered_under_its_own_kind(kind):
    assert issubclass(DETECTORS[kind], Detector)
    assert DETECTORS[kind].kind == kind


@kinds
def test_init_only_stores_its_arguments(kind):
    cls = DETECTORS[kind]
    parameters = list(inspect.signature(cls).parameters)
    arguments = {name: object() for name in parameters}
    assert vars(cls(**arguments)) == arguments


@kinds
def test_it_says_what_is_missing_before_fit_and_before_calibrate(kind):
    detector = DETECTORS[kind](LABELS)
    for use in (
        lambda: detector.score(gaussian_runs(1, 1)[0]),
        lambda: detector.contributions(gaussian_runs(1, 1)[0][0]),
        lambda: detector.calibrate(gaussian_runs(1, 1)),
        detector.to_bytes,
    ):
        with pytest.raises(NotFittedError, match="call fit first"):
            use()
    detector.fit(gaussian_runs(1, 1))
    with pytest.raises(NotFittedError, match="call calibrate first"):
        detector.limits(0.01)


@kinds
def test_fit_and_calibrate_return_the_detector_and_leave_the_rows_alone(kind):
    runs = gaussian_runs(1, 2)
    before = [run.copy() for run in runs]
    detector = DETECTORS[kind](LABELS)
    assert detector.fit(runs) is detector
    assert detector.calibrate(runs) is detector
    detector.score(runs[0])
    assert all(np.array_equal(run, copy) for run, copy in zip(runs, before, strict=True))


@kinds
def test_a_second_fit_forgets_the_first_ones_limits(kind):
    detector = DETECTORS[kind](LABELS).fit(gaussian_runs(1, 2)).calibrate(gaussian_runs(2, 2))
    detector.fit(gaussian_runs(3, 2))
    with pytest.raises(NotFittedError, match="call calibrate first"):
        detector.limits(0.01)


@kinds
def test_fitting_twice_on_the_same_runs_gives_the_same_detector_to_the_bit(kind, fitted):
    again = DETECTORS[kind](LABELS).fit(gaussian_runs(1, 5)).calibrate(gaussian_runs(2, 5))
    assert again.to_bytes() == fitted[kind].to_bytes()


@kinds
def test_scores_are_one_value_a_point_and_never_negative(kind, fitted):
    rows = gaussian_runs(3, 1)[0]
    scores = fitted[kind].score(rows)
    assert scores.t2.shape == scores.spe.shape == (len(rows),)
    assert min(scores.t2.min(), scores.spe.min()) >= 0.0
    assert fitted[kind].score(rows[:0]).t2.shape == (0,)


@kinds
def test_a_score_rests_only_on_the_point_and_the_memory_before_it(kind, fitted):
    detector, rows = fitted[kind], gaussian_runs(3, 1, 100)[0]
    whole = detector.score(rows)
    first = 50 - detector.memory
    part = detector.score(rows[first:60])
    np.testing.assert_allclose(part.t2[detector.memory :], whole.t2[50:60], rtol=1e-9)
    np.testing.assert_allclose(part.spe[detector.memory :], whole.spe[50:60], rtol=1e-9)


@kinds
def test_a_gross_fault_exceeds_and_normal_operation_hardly_ever_does(kind, fitted):
    detector = fitted[kind]
    normal, limits = gaussian_runs(3, 1)[0], detector.limits(0.001)
    faulty = normal + 10.0 * detector.sd_ * np.linspace(-1, 1, N_VARIABLES)
    assert detector.score(normal).exceed(limits).mean() < 0.02
    assert detector.score(faulty).exceed(limits).mean() > 0.99


@kinds
def test_contributions_are_finite_and_one_value_a_variable(kind, fitted):
    for contributions in fitted[kind].contributions(gaussian_runs(3, 1)[0][0]):
        assert contributions.shape == (N_VARIABLES,)
        assert np.isfinite(contributions).all()
        assert contributions.min() >= 0.0


@kinds
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_refused_by_the_variables_name(kind, value, fitted):
    rows = gaussian_runs(3, 1)[0]
    rows[17, 4] = value
    for use in (fitted[kind].score, lambda rows: fitted[kind].contributions(rows[17])):
        with pytest.raises(ValueError, match=r"finite.*: V5$"):
            use(rows)


@kinds
@pytest.mark.parametrize("shape", [(5, N_VARIABLES - 1), (5, N_VARIABLES + 1), (N_VARIABLES,)])
def test_rows_of_another_shape_are_refused(kind, shape, fitted):
    with pytest.raises(ValueError, match=r"rows must be \(n, 8\)"):
        fitted[kind].score(np.zeros(shape))
    with pytest.raises(ValueError, match=r"rows must be \(n, 8\)"):
        DETECTORS[kind](LABELS).fit([np.zeros(shape)])


@kinds
def test_no_runs_are_refused(kind, fitted):
    with pytest.raises(ValueError, match="at least one run"):
        DETECTORS[kind](LABELS).fit([])
    with pytest.raises(ValueError, match="at least one run"):
        fitted[kind].calibrate([])


@kinds
def test_a_detector_read_back_is_the_same_to_the_bit(kind, fitted):
    detector = fitted[kind]
    data = detector.to_bytes()
    rows = gaussian_runs(3, 1)[0]
    for copy in (DETECTORS[kind].from_bytes(data), load_detector(data)):
        assert type(copy) is DETECTORS[kind]
        assert copy.to_bytes() == data
        assert list(copy.labels) == LABELS
        ours, theirs = detector.score(rows), copy.score(rows)
        assert np.array_equal(ours.t2, theirs.t2)
        assert np.array_equal(ours.spe, theirs.spe)
        for alpha, decimation in [(0.3, 1), (0.01, 4), (1e-5, 60)]:
            assert copy.limits(alpha, decimation) == detector.limits(alpha, decimation)
        for a, b in zip(detector.contributions(rows[0]), copy.contributions(rows[0]), strict=True):
            assert np.array_equal(a, b)


@kinds
def test_a_detector_without_limits_is_stored_without_limits(kind):
    copy = load_detector(DETECTORS[kind](LABELS).fit(gaussian_runs(1, 1)).to_bytes())
    with pytest.raises(NotFittedError, match="call calibrate first"):
        copy.limits(0.01)


@kinds
@settings(max_examples=200)
@given(data=st.data())
def test_a_damaged_detector_is_refused_as_a_whole(kind, fitted, data):
    stored = fitted[kind].to_bytes()
    position = data.draw(st.integers(0, len(stored) - 1) | st.integers(0, HEADER_SIZE + 80))
    truncated = stored[:position]
    flipped = bytearray(stored)
    flipped[position] ^= data.draw(st.integers(1, 255))
    for damaged in (truncated, bytes(flipped)):
        with pytest.raises(ValueError, match="stored detector"):
            DETECTORS[kind].from_bytes(damaged)


@kinds
@given(garbage=st.binary(max_size=300))
def test_garbage_is_refused(kind, garbage):
    for read in (DETECTORS[kind].from_bytes, load_detector):
        with pytest.raises(ValueError, match="stored detector"):
            read(garbage)
        with pytest.raises(ValueError, match="stored detector"):
            read(MAGIC + garbage)


@kinds
@pytest.mark.parametrize("garbage", [None, "text", 7, [1, 2]])
def test_what_is_not_bytes_is_refused(kind, garbage):
    with pytest.raises(ValueError, match="a stored detector is bytes"):
        DETECTORS[kind].from_bytes(garbage)


@kinds
def test_a_stored_detector_of_another_kind_or_with_parts_missing_is_refused(kind):
    other = pack({"kind": np.array("crystal ball")})
    with pytest.raises(ValueError, match="of kind 'crystal ball'"):
        DETECTORS[kind].from_bytes(other)
    with pytest.raises(ValueError, match="unknown kind 'crystal ball'"):
        load_detector(other)
    with pytest.raises(ValueError, match="lacks 'labels'"):
        DETECTORS[kind].from_bytes(pack({"kind": np.array(kind)}))


def test_a_later_format_is_refused_by_its_number(detector):
    data = bytearray(detector.to_bytes())
    data[len(MAGIC)] = 2
    with pytest.raises(ValueError, match="format version 2; this code reads 1"):
        load_detector(bytes(data))


def test_an_archive_with_python_objects_in_it_cannot_be_written():
    with pytest.raises(ValueError, match="allow_pickle"):
        pack({"kind": np.array([object()])})
