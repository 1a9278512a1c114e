"""Cases: one form for stored moments and others, with one way from it to evidence and verdicts."""

from dataclasses import replace

import numpy as np
import pytest

from explainer.embedded import explain
from explainer.evidence import build_evidence, case_of, evidence_of
from explainer.verdicts import SUPPORTED
from explainer.verifying import verdicts, verify
from monitoring.models import Analysis
from simulation.models import Reading

pytestmark = pytest.mark.django_db


def whole(case, alarm):
    """The case with every reading of its run up to the point."""
    stored = Reading.objects.filter(run=alarm.run, step__lte=case.step).order_by("step")
    return replace(case, rows=np.array(list(stored.values_list("values", flat=True))), rows_from=1)


@pytest.mark.parametrize("later", [0, 10])
def test_the_evidence_of_a_stored_alarm_is_that_of_its_case(alarm_of, later):
    alarm = alarm_of(4)
    point = Analysis.objects.get(run=alarm.run, step=alarm.raised_step + later)
    assert evidence_of(case_of(point, alarm)) == build_evidence(point, alarm)


def test_readings_from_before_what_is_looked_at_change_nothing(alarm_of):
    alarm = alarm_of(6)
    case = case_of(alarm.analysis, alarm)
    assert len(case.rows) < alarm.raised_step
    assert len(whole(case, alarm).rows) == alarm.raised_step
    assert evidence_of(whole(case, alarm)) == evidence_of(case)


def test_a_point_without_an_alarm_is_a_case_too(ran):
    plant = ran(1.0)
    point = Analysis.objects.filter(run=plant.run).latest("step")
    case = case_of(point)
    assert case.alarm is None
    assert case.readings_since_onset == case.size == 1
    assert evidence_of(case) == build_evidence(point)


def test_citations_are_judged_of_a_case_as_of_the_stored_readings(alarm_of):
    alarm = alarm_of(4)
    case = whole(case_of(alarm.analysis, alarm), alarm)
    text = explain(evidence_of(case))[0] + (
        " [XMV(10) low 2.0 sd, steps 3 to 5] [XMEAS(7) high 1.0 sd, steps 1 to 9999]"
        " [XMEAS(99) high 1.0 sd, steps 1 to 2]"
    )
    found = verdicts(text, case.detector, case.step, case.readings_between)
    assert found == verify(text, alarm.analysis)
    assert found[0]["verdict"] == SUPPORTED
    assert len({one["verdict"] for one in found}) > 1


def test_a_case_gives_the_readings_that_it_holds_and_no_others(alarm_of):
    alarm = alarm_of(4)
    case = case_of(alarm.analysis, alarm)
    first, last = case.rows_from, case.step
    assert np.array_equal(case.readings_between(first, last), case.rows)
    assert np.array_equal(case.readings_between(1, first), case.rows[:1])
    assert np.array_equal(case.readings_between(last, last + 5), case.rows[-1:])
    assert len(case.readings_between(1, first - 1)) == 0
    assert len(case.readings_between(last + 1, last + 2)) == 0
