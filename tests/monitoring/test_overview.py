"""The overview: each plant with what is stored of it, and how near it is to a trip."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alarms import acknowledging
from monitoring.alarms.queries import Tally
from monitoring.models import AlarmOccurrence, Analysis
from monitoring.overview import HEIGHT, POINTS, WIDTH, overview, sparkline, trip_margin
from monitoring.overview_order import arranged
from monitoring.pulse import beat_of
from simulation.models import Plant
from simulation.tep import TRIP_LIMITS
from simulation.tep.variables import XMEAS
from tests.monitoring.alarms.standing import give_return, raise_alarms
from tests.monitoring.pages import SEED, client_of, run_for

BASE = np.array([variable.nominal for variable in XMEAS])


@given(st.lists(st.floats(1e-12, 1e12), min_size=1, max_size=POINTS))
def test_a_sparkline_stays_in_its_frame_and_crosses_the_middle_where_the_limit_is(ratios):
    line = sparkline(ratios)
    places = [tuple(map(float, point.split(","))) for point in line.lines[0].split()]
    assert len(places) == len(ratios)
    assert all(0 <= x <= WIDTH + 0.1 and 0 <= y <= HEIGHT for x, y in places)
    for ratio, (_, y) in zip(ratios, places, strict=True):
        if abs(np.log10(ratio)) > 0.02:
            assert (y < HEIGHT / 2) == (ratio > 1)
    assert line.is_over == (ratios[-1] > 1)


def test_what_is_not_judged_has_a_ground_and_what_has_no_score_is_a_gap():
    line = sparkline([None, None, 2.0, None, 3.0, 4.0], [True, True, False, True, False, False])
    assert [len(one.split()) for one in line.lines] == [1, 2]
    step = WIDTH / (POINTS - 1)
    assert [width for _, width in line.unjudged] == pytest.approx([2 * step, step], abs=0.2)
    assert (line.is_over, line.words) == (True, "4.00 × its limit")


def test_a_point_that_is_not_judged_is_not_over_its_limit_and_says_why():
    told = sparkline([5.0, 7.0], [True, True])
    assert (told.is_over, told.words) == (False, "7.00 × its limit; warming up: not judged")
    assert sparkline([None], [True]).words == "warming up: not judged"


@pytest.mark.django_db
@pytest.mark.parametrize(("steps", "said"), [(20, True), (21, False)])
def test_a_row_says_while_the_detector_warms_up_that_its_figures_are_not_judged(
    plant, team, make_user, steps, said
):
    plant.reset(SEED)
    plant.start()
    run_for(plant, steps)
    [row] = overview([Plant.objects.get()])
    assert (row.t2.is_warming_up, row.spe.is_warming_up) == (said, said)
    assert row.t2.latest is not None
    html = client_of(make_user("viewer")).get("/plants/").content.decode()
    assert (html.count("warming up: not judged</span>") == 2) is said
    assert 'class="unjudged"' in html


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


def plants_with_runs(count, first=0):
    made = []
    for n in range(first, first + count):
        one = Plant.objects.create(name=f"Plant {n:02}")
        one.reset(SEED + n)
        one.start()
        one.refresh_from_db()
        made.append(one)
    return made


@pytest.mark.django_db
def test_fifty_plants_take_no_more_queries_than_two(detector, django_assert_num_queries):
    few, many = plants_with_runs(2), plants_with_runs(48, first=2)
    with CaptureQueriesContext(connection) as with_two:
        overview(Plant.objects.select_related("current_run").filter(pk__in=[p.pk for p in few]))
    plants = list(Plant.objects.select_related("current_run"))
    assert len(plants) == 50
    with django_assert_num_queries(len(with_two) - 1):  # the plants themselves are read already
        rows = overview(plants)
    assert [row.plant for row in rows] == plants
    assert few[0].pk != many[0].pk


@pytest.mark.django_db
def test_the_page_of_fifty_plants_is_made_with_few_queries(detector, make_user):
    plants_with_runs(50)
    viewer = client_of(make_user("viewer"))
    with CaptureQueriesContext(connection) as page:
        html = viewer.get("/plants/").content.decode()
    assert "Plant 49" in html
    assert len(page) < 25


@pytest.mark.django_db
def test_a_standing_alarm_comes_first_and_its_priority_is_a_shape_and_a_number(
    plant, detector, make_user
):
    quiet = Plant.objects.create(name="A quiet one")
    plant.reset(SEED)
    plant.start()
    run_for(plant, 3)
    raise_alarms(plant, "detector")
    rows = arranged(overview([quiet, plant]), "attention", "all")
    assert [row.plant for row in rows] == [plant, quiet]
    assert rows[0].standing.counts == (Tally("high", 1, 1),)
    assert [row.plant for row in arranged(rows, "attention", "abnormal")] == [plant]
    assert [row.plant for row in arranged(rows, "name", "all")] == [quiet, plant]
    viewer = client_of(make_user("viewer"))
    html = viewer.get("/plants/").content.decode()
    assert 'aria-label="Alarms of TEP 1: 1 high; 1 unacknowledged"' in html
    assert 'aria-label="high priority"' in html
    assert "A quiet one" not in viewer.get("/plants/?q=TEP").content.decode()
    assert "No plant is so named" in viewer.get("/plants/?q=nowhere").content.decode()
    assert viewer.get("/plants/?sort=nonsense&show=nonsense").status_code == 200
    give_return(plant, "detector")
    acknowledging.acknowledge(AlarmOccurrence.objects.get(), by=None)
    assert not overview([plant])[0].standing


@given(
    age=st.floats(0, 1e7), interval=st.floats(0.2, 600), state=st.sampled_from(Plant.State.values)
)
def test_a_pulse_beats_exactly_while_a_running_plant_has_fresh_samples(age, interval, state):
    now = timezone.now()
    plant = Plant(
        state=state, interval_seconds=interval, step=3, sampled_at=now - timedelta(seconds=age)
    )
    beat = beat_of(plant, now)
    late = beat.age_seconds > max(2.0, 2 * interval)
    assert beat.is_beating == (state == "running" and not late)
    assert beat.is_missed == (state == "running" and late)
    assert beat.words.startswith("no sample for") == beat.is_missed


def test_a_plant_without_a_sample_has_no_age():
    assert beat_of(Plant(state="running"), timezone.now()).words == "no sample yet"


@pytest.mark.django_db
def test_the_pulse_stops_when_the_stream_stops_and_the_page_says_for_how_long(
    plant, detector, make_user
):
    plant.reset(SEED)
    plant.start()
    run_for(plant, 2)
    viewer = client_of(make_user("viewer"))
    assert 'class="pulse missed"' not in viewer.get("/plants/").content.decode()
    Plant.objects.filter(pk=plant.pk).update(sampled_at=timezone.now() - timedelta(seconds=90))
    html = viewer.get("/plants/").content.decode()
    assert 'class="pulse missed"' in html
    assert "no sample for 90 s" in html
