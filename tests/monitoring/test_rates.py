"""The rate that a stage shows: of the stream as it is now."""

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.status.judging import rate_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=s) for s in seconds]


def test_a_steady_stream_has_its_rate_whatever_the_order_of_the_times():
    assert rate_of(ago(0, 1, 2, 3), NOW, 1.0) == pytest.approx(1.0)
    assert rate_of(ago(3, 1, 0, 2), NOW, 1.0) == pytest.approx(1.0)


def test_the_rate_of_a_stream_that_stands_still_falls():
    assert rate_of(ago(4, 5, 6, 7), NOW, 1.0) == pytest.approx(3 / 7)


def test_what_lies_before_a_break_does_not_count():
    assert rate_of(ago(0, 1, 2, 600, 601), NOW, 1.0) == pytest.approx(1.0)
    assert rate_of(ago(0, 600, 1200), NOW, 1.0) is None
    assert rate_of(ago(0, 600, 1200), NOW, 600.0) == pytest.approx(1 / 600)


def test_one_event_has_no_rate():
    assert rate_of(ago(1), NOW, 1.0) is None
    assert rate_of([], NOW, 1.0) is None
