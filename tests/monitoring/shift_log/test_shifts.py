"""Shifts follow the clock of the site's zone, and each moment belongs to exactly one."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.shift_log.shifts import Roster, read_starts

BERLIN = ZoneInfo("Europe/Berlin")
THREE = (time(6), time(14), time(22))
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)


def test_the_night_shift_goes_over_midnight():
    shift = Roster(THREE, BERLIN).shift_at(datetime(2026, 7, 1, 1, 0, tzinfo=UTC))
    assert shift.start == datetime(2026, 6, 30, 20, 0, tzinfo=UTC)
    assert shift.end == datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


def test_the_night_when_the_clock_goes_back_is_an_hour_longer():
    roster = Roster(THREE, BERLIN)
    assert roster.shift_at(datetime(2026, 10, 25, 0, 0, tzinfo=UTC)).hours == 9
    assert roster.shift_at(datetime(2026, 3, 29, 0, 0, tzinfo=UTC)).hours == 7


@given(
    moment=st.datetimes(datetime(2005, 1, 5), datetime(2036, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    starts=st.lists(
        st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=6
    ),
)
def test_shifts_follow_each_other_without_gap_or_overlap(moment, zone, starts):
    roster = Roster(starts, ZoneInfo(zone))
    shift = roster.shift_at(moment)
    assert shift.holds(moment)
    assert shift.end > shift.start
    assert roster.after(shift).start == shift.end
    assert roster.before(shift).end == shift.start
    assert roster.shift_at(shift.end - timedelta(microseconds=1)) == shift
    assert roster.shift_at(shift.start) == shift


def test_times_of_day_are_read_in_order_and_once():
    assert read_starts(["22:00", "6:00", "06:00"]) == (time(6), time(22))


@pytest.mark.parametrize("text", ["six", "25:00", "6", "06:0", "", "06:61", "-1:00"])
def test_what_is_no_time_of_day_is_named(text):
    with pytest.raises(ValueError, match="no time of day"):
        read_starts([text])
