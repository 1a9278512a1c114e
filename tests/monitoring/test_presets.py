"""Presets as JSON: out and in through the admin and the command line, all of it or nothing."""

import io
import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import AuditEntry
from accounts.presets.exporting import export
from accounts.presets.importing import Stale, carry_out, preview
from monitoring.models import AlarmDefinition, AnalysisPreset, DetectorSettings
from simulation.models import FaultPreset, SpeedPreset

pytestmark = pytest.mark.django_db

FAULTS = "admin:simulation_faultpreset_"
SPEEDS = "admin:simulation_speedpreset_"
SLOW = {"slug": "slow", "name": "Slow", "description": "", "interval_seconds": 90}
WRONG = [
    ("speed", SLOW | {"interval_seconds": 0.1}, "interval_seconds", "at least 0.2 s"),
    ("speed", SLOW | {"interval_seconds": True}, "interval_seconds", "Must be a number"),
    ("speed", SLOW | {"interval_seconds": "90"}, "interval_seconds", "Must be a number"),
    ("speed", SLOW | {"interval_seconds": 10**400}, "interval_seconds", "too large"),
    ("speed", SLOW | {"interval_seconds": None}, "interval_seconds", "null is not possible"),
    ("speed", SLOW | {"name": "Demo"}, "name", "already exists"),
    ("speed", SLOW | {"name": "a\x00b"}, "name", "NUL"),
    ("speed", SLOW | {"name": "\ud800"}, "name", "Half a character"),
    ("speed", SLOW | {"name": "n" * 61}, "name", "at most 60 characters"),
    ("speed", SLOW | {"slug": "not a slug"}, "slug", "slug"),
    ("speed", SLOW | {"colour": "red"}, "colour", "There is no such field"),
    ("speed", {"name": "Slow"}, "slug", "Is needed"),
    ("fault", {"slug": "f", "name": "F", "idvs": [21]}, "idvs", "from 1 to 20"),
    ("fault", {"slug": "f", "name": "F", "idvs": "4"}, "idvs", "from 1 to 20"),
    ("fault", {"slug": "f", "name": "F", "idvs": [4], "start_after_hours": 1e6},
     "start_after_hours", "At most 10000"),
    ("fault", {"slug": "f", "name": "F", "idvs": [4], "start_after_hours": 2.0,
               "end_after_hours": 1.0}, "end_after_hours", "later than the start"),
    ("analysis", {"slug": "a", "name": "A", "among": 61}, "among", "less than or equal to 60"),
    ("analysis", {"slug": "a", "name": "A", "window": 2.5}, "window", "whole number"),
    ("alarm", {"code": "c", "name": "C", "source": "nobody", "kind": "hi"}, "source",
     "not a valid choice"),
    ("alarm", {"code": "c", "name": "C", "kind": "hi", "tag": "XMEAS(7)"}, "limit",
     "Give the limit"),
    ("alarm", {"code": "c", "name": "C", "kind": "hi", "plant": "Nowhere"}, "plant",
     "There is no plant 'Nowhere'"),
    ("recipe", {"slug": "a"}, "", "There is no kind of preset 'recipe'"),
]  # fmt: skip


def document(**presets) -> str:
    return json.dumps({"format": "teplive-presets", "version": 1, "presets": presets})


@pytest.fixture
def engineer(client, make_user):
    client.force_login(make_user("engineer"))
    return client


def send(client, text, name="import", start=SPEEDS):
    return client.post(reverse(f"{start}{name}"), {"pasted": text})


def confirm(client, answer, start=SPEEDS):
    context = answer.context
    values = {
        "document": context["document"],
        "source": context["source"],
        "shown": context["outcome"].digest,
    }
    return client.post(reverse(f"{start}import"), values, follow=True)


# -- what an import does ------------------------------------------------------------------------


def test_what_was_exported_changes_nothing_when_it_is_imported_again():
    outcome = preview(export())
    assert outcome.is_good and not outcome.changes_something
    models = (SpeedPreset, FaultPreset, AnalysisPreset, AlarmDefinition)
    assert outcome.count("unchanged") == sum(model.objects.count() for model in models)


