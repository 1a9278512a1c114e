"""Chattering, floods, the figures of EEMUA 191, and limits that cannot work."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alarms.chattering import chattering_count, is_stale
from monitoring.alarms.flood import calm_before, flood_at, floods
from monitoring.alarms.kpis import Announced, Standing, report
from monitoring.alarms.limits import Kind, Limit
from monitoring.alarms.normal_operation import NORMAL
from monitoring.alarms.workable import trips_of, why_not
from simulation import tep
from simulation.tep.variables import LABELS, VARIABLES


def test_three_announcements_within_a_minute_are_chattering():
    assert chattering_count([0, 30, 60]) == 3
    assert chattering_count([0, 30, 61]) == 0
    assert chattering_count([0, 100, 110, 120, 300]) == 3


def test_an_alarm_is_stale_after_a_day():
    assert not is_stale(0.0, 24 * 3600.0)
    assert is_stale(0.0, 24 * 3600.0 + 1)


def test_a_flood_begins_with_the_eleventh_alarm_in_ten_minutes_and_ends_below_five():
    ten = [60.0 * i for i in range(10)]
    assert floods(ten, 599.0) == []
    eleven = [*ten, 590.0]
    lasting = flood_at(eleven, 595.0)
    assert lasting is not None and (lasting.since, lasting.until, lasting.alarms) == (0.0, None, 11)
    [over] = floods(eleven, 3000.0)
    assert over.until == 360.0 + 600.0, "when the seventh has left, four are in the window"


def test_two_operators_share_a_flood():
    times = [float(i) for i in range(15)]
    assert flood_at(times, 20.0) is not None
    assert flood_at(times, 20.0, operators=2) is None


@given(st.lists(st.integers(0, 6000), max_size=120), st.integers(1, 40))
def test_the_announcements_since_the_last_calm_tell_the_same_flood_as_all_of_them(moments, parts):
    times = sorted(float(moment) for moment in moments)
    latest_first, needed = times[::-1], None
    for looked_at in range(0, len(times), parts):
        needed = calm_before(latest_first[: looked_at + parts], looked_at)
        if needed is not None:
            break
    assert needed == calm_before(latest_first)
    some = times if needed is None else latest_first[:needed][::-1]
    told, whole = flood_at(some, 6100.0), flood_at(times, 6100.0)
    assert (told is None) == (whole is None)
    if told is not None and whole is not None:
        assert (told.since, told.alarms) == (whole.since, whole.alarms)


@given(st.lists(st.integers(0, 20000), max_size=120))
def test_floods_follow_each_other_and_each_has_more_than_ten_alarms(moments):
    times = sorted(float(moment) for moment in moments)
    found = floods(times, 30000.0)
    for flood in found:
        assert flood.until is not None and flood.since < flood.until
        assert flood.alarms > 10
    for one, next_one in pairwise(found):
        assert one.until <= next_one.since + 600.0


def test_the_report_judges_each_figure_against_its_target():
    announced = [Announced("a", 10.0 * i, "low") for i in range(20)]
    announced += [Announced("b", 5000.0, "critical")]
    told = report(announced, [Standing("c", -90000.0)], [30.0, 90.0], 0.0, 6000.0)
    figures = {figure.key: figure for figure in told.figures}
    assert told.announced == 21
    assert told.rates == [20.0, 0, 0, 0, 0, 0, 0, 0, 1.0, 0]
    assert figures["rate"].value == pytest.approx(2.1) and figures["rate"].is_met is False
    assert figures["peak"].value == 20.0 and figures["peak"].is_met is False
    assert figures["over_ten"].value == 10.0
    assert figures["chattering"].value == 1.0
    assert figures["stale"].value == 1.0 and figures["stale"].is_met is True
    assert figures["to_acknowledge"].value == 60.0 and figures["to_acknowledge"].is_met is None
    assert told.top[0].name == "a" and told.top[0].percent == pytest.approx(100 * 20 / 21)
    assert {share.name: share.count for share in told.priorities}["critical"] == 1
    assert all(figure.target for figure in told.figures)


def test_an_empty_period_is_no_failure():
    told = report([], [], [], 0.0, 600.0)
    assert told.announced == 0
    assert {f.key for f in told.figures if f.is_met is False} == set()


def test_the_figures_of_normal_operation_are_those_of_a_fresh_run():
    rows, _ = tep.simulate_rows(987654321, 50.0, rng="modern")
    for column, label in enumerate(LABELS):
        normal, values = NORMAL[label], rows[:, column]
        assert abs(values.mean() - normal.mean) <= 1.0 * normal.sd + 1e-9, label
        assert values.std() <= 1.6 * normal.sd + 1e-9, label
        assert values.std() >= normal.sd / 1.6 - 1e-9, label


def test_a_range_that_normal_operation_leaves_is_flagged_and_a_good_one_is_not():
    steam = next(v for v in VARIABLES if v.label == "XMEAS(19)")
    low, high = steam.operating_range
    assert "normal operation reaches" in why_not(Limit(Kind.HI, high), "XMEAS(19)")
    assert "normal operation reaches" in why_not(Limit(Kind.LO, low), "XMEAS(19)")
    assert why_not(Limit(Kind.HI, 2750.0), "XMEAS(7)") == ""


def test_a_limit_beyond_the_trip_is_flagged():
    assert trips_of("XMEAS(7)") == (-np.inf, 3000.0)
    assert "trip" in why_not(Limit(Kind.HIHI, 3000.0), "XMEAS(7)")
    assert "trip" in why_not(Limit(Kind.LOLO, trips_of("XMEAS(12)")[0]), "XMEAS(12)")


def test_rates_deviations_and_deadbands_that_cannot_work_are_flagged():
    assert why_not(Limit(Kind.RATE, 1.0, window=10), "XMEAS(7)")
    assert why_not(Limit(Kind.DEVIATION, 1.0), "XMEAS(8)", 75.0)
    assert why_not(Limit(Kind.DEVIATION, 10.0), "XMEAS(8)", 75.0) == ""
    assert "deadband" in why_not(Limit(Kind.HI, 2750.0, deadband=100.0), "XMEAS(7)")
