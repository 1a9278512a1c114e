"""Every act on a plant leaves its entry, whichever door it came through; nothing else does."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.test import Client

from accounts.admin import AuditedAdmin
from accounts.models import AuditEntry
from monitoring.models import DetectorSettings
from simulation import by_hand
from simulation.models import Plant, PlantError, SpeedPreset
from tests.accounts.callers import Caller
from tests.earlier.conftest import Program
from tests.monitoring.pages import run_for

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]


@dataclass(frozen=True)
class Act:
    """One act as each door offers it; None where a door does not."""

    action: str
    begin: str
    page: tuple[str, dict[str, Any]] | None = None
    api: tuple[str, str, Any] | None = None
    earlier: tuple[str, dict[str, Any]] | None = None


XMV_10 = {"xmv_num": 10, "value": 38}
ACTS = [
    Act("plant-start", "stopped", ("start/", {}), ("POST", "start", None), ("/api/tep/start", {})),
    Act("plant-pause", "running", ("pause/", {}), ("POST", "pause", None)),
    Act("plant-resume", "paused", ("resume/", {}), ("POST", "resume", None)),
    Act(
        "plant-stop",
        "running",
        ("stop/", {"confirmed": "1"}),
        ("POST", "stop", None),
        ("/api/tep/stop", {}),
    ),
    Act(
        "plant-reset",
        "running",
        ("reset/", {"confirmed": "1"}),
        ("POST", "reset", {}),
        ("/api/tep/restart", {}),
    ),
    Act(
        "plant-speed",
        "running",
        ("speed/", {"interval_seconds": "2.5"}),
        ("POST", "speed", {"interval_seconds": 2.5}),
        ("/api/speed/factor", {"speed_factor": 50}),
    ),
    Act(
        "fault-inject",
        "running",
        ("inject/", {"idv": "4"}),
        ("POST", "injections", {"idv": 4}),
        ("/api/idv/set", {"idv_num": 4, "value": 1}),
    ),
    Act(
        "fault-clear",
        "faulty",
        ("clear/", {"idv": "6"}),
        ("DELETE", "injections", None),
        ("/api/idv/set", {"idv_num": 6, "value": 0}),
    ),
    Act(
        "hand-take",
        "running",
        ("hands/valve/10/take/", {"position": "38", "confirmed": "1"}),
        ("POST", "valves/10", {"position": 38}),
        ("/api/xmv/set", XMV_10),
    ),
    Act("hand-give-back", "held", ("hands/valve/9/back/", {}), ("DELETE", "valves/9", None)),
    Act(
        "detector-settings",
        "running",
        ("detector/preset/", {"preset": "balanced"}),
        ("POST", "detector", {"window": 7}),
        ("/config/alpha", {"anomaly_threshold": 0.05}),
    ),
    Act(
        "branch-create",
        "running",
        ("whatif/branch/", {"hours": "1"}),
        ("POST", "branches", {"hours": 1}),
    ),
]
IDS = [act.action for act in ACTS]


def begun(plant: Plant, begin: str) -> Plant:
    """Bring the plant to where the act makes sense, and forget how."""
    DetectorSettings.of(plant)
    if begin != "stopped":
        plant.start()
        run_for(plant, 2)
    if begin == "paused":
        plant.pause()
    if begin == "faulty":
        plant.inject([6])
    if begin == "held":
        by_hand.take(plant, by_hand.VALVE, 9, 40.0)
    AuditEntry.objects.all().delete()
    return plant


def only_entry(plant: Plant, action: str) -> AuditEntry:
    [entry] = AuditEntry.objects.filter(subject_type="plant", subject_id=str(plant.pk))
    assert entry.action == action
    assert entry.before != entry.after
    assert entry.subject == plant.name
    return entry


@pytest.fixture
def engineer(make_user):
    return make_user("engineer", username="mary")


@pytest.mark.parametrize("act", ACTS, ids=IDS)
def test_the_page_leaves_one_entry(act, plant, engineer):
    begun(plant, act.begin)
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.force_login(engineer)
    path, data = act.page
    assert client.post(f"/plants/{plant.pk}/{path}", data).status_code == 302
    entry = only_entry(plant, act.action)
    assert (entry.username, entry.channel, entry.address) == ("mary", "page", "192.0.2.7")


@pytest.mark.parametrize("act", ACTS, ids=IDS)
def test_the_api_leaves_one_entry(act, plant, engineer):
    begun(plant, act.begin)
    method, path, body = act.api
    answer = Caller(engineer).call(method, f"/api/plants/{plant.pk}/{path}", body)
    assert answer.status_code in {200, 201}, answer.content
    entry = only_entry(plant, act.action)
    assert (entry.username, entry.channel, entry.address) == ("mary", "api", "127.0.0.1")


@pytest.mark.parametrize(
    "act", [act for act in ACTS if act.earlier], ids=[act.action for act in ACTS if act.earlier]
)
def test_the_earlier_interface_leaves_one_entry(act, plant, program: Program):
    begun(plant, act.begin)
    path, body = act.earlier
    answer = program.post(path, body)
    assert answer.status_code == 200, answer.content
    entry = only_entry(plant, act.action)
    assert (entry.username, entry.channel) == ("a program of this machine", "earlier")
    assert (entry.user, entry.address) == (None, "127.0.0.1")


@pytest.mark.parametrize("action", ["start", "pause", "resume", "reset"])
def test_the_admin_leaves_one_entry(action, plant, engineer, client):
    begun(plant, {"start": "stopped", "resume": "paused"}.get(action, "running"))
    client.force_login(engineer)
    data = {"action": action, "_selected_action": [plant.pk], "confirmed": "1"}
    client.post("/admin/simulation/plant/", data)
    entry = only_entry(plant, f"plant-{action}")
    assert (entry.username, entry.channel) == ("mary", "admin")


def test_a_command_names_itself_and_the_account_at_the_machine(db, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "operator-7")
    call_command("runsimulation", plant="Console", steps=1, fast=True, idv=[], seed=5)
    found = AuditEntry.objects.order_by("pk")
    assert [entry.action for entry in found] == ["plant-reset", "plant-start", "plant-pause"]
    assert {(entry.username, entry.channel) for entry in found} == {("operator-7", "command")}
    assert found[0].after["seed"] == 5


def test_what_changes_nothing_leaves_no_entry(plant, make_user):
    by = make_user("operator")
    plant.start()
    plant.set_speed(interval_seconds=2.0)
    AuditEntry.objects.all().delete()
    plant.start(by=by)
    plant.resume(by=by)
    plant.set_speed(interval_seconds=2.0, by=by)
    plant.clear(by=by)
    by_hand.give_back(plant, by_hand.VALVE, 10, by=by)
    plant.stop(by=by)
    plant.stop(by=by)
    assert [entry.action for entry in AuditEntry.objects.all()] == ["plant-stop"]


def test_what_is_refused_leaves_no_entry(plant):
    plant.start()
    plant.inject([4])
    AuditEntry.objects.all().delete()
    with pytest.raises(PlantError):
        plant.inject([6, 4])
    with pytest.raises(PlantError):
        by_hand.take(plant, by_hand.VALVE, 13, 1.0)
    assert not AuditEntry.objects.exists()
    assert plant.run.injections.count() == 1


@pytest.mark.parametrize("act", ["stop", "set_speed", "inject", "clear", "take"])
def test_an_act_that_dies_before_its_commit_leaves_neither_change_nor_entry(
    plant, monkeypatch, act
):
    plant.start()
    plant.inject([6])
    AuditEntry.objects.all().delete()
    before = Plant.objects.values().get(pk=plant.pk)
    acts = {
        "stop": lambda: plant.stop(),
        "set_speed": lambda: plant.set_speed(interval_seconds=7.0),
        "inject": lambda: plant.inject([4]),
        "clear": lambda: plant.clear(),
        "take": lambda: by_hand.take(plant, by_hand.VALVE, 10, 38.0),
    }

    def die(self, *args, **kwargs):
        assert AuditEntry.objects.exists(), "it dies after the entry was written"
        raise KeyboardInterrupt

    monkeypatch.setattr(Plant, "save", die)
    with pytest.raises(KeyboardInterrupt):
        acts[act]()
    monkeypatch.undo()
    assert not AuditEntry.objects.exists()
    assert Plant.objects.values().get(pk=plant.pk) == before
    assert [(one.idv, one.end_step) for one in plant.run.injections.all()] == [(6, None)]
    assert not plant.run.hands.exists()


class TestAdmin:
    """Changes in the admin are of the same trail."""

    def test_a_preset_is_changed_from_what_to_what(self, client, make_user, plant):
        client.force_login(make_user("engineer"))
        preset = SpeedPreset.objects.get(slug="demo")
        plant.set_speed(preset=preset)
        AuditEntry.objects.all().delete()
        fields = {"name": preset.name, "slug": "demo", "description": preset.description}
        path = f"/admin/simulation/speedpreset/{preset.pk}/change/"
        assert client.post(path, fields | {"interval_seconds": "2"}).status_code == 302
        of_preset = AuditEntry.objects.get(subject_type="speedpreset")
        assert of_preset.action == "speedpreset-change"
        assert (of_preset.before, of_preset.after) == (
            {"interval_seconds": 1.0},
            {"interval_seconds": 2.0},
        )
        of_plant = AuditEntry.objects.get(subject_type="plant")
        assert of_plant.action == "plant-speed", "the plants under the preset's name follow"

    def test_a_preset_that_is_deleted_is_in_the_trail(self, client, make_user):
        client.force_login(make_user("engineer"))
        preset = SpeedPreset.objects.create(slug="gone", name="Gone", interval_seconds=9)
        data = {"action": "delete_selected", "_selected_action": [preset.pk], "post": "yes"}
        client.post("/admin/simulation/speedpreset/", data)
        entry = AuditEntry.objects.get(action="speedpreset-delete")
        assert (entry.subject_id, entry.channel) == (str(preset.pk), "admin")

    def test_a_role_that_is_given_is_in_the_trail_and_a_password_is_not(self, client, make_user):
        client.force_login(make_user("superuser"))
        path = "/admin/auth/user/add/"
        words = "correct-horse-battery"
        fields = {"username": "new", "password1": words, "password2": words}
        client.post(path, fields | {"usable_password": "true"})
        entry = AuditEntry.objects.get(action="user-add")
        assert entry.after["username"] == "new"
        assert words not in str(entry.as_json())
        client.post(
            f"/admin/auth/user/{entry.subject_id}/password/",
            {"password1": words * 2, "password2": words * 2, "usable_password": "true"},
        )
        assert AuditEntry.objects.get(action="user-password").subject == "new"

    def test_every_page_of_the_admin_that_changes_something_is_audited(self, rf, make_user):
        request = rf.get("/admin/")
        request.user = make_user("superuser")
        bare = [
            str(model._meta)
            for model, page in admin.site._registry.items()
            if not isinstance(page, AuditedAdmin)
            and (
                page.has_add_permission(request)
                or page.has_change_permission(request)
                or page.has_delete_permission(request)
            )
        ]
        assert bare == []

    def test_nobody_changes_or_deletes_an_entry(self, client, make_user, plant):
        client.force_login(make_user("superuser"))
        plant.start()
        entry = AuditEntry.objects.get()
        base = "/admin/accounts/auditentry/"
        assert client.get(f"{base}{entry.pk}/change/").status_code == 200
        assert client.post(f"{base}{entry.pk}/change/", {"comment": "x"}).status_code == 403
        assert client.post(f"{base}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
        assert client.get(f"{base}add/").status_code == 403
        data = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
        client.post(base, data)
        assert AuditEntry.objects.get().comment == ""
        for forbidden in (entry.save, entry.delete):
            with pytest.raises(TypeError, match="never"):
                forbidden()
