"""The definitions kept in the process: read once, and never older than the database."""

import os
import subprocess
import sys

import pytest
from django.db import connection, transaction
from django.db.models import F

from monitoring.alarms.definitions import definitions_of
from monitoring.alarms.holding import hold_against_limits
from monitoring.alarms.rulebook import rulebook_of
from monitoring.models import AlarmDefinition
from simulation.models import Plant
from tests.conftest import REPOSITORY
from tests.monitoring.alarms.plants import defined, give, journal

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]
CODE = "reactor-pressure-hi"


def limits(plant) -> dict[str, float | None]:
    return {one.code: one.limit for one in rulebook_of(plant).by_number.values()}


def stored(plant) -> dict[str, float | None]:
    return {one.code: one.limit for one in definitions_of(plant)}


def of_its_own(plant, code="own", **fields) -> AlarmDefinition:
    values = {"tag": "XMEAS(7)", "kind": "hi", "limit": 2800.0, "name": code, "plant": plant}
    return AlarmDefinition.objects.create(code=code, **(values | fields))


def test_as_long_as_nothing_changes_one_query_asks_for_the_stamps(plant, django_assert_num_queries):
    first = rulebook_of(plant)
    with django_assert_num_queries(1):
        assert rulebook_of(plant) is first
    another = Plant.objects.create(name="another")
    with django_assert_num_queries(1):
        assert rulebook_of(another) is first


CHANGES = {
    "saved": lambda plant: defined(CODE).save(),
    "some fields saved": lambda plant: defined(CODE).save(update_fields=["priority"]),
    "updated": lambda plant: AlarmDefinition.objects.filter(code=CODE).update(limit=2760.0),
    "updated by an expression": lambda plant: AlarmDefinition.objects.update(limit=F("limit") + 1),
    "updated in bulk": lambda plant: AlarmDefinition.objects.bulk_update(
        [AlarmDefinition(pk=defined(CODE).pk, limit=2761.0)], ["limit"]
    ),
    "added": of_its_own,
    "added in bulk": lambda plant: AlarmDefinition.objects.bulk_create(
        [AlarmDefinition(code="x", name="x", plant=plant, tag="XMEAS(7)", kind="hi", limit=2800.0)]
    ),
    "deleted": lambda plant: defined(CODE).delete(),
    "one deleted, one added": lambda plant: (defined(CODE).delete(), of_its_own(None, CODE)),
    "taken out": lambda plant: AlarmDefinition.objects.filter(code=CODE).update(in_service=False),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_whatever_changes_the_next_who_asks_has_it(plant, change):
    before = rulebook_of(plant)
    change(plant)
    after = rulebook_of(plant)
    assert after is not before
    assert limits(plant) == stored(plant)
    assert rulebook_of(plant) is after


def test_a_change_that_is_rolled_back_leaves_what_was(plant):
    before = limits(plant)
    with transaction.atomic():
        AlarmDefinition.objects.filter(code=CODE).update(limit=1.0)
        assert limits(plant)[CODE] == 1.0
        transaction.set_rollback(True)
    assert limits(plant) == before


def test_a_definition_of_a_plants_own_concerns_no_other_plant(plant, django_assert_num_queries):
    other = Plant.objects.create(name="other")
    shared = rulebook_of(other)
    own = of_its_own(plant)
    assert rulebook_of(other) is shared
    assert own.pk in rulebook_of(plant).by_number
    assert CODE not in limits(plant)
    own.delete()
    assert rulebook_of(plant) is shared


def test_the_next_reading_is_held_against_the_limit_as_it_is_now(plant):
    plant.reset(1)
    plant.start()
    give(plant, [{"XMEAS(7)": 2760.0}] * 3)
    AlarmDefinition.objects.filter(code=CODE).update(limit=2770.0)
    hold_against_limits(plant.pk)
    assert journal(code=CODE) == []
    AlarmDefinition.objects.filter(code=CODE).update(limit=2740.0)
    give(plant, [{"XMEAS(7)": 2760.0}] * 2)
    hold_against_limits(plant.pk)
    assert journal(code=CODE) == [("activated", 5)]


def test_a_row_that_makes_no_sense_stops_no_other(plant, caplog):
    AlarmDefinition.objects.filter(code=CODE).update(on_delay=0)
    held = {one.definition.code for one in rulebook_of(plant).held}
    assert CODE not in held and "reactor-pressure-hihi" in held
    assert f"{CODE} is not evaluated" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_change_of_another_process_is_seen(plant):
    before = rulebook_of(plant)
    connection.ensure_connection()
    name = connection.settings_dict["NAME"]
    code = (
        "import django; from django.conf import settings; import teplive.settings as t; "
        f"t.DATABASES['default']['NAME'] = {name!r}; django.setup(); "
        "from monitoring.models import AlarmDefinition as A; "
        f"A.objects.filter(code={CODE!r}).update(limit=2765.0)"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "teplive.settings"}
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, env=env, check=True)
    assert rulebook_of(plant) is not before
    assert limits(plant)[CODE] == 2765.0
