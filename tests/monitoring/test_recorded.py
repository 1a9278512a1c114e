"""Fitting on a plant's own readings: only on a steady stretch, and never at the stream's cost."""

import io

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from monitoring.models import DetectorModel, DetectorSettings
from monitoring.models.detector_settings import DEFAULT_ALPHA
from monitoring.recorded import NotSteady, require_steady
from monitoring.watched import WATCHED, WATCHED_LABELS
from simulation import tep
from simulation.models import Plant, Reading

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows():
    found, _ = tep.simulate_rows(4651207995, 215.0, {1: 205.0}, rng="modern")
    return found


@pytest.fixture
def fed(rows, team):
    plant = Plant.objects.create(name="fed", source=Plant.Source.OUTSIDE, variables=52)
    plant.start()
    plant.refresh_from_db()
    Reading.objects.bulk_create(
        Reading(run=plant.run, step=i, sim_hours=i / 20, sampled_at=timezone.now(), values=row)
        for i, row in enumerate(rows, start=1)
    )
    Plant.objects.filter(pk=plant.pk).update(step=len(rows))
    return plant


def fit(plant, *options: str) -> str:
    out = io.StringIO()
    call_command("fitdetector", "--plant", str(plant.pk), *options, stdout=out)
    return out.getvalue()


def test_a_steady_stretch_gives_a_model_in_charge_of_that_plant_alone(fed, team):
    said = fit(fed, "--to-step", "4000")
    model = DetectorModel.objects.get(kind="robust", version=2)
    assert str(model) in said
    assert model.card["recorded"] == {
        "plant": "fed", "run": 1, "from_step": 1, "to_step": 4000, "readings": 4000,
    }  # fmt: skip
    assert DetectorSettings.of(fed).detector_model == model
    team["robust"].refresh_from_db()
    assert team["robust"].is_active
    assert not model.is_active
    measured = model.card["false_alarms"]
    assert measured["hours"] == 40.0
    unseen = np.array(
        Reading.objects.filter(step__gt=3200, step__lte=4000)
        .order_by("step")
        .values_list("values", flat=True)
    )[:, WATCHED]
    exceeds = model.detector.exceeds(unseen, DEFAULT_ALPHA)[model.detector.warm_up :]
    assert measured["far_either"] == exceeds.mean()


def test_a_rate_far_above_the_stated_one_is_warned_of(fed, team):
    said = fit(fed, "--to-step", "3000")
    rate = DetectorModel.objects.get(kind="robust", version=2).card["false_alarms"]["far_either"]
    assert ("much more than the limits state" in said) == (rate > 4 * DEFAULT_ALPHA)


def test_a_stretch_with_a_fault_in_it_is_refused_with_the_variables_that_moved(fed, team):
    before = DetectorModel.objects.count()
    with pytest.raises(CommandError, match=r"not steady.*XM.* by \d.* sd.*running model stays"):
        fit(fed)
    assert DetectorModel.objects.count() == before
    assert DetectorSettings.of(fed).detector_model is None


def test_too_few_readings_are_refused(fed):
    with pytest.raises(CommandError, match="has 500 good readings; a fit needs at least 3000"):
        fit(fed, "--from-step", "1", "--to-step", "500")


def test_an_unknown_plant_is_refused_with_those_there_are(fed):
    with pytest.raises(CommandError, match=rf"no plant 999. Known: {fed.pk} \(fed\)"):
        call_command("fitdetector", "--plant", "999")


def test_a_variable_that_stands_still_is_named():
    rows = np.random.default_rng(1).normal(size=(2000, 33))
    rows[:, 4] = 7.0
    with pytest.raises(NotSteady, match=r"stand still in the stretch: XMEAS\(5\)"):
        require_steady(rows, WATCHED_LABELS)


def test_normal_operation_is_steady():
    for seed in (11, 12):
        rows, _ = tep.simulate_rows(seed, 100.0, rng="modern")
        require_steady(rows[:, [*range(22), *range(41, 52)]], WATCHED_LABELS)