def test_presets_come_back_as_they_were(make_user):
    text = export()
    before = [list(m.objects.values()) for m in (SpeedPreset, FaultPreset, AnalysisPreset)]
    for model in (SpeedPreset, FaultPreset, AnalysisPreset):
        model.objects.all().delete()
    outcome = carry_out(text, by=make_user("engineer"), source="a file")
    assert outcome.count("added") == sum(len(rows) for rows in before)
    after = [list(m.objects.values()) for m in (SpeedPreset, FaultPreset, AnalysisPreset)]
    for was, now in zip(before, after, strict=True):
        told = [{k: v for k, v in row.items() if k != "id"} for row in was]
        assert sorted(({k: v for k, v in row.items() if k != "id"} for row in now), key=str) == (
            sorted(told, key=str)
        )


def test_a_preview_stores_nothing():
    outcome = preview(document(speed=[SLOW]))
    assert [change.what for change in outcome.changes] == ["added"]
    assert not SpeedPreset.objects.filter(slug="slow").exists()
    assert not AuditEntry.objects.exists()


def test_a_change_names_only_what_changes_and_keeps_what_the_file_leaves_out():
    outcome = preview(document(speed=[{"slug": "demo", "interval_seconds": 2}]))
    assert outcome.changes[0].what == "changed"
    assert outcome.changes[0].fields == [("interval_seconds", 1.0, 2)]


@pytest.mark.parametrize(("kind", "values", "field", "words"), WRONG)
def test_a_row_that_is_wrong_keeps_all_of_them_out(kind, values, field, words, make_user):
    good = [SLOW | {"slug": "good", "name": "Good"}]
    wanted = {"speed": good} | {kind: [*(good if kind == "speed" else []), values]}
    outcome = carry_out(document(**wanted), by=make_user("engineer"), source="a file")
    refused = [change for change in outcome.changes if change.what == "refused"]
    assert len(refused) == 1 and outcome.count("added") == 1
    assert words in dict(refused[0].errors)[field], refused[0].errors
    assert not SpeedPreset.objects.filter(slug__in=["good", "slow"]).exists()
    assert not AuditEntry.objects.exists() and not LogEntry.objects.exists()


def test_the_same_preset_twice_is_refused_at_the_second_row():
    outcome = preview(document(speed=[SLOW, SLOW | {"name": "Again"}]))
    assert [change.what for change in outcome.changes] == ["added", "refused"]
    assert "Preset 1 of this file" in outcome.changes[1].errors[0][1]


def test_rows_are_held_against_the_rows_before_them():
    outcome = preview(document(speed=[SLOW, SLOW | {"slug": "slower"}]))
    assert "already exists" in dict(outcome.changes[1].errors)["name"]


def test_new_values_reach_the_plants_and_audit_and_history_name_the_person(plant, make_user):
    plant.set_speed(preset=SpeedPreset.objects.get(slug="demo"))
    settings = DetectorSettings.of(plant)
    rows = document(
        speed=[{"slug": "demo", "interval_seconds": 2}], analysis=[{"slug": "demo", "among": 9}]
    )
    outcome = carry_out(rows, by=make_user("engineer"), source="mine.json")
    assert outcome.said == [
        "TEP 1 now takes a sample every 2 s.",
        "The detector of TEP 1 took the values over.",
    ]
    plant.refresh_from_db()
    settings.refresh_from_db()
    assert (plant.interval_seconds, settings.among) == (2.0, 9)
    entry = AuditEntry.objects.get(subject_type="speedpreset")
    assert (entry.username, entry.action) == ("engineer", "preset-change")
    assert (entry.before, entry.after) == ({"interval_seconds": 1.0}, {"interval_seconds": 2})
    assert entry.comment == "import of mine.json"
    assert "Imported from mine.json" in LogEntry.objects.first().change_message


