"""The admin of plants and presets: for engineers, and never in the worker's way."""

import pytest
from django.urls import reverse

from simulation.admin import PlantAdmin
from simulation.models import FaultPreset, Injection, Plant, Reading, Run, SpeedPreset
from simulation.stepping import Tick, step_plants

pytestmark = pytest.mark.django_db


def changelist(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page(thing, action: str = "change") -> str:
    return reverse(
        f"admin:{thing._meta.app_label}_{thing._meta.model_name}_{action}", args=[thing.pk]
    )


def take(plant: Plant, steps: int) -> None:
    for _ in range(steps):
        plant.refresh_from_db()
        assert step_plants([Tick(plant.pk, plant.current_run_id, plant.step)], even_if_early=True)
    plant.refresh_from_db()


def act(client, action: str, *things, **more):
    data = {"action": action, "_selected_action": [thing.pk for thing in things], **more}
    return client.post(changelist(type(things[0])), data, follow=True)


@pytest.fixture
def engineer(client, make_user):
    client.force_login(make_user("engineer"))
    return client


@pytest.fixture
def running(plant):
    plant.start()
    return plant


def fields_of(plant: Plant, **changes) -> dict:
    """What the change page posts."""
    return {
        "name": plant.name,
        "description": plant.description,
        "speed_preset": plant.speed_preset_id or "",
        "interval_seconds": plant.interval_seconds,
        "catch_up": plant.catch_up,
        **changes,
    }


# -- who may enter ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 302), ("operator", 302), ("engineer", 200)]
)
def test_only_engineers_and_admins_enter(client, make_user, plant, role, status):
    client.force_login(make_user(role))
    for address in (reverse("admin:index"), changelist(Plant), page(plant)):
        assert client.get(address).status_code == status


def test_the_admin_has_the_products_name(engineer):
    assert "TEP Live" in engineer.get(reverse("admin:index")).content.decode()


# -- records ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [Run, Reading, Injection])
def test_records_can_be_looked_at_only(client, make_user, running, model):
    take(running, 1)
    running.inject([4])
    client.force_login(make_user("superuser"))
    thing = model.objects.first()
    assert client.get(page(thing)).status_code == 200
    assert client.post(page(thing), {"step": 9}).status_code == 403
    assert client.get(page(thing, "delete")).status_code == 403
    add = reverse(f"admin:simulation_{model._meta.model_name}_add")
    assert client.get(add).status_code == 403
    assert "delete_selected" not in client.get(changelist(model)).content.decode()


def test_the_page_of_a_reading_shows_all_values_with_units(engineer, running):
    take(running, 1)
    text = engineer.get(page(Reading.objects.get())).content.decode()
    assert "XMEAS(1)" in text
    assert "XMV(12)" in text
    assert "kPa gauge" in text or "kPa" in text


# -- presets ------------------------------------------------------------------------------------


def test_a_speed_preset_in_use_is_protected(engineer, plant):
    preset = SpeedPreset.objects.get(slug="demo")
    plant.set_speed(preset=preset)
    for answer in (
        engineer.get(page(preset, "delete")),
        engineer.post(page(preset, "delete"), {"post": "yes"}),
        act(engineer, "delete_selected", preset),
        act(engineer, "delete_selected", preset, post="yes"),
    ):
        assert answer.status_code == 200
        assert "protected" in answer.content.decode()
        assert "TEP 1" in answer.content.decode()
    assert SpeedPreset.objects.filter(slug="demo").exists()


def test_a_preset_that_is_not_in_use_is_deleted(engineer):
    preset = SpeedPreset.objects.get(slug="balanced")
    assert engineer.post(page(preset, "delete"), {"post": "yes"}).status_code == 302
    act(engineer, "delete_selected", SpeedPreset.objects.get(slug="realistic"), post="yes")
    assert list(SpeedPreset.objects.values_list("slug", flat=True)) == ["demo"]


def test_a_new_interval_of_a_preset_reaches_its_plants(engineer, plant):
    preset = SpeedPreset.objects.get(slug="demo")
    plant.set_speed(preset=preset)
    values = {"slug": "demo", "name": "Demo", "description": "", "interval_seconds": "2"}
    engineer.post(page(preset), values)
    plant.refresh_from_db()
    assert (plant.interval_seconds, plant.speed_preset) == (2.0, preset)


def test_an_interval_out_of_range_is_refused_in_the_page(engineer):
    preset = SpeedPreset.objects.get(slug="demo")
    values = {"slug": "demo", "name": "Demo", "interval_seconds": "0"}
    assert "at least 0.2 s" in engineer.post(page(preset), values).content.decode()


@pytest.mark.parametrize("idvs", ["1, 6", "[1, 6]", "1,6"])
def test_a_fault_preset_is_added(engineer, idvs):
    values = {"slug": "two", "name": "Two", "idvs": idvs, "start_after_hours": "0.5"}
    answer = engineer.post(reverse("admin:simulation_faultpreset_add"), values)
    assert answer.status_code == 302
    assert FaultPreset.objects.get(slug="two").idvs == [1, 6]
    assert (
        'value="1, 6"' in engineer.get(page(FaultPreset.objects.get(slug="two"))).content.decode()
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"idvs": "21"}, "There is no IDV(21)."),
        ({"idvs": "one"}, "Give IDV numbers"),
        ({"idvs": ""}, "required"),
        ({"start_after_hours": "1e300"}, "At most 10000 process hours."),
        ({"start_after_hours": "2", "end_after_hours": "1"}, "later than the start"),
    ],
)
def test_a_bad_fault_preset_is_refused_in_the_page(engineer, change, words):
    values = {"slug": "two", "name": "Two", "idvs": "1", "start_after_hours": "0", **change}
    answer = engineer.post(reverse("admin:simulation_faultpreset_add"), values)
    assert answer.status_code == 200
    assert words in answer.content.decode()


