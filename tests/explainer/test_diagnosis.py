"""The embedded explainer on evidence of simulated faults."""

import re

import pytest

from explainer.embedded import explain
from explainer.evidence import build_evidence
from explainer.matching import match_signatures
from explainer.signature_table import NORMAL_SPREAD, PROFILES
from explainer.signatures import HARD_TO_SEE, SIGNATURES
from monitoring.loops import LOOPS, area_of, loops_of
from monitoring.models import Analysis
from monitoring.watched import WATCHED_LABELS
from simulation.tep.variables import IDV, LABELS

SEED = 9_182_736_455  # used neither for the signature table nor elsewhere


def evidence_of(alarm, readings_later=0):
    step = min(
        alarm.raised_step + readings_later,
        Analysis.objects.filter(run=alarm.run).order_by("-step").first().step,
    )
    return build_evidence(Analysis.objects.get(run=alarm.run, step=step), alarm)


@pytest.mark.django_db
@pytest.mark.parametrize("idv", [4, 6, 7])
def test_a_clear_fault_is_named_first_at_the_alarm(idv, alarm_of):
    matches = match_signatures(evidence_of(alarm_of(idv, seed=SEED)))
    assert matches.best[0].idv == idv
    assert matches.best[0].fits


@pytest.mark.django_db
@pytest.mark.parametrize("idv", [1, 2, 4, 5, 6, 7, 14])
def test_an_hour_later_every_step_fault_is_among_the_first_three(idv, alarm_of):
    matches = match_signatures(evidence_of(alarm_of(idv, seed=SEED), readings_later=20))
    assert idv in [match.idv for match in matches.best]


@pytest.mark.django_db
def test_the_explanation_says_what_fired_which_tags_which_loop_and_what_to_check(alarm_of):
    alarm = alarm_of(4, seed=SEED)
    text = explain(evidence_of(alarm))[0]
    assert f"Alarm {alarm.pk}: raised at {alarm.raised_hours:.2f} h" in text
    assert "**IDV(4), Reactor cooling water inlet temperature (step)" in text
    assert "reactor cooling (reactor): XMV(10) holds XMEAS(21), set by XMEAS(9)" in text
    assert "Compare the cooling water inlet temperature" in text
    assert "## What this cannot tell" in text


@pytest.mark.django_db
def test_the_same_evidence_gives_the_same_words(alarm_of):
    evidence = evidence_of(alarm_of(7, seed=SEED))
    assert explain(evidence) == explain(evidence)


@pytest.mark.django_db
def test_normal_operation_fits_nothing_and_this_is_said(ran):
    plant = ran(3.0)
    analysis = Analysis.objects.filter(run=plant.run, exceeds=False).order_by("-step").first()
    text = explain(build_evidence(analysis))[0]
    assert "No alarm." in text
    assert "None of the known signatures fits well" in text


@pytest.mark.django_db
def test_different_faults_lead_to_different_tags(alarm_of):
    """The earlier system ranked unscaled differences: E feed came first whatever the fault."""
    first = {evidence_of(alarm_of(idv, seed=SEED))["tags"][0]["tag"] for idv in (2, 4, 6)}
    assert len(first) == 3


def test_every_disturbance_is_told_and_only_the_hidden_ones_have_no_signature():
    assert list(SIGNATURES) == [idv.number for idv in IDV]
    assert set(SIGNATURES) - set(PROFILES) == set(HARD_TO_SEE)
    assert all(signature.checks and signature.story for signature in SIGNATURES.values())


def test_the_table_speaks_of_watched_tags_and_of_unit_directions():
    assert tuple(NORMAL_SPREAD) == WATCHED_LABELS
    for profiles in PROFILES.values():
        for profile in profiles:
            assert {key.lstrip("~") for key in profile} <= set(WATCHED_LABELS)
            assert sum(w * w for w in profile.values()) == pytest.approx(1.0, abs=0.05)


def test_the_lasting_trace_of_warm_reactor_cooling_water_is_the_valve():
    assert PROFILES[4][0]["XMV(10)"] > 0.9


def test_the_stories_name_tags_that_exist():
    for signature in SIGNATURES.values():
        words = " ".join((signature.story, *signature.checks))
        assert set(re.findall(r"XM(?:EAS|V)\(\d+\)", words)) <= set(LABELS)


def test_every_valve_of_a_loop_and_every_tag_has_its_place():
    assert [loop.valve for loop in LOOPS] == [f"XMV({n})" for n in range(1, 12)]
    assert [loop.name for loop in loops_of("XMEAS(9)")] == ["reactor cooling"]
    assert area_of("XMEAS(9)") == "reactor"
    assert area_of("XMEAS(8)") == "reactor"
    assert area_of("XMEAS(26)") == "analysers"
    assert area_of("XMEAS(41)") == "analysers"
    assert all(area_of(label) for label in LABELS)
    assert [label for label in LABELS[:22] if area_of(label) == "analysers"] == []
