"""Diagnoses of alarms: once for each age, from stored readings, in the explanation too."""

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from explainer.embedded import explain
from explainer.evidence import build_evidence
from monitoring import diagnosing
from monitoring.diagnosis import AGES
from monitoring.models import Alarm, AlarmDiagnosis, Analysis, AnalysisCursor, DiagnosisModel
from monitoring.watched import WATCHED
from simulation import tep
from simulation.models import Reading
from tests.explainer.conftest import fill

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]


@pytest.fixture
def alarm_of(plant, diagnosis):
    def fault(idv: int, hours: float = 4.0) -> Alarm:
        rows, stop = tep.simulate_rows(77, 6.0 + hours, {idv: 6.0}, rng="modern")
        fill(plant, rows if stop < 0 else rows[: stop // tep.SAMPLE_SECONDS])
        return Alarm.objects.filter(run=plant.run, raised_step__gt=120).earliest("raised_step")

    return fault


def test_the_card_tells_what_was_measured_on_runs_held_out(trained):
    by_age = trained["card"]["by_age"]
    assert set(by_age) == {str(age) for age in AGES}
    assert by_age["10"]["top1"] > 0.8
    assert by_age["0"]["top3"] > 0.85
    assert trained["card"]["calibration_error"] < 0.15


@pytest.mark.parametrize("idv", [4, 5, 7, 14])
def test_a_clear_fault_is_named_first_half_an_hour_after_the_alarm(alarm_of, idv):
    alarm = alarm_of(idv)
    assert diagnosing.diagnose(alarm.pk) == len(AGES)
    later = alarm.diagnoses.get(age=10)
    assert later.ranking[0][0] == idv
    assert later.step == alarm.raised_step + 10
    assert later.causes[0]["percent"] > 50.0


def test_a_second_call_stores_nothing_and_changes_nothing(alarm_of):
    alarm = alarm_of(4)
    assert diagnosing.due() == [alarm.pk]
    diagnosing.diagnose(alarm.pk)
    before = list(AlarmDiagnosis.objects.values())
    assert diagnosing.diagnose(alarm.pk) == 0
    assert list(AlarmDiagnosis.objects.values()) == before
    assert diagnosing.due() == []


def test_ages_that_the_run_has_not_reached_are_made_when_it_has(alarm_of, plant):
    alarm = alarm_of(4)
    cursor = AnalysisCursor.objects.get(plant=plant)
    AnalysisCursor.objects.filter(pk=cursor.pk).update(step=alarm.raised_step + 7)
    assert diagnosing.diagnose(alarm.pk) == 2
    assert diagnosing.due() == []
    AnalysisCursor.objects.filter(pk=cursor.pk).update(step=cursor.step)
    assert diagnosing.due() == [alarm.pk]
    assert diagnosing.diagnose(alarm.pk) == 3


def test_an_alarm_whose_run_is_over_is_due_up_to_its_last_reading(alarm_of, plant):
    alarm = alarm_of(4, hours=0.5)
    last = Reading.objects.filter(run=alarm.run).latest("step").step
    plant.reset(5)
    plant.refresh_from_db()
    AnalysisCursor.objects.filter(plant=plant).update(run=plant.run, step=1)
    reached = [age for age in AGES if alarm.raised_step + age <= last]
    assert 0 < len(reached) < len(AGES)
    assert diagnosing.due() == [alarm.pk]
    assert diagnosing.diagnose(alarm.pk) == len(reached)
    assert diagnosing.due() == []


class TestQueriesOfTheSweep:
    """It runs every few seconds, and most of the time nothing is due."""

    def test_without_a_model_it_is_one(self, alarm_of, diagnosis, django_assert_num_queries):
        alarm_of(4)
        assert diagnosing.due() != []
        DiagnosisModel.objects.all().delete()
        with django_assert_num_queries(1):
            assert diagnosing.due() == []

    def test_however_many_alarms_are_due_it_is_three(
        self, alarm_of, plant, django_assert_num_queries
    ):
        alarm = alarm_of(4)
        with django_assert_num_queries(3):
            assert diagnosing.due() == [alarm.pk]
        more = [self._again(alarm, alarm.raised_step - n) for n in range(1, 6)]
        diagnosing.diagnose(more[0])
        expected = sorted({alarm.pk, *more[1:]}, reverse=True)
        with django_assert_num_queries(3):
            assert diagnosing.due() == expected

    @staticmethod
    def _again(alarm: Alarm, raised_step: int) -> int:
        """Store the same alarm as if it had been raised at another step, and cleared."""
        return Alarm.objects.create(
            run=alarm.run,
            analysis=alarm.analysis,
            onset_step=alarm.onset_step,
            raised_step=raised_step,
            raised_at=alarm.raised_at,
            cleared_step=raised_step + 1,
            cleared_at=alarm.raised_at,
            peak_ratio=1.0,
            consecutive=3,
        ).pk


def test_a_diagnosis_can_be_checked_against_the_stored_readings(alarm_of, diagnosis):
    alarm = alarm_of(6)
    diagnosing.diagnose(alarm.pk)
    stored = alarm.diagnoses.get(age=5)
    again = diagnosing.diagnosis_at(alarm, stored.step, diagnosis)
    assert [[idv, round(p, 4)] for idv, p in again.ranking] == stored.ranking
    assert again.novelty == stored.novelty


def test_bad_readings_are_no_part_of_a_diagnosis(alarm_of, diagnosis, plant):
    alarm = alarm_of(4)
    step = alarm.raised_step - 3
    spoilt = Reading.objects.get(run=plant.run, step=step)
    values = np.array(spoilt.values)
    values[WATCHED] = 1e6
    Reading.objects.filter(pk=spoilt.pk).update(values=values, quality="frozen")
    found = diagnosing.diagnosis_at(alarm, alarm.raised_step + 10, diagnosis)
    assert found.ranking[0][0] == 4


def test_a_plant_without_valve_positions_has_no_diagnosis_and_its_page_says_so(
    alarm_of, plant, client, make_user
):
    alarm = alarm_of(4)
    type(plant).objects.filter(pk=plant.pk).update(source="outside", variables=22)
    assert diagnosing.diagnose(alarm.pk) == 0
    client.force_login(make_user("viewer"))
    page = client.get(f"/alarms/{alarm.pk}/diagnosis/").content.decode()
    assert "lack valve positions" in page


def test_the_alarms_page_shows_the_ranking_and_the_list_the_newest_cause(
    alarm_of, client, make_user, plant
):
    alarm = alarm_of(4)
    client.force_login(make_user("viewer"))
    page = client.get(f"/alarms/{alarm.pk}/").content.decode()
    assert "made within seconds of the alarm" in page
    diagnosing.diagnose(alarm.pk)
    page = client.get(f"/alarms/{alarm.pk}/").content.decode()
    assert "40 samples" in page
    assert "IDV(4)" in page
    listed = client.get(
        f"/plants/{plant.pk}/claims/", headers={"HX-Request": "true"}
    ).content.decode()
    assert "looks like" in listed
    told = client.get(f"/api/plants/{plant.pk}/alarms").json()["alarms"][0]
    assert told["diagnoses"][-1]["ranking"][0][0] == 4


@pytest.mark.parametrize("at", ["raised", "now", "all", "nonsense"])
def test_contributions_are_told_of_the_moment_asked_for_by_tag_and_by_loop(
    alarm_of, client, make_user, at
):
    alarm = alarm_of(4)
    client.force_login(make_user("viewer"))
    page = client.get(f"/alarms/{alarm.pk}/?at={at}")
    assert page.status_code == 200
    context = page.context
    assert context["contributions"][0].trend.label == "XMV(10)"
    assert context["loops"][0].loop.name == "reactor cooling"
    sums = {one.loop.name: one.contribution for one in context["loops"]}
    by_tag = {one.trend.label: one.contribution for one in context["contributions"]}
    loop = context["loops"][0].loop
    assert sums[loop.name] == pytest.approx(sum(by_tag.get(tag, 0.0) for tag in loop.tags))


def test_the_embedded_explanation_ranks_as_the_classifier_does(alarm_of, diagnosis):
    alarm = alarm_of(5)
    step = alarm.raised_step + 10
    evidence = build_evidence(Analysis.objects.get(run=alarm.run, step=step), alarm)
    found = diagnosing.diagnosis_at(alarm, step, diagnosis)
    assert [c["idv"] for c in evidence["diagnosis"]["ranking"]] == [
        idv for idv, _ in found.ranking[:5]
    ]
    text = explain(evidence)[0]
    assert f"1. **IDV({found.ranking[0][0]})," in text
    assert "probability" in text


def test_training_without_a_bank_says_what_to_do(db):
    with pytest.raises(CommandError, match=r"Run: manage\.py fitdetector"):
        call_command("fitdiagnosis")
    with pytest.raises(CommandError, match="--runs must be at least 4"):
        call_command("fitdiagnosis", runs=2)


def test_the_runner_trains_what_is_missing_and_only_that(team, trained, settings):
    from teplive.management.commands.up import Command

    runner = Command()
    (child,) = runner._trainer()
    assert child.once
    assert child.argv[-2:] == ["fitdiagnosis", "--if-missing"]
    settings.TRAIN_DIAGNOSIS = False
    assert runner._trainer() == []
    settings.TRAIN_DIAGNOSIS = True
    for kind in ("robust", "sharp"):
        DiagnosisModel.objects.create(**(trained | {"kind": kind}))
    assert runner._trainer() == []
