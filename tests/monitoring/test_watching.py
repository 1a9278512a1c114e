"""Several detectors on one plant: one in charge, PCA beside it, others in the shadow."""

import numpy as np
import pytest
from django.utils import timezone

from monitoring.analysing import analyse_plant
from monitoring.models import (
    Alarm,
    Analysis,
    AnalysisCursor,
    DetectorModel,
    DetectorSettings,
    Watch,
)
from monitoring.watched import WATCHED
from simulation import tep
from simulation.models import Reading
from tests.explainer.conftest import fill

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]
SEED = 4651207995


def rows_of(hours: float, idv: int = 0, onset: float = 4.0) -> np.ndarray:
    rows, _ = tep.simulate_rows(SEED, hours, {idv: onset} if idv else None, rng="modern")
    return rows


def more(plant, rows: np.ndarray) -> None:
    """Give the plant further readings, not yet scored."""
    before = plant.step
    Reading.objects.bulk_create(
        Reading(run=plant.run, step=i, sim_hours=i / 20, sampled_at=timezone.now(), values=row)
        for i, row in enumerate(rows, start=before + 1)
    )
    type(plant).objects.filter(pk=plant.pk).update(step=before + len(rows))
    plant.refresh_from_db()


def points_of(plant) -> list[Analysis]:
    return list(Analysis.objects.filter(run=plant.run).order_by("step"))


def test_a_bank_in_charge_scores_every_reading_and_pca_gives_t2_and_spe_beside_it(plant, team):
    rows = rows_of(3.0)
    fill(plant, rows)
    points = points_of(plant)
    bank, pca = team["robust"].detector, team["pca"].detector
    assert len(points) == len(rows)
    statistics = np.array([point.statistics for point in points])
    np.testing.assert_allclose(statistics, bank.score(rows[:, WATCHED]), atol=1e-9)
    classic = np.array([(point.t2, point.spe) for point in points])
    np.testing.assert_allclose(classic, pca.score(rows[:, WATCHED])[:, :2], rtol=1e-12)
    assert {point.detector_model_id for point in points} == {team["robust"].pk}
    assert {point.classic_model_id for point in points} == {team["pca"].pk}


def test_a_shadow_says_what_it_would_have_said_and_raises_nothing(plant, team):
    settings = DetectorSettings.of(plant)
    settings.consecutive = 1000  # the one in charge never alarms
    settings.save()
    fill(plant, rows_of(6.0, idv=6))
    settings.consecutive = 3
    settings.save()
    plant.refresh_from_db()
    said = [point.shadows for point in points_of(plant)]
    assert all([one["model"] for one in shadows] == [team["sharp"].pk] for shadows in said)
    assert said[-1][0]["exceeds"]
    assert not Alarm.objects.exists()
    fill(plant, rows_of(6.0, idv=6))
    raised = [p.step for p in points_of(plant) if p.shadows[0].get("raised")]
    assert len(raised) == 1
    assert abs(raised[0] - Alarm.objects.get().raised_step) <= 3


def test_a_model_that_takes_over_in_the_middle_of_a_run_knows_what_came_before(plant, team):
    rows = rows_of(6.0)
    fill(plant, rows[:80])
    other = DetectorModel.objects.create(
        kind="robust", version=9, parameters=bytes(team["robust"].parameters), card={}
    )
    other.activate()
    more(plant, rows[80:])
    assert analyse_plant(plant.pk) == len(rows) - 80
    points = points_of(plant)
    assert [point.step for point in points] == list(range(1, len(rows) + 1))
    assert [point.detector_model_id for point in points[80:]] == [other.pk] * (len(rows) - 80)
    whole = team["robust"].detector.score(rows[:, WATCHED])
    np.testing.assert_allclose([p.statistics for p in points[80:]], whole[80:], atol=1e-9)


def test_a_lost_state_is_made_anew_from_the_stored_readings_to_the_bit(plant, team):
    rows = rows_of(5.0)
    fill(plant, rows[:60])
    Watch.objects.all().delete()
    more(plant, rows[60:])
    analyse_plant(plant.pk)
    found = [point.statistics for point in points_of(plant)]
    bank = team["robust"].detector
    state = bank.start()
    for x, stored in zip(rows[:, WATCHED], found, strict=True):
        state, statistics = bank.update(state, x)
        assert np.array_equal(statistics, stored)


def test_a_new_run_begins_with_a_clean_memory(plant, team):
    fill(plant, rows_of(4.0, idv=6, onset=1.0))
    fill(plant, rows_of(1.5))
    assert all(p.statistics.max() == 0.0 for p in points_of(plant)[:20])
    assert Watch.objects.get(detector_model=team["robust"]).run == plant.run


