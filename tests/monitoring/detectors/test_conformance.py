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
        kind: cls(LABELS).fit(gaussian_runs(1, 5)).calibrate(gaussian_runs(2, 10))
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
        detector.start,
        lambda: detector.contributions(np.zeros(0), gaussian_runs(1, 1)[0][0]),
        lambda: detector.calibrate(gaussian_runs(1, 1)),
        detector.to_bytes,
    ):
        with pytest.raises(NotFittedError, match="call fit first"):
            use()
    detector.fit(gaussian_runs(1, 2))
    with pytest.raises(NotFittedError, match="call calibrate first"):
        detector.limits(0.01)


@kinds
def test_fit_and_calibrate_return_the_detector_and_leave_the_rows_alone(kind):
    runs = gaussian_runs(1, 4)
    before = [run.copy() for run in runs]
    detector = DETECTORS[kind](LABELS)
    assert detector.fit(runs) is detector
    assert detector.calibrate(runs) is detector
    detector.score(runs[0])
    assert all(np.array_equal(run, copy) for run, copy in zip(runs, before, strict=True))


@kinds
def test_a_second_fit_forgets_the_first_ones_limits(kind):
    detector = DETECTORS[kind](LABELS).fit(gaussian_runs(1, 2)).calibrate(gaussian_runs(2, 4))
    detector.fit(gaussian_runs(3, 2))
    with pytest.raises(NotFittedError, match="call calibrate first"):
        detector.limits(0.01)


@kinds
def test_fitting_twice_on_the_same_runs_gives_the_same_detector_to_the_bit(kind, fitted):
    again = DETECTORS[kind](LABELS).fit(gaussian_runs(1, 5)).calibrate(gaussian_runs(2, 10))
    assert again.to_bytes() == fitted[kind].to_bytes()


@kinds
def test_scores_are_one_value_a_statistic_and_never_negative(kind, fitted):
    detector, rows = fitted[kind], gaussian_runs(3, 1)[0]
    scores = detector.score(rows)
    assert scores.shape == (len(rows), len(detector.statistics))
    assert detector.limits(0.01).shape == (len(detector.statistics),)
    assert scores.min() >= 0.0
    assert detector.score(rows[:0]).shape == (0, len(detector.statistics))


@kinds
def test_updates_give_what_the_vectorised_score_gives(kind, fitted):
    detector, rows = fitted[kind], gaussian_runs(3, 1, 200)[0]
    state, found = detector.start(), []
    for x in rows:
        state, statistics = detector.update(state, x)
        found.append(statistics)
    np.testing.assert_allclose(found, detector.score(rows), rtol=1e-9, atol=1e-9)


@kinds
@settings(max_examples=20)
@given(cut=st.integers(0, 60))
def test_a_state_that_was_kept_as_bytes_goes_on_to_the_bit(kind, fitted, cut):
    detector, rows = fitted[kind], gaussian_runs(5, 1, 61)[0]
    whole, parts = detector.start(), detector.start()
    for x in rows:
        whole, expected = detector.update(whole, x)
    for x in rows[:cut]:
        parts, _ = detector.update(parts, x)
    parts = np.frombuffer(parts.tobytes())
    for x in rows[cut:]:
        parts, found = detector.update(parts, x)
    assert np.array_equal(whole, parts)
    assert np.array_equal(expected, found)


@kinds
def test_an_update_leaves_its_input_alone_and_its_state_never_grows(kind, fitted):
    detector, rows = fitted[kind], gaussian_runs(5, 1, 30)[0]
    state = detector.start()
    for x in rows:
        kept, point = state.copy(), x.copy()
        after, _ = detector.update(state, x)
        assert np.array_equal(kept, state)
        assert np.array_equal(point, x)
        assert after.shape == (detector.state_size,)
        state = after


