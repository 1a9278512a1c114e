"""From readings to analyses: each reading scored once, in order, whatever the messages do."""

import queue
import random
import threading
from collections import defaultdict

import numpy as np
import pytest
from django.db import connection

from monitoring import analysing
from monitoring.analysing import analyse_plant, plants_with_waiting_readings
from monitoring.models import Alarm, Analysis, AnalysisCursor, DetectorModel, DetectorSettings
from monitoring.signals import alarm_cleared, alarm_raised
from monitoring.watched import WATCHED
from simulation import tep
from simulation.models import Plant, Reading
from simulation.stepping import Tick, step_plants

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]
SEED = 4651207995

NO_STATE = np.zeros(0)


def take(plant: Plant, steps: int) -> None:
    for _ in range(steps):
        plant.refresh_from_db()
        tick = Tick(plant.pk, plant.current_run_id, plant.step)
        assert step_plants([tick], even_if_early=True)
    plant.refresh_from_db()


def tune(plant: Plant, **values) -> DetectorSettings:
    settings = DetectorSettings.of(plant)
    for name, value in values.items():
        setattr(settings, name, value)
    settings.save()
    return settings


@pytest.fixture
def running(plant):
    plant.reset(SEED)
    plant.start()
    return plant


def test_every_reading_is_scored_once_and_equals_a_direct_score(running, detector):
    take(running, 12)
    assert analyse_plant(running.pk) == 12
    assert analyse_plant(running.pk) == 0
    analyses = list(Analysis.objects.filter(run=running.run).order_by("step"))
    assert [a.step for a in analyses] == list(range(1, 13))
    rows, _ = tep.simulate_rows(SEED, 0.6, rng="modern")
    direct = detector.detector.score(rows[:, WATCHED])
    np.testing.assert_allclose([(a.t2, a.spe) for a in analyses], direct[:, :2], rtol=1e-12)


def test_what_is_scored_live_is_what_is_scored_again_from_the_store(running, detector):
    take(running, 6)
    analyse_plant(running.pk)
    for analysis in Analysis.objects.filter(run=running.run):
        reading = Reading.objects.get(run=running.run, step=analysis.step)
        _, again = detector.detector.update(NO_STATE, reading.values[WATCHED])
        assert (analysis.t2, analysis.spe) == (again[0], again[1])


def test_hints_that_are_repeated_late_or_lost_change_nothing(running, detector):
    generator = random.Random(7)
    for _ in range(15):
        take(running, 1)
        for _ in range(generator.choice([0, 1, 2])):  # lost, once, repeated
            analyse_plant(running.pk)
    analyse_plant(running.pk)
    steps = Analysis.objects.filter(run=running.run).order_by("step").values_list("step", flat=True)
    assert list(steps) == list(range(1, 16))
    assert AnalysisCursor.objects.get(plant=running).analyses == 15


def test_a_decimation_of_four_scores_the_mean_of_four_readings(running, detector):
    tune(running, decimation=4)
    take(running, 10)
    assert analyse_plant(running.pk) == 2
    first = Analysis.objects.filter(run=running.run).earliest("step")
    assert (first.first_step, first.step) == (1, 4)
    rows, _ = tep.simulate_rows(SEED, 0.2, rng="modern")
    mean = rows[:4, WATCHED].mean(axis=0)
    assert first.t2 == pytest.approx(detector.detector.score(mean[None, :])[0, 0], rel=1e-12)
    assert running.step - AnalysisCursor.objects.get(plant=running).step == 2


def test_a_decimation_changed_while_readings_wait_never_jams_the_stream(running, detector):
    """The earlier system: raised from 1 to N with a row in its buffer, it never filled again."""
    tune(running, decimation=4)
    take(running, 3)
    assert analyse_plant(running.pk) == 0
    tune(running, decimation=2)
    assert analyse_plant(running.pk) == 1
    tune(running, decimation=5)
    take(running, 4)
    assert analyse_plant(running.pk) == 1
    blocks = Analysis.objects.filter(run=running.run).order_by("step")
    assert [(a.first_step, a.step) for a in blocks] == [(1, 2), (3, 7)]


def test_a_reset_begins_a_new_run_with_a_clean_rule_after_the_old_one_is_read_to_its_end(
    running, detector
):
    take(running, 3)
    old = running.run
    running.reset(SEED)
    running.refresh_from_db()
    take(running, 2)
    analyse_plant(running.pk)
    assert Analysis.objects.filter(run=old).count() == 3
    assert Analysis.objects.filter(run=running.run).count() == 2
    assert AnalysisCursor.objects.get(plant=running).analyses == 2


