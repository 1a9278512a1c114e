"""The admin of detectors, their settings and presets."""

import pytest
from django.contrib import admin
from django.urls import reverse

from monitoring.analysing import analyse_plant
from monitoring.models import Alarm, Analysis, AnalysisPreset, DetectorModel, DetectorSettings
from simulation.stepping import Tick, step_plants

pytestmark = pytest.mark.django_db


def changelist(model) -> str:
    return reverse(f"admin:monitoring_{model._meta.model_name}_changelist")


def page(thing, action: str = "change") -> str:
    return reverse(f"admin:monitoring_{thing._meta.model_name}_{action}", args=[thing.pk])


def act(client, action: str, *things, **more):
    data = {"action": action, "_selected_action": [thing.pk for thing in things], **more}
    return client.post(changelist(type(things[0])), data, follow=True)


@pytest.fixture
def engineer(client, make_user):
    client.force_login(make_user("engineer"))
    return client


@pytest.fixture
def analysed(plant, detector):
    """A plant of which the detector has scored twenty points, the last ones under IDV(6)."""
    plant.start()
    plant.inject([6])
    for _ in range(20):
        plant.refresh_from_db()
        step_plants([Tick(plant.pk, plant.current_run_id, plant.step)], even_if_early=True)
    analyse_plant(plant.pk)
    assert Alarm.objects.exists()
    return plant


@pytest.fixture
def older(detector, fitted_parameters):
    """A version that is not active and that nothing uses."""
    return DetectorModel.objects.create(version=2, is_active=False, **fitted_parameters)


@pytest.mark.parametrize("role", ["engineer", "admin", "superuser"])
def test_every_list_and_page_of_the_admin_opens_and_has_nothing_inline(
    client, make_user, analysed, role
):
    client.force_login(make_user(role))
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if model._meta.app_label not in {"simulation", "monitoring", "explainer"}:
            continue
        addresses = [reverse(f"{name}_changelist")]
        if thing := model.objects.first():
            addresses.append(reverse(f"{name}_change", args=[thing.pk]))
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200, address
            text = answer.content.decode()
            for inline in ("<style", " style=", "<script>", " onclick="):
                assert inline not in text, address


# -- detectors ----------------------------------------------------------------------------------


def test_a_version_is_activated_from_the_list(engineer, detector, older):
    assert "is active" in act(engineer, "activate", older).content.decode()
    assert DetectorModel.active() == older


def test_two_versions_cannot_both_be_active(engineer, detector, older):
    assert "Select one version" in act(engineer, "activate", detector, older).content.decode()
    assert DetectorModel.active() == detector


def test_the_card_is_readable_and_the_parameters_are_not_shown(engineer, detector):
    text = engineer.get(page(detector)).content.decode()
    for key in detector.card:
        assert str(key) in text
    assert "bytes" in text
    assert 'name="parameters"' not in text


def test_parameters_cannot_be_changed(client, make_user, detector):
    client.force_login(make_user("superuser"))
    assert client.post(page(detector), {"version": 9}).status_code == 403
    assert client.get(reverse("admin:monitoring_detectormodel_add")).status_code == 403


def test_the_active_version_cannot_be_deleted(engineer, detector):
    for answer in (
        engineer.post(page(detector, "delete"), {"post": "yes"}),
        act(engineer, "delete_selected", detector, post="yes"),
    ):
        assert answer.status_code == 200
        assert "Activate another one first" in answer.content.decode()
    assert DetectorModel.objects.count() == 1


def test_a_version_that_has_scored_points_cannot_be_deleted(engineer, analysed, detector, older):
    older.activate()
    detector.refresh_from_db()
    answer = engineer.post(page(detector, "delete"), {"post": "yes"})
    assert "has scored 20 points" in answer.content.decode()
    assert DetectorModel.objects.count() == 2


def test_a_version_that_a_plant_has_chosen_cannot_be_deleted(engineer, plant, older):
    settings = DetectorSettings.of(plant)
    settings.detector_model = older
    settings.save()
    answer = engineer.post(page(older, "delete"), {"post": "yes"})
    assert "chosen version of TEP 1" in answer.content.decode()
    assert DetectorModel.objects.filter(pk=older.pk).exists()


