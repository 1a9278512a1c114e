"""The audit trail says who did what, from where, and only together with the change."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import transaction
from django.test import RequestFactory

from accounts import audit, origin
from accounts.models import AuditEntry


@pytest.fixture
def group(db):
    return Group.objects.create(name="subject")


def test_an_entry_names_who_what_from_to_and_where(group, django_user_model):
    mary = django_user_model.objects.create_user("mary")
    with transaction.atomic(), origin.acting_from(origin.Origin(origin.Channel.API, "192.0.2.7")):
        entry = audit.record("group-rename", group, by=mary, before={"name": "a"}, after="b")
    entry.refresh_from_db()
    assert (entry.username, entry.user, entry.channel) == ("mary", mary, "api")
    assert (entry.subject_type, entry.subject_id, entry.subject) == (
        "group",
        str(group.pk),
        "subject",
    )
    assert (entry.before, entry.after, entry.address) == ({"name": "a"}, "b", "192.0.2.7")
    assert list(audit.trail_of(group)) == [entry]


def test_an_entry_goes_when_the_change_is_rolled_back(group):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        audit.record("group-rename", group, by=AnonymousUser())
        raise ZeroDivisionError
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused():
    group = Group.objects.create(name="subject")
    with pytest.raises(RuntimeError, match="into the change's transaction"):
        audit.record("group-rename", group, by=None)


def test_the_name_stays_when_the_account_goes(group, django_user_model):
    mary = django_user_model.objects.create_user("mary")
    with transaction.atomic():
        entry = audit.record("group-rename", group, by=mary)
    mary.delete()
    entry.refresh_from_db()
    assert entry.user is None
    assert entry.username == "mary"


@pytest.mark.parametrize(
    ("path", "headers", "channel"),
    [
        ("/plants/1/", {}, "page"),
        ("/admin/simulation/plant/", {}, "admin"),
        ("/api/plants", {}, "api"),
        ("/ingest", {"HTTP_AUTHORIZATION": "Bearer x"}, "api"),
    ],
)
def test_the_door_is_told_from_the_request(path, headers, channel):
    assert origin.origin_of(RequestFactory().get(path, **headers)).channel == channel


def test_behind_a_proxy_the_address_is_the_one_the_proxy_saw(settings):
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR="10.9.9.9, 192.0.2.1")
    assert origin.address_of(request) == "127.0.0.1"
    settings.HTTPS = True
    assert origin.address_of(request) == "192.0.2.1"


def test_an_address_that_is_none_is_not_made_up():
    assert origin.address_of(RequestFactory().get("/", REMOTE_ADDR="")) is None


def test_without_a_request_the_server_acts():
    assert origin.present() == origin.Origin(origin.Channel.SERVER, None)