@kinds
def test_points_of_the_warm_up_are_not_judged(kind, fitted):
    detector = fitted[kind]
    rows = gaussian_runs(3, 1)[0] + 100.0 * detector.sd_
    exceeds = detector.exceeds(rows, 0.01)
    assert not exceeds[: detector.warm_up].any()
    assert exceeds[detector.warm_up]


@kinds
def test_the_past_stops_to_matter_at_the_begin_of_a_run(kind, fitted):
    detector, rows = fitted[kind], gaussian_runs(3, 1, 100)[0]
    detector.score(rows * 1.5)
    first = detector.score(rows)
    assert np.array_equal(first, detector.score(rows))
    assert np.array_equal(first[:40], detector.score(rows[:40]))


@kinds
def test_a_gross_fault_exceeds_and_normal_operation_hardly_ever_does(kind, fitted):
    detector = fitted[kind]
    normal = gaussian_runs(3, 1)[0]
    faulty = normal + 10.0 * detector.sd_ * np.linspace(-1, 1, N_VARIABLES)
    assert detector.exceeds(normal, 0.001).mean() < 0.02
    assert detector.exceeds(faulty, 0.001)[detector.warm_up :].mean() > 0.95


@kinds
@pytest.mark.parametrize("alpha", [0.05, 0.005])
def test_limits_hold_what_they_state_on_runs_that_nothing_was_learnt_from(kind, fitted, alpha):
    detector = fitted[kind]
    scores = [detector.score(run)[detector.warm_up :] for run in gaussian_runs(9, 20)]
    rates = (np.concatenate(scores) > detector.limits(alpha)).mean(axis=0)
    # A bank's members share the rate: the limit is that of the largest of them.
    shared = detector.exceed(np.concatenate(scores), detector.limits(alpha)).mean()
    assert shared <= 2.5 * alpha * (1 if kind in ("robust", "sharp") else len(rates))
    if kind not in ("robust", "sharp"):
        assert (rates > 0.25 * alpha).all()


@kinds
def test_contributions_are_finite_and_one_value_a_variable(kind, fitted):
    detector = fitted[kind]
    state = detector.start()
    for x in gaussian_runs(3, 1, 40)[0]:
        state, _ = detector.update(state, x)
    found = detector.contributions(state, x)
    assert found
    for contributions in found.values():
        assert contributions.shape == (N_VARIABLES,)
        assert np.isfinite(contributions).all()
        assert contributions.min() >= 0.0


@kinds
def test_a_shift_of_one_variable_contributes_most_at_that_variable(kind, fitted):
    detector = fitted[kind]
    rows = gaussian_runs(3, 1, 60)[0]
    rows[40:, 2] += 30.0 * detector.sd_[2]
    state = detector.start()
    for x in rows[:50]:
        state, _ = detector.update(state, x)
    assert any(int(np.argmax(part)) == 2 for part in detector.contributions(state, x).values())


@kinds
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_refused_by_the_variables_name(kind, value, fitted):
    rows = gaussian_runs(3, 1)[0]
    rows[17, 4] = value
    detector = fitted[kind]
    for use in (
        detector.score,
        lambda rows: detector.update(detector.start(), rows[17]),
        lambda rows: detector.contributions(detector.start(), rows[17]),
    ):
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
        assert np.array_equal(detector.score(rows), copy.score(rows))
        for alpha, decimation in [(0.3, 1), (0.01, 4), (1e-5, 60)]:
            assert np.array_equal(
                copy.limits(alpha, decimation), detector.limits(alpha, decimation)
            )
        state, statistics = detector.update(detector.start(), rows[0])
        again, same = copy.update(copy.start(), rows[0])
        assert np.array_equal(state, again)
        assert np.array_equal(statistics, same)
        ours, theirs = detector.contributions(state, rows[0]), copy.contributions(state, rows[0])
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


@kinds
def test_a_detector_without_limits_is_stored_without_limits(kind):
    copy = load_detector(DETECTORS[kind](LABELS).fit(gaussian_runs(1, 2)).to_bytes())
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
