"""Several detectors on one plant: one in charge, PCA beside it, others in the shadow."""

import logging

import numpy as np
import pytest
from django.utils import timezone

from monitoring import watching
from monitoring.analysing import analyse_plant
from monitoring.detectors import Persistence, PersistenceRule
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


def more(plant, rows: np.ndarray, quality: str = "") -> None:
    """Give the plant further readings, not yet scored."""
    before = plant.step
    Reading.objects.bulk_create(
        Reading(
            run=plant.run,
            step=i,
            sim_hours=i / 20,
            sampled_at=timezone.now(),
            values=row,
            quality=quality,
        )
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


def bad(plant, count: int = 1) -> None:
    more(plant, np.full((count, 53), np.nan), quality="not finite")


def updates_of(monkeypatch, model) -> list[np.ndarray]:
    """Return a list of every reading that the detector of a model takes from now on."""
    taken, update = [], model.detector.update

    def counted(state, x):
        taken.append(x)
        return update(state, x)

    monkeypatch.setattr(model.detector, "update", counted)
    return taken


def refuse(monkeypatch, model, refused: np.ndarray, error: Exception) -> None:
    """Let the detector of a model fail at one reading."""
    update = model.detector.update

    def failing(state, x):
        if np.array_equal(x, refused[WATCHED]):
            raise error
        return update(state, x)

    monkeypatch.setattr(model.detector, "update", failing)


def statistics_of(model, rows: np.ndarray) -> list[np.ndarray]:
    """Return what a detector says of each reading of a run that is nothing but these rows."""
    found, state = [], model.detector.start()
    for x in rows[:, WATCHED]:
        state, statistics = model.detector.update(state, x)
        found.append(statistics)
    return found


def assert_said_in_shadow(points, model, statistics, limits) -> None:
    for point, said in zip(points, statistics, strict=True):
        (told,) = point.shadows
        assert told["ratio"] == model.detector.leading(said, limits)[1]


class TestBadReadings:
    """No detector sees them, and none forgets anything over them."""

    @pytest.fixture
    def limits(self, plant, team):
        return team["sharp"].detector.limits(DetectorSettings.of(plant).alpha)

    def test_after_one_at_the_end_nothing_is_taken_again(self, plant, team, monkeypatch):
        rows = rows_of(3.0)
        fill(plant, rows[:40])
        bad(plant)
        assert analyse_plant(plant.pk) == 0
        assert AnalysisCursor.objects.get(plant=plant).step == 41
        assert {watch.step for watch in Watch.objects.all()} == {41}
        taken = [updates_of(monkeypatch, team[kind]) for kind in ("robust", "sharp")]
        more(plant, rows[40:41])
        assert analyse_plant(plant.pk) == 1
        assert [len(one) for one in taken] == [1, 1]

    def test_after_points_and_bad_readings_at_once_the_memory_stands_at_the_cursor(
        self, plant, team, monkeypatch
    ):
        rows = rows_of(3.0)
        fill(plant, rows[:30])
        more(plant, rows[30:35])
        bad(plant, 3)
        assert analyse_plant(plant.pk) == 5
        assert {watch.step for watch in Watch.objects.all()} == {38}
        taken = updates_of(monkeypatch, team["robust"])
        more(plant, rows[35:36])
        assert analyse_plant(plant.pk) == 1
        assert len(taken) == 1

    def test_a_stream_with_them_is_scored_as_one_without_to_the_bit(self, plant, team, limits):
        rows = rows_of(4.0, idv=6, onset=2.0)
        fill(plant, rows[:35])
        bad(plant)
        more(plant, rows[35:45])
        analyse_plant(plant.pk)
        bad(plant, 2)
        analyse_plant(plant.pk)
        for row in rows[45:]:
            more(plant, row[np.newaxis])
            analyse_plant(plant.pk)
        points = points_of(plant)
        for point, expected in zip(points, statistics_of(team["robust"], rows), strict=True):
            assert np.array_equal(point.statistics, expected)
        assert_said_in_shadow(points, team["sharp"], statistics_of(team["sharp"], rows), limits)

    def test_the_rule_of_a_shadow_counts_on_over_them(self, plant, team):
        rows = rows_of(4.0, idv=6, onset=2.0)
        fill(plant, rows[:44])
        bad(plant)
        analyse_plant(plant.pk)
        more(plant, rows[44:])
        analyse_plant(plant.pk)
        settings = DetectorSettings.of(plant)
        rule = PersistenceRule(settings.consecutive, settings.among)
        state = Persistence()
        for point in points_of(plant):
            state = rule.step(state, point.shadows[0]["exceeds"]).state
            assert point.shadows[0]["alarming"] == state.alarmed
        assert state.alarmed
        watch = Watch.objects.get(detector_model=team["sharp"])
        assert Persistence(watch.streak, watch.alarming, watch.recent) == state

    def test_they_move_no_memory_of_another_run_or_step(self, plant, team):
        fill(plant, rows_of(1.0))
        elsewhere = Watch.objects.get(detector_model=team["sharp"])
        Watch.objects.filter(pk=elsewhere.pk).update(step=7)
        bad(plant)
        analyse_plant(plant.pk)
        elsewhere.refresh_from_db()
        assert elsewhere.step == 7
        assert Watch.objects.get(detector_model=team["robust"]).step == 21


class TestFailingShadow:
    """What goes wrong in the shadow is told in the log, and stops nothing."""

    def test_one_that_cannot_be_read_is_named_once_and_left_out(
        self, plant, team, monkeypatch, caplog
    ):
        monkeypatch.setattr(watching, "_told", set())
        DetectorModel.objects.filter(pk=team["sharp"].pk).update(
            parameters=b"damaged", created_at=timezone.now()
        )
        rows = rows_of(1.0)
        with caplog.at_level(logging.WARNING, logger="monitoring.watching"):
            fill(plant, rows[:10])
            more(plant, rows[10:])
            assert analyse_plant(plant.pk) == 10
        assert [point.shadows for point in points_of(plant)] == [[]] * 20
        assert AnalysisCursor.objects.get(plant=plant).last_error == ""
        (said,) = [r.getMessage() for r in caplog.records if r.name == "monitoring.watching"]
        assert said.startswith("Sharp v1, in the shadow, cannot be read")

    @pytest.mark.parametrize("error", [ValueError("no"), FloatingPointError("no")])
    def test_one_that_fails_at_a_point_says_nothing_of_it_and_goes_on_from_before(
        self, plant, team, monkeypatch, caplog, error
    ):
        limits = team["sharp"].detector.limits(DetectorSettings.of(plant).alpha)
        rows = rows_of(3.0)
        expected = statistics_of(team["sharp"], np.delete(rows, 40, axis=0))
        refuse(monkeypatch, team["sharp"], rows[40], error)
        with caplog.at_level(logging.WARNING, logger="monitoring.watching"):
            fill(plant, rows)
        points = points_of(plant)
        assert len(points) == len(rows)
        assert points[40].shadows == []
        assert_said_in_shadow(points[:40] + points[41:], team["sharp"], expected, limits)
        for point, said in zip(points, statistics_of(team["robust"], rows), strict=True):
            assert np.array_equal(point.statistics, said)
        assert "Sharp v1, in the shadow, failed at step 41: no" in caplog.text

    def test_its_half_a_point_is_forgotten_too(self, plant, team, monkeypatch):
        settings = DetectorSettings.of(plant)
        settings.decimation = 4
        settings.save()
        limits = team["sharp"].detector.limits(settings.alpha, 4)
        rows = rows_of(3.0)
        expected = statistics_of(team["sharp"], np.delete(rows, np.s_[40:44], axis=0))[3::4]
        refuse(monkeypatch, team["sharp"], rows[42], ValueError("no"))
        fill(plant, rows)
        points = points_of(plant)
        assert points[10].shadows == []
        assert_said_in_shadow(points[:10] + points[11:], team["sharp"], expected, limits)

    def test_one_that_fails_at_a_past_reading_is_shown_the_others(
        self, plant, team, monkeypatch, caplog
    ):
        limits = team["sharp"].detector.limits(DetectorSettings.of(plant).alpha)
        rows = rows_of(3.0)
        expected = statistics_of(team["sharp"], np.delete(rows, 10, axis=0))
        fill(plant, rows[:50])
        Watch.objects.filter(detector_model=team["sharp"]).delete()
        refuse(monkeypatch, team["sharp"], rows[10], ValueError("no"))
        more(plant, rows[50:])
        with caplog.at_level(logging.WARNING, logger="monitoring.watching"):
            assert analyse_plant(plant.pk) == 10
        assert_said_in_shadow(points_of(plant)[50:], team["sharp"], expected[49:], limits)
        assert caplog.text.count("refused 1 past readings") == 1

    def test_the_one_in_charge_still_stops_the_stream_and_the_status_says_why(
        self, plant, team, monkeypatch
    ):
        rows = rows_of(1.0)
        refuse(monkeypatch, team["robust"], rows[10], ValueError("no such point"))
        fill(plant, rows)
        assert not Analysis.objects.filter(step__gte=11).exists()
        assert "no such point" in AnalysisCursor.objects.get(plant=plant).last_error
