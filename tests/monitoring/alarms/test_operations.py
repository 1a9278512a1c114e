"""What people do with alarms: acknowledge, shelve, take out of service, by API and admin."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from monitoring.alarms import acknowledging, latches, queries, service, shelf
from monitoring.alarms.flood_line import flood_line
from monitoring.alarms.holding import hold_against_limits
from monitoring.alarms.life import LifeError
from monitoring.alarms.settling import settle, sweep, unsettled
from monitoring.models import AlarmDefinition, AlarmJournalEntry, AlarmOccurrence, Shelving
from tests.accounts.callers import Caller, assert_says
from tests.monitoring.alarms.plants import defined, give, journal

pytestmark = [pytest.mark.django_db]
HIGH = {"XMEAS(7)": 2760.0}
CODE = "reactor-pressure-hi"


@pytest.fixture
def alarmed(plant):
    plant.reset(1)
    plant.start()
    give(plant, [HIGH, HIGH])
    hold_against_limits(plant.pk)
    return plant


def the_alarm() -> AlarmOccurrence:
    return AlarmOccurrence.objects.get(definition__code=CODE)


def test_acknowledging_writes_who_journal_and_audit_trail(alarmed, make_user):
    user = make_user("operator")
    one = acknowledging.acknowledge(the_alarm(), by=user, comment="seen")
    assert (one.state, one.acknowledged_by, one.comment) == ("acknowledged", user, "seen")
    entry = AlarmJournalEntry.objects.get(kind="acknowledged")
    assert (entry.username, entry.comment, entry.step) == ("operator", "seen", 2)
    audit = AuditEntry.objects.get(action="alarm-acknowledge")
    assert (audit.before, audit.after) == ({"state": "unacknowledged"}, {"state": "acknowledged"})
    with pytest.raises(LifeError, match="already"):
        acknowledging.acknowledge(the_alarm(), by=user)
    give(alarmed, [{}, {}])
    hold_against_limits(alarmed.pk)
    assert the_alarm().closed_at is not None
    with pytest.raises(LifeError, match="normal"):
        acknowledging.acknowledge(the_alarm(), by=user)


def test_what_came_again_after_it_was_looked_at_is_not_acknowledged_with_the_rest(
    alarmed, make_user
):
    seen = list(queries.shown())
    give(alarmed, [{}, {}, HIGH, HIGH])
    hold_against_limits(alarmed.pk)
    assert acknowledging.acknowledge_all(seen, by=make_user("operator")) == []
    assert len(acknowledging.acknowledge_all(queries.shown(), by=None)) == 1


def test_a_latching_alarm_stays_until_it_is_reset(alarmed):
    AlarmDefinition.objects.filter(code=CODE).update(is_latching=True)
    with pytest.raises(LifeError, match="still holds"):
        latches.reset_latch(the_alarm(), by=None)
    give(alarmed, [{}, {}])
    hold_against_limits(alarmed.pk)
    assert the_alarm().state == "latched-unacknowledged"
    acknowledging.acknowledge(the_alarm(), by=None)
    assert the_alarm().state == "latched-acknowledged"
    latches.reset_latch(the_alarm(), by=None, comment="done")
    assert not the_alarm().is_standing
    kinds = [kind for kind, _ in journal(code=CODE)]
    assert kinds == ["activated", "returned", "acknowledged", "reset"]


def test_a_shelved_alarm_comes_back_by_itself_and_is_announced_again(alarmed, make_user):
    user, hi = make_user("operator"), defined(CODE)
    until = timezone.now() + timedelta(hours=1)
    made = shelf.shelve(alarmed, hi, until=until, reason="calibration", by=user)
    assert the_alarm().state == "shelved" and list(queries.shown()) == []
    with pytest.raises(LifeError):
        shelf.shelve(alarmed, hi, until=until, reason="again", by=user)
    assert unsettled() == set()
    Shelving.objects.update(until=timezone.now())
    assert unsettled() == {alarmed.pk}
    sweep()
    made.refresh_from_db()
    assert made.ended_at is not None and made.ended_by is None
    assert the_alarm().state == "unacknowledged"
    last = AlarmJournalEntry.objects.get(kind="shelving-expired")
    assert last.is_announced and last.username == ""


def test_a_shelf_has_a_longest_time_and_needs_a_reason(alarmed):
    hi, now = defined(CODE), timezone.now()
    for until in (now, now + timedelta(hours=9)):
        with pytest.raises(ValidationError):
            shelf.shelve(alarmed, hi, until=until, reason="x", by=None)
    with pytest.raises(ValidationError):
        shelf.shelve(alarmed, hi, until=now + timedelta(hours=1), reason=" ", by=None)


def test_out_of_service_nothing_is_judged_and_back_it_is_judged_anew(alarmed, make_user):
    user, hi = make_user("engineer"), defined(CODE)
    service.take_out(hi, why="transmitter", by=user)
    assert the_alarm().state == "out-of-service"
    give(alarmed, [{}, {}, HIGH, HIGH])
    hold_against_limits(alarmed.pk)
    assert the_alarm().activations == 1
    service.put_back(hi, by=user)
    assert not the_alarm().is_standing
    give(alarmed, [HIGH, HIGH])
    hold_against_limits(alarmed.pk)
    assert AlarmOccurrence.objects.get(closed_at=None).activated_step == 8
    acts = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"alarm-out-of-service", "alarm-in-service"} <= acts


def test_out_of_service_for_a_time_ends_by_itself(alarmed):
    service.take_out(defined(CODE), why="x", by=None, until=timezone.now() + timedelta(seconds=60))
    AlarmDefinition.objects.filter(code=CODE).update(out_of_service_until=timezone.now())
    sweep()
    assert defined(CODE).in_service


def test_what_cannot_work_is_not_put_back_before_its_limit_is_changed(db):
    steam = defined("steam-flow-hi")
    with pytest.raises(LifeError, match="cannot work"):
        service.put_back(steam, by=None)
    steam = service.change(steam, {"limit": 300.0}, by=None)
    assert steam.cannot_work == ""
    assert service.put_back(steam, by=None).in_service


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"deadband": -1.0}, "deadband"),
        ({"limit": 2600.0}, "limit"),
        ({"limit": 2950.0}, "limit"),
        ({"limit": None}, "limit"),
        ({"tag": ""}, "tag"),
        ({"source": "system"}, "kind"),
        ({"suppress_while": "tag-below"}, "suppress_tag"),
        ({"suppress_while": "alarm-active"}, "suppress_alarm"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused_beside_its_field(db, values, field):
    one = defined(CODE)
    for name, value in values.items():
        setattr(one, name, value)
    with pytest.raises(ValidationError) as refused:
        one.full_clean()
    assert field in refused.value.error_dict


def test_the_journal_is_never_changed(alarmed):
    entry = AlarmJournalEntry.objects.first()
    with pytest.raises(TypeError):
        entry.save()


def test_a_journal_only_alarm_asks_for_nothing(alarmed):
    AlarmDefinition.objects.filter(code=CODE).update(priority="journal")
    give(alarmed, [{}, {}, HIGH, HIGH])
    hold_against_limits(alarmed.pk)
    assert list(queries.shown()) == []
    last = AlarmJournalEntry.objects.filter(code=CODE).first()
    assert (last.kind, last.is_announced) == ("activated", False)


@pytest.mark.parametrize("latching", [False, True])
def test_a_journal_only_alarm_ends_when_its_condition_returns(alarmed, latching):
    AlarmDefinition.objects.filter(code=CODE).update(priority="journal", is_latching=latching)
    acknowledging.acknowledge(the_alarm(), by=None)
    AlarmOccurrence.objects.update(priority="journal")
    give(alarmed, [{}, {}])
    hold_against_limits(alarmed.pk)
    assert (the_alarm().state, the_alarm().is_standing) == ("normal", False)
    give(alarmed, [HIGH, HIGH, {}, {}, HIGH, HIGH])
    hold_against_limits(alarmed.pk)
    lives = AlarmOccurrence.objects.filter(definition__code=CODE).order_by("pk")
    assert [one.is_standing for one in lives] == [False, False, True]
    assert [one.activations for one in lives] == [1, 1, 1]
    kinds = [kind for kind, _ in journal(code=CODE)]
    assert kinds == ["activated", "acknowledged", "returned", "activated", "returned", "activated"]


def test_an_upgrade_ends_what_was_left_of_journal_only_alarms(alarmed):
    end = importlib.import_module("monitoring.migrations.0012_end_journal_only").end
    give(alarmed, [{}, {}])
    hold_against_limits(alarmed.pk)
    end(apps, None)
    assert the_alarm().state == "returned", "it asks to be acknowledged"
    AlarmOccurrence.objects.update(priority="journal")
    end(apps, None)
    one = the_alarm()
    assert (one.state, one.life.is_over, one.closed_at) == ("normal", True, one.returned_at)


def test_counts_kpis_and_events_of_what_is_shown(alarmed):
    assert [(t.priority, t.shown, t.asking) for t in queries.counts() if t.shown] == [
        ("high", 1, 1)
    ]
    assert queries.most_urgent_asking(alarmed) == "high"
    [event] = queries.events(alarmed)
    assert (event.alarms, event.first_out.definition.code) == (1, CODE)
    now = timezone.now()
    told = queries.kpis(now - timedelta(hours=1), now)
    assert told.announced == 1 and told.top[0].name == f"Reactor pressure high ({alarmed})"
    assert flood_line() is None


# -- over HTTP --------------------------------------------------------------------------------


def test_an_operator_does_over_http_what_a_page_does(alarmed, make_user):
    caller = Caller(make_user("operator"))
    [one] = caller.get("/api/alarms", plant=alarmed.pk, priority="high").json()["alarms"]
    assert one["asks"] and one["definition"] == CODE
    told = caller.post(f"/api/alarms/{one['id']}/acknowledge", {"comment": "seen"}).json()
    assert (told["state"], told["acknowledged_by"]) == ("acknowledged", "operator")
    assert_says(caller.post(f"/api/alarms/{one['id']}/acknowledge", {}), 409, "already")
    assert_says(caller.post(f"/api/alarms/{one['id']}/reset", {}), 409)
    body = {"alarm": CODE, "hours": 2, "reason": "calibration"}
    shelved = caller.post(f"/api/plants/{alarmed.pk}/shelf", body).json()["shelf"]
    assert shelved[0]["definition"] == CODE
    assert caller.get("/api/alarms", scope="shown").json()["alarms"] == []
    assert caller.get(f"/api/alarms/{one['id']}").json()["state"] == "shelved"
    assert caller.delete(f"/api/plants/{alarmed.pk}/shelf/{CODE}").json()["shelf"] == []
    again = caller.post("/api/alarms/acknowledge", {"alarms": [one["id"]]}).json()["alarms"]
    assert [a["state"] for a in again] == ["acknowledged"]
    kinds = [e["kind"] for e in caller.get("/api/alarm-journal").json()["entries"]]
    assert kinds == ["acknowledged", "unshelved", "shelved", "acknowledged", "activated"]
    assert caller.get("/api/alarm-kpis", hours=1).json()["announced"] == 2


def test_an_engineer_changes_definitions_and_others_read_them(alarmed, make_user):
    engineer, path = Caller(make_user("engineer")), f"/api/alarm-definitions/{CODE}"
    assert engineer.post(path, {"limit": 2770, "deadband": 3}).json()["limit"] == 2770.0
    assert_says(engineer.post(path, {"limit": 2600}), 400, "above")
    assert_says(engineer.post(path, {}), 400)
    out = engineer.post(f"{path}/out-of-service", {"why": "new transmitter", "hours": 2}).json()
    assert not out["in_service"] and out["out_of_service_until"]
    assert_says(engineer.post(f"{path}/out-of-service", {"why": "again"}), 409)
    assert engineer.post(f"{path}/in-service", {}).json()["in_service"]
    assert_says(engineer.post("/api/alarm-definitions/steam-flow-hi/in-service", {}), 409)
    viewer = Caller(make_user("viewer"))
    assert len(viewer.get("/api/alarm-definitions").json()["definitions"]) > 60
    assert viewer.get(path).json()["code"] == CODE


@pytest.mark.parametrize("role", ["nobody", "viewer", "operator", "engineer", "admin"])
def test_a_role_may_do_with_alarms_what_its_permissions_say(alarmed, make_user, role):
    caller, one = Caller(make_user(role)), the_alarm()
    by_least = {
        "operator": [
            ("POST", f"/api/alarms/{one.pk}/acknowledge", {}),
            ("POST", f"/api/alarms/{one.pk}/reset", {}),
            ("POST", "/api/alarms/acknowledge", {"alarms": [one.pk]}),
            (
                "POST",
                f"/api/plants/{alarmed.pk}/shelf",
                {"alarm": CODE, "hours": 1, "reason": "x"},
            ),
            ("DELETE", f"/api/plants/{alarmed.pk}/shelf/{CODE}", None),
        ],
        "engineer": [
            ("POST", f"/api/alarm-definitions/{CODE}", {"deadband": 3}),
            ("POST", f"/api/alarm-definitions/{CODE}/out-of-service", {"why": "x"}),
            ("POST", f"/api/alarm-definitions/{CODE}/in-service", {}),
        ],
    }
    may = {"operator": {"operator"}, "engineer": {"operator", "engineer"}}
    may["admin"] = may["engineer"]
    for least, calls in by_least.items():
        for method, path, body in calls:
            answer = caller.call(method, path, body)
            if least in may.get(role, set()):
                assert answer.status_code in {200, 409}, answer.content
            else:
                assert_says(answer, 403, hint=f"The role {least} has it")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/alarms", {"state": "ringing"}),
        ("/api/alarms", {"limit": 0}),
        ("/api/alarm-journal", {"hours": -1}),
        ("/api/alarm-kpis", {"operators": 0}),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(make_user, path, query):
    assert_says(Caller(make_user("viewer")).get(path, **query), 400)


def test_what_is_not_there_is_404(make_user):
    caller = Caller(make_user("engineer"))
    assert_says(caller.get("/api/alarms/999"), 404)
    assert_says(caller.get("/api/alarm-definitions/nothing"), 404)
    assert_says(caller.get("/api/alarms", plant=999), 404)


# -- the admin --------------------------------------------------------------------------------


def test_an_engineer_works_on_definitions_in_the_admin(alarmed, make_user, client):
    client.force_login(make_user("engineer"))
    listed = reverse("admin:monitoring_alarmdefinition_changelist")
    assert "Reactor pressure high" in client.get(listed, {"works": "yes"}).content.decode()
    one = defined(CODE)
    act = {"action": "take_out_of_service", "_selected_action": [one.pk]}
    said = client.post(listed, act, follow=True).content.decode()
    assert "Say why it is taken out of service." in said
    client.post(listed, {**act, "reason": "transmitter"})
    assert defined(CODE).out_of_service_why == "transmitter"
    client.post(listed, {**act, "action": "return_to_service"})
    assert defined(CODE).in_service
    page = reverse("admin:monitoring_alarmdefinition_change", args=[one.pk])
    assert client.get(page).status_code == 200
    for name in ("alarmoccurrence", "alarmjournalentry", "eventframe", "shelving"):
        assert client.get(reverse(f"admin:monitoring_{name}_changelist")).status_code == 200


def test_settling_changes_nothing_that_is_settled(alarmed, django_assert_max_num_queries):
    before = AlarmJournalEntry.objects.count()
    with django_assert_max_num_queries(16):
        settle(alarmed.pk)
    assert AlarmJournalEntry.objects.count() == before