def test_what_changed_since_the_preview_is_shown_again(make_user):
    text = document(speed=[{"slug": "demo", "interval_seconds": 2}])
    shown = preview(text).digest
    SpeedPreset.objects.filter(slug="demo").update(interval_seconds=3)
    with pytest.raises(Stale) as stale:
        carry_out(text, by=make_user("engineer"), source="a file", shown=shown)
    assert stale.value.outcome.changes[0].fields == [("interval_seconds", 3.0, 2)]
    assert SpeedPreset.objects.get(slug="demo").interval_seconds == 3


# -- in the admin -------------------------------------------------------------------------------


def test_a_file_is_shown_first_and_taken_over_when_confirmed(engineer):
    file = SimpleUploadedFile("mine.json", document(speed=[SLOW]).encode())
    answer = engineer.post(reverse(f"{SPEEDS}import"), {"upload": file})
    page = answer.content.decode()
    assert "1 added, 0 changed, 0 unchanged" in page and "interval_seconds: 90.0" in page
    assert not SpeedPreset.objects.filter(slug="slow").exists()
    assert "Imported: 1 added" in confirm(engineer, answer).content.decode()
    made = SpeedPreset.objects.get(slug="slow")
    history = engineer.get(reverse(f"{SPEEDS}history", args=[made.pk])).content.decode()
    assert "Imported from mine.json" in history


def test_errors_stand_beside_their_rows_and_nothing_can_be_confirmed(engineer):
    rows = [SLOW, {"slug": "bad", "name": "Bad", "interval_seconds": 0}]
    answer = send(engineer, document(speed=rows))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "1 added, 0 changed, 0 unchanged, 1 refused" in page
    assert "interval_seconds: The interval must be at least 0.2 s." in page
    assert 'name="shown"' not in page
    assert not SpeedPreset.objects.filter(slug="slow").exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Choose a file, or paste"),
        ({"pasted": "{"}, "Not JSON: Expecting property name"),
        ({"pasted": "x" * 300_000}, "larger than 256 kB"),
    ],
)
def test_what_cannot_be_read_is_told_beside_the_field_and_stays_there(engineer, values, words):
    answer = engineer.post(reverse(f"{SPEEDS}import"), values)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert values.get("pasted", "")[:50] in page


def test_a_script_in_a_name_is_text(engineer):
    evil = '<script>alert(1)</script>"'
    answer = send(engineer, document(speed=[SLOW | {"name": evil}]))
    assert "<script>alert" not in answer.content.decode()
    assert "<script>alert" not in confirm(engineer, answer).content.decode()


def test_the_chosen_presets_are_exported(engineer):
    chosen = FaultPreset.objects.order_by("pk")[:2]
    values = {"action": "export_chosen", "_selected_action": [preset.pk for preset in chosen]}
    answer = engineer.post(reverse(f"{FAULTS}changelist"), values)
    rows = answer.json()["presets"]["fault"]
    assert [row["slug"] for row in rows] == [preset.slug for preset in chosen]
    assert "attachment" in answer["Content-Disposition"]
    everything = engineer.get(reverse(f"{FAULTS}export")).json()["presets"]["fault"]
    assert len(everything) == FaultPreset.objects.count()


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_export_and_import_are_for_engineers(client, make_user, role):
    client.force_login(make_user(role))
    for name in ("export", "import"):
        assert client.get(reverse(f"{SPEEDS}{name}")).status_code == 302  # to the login


