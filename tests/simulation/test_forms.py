"""What may be asked of a plant, from a page's form as from the API."""

import pytest
from django.http import QueryDict

from simulation.forms import ClearForm, InjectionForm, ResetForm, SpeedForm
from simulation.models import PlantError, SpeedPreset

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(plant):
    plant.start()
    return plant


def valid(form):
    assert form.is_valid(), form.errors
    return form


def test_a_speed_form_sets_an_interval(running):
    valid(SpeedForm(QueryDict("preset=&interval_seconds=2.5"))).apply(running)
    assert (running.interval_seconds, running.speed_preset) == (2.5, None)


def test_a_speed_form_sets_a_preset(running):
    valid(SpeedForm(QueryDict("preset=realistic&interval_seconds="))).apply(running)
    assert running.interval_seconds == 180.0
    assert running.speed_preset == SpeedPreset.objects.get(slug="realistic")


@pytest.mark.parametrize(("factor", "seconds"), [(0.1, 1800.0), (1, 180.0), (50, 3.6)])
def test_a_speed_form_sets_a_factor_of_real_time(running, factor, seconds):
    valid(SpeedForm({"factor": factor})).apply(running)
    assert running.interval_seconds == pytest.approx(seconds, rel=1e-15)
    assert running.speed_factor == pytest.approx(factor, rel=1e-15)
    assert running.speed_words == f"{factor:g}× real time, a sample every {seconds:g} s"


@pytest.mark.parametrize(
    "text", ["", "preset=&interval_seconds=", "preset=demo&interval_seconds=1"]
)
def test_a_speed_form_wants_exactly_one(text):
    assert "Give one of" in SpeedForm(QueryDict(text)).non_field_errors()[0]


def test_a_speed_form_offers_the_presets_by_slug():
    values = {str(value) for value, _ in SpeedForm().fields["preset"].choices}
    assert values == {"", "demo", "balanced", "realistic"}


def test_a_rejected_value_stays_in_the_form():
    html = SpeedForm(QueryDict("interval_seconds=0.01")).as_p()
    assert 'value="0.01"' in html
    assert "at least 0.2 s" in html


def test_an_injection_form_names_who_did_it(running, make_user):
    operator = make_user("operator")
    [made] = valid(InjectionForm(QueryDict("idv=4"))).apply(running, operator)
    assert (made.idv, made.start_step, made.injected_by) == (4, 1, operator)


@pytest.mark.parametrize("text", ["idvs=1,6", "idvs=1, 6", "idvs=1&idvs=6", "idvs=[1, 6]"])
def test_an_injection_form_takes_several_faults(running, make_user, text):
    form = valid(InjectionForm(QueryDict(text.replace(" ", "+"))))
    assert [i.idv for i in form.apply(running, make_user("operator"))] == [1, 6]


def test_an_injection_form_takes_a_preset_with_its_own_times(running, make_user):
    form = valid(InjectionForm(QueryDict("preset=idv-6&start_after_hours=1&end_after_hours=2")))
    [made] = form.apply(running, make_user("operator"))
    assert (made.idv, made.preset.slug, made.start_step, made.end_step) == (6, "idv-6", 21, 41)


def test_empty_times_mean_now_and_until_cleared(running, make_user):
    form = valid(InjectionForm(QueryDict("idv=4&start_after_hours=&end_after_hours=")))
    [made] = form.apply(running, make_user("operator"))
    assert (made.start_step, made.end_step) == (1, None)


@pytest.mark.parametrize("idv", ["21", "0", "-1"])
def test_an_idv_that_is_not_there_is_refused(idv):
    form = InjectionForm({"idv": idv})
    assert form.errors["idv"] == [f"There is no IDV({idv})."]


@pytest.mark.parametrize("hours", ["-1", "10001", "1e999", "x"])
def test_a_time_out_of_range_is_refused_in_the_same_words(hours):
    form = InjectionForm({"idv": 4, "start_after_hours": hours})
    words = "start_after_hours must be a number of process hours from 0 to 10000."
    assert form.errors["start_after_hours"] == [words]


def test_what_the_plant_refuses_is_an_error_with_a_hint(plant, make_user):
    with pytest.raises(PlantError) as refused:
        valid(InjectionForm({"idv": 4})).apply(plant, make_user("operator"))
    assert refused.value.hint


def test_a_reset_form_takes_a_seed_or_none(running):
    valid(ResetForm({"seed": "4711"})).apply(running)
    assert running.run.seed == 4711
    valid(ResetForm(QueryDict("seed="))).apply(running)
    assert running.run.seed != 4711


def test_a_clear_form_clears_one_or_all(running):
    running.inject([1, 4, 6])
    assert valid(ClearForm({"idv": "4"})).apply(running) == 1
    assert running.active_idvs == [1, 6]
    assert valid(ClearForm({})).apply(running) == 2
    assert running.active_idvs == []