def test_a_fault_raises_one_alarm_after_k_exceedances_and_its_end_clears_it(
    running, detector, django_capture_on_commit_callbacks
):
    tune(running, consecutive=3, alpha=0.001)
    heard = []
    alarm_raised.connect(lambda alarm_id, **kw: heard.append(("raised", alarm_id)), weak=False)
    alarm_cleared.connect(lambda alarm_id, **kw: heard.append(("cleared", alarm_id)), weak=False)
    take(running, 20)
    running.inject([6], start_step=21, end_step=30)
    with django_capture_on_commit_callbacks(execute=True):
        take(running, 15)
        analyse_plant(running.pk)
    alarm = Alarm.objects.get(run=running.run)
    assert alarm.onset_step >= 21
    assert alarm.raised_step >= alarm.onset_step + 2
    assert alarm.is_standing
    assert heard == [("raised", alarm.pk)]
    raising = alarm.analysis
    assert (raising.step, raising.streak, raising.alarming) == (alarm.raised_step, 3, True)
    assert alarm.peak_ratio > 1
    with django_capture_on_commit_callbacks(execute=True):
        take(running, 300)
        analyse_plant(running.pk)
    alarm.refresh_from_db()
    assert not alarm.is_standing
    cleared_by = Analysis.objects.get(run=running.run, step=alarm.cleared_step)
    assert cleared_by.streak == -3
    assert ("cleared", alarm.pk) in heard


def test_the_gate_of_consecutive_exceedances_gates(running, detector):
    """The earlier system took min(1, required), so one exceedance was always enough."""
    tune(running, consecutive=50, alpha=0.01)
    running.inject([6])
    take(running, 40)
    analyse_plant(running.pk)
    assert not Alarm.objects.exists()
    assert 0 < AnalysisCursor.objects.get(plant=running).streak < 50


def test_without_a_detector_nothing_is_lost_and_the_remedy_is_named(running, db):
    take(running, 3)
    assert analyse_plant(running.pk) == 0
    assert "fitdetector" in AnalysisCursor.objects.get(plant=running).last_error
    assert plants_with_waiting_readings() == [running.pk]


def test_a_detector_that_cannot_be_read_is_named_and_stops_no_other_plant(running, detector):
    take(running, 2)
    DetectorModel.objects.filter(pk=detector.pk).update(parameters=b"damaged")
    assert analyse_plant(running.pk) == 0
    assert AnalysisCursor.objects.get(plant=running).last_error


def test_a_change_of_alpha_holds_from_the_next_scored_point_on(running, detector):
    take(running, 1)
    analyse_plant(running.pk)
    tune(running, alpha=0.0001)
    take(running, 1)
    analyse_plant(running.pk)
    first, second = Analysis.objects.filter(run=running.run).order_by("step")
    assert second.t2_limit > first.t2_limit


def test_a_new_detector_version_keeps_the_settings_of_the_plant(
    running, detector, fitted_parameters
):
    """The earlier system lost the run-time alpha at each retraining."""
    tune(running, alpha=0.002, consecutive=5)
    newer = DetectorModel.objects.create(version=2, **fitted_parameters)
    newer.activate()
    take(running, 1)
    analyse_plant(running.pk)
    assert Analysis.objects.get(run=running.run).detector_model == newer
    settings = DetectorSettings.objects.get(plant=running)
    assert (settings.alpha, settings.consecutive) == (0.002, 5)


@pytest.mark.django_db(transaction=True)
def test_analyses_that_meet_each_other_and_resets_score_every_run_to_its_end(fitted_parameters):
    DetectorModel.objects.create(version=1, is_active=True, **fitted_parameters)
    plant = Plant.objects.create(name="TEP 1")
    # As in life, each step and each reset is followed by hints, and every worker gets one: they
    # set off together. Workers that spin without a hint would only starve SQLite's writers.
    hints = [queue.SimpleQueue[bool]() for _ in range(3)]
    errors: list[Exception] = []

    def hint(more: bool = True) -> None:
        for worker in hints:
            worker.put(more)

    def analyse(told: queue.SimpleQueue[bool]) -> None:
        try:
            while told.get():
                analyse_plant(plant.pk)
        except Exception as error:  # noqa: BLE001  (told by the main thread)
            errors.append(error)
        finally:
            connection.close()

    # The lock within a process would keep the threads apart: here they stand for processes.
    threads = [threading.Thread(target=analyse, args=[told]) for told in hints]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitoring.analysing._busy", defaultdict(FreeLock))
        plant.reset(SEED)
        plant.start()
        for thread in threads:
            thread.start()
        for _ in range(12):
            take(plant, 1)
            hint()
            take(plant, 1)
            hint()
            plant.reset(SEED)
            hint()
        take(plant, 3)
        hint()
        hint(more=False)
        for thread in threads:
            thread.join()
    assert errors == []
    analyse_plant(plant.pk)
    assert AnalysisCursor.objects.get(plant=plant).last_error == ""
    for run in plant.runs.all():
        steps = Analysis.objects.filter(run=run).order_by("step").values_list("step", flat=True)
        assert list(steps) == list(range(1, Reading.objects.filter(run=run).count() + 1))