def test_a_kind_that_the_account_may_not_change_is_refused_row_by_row(client, make_user):
    user = make_user("nobody", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_speedpreset"))
    client.force_login(user)
    answer = send(client, document(speed=[SLOW], fault=[{"slug": "f", "name": "F", "idvs": [1]}]))
    assert "Your account may not add and change fault presets." in answer.content.decode()
    assert client.get(reverse(f"{FAULTS}import")).status_code == 403
    user.user_permissions.remove(Permission.objects.get(codename="add_speedpreset"))
    assert client.get(reverse(f"{SPEEDS}import")).status_code == 403
    assert send(client, document(speed=[SLOW])).status_code == 403


def test_a_preset_is_duplicated_under_a_name_of_its_own(engineer):
    preset = SpeedPreset.objects.get(slug="demo")
    values = {"action": "duplicate", "_selected_action": [preset.pk]}
    for _ in range(2):
        engineer.post(reverse(f"{SPEEDS}changelist"), values)
    copies = SpeedPreset.objects.filter(slug__startswith="demo-copy").order_by("pk")
    assert [(copy.slug, copy.name) for copy in copies] == [
        ("demo-copy", "Demo copy"),
        ("demo-copy-2", "Demo copy 2"),
    ]
    assert copies[0].interval_seconds == preset.interval_seconds
    assert AuditEntry.objects.filter(action="speedpreset-add").count() == 2


def test_who_holds_a_preset_is_said_in_plain_words(engineer, plant):
    preset = SpeedPreset.objects.get(slug="demo")
    plant.set_speed(preset=preset)
    page = engineer.get(reverse(f"{SPEEDS}delete", args=[preset.pk])).content.decode()
    assert "TEP 1 runs at Demo. Give it another speed first." in page
    listed = engineer.get(reverse(f"{SPEEDS}changelist")).content.decode()
    assert f"speed_preset__id__exact={preset.pk}" in listed and "1 plant" in listed


def test_a_change_by_hand_is_in_the_audit_trail_with_what_was(engineer):
    preset = SpeedPreset.objects.get(slug="demo")
    values = {"slug": "demo", "name": "Demo", "description": "", "interval_seconds": "2"}
    engineer.post(reverse(f"{SPEEDS}change", args=[preset.pk]), values)
    entry = AuditEntry.objects.get(action="speedpreset-change")
    assert (entry.channel, entry.username) == ("admin", "engineer")
    assert entry.before["interval_seconds"] == 1.0 and entry.after["interval_seconds"] == 2.0
    engineer.post(reverse(f"{SPEEDS}delete", args=[preset.pk]), {"post": "yes"})
    assert AuditEntry.objects.get(action="speedpreset-delete").before["slug"] == "demo"


def test_the_index_says_what_everything_is(engineer):
    page = engineer.get(reverse("admin:index")).content.decode()
    assert "Named speeds: wall seconds" in page
    assert reverse(f"{SPEEDS}import") in page


# -- on the command line ------------------------------------------------------------------------


def test_the_commands_write_and_read_the_same_file(tmp_path, make_user):
    make_user("engineer")
    file = tmp_path / "presets.json"
    call_command("exportpresets", str(file))
    SpeedPreset.objects.filter(slug="demo").update(interval_seconds=7)
    told = io.StringIO()
    call_command("importpresets", str(file), "--dry-run", stdout=told)
    assert "interval_seconds: 7.0 -> 1.0" in told.getvalue()
    assert SpeedPreset.objects.get(slug="demo").interval_seconds == 7
    call_command("importpresets", str(file), "--by", "engineer", stdout=told)
    assert SpeedPreset.objects.get(slug="demo").interval_seconds == 1
    entry = AuditEntry.objects.get(action="preset-change")
    assert (entry.channel, entry.username) == ("command", "engineer")


def test_one_kind_is_printed(capsys):
    call_command("exportpresets", "-", "--kind", "speed")
    assert list(json.loads(capsys.readouterr().out)["presets"]) == ["speed"]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (None, [], "cannot be read: No such file"),
        ("{", [], "Not JSON"),
        (document(speed=[SLOW | {"interval_seconds": 0}]), [], "1 refused. Nothing was imported"),
        (document(speed=[SLOW]), ["--by", "nobody"], "There is no user nobody"),
    ],
)
def test_what_the_command_refuses_is_told_plainly(tmp_path, text, options, words):
    file = tmp_path / "presets.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(CommandError, match=words):
        call_command("importpresets", str(file), *options)
    assert not SpeedPreset.objects.filter(slug="slow").exists()
