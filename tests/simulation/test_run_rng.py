"""A run knows which generator draws its noise; new runs have the modern one."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from simulation import tep
from simulation.models import Plant, Run
from simulation.stepping import step_plants
from tests.accounts.callers import Caller
from tests.simulation.trajectory import assert_trajectory, tick_of


@pytest.fixture
def plant(db):
    plant = Plant.objects.create(name="Generators")
    plant.start()
    return plant


def test_a_new_run_draws_from_the_modern_generator_and_says_so(plant, make_user):
    assert plant.run.rng == "modern"
    assert plant.load_state() == tep.initial_state(plant.run.seed, rng="modern")
    plant.reset(77)
    assert plant.load_state() == tep.initial_state(77, rng="modern")
    [told] = Caller(make_user("viewer")).get("/api/status").json()["plants"]
    assert (told["seed"], told["rng"]) == (77, "modern")


def test_a_run_of_the_published_generator_keeps_it_until_the_next_reset(plant):
    """As a plant that ran before runs knew their generator."""
    Run.objects.filter(pk=plant.run.pk).update(rng="reference")
    Plant.objects.filter(pk=plant.pk).update(tep_state=tep.initial_state(plant.run.seed).to_bytes())
    for _ in range(3):
        assert step_plants([tick_of(plant)], even_if_early=True) == [plant.pk]
    plant = Plant.objects.get(pk=plant.pk)
    assert plant.as_json()["rng"] == "reference"
    assert plant.load_state().rng == "reference"
    assert assert_trajectory(plant.run) == 3
    plant.reset()
    assert (plant.run.rng, plant.load_state().rng) == ("modern", "modern")


def test_a_plant_fed_from_outside_has_no_generator(db):
    plant = Plant.objects.create(name="Outside", source="outside")
    plant.start()
    assert plant.as_json()["rng"] is None


@pytest.mark.django_db(transaction=True)
def test_runs_from_before_the_migration_are_told_to_have_the_published_generator():
    def migrated(*targets):
        executor = MigrationExecutor(connection)
        executor.migrate(list(targets))
        return executor.loader.project_state(list(targets)).apps

    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        old = migrated(("simulation", "0005_limits"))
        plant = old.get_model("simulation", "Plant").objects.create(name="Old")
        run = old.get_model("simulation", "Run").objects.create(plant=plant, number=1, seed=5)
        new = migrated(("simulation", "0006_run_rng"))
        assert new.get_model("simulation", "Run").objects.get(pk=run.pk).rng == "reference"
        new.get_model("simulation", "Plant").objects.all().delete()
    finally:
        migrated(*leaves)
    assert Run(seed=5).rng == "modern"
