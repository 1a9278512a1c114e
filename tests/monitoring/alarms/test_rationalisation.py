"""Each alarm says why it is one: cause, consequence, response, time (ISA-18.2, IEC 62682)."""

import importlib
import re

import pytest
from django.apps import apps
from django.urls import reverse

from benchmarks.time_to_respond import follow
from monitoring.alarms.built_in import definitions
from monitoring.alarms.holding import hold_against_limits
from monitoring.alarms.rationale import RATIONALES
from monitoring.models import AlarmDefinition, AlarmOccurrence
from simulation.tep.loops import LOOPS
from simulation.tep.variables import LABELS
from tests.monitoring.alarms.plants import defined, give

pytestmark = pytest.mark.django_db
HIGH = {"XMEAS(7)": 2760.0}
FIELDS = ("cause", "consequence", "response", "time_to_respond")


@pytest.fixture
def one(plant) -> AlarmOccurrence:
    plant.reset(4651207995)
    plant.start()
    give(plant, [HIGH, HIGH, HIGH])
    hold_against_limits(plant.pk)
    return AlarmOccurrence.objects.get(definition__code="reactor-pressure-hi")


def test_every_built_in_definition_is_rationalised_and_nothing_else_is():
    stored = AlarmDefinition.objects.all()
    assert {one.code for one in stored} == set(RATIONALES)
    assert len(stored) == 85
    assert all(one.is_rationalised for one in stored)
    for one in stored:
        one.full_clean()


def test_no_two_alarms_have_the_same_reason():
    told = [(one.cause, one.consequence, one.response) for one in RATIONALES.values()]
    assert len(set(told)) == len(told)
    assert len({one.response for one in RATIONALES.values()}) > 60


def test_the_sentences_name_tags_and_loops_that_there_are():
    loops = {loop.number for loop in LOOPS}
    for one in RATIONALES.values():
        words = f"{one.cause} {one.consequence} {one.response}"
        assert set(re.findall(r"XM(?:EAS|V)\(\d+\)", words)) <= set(LABELS)
        assert {int(number) for number in re.findall(r"loop (\d+)", words, re.I)} <= loops


def test_a_limit_before_a_trip_says_the_trip_in_its_unit():
    assert defined("reactor-pressure-hihi").consequence.startswith(
        "The plant trips at 3000 kPa gauge. "
    )


def test_the_times_to_respond_are_those_of_fresh_runs_of_the_simulator():
    cases = {told.case for told in RATIONALES.values() if told.case}
    runs = {case: follow(*case) for case in sorted(cases)}
    for code, told in RATIONALES.items():
        assert (told.case is None) == (told.minutes is None), code
        if told.case is not None:
            left = runs[told.case].left(code)
            assert left is not None and abs(left - told.minutes) < 3.0, (code, left)


def test_what_is_said_to_trip_nothing_trips_nothing():
    for valve, position in ((3, 100.0), (6, 100.0), (9, 0.0), (9, 100.0)):
        assert follow(valve, position).trip is None


def test_the_pages_tell_why_and_what_to_do(client, make_user, one):
    client.force_login(make_user("viewer"))
    definition = one.definition
    for address in (
        reverse("monitoring:occurrence", args=[one.pk]),
        reverse("monitoring:alarm-definitions"),
    ):
        page = client.get(address).content.decode()
        assert "Gas that neither reacts nor condenses" in page
        assert "Find the feed that is off" in page
        assert f"{definition.time_to_respond} min of process time" in page
        assert "not rationalised" not in page


def test_a_definition_without_a_response_is_said_to_be_not_rationalised(client, make_user, one):
    client.force_login(make_user("viewer"))
    AlarmDefinition.objects.filter(pk=one.definition_id).update(response="")
    for address in (
        reverse("monitoring:occurrence", args=[one.pk]),
        reverse("monitoring:alarm-definitions"),
    ):
        page = client.get(address).content.decode()
        assert "not rationalised" in page
        assert "Gas that neither reacts nor condenses" in page, "what there is is shown"


def test_the_api_gives_it_and_lets_an_engineer_change_it(client, make_user):
    client.force_login(make_user("engineer"))
    address = "/api/alarm-definitions/a-feed-lo"
    told = client.get(address).json()
    assert told["is_rationalised"] and told["time_to_respond"] == 353
    new = {"response": "Call the supplier of A.", "time_to_respond": 120}
    told = client.post(address, new, content_type="application/json").json()
    assert {name: told[name] for name in new} == new
    stored = defined("a-feed-lo")
    assert (stored.response, stored.time_to_respond) == tuple(new.values())
    refused = client.post(address, {"cause": "x" * 301}, content_type="application/json")
    assert refused.status_code == 400


def test_it_leaves_with_an_export_and_comes_back_with_an_import(client, make_user):
    client.force_login(make_user("admin"))
    exported = client.get(reverse("admin:monitoring_alarmdefinition_export")).content.decode()
    AlarmDefinition.objects.filter(code="a-feed-lo").update(cause="", time_to_respond=None)
    address = reverse("admin:monitoring_alarmdefinition_import")
    preview = client.post(address, {"pasted": exported})
    assert "The supply of A is lost" in preview.content.decode()
    client.post(address, {"document": exported, "shown": preview.context["outcome"].digest})
    one = defined("a-feed-lo")
    assert one.cause.startswith("The supply of A is lost") and one.time_to_respond == 353


def test_the_admin_asks_for_it_in_words_and_finds_what_lacks_it(client, make_user):
    client.force_login(make_user("engineer"))
    one = defined("a-feed-lo")
    page = client.get(
        reverse("admin:monitoring_alarmdefinition_change", args=[one.pk])
    ).content.decode()
    assert "What follows if nobody acts" in page and "not rationalised" in page
    AlarmDefinition.objects.filter(pk=one.pk).update(cause="")
    listed = reverse("admin:monitoring_alarmdefinition_changelist")
    page = client.get(listed, {"rationalised": "no"}).content.decode()
    assert "1 alarm definition" in page and one.name in page


def test_an_upgrade_fills_what_came_with_the_product_and_keeps_what_was_written():
    fill = importlib.import_module("monitoring.migrations.0011_rationalisation").fill
    AlarmDefinition.objects.update(cause="", consequence="", time_to_respond=None)
    AlarmDefinition.objects.filter(code="plant-tripped").update(
        response="The plant has shut itself down. Reset it."
    )
    AlarmDefinition.objects.filter(code="a-feed-lo").update(response="Call Ann.")
    AlarmDefinition.objects.filter(code="reactor-pressure-hihi").update(
        response="Beyond it the plant trips at 3000 kPa gauge."
    )
    AlarmDefinition.objects.create(code="ours", name="Ours", kind="hi", tag="XMEAS(41)", limit=60)
    fill(apps, None)
    wanted = {fields["code"]: fields for fields in definitions()}
    for one in AlarmDefinition.objects.exclude(code__in=["ours", "a-feed-lo"]):
        assert {name: getattr(one, name) for name in FIELDS} == {
            name: wanted[one.code][name] for name in FIELDS
        }
    kept = defined("a-feed-lo")
    assert kept.response == "Call Ann." and kept.cause
    assert not defined("ours").is_rationalised