class FreeLock:
    """Lets everybody in."""

    def acquire(self, blocking: bool = True) -> bool:
        return True

    def release(self) -> None:
        """Nothing to release."""


def test_an_alarm_that_stood_when_its_run_ended_is_not_said_to_be_cleared(running, detector):
    running.inject([6])
    take(running, 30)
    analyse_plant(running.pk)
    alarm = Alarm.objects.get(run=running.run)
    assert alarm.state == "standing"
    running.reset(SEED)
    running.refresh_from_db()
    take(running, 2)
    analyse_plant(running.pk)
    alarm = Alarm.objects.get(pk=alarm.pk)
    assert (alarm.state, alarm.cleared_step) == ("run ended", None)


def test_a_call_that_finds_another_thread_at_work_leaves_word_and_returns(running, detector):
    take(running, 3)
    assert analysing._busy[running.pk].acquire(blocking=False)
    try:
        assert analyse_plant(running.pk) == 0
    finally:
        analysing._busy[running.pk].release()
    assert running.pk in analysing._wanted
    assert analyse_plant(running.pk) == 3


def test_a_reading_that_cannot_be_is_never_scored_and_holds_nothing_up(running, detector):
    tune(running, decimation=2)
    take(running, 9)
    Reading.objects.filter(run=running.run, step__in=[1, 4, 8, 9]).update(quality="not finite")
    assert analyse_plant(running.pk) == 2
    blocks = Analysis.objects.filter(run=running.run).order_by("step")
    assert [(a.first_step, a.step) for a in blocks] == [(2, 3), (5, 6)]
    assert AnalysisCursor.objects.get(plant=running).step == 6  # 7 waits for its second
    take(running, 1)
    assert analyse_plant(running.pk) == 1
    last = Analysis.objects.filter(run=running.run).latest("step")
    assert (last.first_step, last.step) == (7, 10)
    Reading.objects.create(
        run=running.run,
        step=11,
        sim_hours=0.55,
        sampled_at=running.sampled_at,
        values=np.full(53, np.nan),
        quality="not finite",
    )
    assert analyse_plant(running.pk) == 0
    assert AnalysisCursor.objects.get(plant=running).step == 11


def test_a_long_stretch_of_bad_readings_is_passed_over(running, detector, monkeypatch):
    monkeypatch.setattr(analysing, "READINGS_AT_ONCE", 3)
    take(running, 12)
    Reading.objects.filter(run=running.run, step__range=(2, 11)).update(quality="frozen")
    assert analyse_plant(running.pk) == 2
    assert AnalysisCursor.objects.get(plant=running).step == 12


def test_a_plant_fed_with_measurements_alone_is_scored_on_them(db):
    from monitoring.fitting import FitPlan, fit_detector

    full = fit_detector(FitPlan(kind="pca", runs=2, limit_runs=6, hours=24.0))
    fed = Plant.objects.create(name="Fed", source="outside", variables=22)
    fed.start()
    rows, _ = tep.simulate_rows(SEED, 0.2, rng="modern")
    for step, row in enumerate(rows, 1):
        values = np.full(53, np.nan)
        values[:22] = row[:22]
        Reading.objects.create(
            run=fed.run, step=step, sim_hours=0.05 * step, sampled_at=full.created_at, values=values
        )
    Plant.objects.filter(pk=fed.pk).update(step=4, rows=4)
    assert analyse_plant(fed.pk) == 4
    first = Analysis.objects.filter(run=fed.run).earliest("step")
    assert first.detector_model.variables == 22
    assert len(first.t2_contributions) == 22
    assert full.variables == 33
    assert DetectorModel.active() == full
    direct = first.detector_model.detector.score(rows[:1, :22])
    assert first.t2 == pytest.approx(direct[0, 0], rel=1e-12)
