"""The watchdog marks what cannot be, and nothing that the process can do."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from simulation.quality import HIGH, IDENTICAL_ROWS, LOW, MAX_WORDS, Sample, Watchdog
from simulation.tep.variables import LABELS, index_of
from tests.simulation.ingest.feeds import simulated_rows

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EVERY_COLUMN = range(len(LABELS))


def marks(rows, required=EVERY_COLUMN) -> dict[int, str]:
    """What is said of each marked row, by its step from 1."""
    watchdog = Watchdog(required)
    said = {step: watchdog.judge(step, row) for step, row in enumerate(rows, start=1)}
    return {step: words for step, words in said.items() if words}


def braatz(shared, name: str) -> np.ndarray:
    data = np.loadtxt(shared / "fdd" / "braatz" / f"{name}.dat")
    data = data.T if data.shape[0] == 52 else data
    return np.hstack([data, np.full((len(data), 1), np.nan)])


def spoilt(step: int, label: str, value: float) -> np.ndarray:
    rows = simulated_rows(30).copy()
    rows[step - 1, index_of(label)] = value
    return rows


@pytest.mark.parametrize("idv", range(21))
def test_no_reading_of_a_simulated_run_is_marked(idv):
    """Seeds other than those that the bounds were measured with; 6 and 18 go to the trip."""
    rows = simulated_rows(480, idv, seed=8_123_457 + idv)
    assert len(rows) > 100
    assert marks(rows) == {}


def test_faults_at_once_that_trip_the_plant_are_not_marked():
    from benchmarks.quality_bounds import simulate

    for idvs in [(4, 6, 15, 1, 13), (1, 17, 6, 2), (7, 13, 6, 11), (18, 12, 7)]:
        rows = simulate((idvs, 991, 600))
        assert len(rows) < 600
        assert marks(rows) == {}


@pytest.mark.parametrize("name", ["d00", "d00_te", "d01_te", "d04_te", "d14_te"])
def test_no_row_of_the_public_data_is_marked(shared, name):
    rows = braatz(shared, name)
    assert len(rows) >= 480
    assert marks(rows, range(52)) == {}


def test_the_public_rows_after_a_shutdown_are_one_row_over_and_over_and_marked_as_that(shared):
    """In the recorded loss of the A feed the plant shuts down, and its last row is repeated."""
    rows = braatz(shared, "d06_te")
    shut_down = next(
        step for step in range(1, 960) if (rows[step, :22] == rows[step - 1, :22]).all()
    )
    found = marks(rows, range(52))
    assert list(found) == list(range(shut_down + IDENTICAL_ROWS - 1, 961))
    assert set(found.values()) == {"5 or more identical rows of noisy measurements"}


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("XMEAS(7)", 27.05),  # bar for kPa
        ("XMEAS(7)", 0.0),
        ("XMEAS(9)", 248.7),  # Fahrenheit
        ("XMEAS(8)", 0.75),  # a fraction for percent
        ("XMEAS(12)", 0.0),
        ("XMEAS(15)", 100.0),
        ("XMEAS(2)", 36640.0),
        ("XMEAS(18)", 0.0),
        ("XMEAS(23)", 0.32),
        ("XMV(10)", 410.6),
        ("XMV(3)", -25.0),
        ("XMEAS(3)", 1e300),
        ("XMEAS(3)", np.inf),
        ("XMEAS(3)", np.nan),
    ],
)
def test_a_value_that_cannot_be_is_marked_alone(label, value):
    found = marks(spoilt(10, label, value))
    assert list(found) == [10]
    assert label in found[10]


def test_a_missing_optional_value_is_no_mark():
    rows = spoilt(10, "XMEAS(30)", np.nan)
    assert marks(rows, [*range(22)]) == {}


def test_a_true_move_is_good_again_after_as_many_samples_as_it_takes():
    rows = simulated_rows(30).copy()
    rows[9:, index_of("XMEAS(7)")] -= 1000.0  # 382 kPa in a sample can be
    assert list(marks(rows)) == [10, 11]


def test_a_gap_allows_a_larger_change():
    first, second = simulated_rows(30)[:2]
    second = second.copy()
    second[index_of("XMEAS(7)")] -= 1000.0
    assert Watchdog(EVERY_COLUMN, [Sample(1, first)]).judge(2, second)
    assert not Watchdog(EVERY_COLUMN, [Sample(1, first)]).judge(4, second)


def test_the_fifth_identical_row_and_those_after_it_are_marked():
    rows = simulated_rows(30).copy()
    rows[10:17] = rows[10]
    found = marks(rows)
    assert list(found) == [15, 16, 17]
    assert "identical rows" in found[15]


def test_valves_and_analysers_that_stand_still_are_no_identical_rows():
    rows = simulated_rows(30).copy()
    rows[:, 22:] = rows[0, 22:]
    assert marks(rows) == {}


def test_a_clock_that_goes_back_is_marked_once():
    watchdog = Watchdog(EVERY_COLUMN)
    times = [NOON, NOON + timedelta(minutes=3), NOON - timedelta(hours=1), NOON, None, NOON]
    said = [
        watchdog.judge(step, row, time)
        for step, (row, time) in enumerate(zip(simulated_rows(30), times, strict=False), start=1)
    ]
    assert [bool(words) for words in said] == [False, False, True, False, False, False]
    assert "went back by 3780 s" in said[2]


def test_what_was_stored_before_counts_for_what_comes():
    rows = simulated_rows(30)
    past = [Sample(step, rows[0]) for step in range(1, IDENTICAL_ROWS)]
    assert "identical" in Watchdog(EVERY_COLUMN, past).judge(IDENTICAL_ROWS, rows[0])


def test_the_words_fit_into_a_reading_however_many_values_are_wrong():
    [words] = [Watchdog(EVERY_COLUMN).judge(1, np.full(len(LABELS), 1e9))]
    assert len(words) <= MAX_WORDS
    assert words.endswith("and 51 more")


def test_the_ranges_hold_the_base_case():
    assert (simulated_rows(30) > LOW).all()
    assert (simulated_rows(30) < HIGH).all()
