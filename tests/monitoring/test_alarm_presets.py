"""Alarm definitions travel as the other presets do."""

import pytest
from django.urls import reverse

from monitoring.models import AlarmDefinition

pytestmark = pytest.mark.django_db


def test_alarm_definitions_leave_and_enter_through_the_admin(client, make_user):
    client.force_login(make_user("admin"))
    listed = client.get(reverse("admin:monitoring_alarmdefinition_changelist")).content.decode()
    assert reverse("admin:monitoring_alarmdefinition_import") in listed
    exported = client.get(reverse("admin:monitoring_alarmdefinition_export"))
    assert len(exported.json()["presets"]["alarm"]) == AlarmDefinition.objects.count() > 0
    address = reverse("admin:monitoring_alarmdefinition_import")
    page = client.post(address, {"pasted": exported.content.decode()}).content.decode()
    assert "There is nothing to import." in page
