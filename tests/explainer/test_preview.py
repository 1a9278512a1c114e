"""The preview: what would be told, and the most it could cost, without asking."""

from decimal import Decimal

import pytest

from explainer.models import Explanation, ProviderConfig, Spending

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client, make_user):
    client.force_login(make_user("viewer"))
    return client


def test_it_shows_evidence_prompt_and_cost_and_spends_nothing(viewer, alarm_of, claude):
    ProviderConfig.objects.filter(name="claude").update(price_in=Decimal(3), price_out=Decimal(15))
    alarm = alarm_of(4)
    page = viewer.get(f"/plants/{alarm.run.plant_id}/evidence/?alarm={alarm.pk}")
    text = page.content.decode()
    assert "XMV(10)" in text and "engineer-1" in text
    (offer,) = page.context["offers"]
    assert offer.cost is not None and offer.cost > Decimal("0.06")
    assert claude.requests == []
    assert not Spending.objects.exists() and not Explanation.objects.exists()


def test_without_a_model_the_evidence_alone_is_shown(viewer, alarm_of):
    alarm = alarm_of(4)
    text = viewer.get(f"/plants/{alarm.run.plant_id}/evidence/").content.decode()
    assert "No language model is in use" in text


def test_without_an_analysis_it_says_what_would_help(viewer, plant, detector):
    assert "Start it first" in viewer.get(f"/plants/{plant.pk}/evidence/").content.decode()


def test_pruned_readings_and_foreign_alarms_are_said(viewer, alarm_of):
    alarm = alarm_of(4)
    address = f"/plants/{alarm.run.plant_id}/evidence/"
    assert viewer.get(f"{address}?alarm=999").status_code == 404
    assert viewer.get(f"{address}?alarm=x").status_code == 404
    alarm.run.readings.all().delete()
    assert "not all in the database" in viewer.get(f"{address}?alarm={alarm.pk}").content.decode()