def test_a_version_that_nothing_uses_is_deleted(engineer, older):
    assert engineer.post(page(older, "delete"), {"post": "yes"}).status_code == 302
    assert not DetectorModel.objects.filter(pk=older.pk).exists()


# -- settings and presets -----------------------------------------------------------------------


def fields_of(settings: DetectorSettings, **changes) -> dict:
    return {
        "preset": settings.preset_id or "",
        **settings.rule,
        "alpha": settings.alpha,
        "detector_model": settings.detector_model_id or "",
        **changes,
    }


def test_settings_changed_by_hand_lose_the_presets_name(engineer, plant):
    settings = DetectorSettings.of(plant)
    assert engineer.post(page(settings), fields_of(settings, decimation=4)).status_code == 302
    settings.refresh_from_db()
    assert (settings.decimation, settings.preset) == (4, None)


def test_a_chosen_preset_brings_its_values(engineer, plant):
    settings = DetectorSettings.of(plant)
    preset = AnalysisPreset.objects.get(slug="balanced")
    assert engineer.post(page(settings), fields_of(settings, preset=preset.pk)).status_code == 302
    settings.refresh_from_db()
    assert (settings.rule, settings.preset) == (preset.rule, preset)


def test_a_preset_and_other_values_contradict(engineer, plant):
    settings = DetectorSettings.of(plant)
    preset = AnalysisPreset.objects.get(slug="balanced")
    changed = fields_of(settings, preset=preset.pk, window=99)
    assert "not both" in engineer.post(page(settings), changed).content.decode()


def test_the_version_of_one_plant_is_chosen(engineer, plant, older):
    settings = DetectorSettings.of(plant)
    engineer.post(page(settings), fields_of(settings, detector_model=older.pk, alpha=0.02))
    settings.refresh_from_db()
    assert settings.detector_in_use() == older
    assert (settings.alpha, settings.preset.slug) == (0.02, "demo")


def test_a_bad_value_is_refused_in_the_page(engineer, plant):
    settings = DetectorSettings.of(plant)
    answer = engineer.post(page(settings), fields_of(settings, alpha=-1, window=1))
    text = answer.content.decode()
    assert "Alpha is a false alarm rate" in text
    assert "window must be a whole number" in text


def test_settings_are_neither_added_nor_deleted(client, make_user, plant):
    client.force_login(make_user("superuser"))
    assert client.get(reverse("admin:monitoring_detectorsettings_add")).status_code == 403
    assert client.get(page(DetectorSettings.of(plant), "delete")).status_code == 403


def test_an_analysis_preset_in_use_is_protected(engineer, plant):
    preset = DetectorSettings.of(plant).preset
    for answer in (
        engineer.get(page(preset, "delete")),
        engineer.post(page(preset, "delete"), {"post": "yes"}),
        act(engineer, "delete_selected", preset, post="yes"),
    ):
        assert answer.status_code == 200
        assert "protected" in answer.content.decode()
    assert AnalysisPreset.objects.filter(pk=preset.pk).exists()


def test_new_values_of_a_preset_reach_its_plants(engineer, plant):
    settings = DetectorSettings.of(plant)
    preset = settings.preset
    values = {"slug": preset.slug, "name": preset.name, "description": "", **preset.rule}
    answer = engineer.post(page(preset), {**values, "consecutive": 5})
    assert answer.status_code == 302
    settings.refresh_from_db()
    assert (settings.consecutive, settings.preset) == (5, preset)


# -- records ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [Analysis, Alarm])
def test_analyses_and_alarms_can_be_looked_at_only(client, make_user, analysed, model):
    client.force_login(make_user("superuser"))
    thing = model.objects.first()
    assert client.get(page(thing)).status_code == 200
    assert client.post(page(thing), {}).status_code == 403
    assert client.get(page(thing, "delete")).status_code == 403


def test_the_page_of_an_analysis_names_the_contributions(engineer, analysed):
    assert "XMEAS(" in engineer.get(page(Analysis.objects.last())).content.decode()