def test_a_bank_sees_every_reading_whatever_the_decimation(plant, team):
    settings = DetectorSettings.of(plant)
    settings.decimation = 4
    settings.save()
    rows = rows_of(3.0)
    fill(plant, rows)
    points = points_of(plant)
    assert [point.step for point in points] == list(range(4, len(rows) + 1, 4))
    whole = team["robust"].detector.score(rows[:, WATCHED])[3::4]
    np.testing.assert_allclose([p.statistics for p in points], whole, atol=1e-9)
    means = rows[:, WATCHED].reshape(-1, 4, 33).mean(axis=1)
    np.testing.assert_allclose(
        [p.t2 for p in points], team["pca"].detector.score(means)[:, 0], rtol=1e-9
    )


def test_without_a_pca_model_the_points_wait_and_the_status_says_what_to_do(plant, team):
    pca = {name: getattr(team["pca"], name) for name in ("kind", "version", "parameters", "card")}
    team["pca"].delete()
    fill(plant, rows_of(1.0))
    assert not Analysis.objects.exists()
    assert "fitdetector --detector pca" in AnalysisCursor.objects.get(plant=plant).last_error
    DetectorModel.objects.create(**pca)
    assert analyse_plant(plant.pk) == 20
    assert AnalysisCursor.objects.get(plant=plant).last_error == ""


class TestAlarm:
    @pytest.fixture
    def alarm(self, plant, team):
        fill(plant, rows_of(8.0, idv=13, onset=4.0))
        return Alarm.objects.get()

    def test_it_says_which_member_fired_of_what_kind_and_how_severe(self, alarm, team):
        assert alarm.member in team["robust"].detector.statistics
        assert alarm.kind_of_change in ("step", "drift", "variance")
        assert alarm.severity in ("low", "medium", "high")
        assert alarm.rule == "3 scored points in a row over a limit"

    def test_its_estimated_onset_is_not_after_the_first_exceedance(self, alarm):
        assert 60 < alarm.onset_estimate_step <= alarm.onset_step < alarm.raised_step

    def test_the_score_that_raised_it_can_be_checked_from_the_stored_state(self, alarm, team):
        reading = Reading.objects.get(run=alarm.run, step=alarm.raised_step)
        _, again = team["robust"].detector.update(alarm.state_before, reading.values[WATCHED])
        assert np.array_equal(again, alarm.analysis.statistics)

    def test_its_contributions_are_to_the_innovation(self, alarm):
        parts = alarm.analysis.top_contributions()
        assert {part["statistic"] for part in parts} == {"innovation"}
        assert [p["contribution"] for p in parts] == sorted(
            (p["contribution"] for p in parts), reverse=True
        )


def test_k_of_n_raises_where_k_in_a_row_does_not(plant, team):
    # Over the limit on and off: the rule counts among the last points.
    settings = DetectorSettings.of(plant)
    settings.consecutive, settings.among, settings.alpha = 5, 12, 0.2
    settings.save()
    fill(plant, rows_of(6.0))
    points = points_of(plant)
    alarms = Alarm.objects.order_by("raised_step")
    for alarm in alarms:
        counted = [p for p in points if alarm.raised_step - 12 < p.step <= alarm.raised_step]
        assert sum(p.exceeds for p in counted) >= 5
        assert alarm.rule == "5 of the last 12 scored points over a limit"
        assert alarm.onset_step == next(p.step for p in counted if p.exceeds)
    expected = any(
        sum(p.exceeds for p in points[max(0, i - 11) : i + 1]) >= 5 for i in range(len(points))
    )
    assert alarms.exists() == expected


def test_a_versions_card_tells_its_measured_rate_and_the_list_its_role(client, make_user, team):
    client.force_login(make_user("engineer"))
    page = client.get("/admin/monitoring/detectormodel/").content.decode()
    assert "Robust v1" in page
    response = client.post(
        "/admin/monitoring/detectormodel/",
        {"action": "watch", "_selected_action": [team["pca"].pk]},
        follow=True,
    )
    assert "Watches in the shadow" in response.content.decode()
    team["pca"].refresh_from_db()
    assert team["pca"].in_shadow
    client.post(
        "/admin/monitoring/detectormodel/",
        {"action": "unwatch", "_selected_action": [team["pca"].pk]},
    )
    team["pca"].refresh_from_db()
    assert not team["pca"].in_shadow
