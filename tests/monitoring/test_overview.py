"""The overview: each plant with what is stored of it, and how near it is to a trip."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.models import Analysis
from monitoring.overview import HEIGHT, POINTS, WIDTH, overview, sparkline, trip_margin
from simulation.models import Plant
from simulation.tep import TRIP_LIMITS
from simulation.tep.variables import XMEAS
from tests.monitoring.pages import SEED, client_of, run_for

BASE = np.array([variable.nominal for variable in XMEAS])


@given(st.lists(st.floats(1e-12, 1e12), min_size=1, max_size=POINTS))
def test_a_sparkline_stays_in_its_frame_and_crosses_the_middle_where_the_limit_is(ratios):
    line = sparkline(ratios)
    places = [tuple(map(float, point.split(","))) for point in line.points.split()]
    assert len(places) == len(ratios)
    assert all(0 <= x <= WIDTH + 0.1 and 0 <= y <= HEIGHT for x, y in places)
    for ratio, (_, y) in zip(ratios, places, strict=True):
        if abs(np.log10(ratio)) > 0.02:
            assert (y < HEIGHT / 2) == (ratio > 1)
    assert line.is_over == (ratios[-1] > 1)


def test_the_margin_is_whole_at_the_base_case_and_none_at_each_limit():
    assert trip_margin(BASE).share == pytest.approx(1.0)
    for limit in TRIP_LIMITS:
        for bound in (limit.low, limit.high):
            if bound is None:
                continue
            xmeas = BASE.copy()
            xmeas[limit.xmeas_number - 1] = (bound - limit.offset) / limit.factor
            margin = trip_margin(xmeas)
            assert margin.share == pytest.approx(0.0, abs=1e-9)
            assert margin.quantity == limit.quantity
            assert f"{bound:g} {limit.unit}" in margin.words


def test_a_variable_that_is_not_known_gives_no_margin():
    assert trip_margin(np.full(len(XMEAS), np.nan)) is None


@pytest.mark.django_db
def test_each_plant_has_a_row_with_its_newest_scores(plant, detector, make_user):
    second = Plant.objects.create(name="Second")
    plant.reset(SEED)
    plant.start()
    run_for(plant, 5)
    plant.refresh_from_db()
    first_row, second_row = overview([plant, second])
    newest = Analysis.objects.filter(run=plant.run).order_by("step").last()
    assert first_row.t2.latest == newest.t2 / newest.t2_limit
    assert first_row.spe.latest == newest.spe / newest.spe_limit
    assert first_row.margin is not None
    assert (second_row.t2.latest, second_row.margin) == (None, None)
    html = client_of(make_user("viewer")).get("/").content.decode()
    assert f"{newest.t2 / newest.t2_limit:.2f}" in html
    assert "no scored point" in html
