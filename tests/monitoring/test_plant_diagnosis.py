"""The diagnosis display: alarm, members, contributions, cause and explanations on one page."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from monitoring.member_history import members_of
from monitoring.models import Alarm, Analysis
from monitoring.tag_spark import HEIGHT, WIDTH, spark_of
from tests.monitoring.pages import SEED, Page, client_of, run_for


@given(
    values=arrays(float, st.integers(1, 200), elements=st.floats(-1e6, 1e6) | st.just(np.nan)),
    band=st.none() | st.tuples(st.floats(-1e6, 0), st.floats(1, 1e6)),
)
def test_a_small_line_stays_in_its_frame_and_shows_every_stretch(values, band):
    steps = np.arange(1, len(values) + 1)
    spark = spark_of(steps, values, span=(1, len(values)), band=band, decimals=2, unit="%")
    if not np.isfinite(values).any():
        assert spark.lines == ()
        return
    places = [
        tuple(map(float, point.split()))
        for line in spark.lines
        for point in line.removeprefix("M").removesuffix(" h0").split(" L")
    ]
    assert all(-0.1 <= x <= WIDTH + 0.1 and 0 <= y <= HEIGHT for x, y in places)
    good = np.isfinite(values)
    assert len(spark.lines) == good[0] + np.count_nonzero(good[1:] & ~good[:-1])
    assert spark.has_band == (band is not None)


@pytest.mark.django_db
class TestPage:
    @pytest.fixture
    def viewer(self, make_user):
        return client_of(make_user("viewer"))

    def test_a_plant_that_never_ran_says_so_everywhere(self, plant, viewer):
        response = viewer.get(f"/plants/{plant.pk}/diagnosis/")
        assert response.status_code == 200
        page = Page(response)
        assert page.inline == []
        assert "The detector has raised no alarm in this run." in page.text("situation")
        assert "No point has been scored" in page.text("members")

    def test_an_alarm_brings_its_members_contributions_and_links_together(
        self, plant, detector, viewer
    ):
        plant.reset(SEED)
        plant.start()
        plant.inject(idvs=[6])
        run_for(plant, 30)
        alarm = Alarm.objects.get(run=plant.run)
        response = viewer.get(f"/plants/{plant.pk}/diagnosis/")
        page = Page(response)
        situation = page.text("situation")
        assert "Fault detected: unacknowledged" in situation
        told = f"The detector's alarm {alarm.pk} stands since {alarm.raised_hours:.2f} h"
        assert told in situation
        newest = Analysis.objects.filter(run=plant.run).order_by("step").last()
        members = response.context["members"]
        assert {m.name: m.value for m in members} == {"T²": newest.t2, "SPE": newest.spe}
        assert [m.ratio for m in members] == sorted((m.ratio for m in members), reverse=True)
        assert "XMEAS(1)" in page.text("parts")
        links = {one.get("href") for one in page.all("a")}
        assert f"/plants/{plant.pk}/flowsheet/" in links
        assert f"/plants/{plant.pk}/explanations/" in links
        assert f"/plants/{plant.pk}/#whatif" in links
        assert "IDV(6)" not in page.text("evidence")  # the truth is not part of the evidence

    def test_the_members_of_a_bank_are_told_one_by_one(self, plant, team, viewer):
        plant.reset(SEED)
        plant.start()
        run_for(plant, 22)
        newest = Analysis.objects.filter(run=plant.run).order_by("step").last()
        members = members_of(newest)
        assert {m.name for m in members} == set(newest.detector_model.detector.statistics)
        assert max(m.ratio for m in members if m.decides) == pytest.approx(newest.ratio)
        assert members[0].line.latest == members[0].ratio