# -- plants -------------------------------------------------------------------------------------


def test_a_plant_is_added_with_a_presets_interval(engineer):
    preset = SpeedPreset.objects.get(slug="balanced")
    values = {
        "name": "New",
        "source": "simulator",
        "variables": 33,
        "catch_up": "skip",
        "speed_preset": preset.pk,
        "interval_seconds": "1",
    }
    assert engineer.post(reverse("admin:simulation_plant_add"), values).status_code == 302
    made = Plant.objects.get(name="New")
    assert (made.interval_seconds, made.state) == (60.0, "stopped")


def test_a_new_interval_is_effective_by_the_next_tick(engineer, running):
    running.set_speed(interval_seconds=600)
    take(running, 1)
    engineer.post(page(running), fields_of(running, interval_seconds="2"))
    running.refresh_from_db()
    assert running.interval_seconds == 2.0
    assert (running.next_due - running.sampled_at).total_seconds() <= 2.5


def test_a_new_preset_sets_the_interval_and_a_new_interval_drops_the_preset(engineer, running):
    demo = SpeedPreset.objects.get(slug="balanced")
    engineer.post(page(running), fields_of(running, speed_preset=demo.pk))
    running.refresh_from_db()
    assert (running.interval_seconds, running.speed_preset) == (60.0, demo)
    engineer.post(page(running), fields_of(running, interval_seconds="5"))
    running.refresh_from_db()
    assert (running.interval_seconds, running.speed_preset) == (5.0, None)


def test_a_new_preset_and_another_new_interval_contradict(engineer, running):
    demo = SpeedPreset.objects.get(slug="balanced")
    changed = fields_of(running, speed_preset=demo.pk, interval_seconds="7")
    assert "not both" in engineer.post(page(running), changed).content.decode()


def test_saving_a_page_never_undoes_what_the_worker_has_done_meanwhile(
    engineer, running, monkeypatch
):
    take(running, 1)
    saving = PlantAdmin.save_model

    def step_first(self, request, obj, form, change):
        # The page's form has read the plant; now the worker takes three samples; then it saves.
        take(Plant.objects.get(pk=obj.pk), 3)
        saving(self, request, obj, form, change)

    monkeypatch.setattr(PlantAdmin, "save_model", step_first)
    changed = fields_of(running, name="Renamed", description="x", interval_seconds="3")
    assert engineer.post(page(running), changed).status_code == 302
    running.refresh_from_db()
    assert (running.name, running.interval_seconds, running.step) == ("Renamed", 3.0, 4)
    assert Reading.objects.filter(run=running.run).count() == 4
    take(running, 1)  # and the state goes with the step
    assert Reading.objects.filter(run=running.run).count() == 5


def test_plants_are_operated_from_the_list(engineer, plant):
    for action, state in [
        ("start", "running"),
        ("pause", "paused"),
        ("resume", "running"),
        ("stop", "stopped"),
    ]:
        before = plant.state
        question = act(engineer, action, plant).content.decode()
        plant.refresh_from_db()
        assert plant.state == before
        assert f"{action.capitalize()} the selected plants?" in question
        text = act(engineer, action, plant, confirmed="yes").content.decode()
        plant.refresh_from_db()
        assert plant.state == state
        assert "TEP 1:" in text


def test_what_a_plant_refuses_is_a_message(engineer, plant):
    other = Plant.objects.create(name="Running one")
    other.start()
    text = act(engineer, "pause", plant, other, confirmed="yes").content.decode()
    assert "cannot be paused" in text
    other.refresh_from_db()
    assert other.state == "paused"


def test_a_reset_asks_first(engineer, running):
    take(running, 2)
    question = act(engineer, "reset", running)
    running.refresh_from_db()
    assert running.run.number == 1
    text = question.content.decode()
    assert "step 2" in text
    assert f'name="_selected_action" value="{running.pk}"' in text

    act(engineer, "reset", running, confirmed="yes")
    running.refresh_from_db()
    assert (running.run.number, running.step) == (2, 0)
    assert Reading.objects.count() == 2


def test_a_plant_is_deleted_with_all_its_runs_after_a_count(engineer, running):
    take(running, 3)
    running.reset()
    question = engineer.get(page(running, "delete")).content.decode()
    assert "Readings: 3" in question or "readings: 3" in question
    assert engineer.post(page(running, "delete"), {"post": "yes"}).status_code == 302
    assert not Plant.objects.exists()
    assert not Reading.objects.exists()


def test_several_plants_are_deleted_from_the_list(engineer, running):
    other = Plant.objects.create(name="Another")
    other.start()
    act(engineer, "delete_selected", running, other, post="yes")
    assert not Plant.objects.exists()
