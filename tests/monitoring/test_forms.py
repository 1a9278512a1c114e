"""What may be asked of a plant's detector, from a page's form as from the API."""

import pytest
from django.http import QueryDict

from monitoring.forms import DetectorPresetForm, DetectorSettingsForm
from monitoring.models import AnalysisPreset, DetectorSettings
from simulation.signals import plant_changed

pytestmark = pytest.mark.django_db
ALL = "window=8&consecutive=3&among=0&decimation=1&alpha=0.01&min_explanation_seconds=0"


@pytest.fixture
def settings_of_plant(plant) -> DetectorSettings:
    return DetectorSettings.of(plant)


def saved(form) -> DetectorSettings:
    assert form.is_valid(), form.errors
    return DetectorSettings.objects.get(pk=form.save().pk)


def test_a_page_posts_all_settings(settings_of_plant):
    text = ALL.replace("alpha=0.01", "alpha=0.002").replace("window=8", "window=30")
    now = saved(DetectorSettingsForm(QueryDict(text), instance=settings_of_plant))
    assert (now.alpha, now.window, now.consecutive) == (0.002, 30, 3)


def test_a_page_that_leaves_one_out_is_told_so(settings_of_plant):
    form = DetectorSettingsForm(QueryDict("window=8"), instance=settings_of_plant)
    left_out = {"consecutive", "among", "decimation", "alpha", "min_explanation_seconds"}
    assert set(form.errors) == left_out


def test_a_partial_form_leaves_the_rest(settings_of_plant):
    form = DetectorSettingsForm({"alpha": 0.002}, instance=settings_of_plant, partial=True)
    assert saved(form).alpha == 0.002


def test_saving_writes_only_what_the_form_holds(settings_of_plant):
    form = DetectorSettingsForm({"alpha": 0.002}, instance=settings_of_plant, partial=True)
    DetectorSettings.objects.update(window=99)  # by another engineer meanwhile
    assert saved(form).window == 99


def test_posting_the_presets_own_values_keeps_its_name(settings_of_plant):
    assert (
        saved(DetectorSettingsForm(QueryDict(ALL), instance=settings_of_plant)).preset.slug
        == "demo"
    )


def test_another_value_takes_the_presets_name_away(settings_of_plant):
    text = ALL.replace("decimation=1", "decimation=2")
    assert saved(DetectorSettingsForm(QueryDict(text), instance=settings_of_plant)).preset is None


def test_a_preset_is_taken_over(settings_of_plant):
    form = DetectorPresetForm(QueryDict("preset=balanced"))
    assert form.is_valid()
    form.apply(settings_of_plant)
    now = DetectorSettings.objects.get()
    assert now.rule == AnalysisPreset.objects.get(slug="balanced").rule
    assert now.preset.slug == "balanced"


@pytest.mark.parametrize("text", ["", "preset=", "preset=warp"])
def test_no_preset_or_an_unknown_one_is_refused(text):
    assert "preset" in DetectorPresetForm(QueryDict(text)).errors


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("alpha", "-1", "Alpha is a false alarm rate from 0.000001 to 0.5."),
        ("alpha", "", "Alpha is a false alarm rate from 0.000001 to 0.5."),
        ("window", "1", "window must be a whole number from 2 to 1000."),
        ("consecutive", "0", "consecutive must be a whole number from 1 to 1000."),
        ("decimation", "1001", "decimation must be a whole number from 1 to 1000."),
        (
            "min_explanation_seconds",
            "90000",
            "min_explanation_seconds must be a number of seconds from 0 to 86400.",
        ),
    ],
)
def test_the_models_limits_are_said_in_a_sentence(settings_of_plant, name, value, words):
    form = DetectorSettingsForm({name: value}, instance=settings_of_plant, partial=True)
    assert form.errors == {name: [words]}


def test_open_pages_are_told_of_new_settings(settings_of_plant, django_capture_on_commit_callbacks):
    told = []

    def listen(plant_id, **kwargs):
        told.append(plant_id)

    plant_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            saved(DetectorSettingsForm({"alpha": 0.002}, instance=settings_of_plant, partial=True))
    finally:
        plant_changed.disconnect(listen)
    assert told == [settings_of_plant.plant_id]
