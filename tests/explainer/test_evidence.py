"""The evidence: real readings of simulated faults, as plain numbers."""

import json

import numpy as np
import pytest

from explainer import evidence as evidence_module
from explainer.evidence import NoEvidence, build_evidence
from explainer.trend import trend_of
from monitoring.models import Analysis, DetectorSettings
from monitoring.watched import WATCHED
from simulation.models import Reading

pytestmark = pytest.mark.django_db


def test_the_figures_are_those_of_the_alarming_point(alarm_of, detector):
    alarm = alarm_of(4)
    evidence = build_evidence(alarm.analysis, alarm)
    assert evidence["step"] == alarm.raised_step
    assert evidence["alarm"]["onset_step"] == alarm.onset_step
    assert evidence["statistics"]["t2"] == alarm.analysis.t2
    reading = Reading.objects.get(run=alarm.run, step=alarm.raised_step)
    z = (reading.values[WATCHED] - detector.detector.mean_) / detector.detector.sd_
    for tag in evidence["tags"]:
        assert tag["z"] == pytest.approx(z[list(detector.detector.labels).index(tag["tag"])])
    assert len(evidence["tags"]) == 8
    assert evidence["tags"][0]["contribution"] >= evidence["tags"][7]["contribution"]


def test_a_decimated_point_is_told_by_its_mean(alarm_of, plant, detector):
    settings = DetectorSettings.of(plant)
    settings.decimation = 4
    settings.save()
    alarm = alarm_of(7)
    evidence = build_evidence(alarm.analysis, alarm)
    assert evidence["rule"]["readings_per_point"] == 4
    rows = Reading.objects.filter(
        run=alarm.run, step__gte=alarm.analysis.first_step, step__lte=alarm.analysis.step
    )
    tag = next(t for t in evidence["tags"] if t["tag"].startswith("XMEAS"))
    column = int(tag["tag"][6:-1]) - 1
    mean = np.mean([row.values[column] for row in rows])
    assert tag["value"] == pytest.approx(mean)


def test_it_is_json_with_finite_numbers_only(alarm_of):
    alarm = alarm_of(6)
    text = json.dumps(build_evidence(alarm.analysis, alarm), allow_nan=False)
    assert json.loads(text)["version"] == evidence_module.VERSION


def test_a_lost_feed_shows_its_valve_without_room(alarm_of):
    alarm = alarm_of(6)
    later = Analysis.objects.filter(run=alarm.run).order_by("-step").first()
    evidence = build_evidence(later, alarm)
    assert [(v["tag"], v["at"]) for v in evidence["saturated"]] == [("XMV(3)", "fully open")]
    assert "A feed" in [loop["name"] for loop in evidence["loops"]]


def test_a_first_point_has_evidence_too(ran):
    plant = ran(0.15)
    analysis = Analysis.objects.get(run=plant.run, step=1)
    evidence = build_evidence(analysis)
    assert evidence["alarm"] is None
    assert evidence["profile"]["spread_z"] == {}
    assert {tag["trend"]["words"] for tag in evidence["tags"]} == {"not known"}


def test_readings_that_are_gone_are_said_to_be_gone(alarm_of):
    alarm = alarm_of(4)
    Reading.objects.filter(run=alarm.run).delete()
    with pytest.raises(NoEvidence, match="not all in the database"):
        build_evidence(alarm.analysis, alarm)


def test_a_ramp_is_a_trend_and_noise_is_none():
    noise = np.random.default_rng(3).normal(size=40)
    assert trend_of(noise, 0.05, 1.0)["words"] == "steady"
    rising = trend_of(noise + 3.0 * np.arange(40), 0.05, 1.0)
    assert rising["words"] == "rising"
    assert rising["slope_per_hour"] == pytest.approx(60, rel=0.05)
    falling = trend_of(-np.arange(8.0), 0.05, 1.0)
    assert falling["words"] == "falling"
    assert falling["t"] == pytest.approx(-999.0)
    assert trend_of(np.full(8, 2.0), 0.05, 1.0)["words"] == "steady"


def test_a_step_is_not_told_as_a_trend_nor_as_steady():
    values = np.array([0.0, 0.3, -0.2, 0.1, 0.0, 0.2, 6.0, 6.1])
    told = trend_of(values, 0.05, 1.0)
    assert told["words"] == "stepped up"
    assert told["step"] == pytest.approx(3.0, abs=0.2)
    assert trend_of(-values, 0.05, 1.0)["words"] == "stepped down"


def test_a_small_but_certain_slope_is_steady():
    """A line that moves by a hundredth of the usual spread is no trend, however straight."""
    assert trend_of(np.linspace(0.0, 0.01, 20), 0.05, 1.0)["words"] == "steady"
