"""Every act that can be taken back is, once, while it still makes sense; the others say why not."""

import threading

import pytest
from django.db import connection

from accounts import audit, undoing
from accounts.models import AuditEntry
from monitoring.forms import DetectorPresetForm, DetectorSettingsForm
from monitoring.models import DetectorSettings
from simulation import branching, by_hand
from simulation.cancelling import cancel_planned
from simulation.models import SpeedPreset
from tests.accounts.callers import Caller, assert_says
from tests.monitoring.pages import HTMX, Page, client_of, run_for
from tests.simulation.trajectory import assert_trajectory

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]
VALVE, SETPOINT = by_hand.VALVE, by_hand.SETPOINT


@pytest.fixture
def running(plant):
    plant.set_speed(preset=SpeedPreset.objects.get(slug="demo"))
    plant.start()
    run_for(plant, 3)
    AuditEntry.objects.all().delete()
    return plant


@pytest.fixture
def engineer(make_user):
    return make_user("engineer")


def newest() -> AuditEntry:
    return AuditEntry.objects.latest("pk")


def undone(by, entry: AuditEntry | None = None) -> AuditEntry:
    """Undo the newest act and return the entry of it."""
    entry = entry or newest()
    undoing.undo(entry, by=by)
    made = AuditEntry.objects.get(undoes=entry)
    assert made.user == by
    with pytest.raises(undoing.CannotUndo, match="has been taken back"):
        undoing.undo(entry, by=by)
    return made


def refused(by, words: str, entry: AuditEntry | None = None) -> None:
    entry = entry or newest()
    count = AuditEntry.objects.count()
    [offer] = undoing.offers([entry], by)
    assert not offer.can_be_undone
    assert words in offer.why_not
    with pytest.raises(undoing.CannotUndo, match=words):
        undoing.undo(entry, by=by)
    assert AuditEntry.objects.count() == count


def test_a_speed_goes_back_to_the_preset_it_was_set_by(running, engineer):
    running.set_speed(interval_seconds=3.6)
    assert undone(engineer).action == "plant-speed"
    running.refresh_from_db()
    assert (running.interval_seconds, running.speed_preset.slug) == (1.0, "demo")
    undone(engineer)  # taking back what took back is doing it again
    running.refresh_from_db()
    assert running.interval_seconds == 3.6


def test_a_speed_that_was_changed_again_is_not_taken_back(running, engineer):
    running.set_speed(interval_seconds=3.6)
    first = newest()
    running.set_speed(interval_seconds=7.2)
    refused(engineer, "changed again since", first)
    assert running.interval_seconds == 7.2


def test_a_pause_and_a_resume_are_taken_back(running, engineer):
    running.pause()
    assert undone(engineer).action == "plant-resume"
    running.refresh_from_db()
    assert running.state == "running"
    running.pause()
    running.resume()
    assert undone(engineer).action == "plant-pause"


def test_faults_that_were_injected_are_cleared_and_no_others(running, engineer):
    running.inject([1])
    running.inject([4, 6], magnitude=0.5)
    run_for(running, 2)
    made = undone(engineer)
    assert made.action == "fault-clear"
    assert running.active_idvs == [1]
    run_for(running, 2)
    assert_trajectory(running.run)


def test_a_planned_fault_is_taken_back_before_it_acts(running, engineer):
    running.inject([4], start_after_hours=1.0)
    undone(engineer)
    assert not running.run.injections.open_after(running.step + 1).exists()


def test_cleared_faults_come_again_with_their_magnitudes_and_ends(running, engineer):
    running.inject([4], magnitude=0.5)
    running.inject([6], end_after_hours=5.0)
    run_for(running, 1)
    end = running.run.injections.get(idv=6).end_step
    running.clear()
    run_for(running, 2)
    made = undone(engineer)
    assert made.action == "fault-inject"
    assert running.active_faults == {4: 0.5, 6: 1.0}
    assert running.run.injections.filter(idv=6).latest("pk").end_step == end
    run_for(running, 2)
    assert_trajectory(running.run)


def test_cleared_faults_that_were_set_again_are_left_alone(running, engineer):
    running.inject([4])
    running.clear()
    cleared = newest()
    running.inject([4])
    refused(engineer, "has been set again since", cleared)


def test_a_hand_is_given_back_or_goes_back_to_the_hand_before(running, engineer):
    by_hand.take(running, VALVE, 9, 44.0, ramp_steps=2)
    run_for(running, 2)
    by_hand.take(running, VALVE, 9, 40.0, ramp_steps=5)
    run_for(running, 1)
    assert undone(engineer).action == "hand-take"
    [hand] = running.hands
    assert hand.value == 44.0
    run_for(running, 2)
    first = AuditEntry.objects.filter(action="hand-take").earliest("pk")
    refused(engineer, "changed again since", first)
    by_hand.give_back(running, VALVE, 9)
    assert_trajectory(running.run)


def test_taking_back_a_give_back_of_several_hands_names_them_all(running, engineer):
    by_hand.take(running, SETPOINT, 17, 70.0)
    by_hand.take(running, SETPOINT, 17, 72.0, start_after_hours=1.0)
    by_hand.take(running, SETPOINT, 17, 74.0, start_after_hours=2.0, ramp_steps=4)
    by_hand.give_back(running, SETPOINT, 17)
    run_for(running, 1)
    assert undoing.undo(newest(), by=engineer) == (
        "The set point of XMEAS(8) is by hand again at 70 %; the set point of XMEAS(8) will be by "
        "hand again at 72 % from 1.20 h; the set point of XMEAS(8) will be by hand again to 74 % "
        "over 12 min from 2.20 h."
    )
    assert [hand.value for hand in running.run.hands.open_after(running.step + 1)] == [70, 72, 74]


def test_a_plan_is_taken_back_and_its_cancelling_as_well(running, engineer):
    by_hand.take(running, VALVE, 9, 44.0)
    plan = by_hand.take(running, VALVE, 9, 40.0, start_after_hours=1.0, ramp_steps=5)
    assert undone(engineer).action == "hand-give-back"
    [held] = running.run.hands.open_after(running.step + 1)
    assert (held.value, held.end_step) == (44.0, None)
    undone(engineer)  # taking back what took back is planning it again
    held, again = running.run.hands.open_after(running.step + 1)
    assert held.end_step == again.start_step == plan.start_step
    assert (again.value, again.ramp_steps) == (40.0, 5)


def test_a_plan_that_was_cancelled_is_left_alone_once_another_is_made(running, engineer):
    plan = by_hand.take(running, VALVE, 9, 40.0, start_after_hours=1.0)
    cancel_planned(running, "hand", plan.pk)
    cancelled = newest()
    by_hand.take(running, VALVE, 9, 42.0, start_after_hours=2.0)
    refused(engineer, "changed again since", cancelled)


def test_a_hand_alone_is_given_back(running, engineer):
    by_hand.take(running, SETPOINT, 17, 70.0)
    assert undone(engineer).action == "hand-give-back"
    assert running.hands == []


def test_the_agitator_goes_back_to_where_it_was(running, engineer):
    by_hand.take(running, VALVE, 12, 70.0)
    run_for(running, 1)
    assert undone(engineer).action == "hand-take"
    assert [hand.value for hand in running.hands] == [50.0]


def test_what_was_given_back_is_held_again_and_a_ramp_goes_on(running, engineer):
    by_hand.take(running, VALVE, 9, 42.0, ramp_steps=6)
    run_for(running, 2)
    by_hand.give_back(running, VALVE, 9)
    assert undone(engineer).action == "hand-take"
    run_for(running, 4)
    assert running.load_state().xmv[8] == 42.0
    assert_trajectory(running.run)


def test_detector_settings_go_back_unless_they_were_changed_again(running, engineer):
    settings = DetectorSettings.of(running)
    before = settings.as_act()
    from monitoring.models import AnalysisPreset

    form = DetectorPresetForm({"preset": "balanced"})
    assert form.is_valid()
    form.apply(settings, engineer)
    first = newest()
    assert undone(engineer, first).action == "detector-settings"
    settings = DetectorSettings.of(running)
    assert settings.as_act() == before
    assert settings.preset == AnalysisPreset.objects.get(slug="demo")
    for window in (7, 9):
        form = DetectorSettingsForm(
            {"window": window}, instance=DetectorSettings.of(running), partial=True
        )
        assert form.is_valid()
        form.save(by=engineer)
    refused(engineer, "changed again since", AuditEntry.objects.order_by("-pk")[1])


def test_what_belongs_to_a_run_that_has_ended_is_refused(running, engineer):
    running.inject([4])
    injected = newest()
    by_hand.take(running, VALVE, 10, 30.0)
    taken = newest()
    running.pause()
    paused = newest()
    running.reset()
    for entry in (injected, taken):
        refused(engineer, "has ended, and its readings stay", entry)
    refused(engineer, "A run has begun since", paused)


def test_what_cannot_be_undone_says_why(running, engineer):
    acts = {
        "plant-reset": running.reset,
        "plant-emergency-reset": running.emergency_reset,
        "plant-stop": running.stop,
    }
    for action, act in acts.items():
        act()
        assert newest().action == action
        refused(engineer, "its readings stay")
    running.start()
    refused(engineer, "A run has begun since")
    run_for(running, 1)
    branching.branch(running, hours=1)
    refused(engineer, "deleted under What if", AuditEntry.objects.get(action="branch-create"))


def test_taking_back_needs_the_permission_of_the_act(running, make_user):
    running.set_speed(interval_seconds=3.6)
    refused(make_user("viewer"), "may not do this")


@pytest.mark.django_db(transaction=True)
def test_of_two_that_take_the_same_act_back_at_once_one_does(plant, make_user):
    plant.start()
    plant.set_speed(interval_seconds=3.6)
    entry, by = newest(), make_user("operator")
    gate, told = threading.Barrier(2), []

    def take_back():
        gate.wait()
        try:
            told.append(undoing.undo(entry, by=by))
        except undoing.CannotUndo as error:
            told.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take_back) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(isinstance(one, undoing.CannotUndo) for one in told) == [False, True]
    assert AuditEntry.objects.filter(undoes=entry).count() == 1


def test_entries_of_one_request_are_noted_for_its_answer(running):
    with audit.noting() as noted:
        running.set_speed(interval_seconds=2.0)
        running.inject([4])
    assert [entry.action for entry in noted] == ["plant-speed", "fault-inject"]
    running.clear()
    assert len(noted) == 2


class TestPage:
    def test_the_answer_to_an_act_offers_to_undo_it(self, make_user, running):
        client = client_of(make_user("operator"))
        path = f"/plants/{running.pk}/speed/"
        page = Page(client.post(path, {"factor": "50"}, **HTMX))
        assert "50× real time, a sample every 3.6 s" in page.text("controls-message")
        assert "Undo" in page.text("controls")
        answer = client.post(f"/audit/{newest().pk}/undo/", {}, **HTMX)
        assert "Back to 180× real time" in Page(answer).text("controls-message")
        running.refresh_from_db()
        assert running.interval_seconds == 1.0

    def test_without_javascript_it_goes_back_to_the_page_it_came_from(self, make_user, running):
        client = client_of(make_user("operator"))
        client.post(f"/plants/{running.pk}/speed/", {"factor": "50"})
        back = f"/plants/{running.pk}/audit/"
        answer = client.post(f"/audit/{newest().pk}/undo/", {"next": back}, follow=True)
        assert answer.redirect_chain == [(back, 302)]
        assert "Back to 180× real time" in answer.content.decode()
        evil = {"next": "https://example.org/"}
        answer = client.post(f"/audit/{newest().pk}/undo/", evil)
        assert answer["Location"] == f"/plants/{running.pk}/"

    def test_a_refusal_is_said(self, make_user, running):
        running.stop()
        answer = client_of(make_user("operator")).post(f"/audit/{newest().pk}/undo/", {}, **HTMX)
        assert answer.status_code == 422
        assert "its readings stay" in Page(answer).text("controls-message")

    def test_a_viewer_takes_nothing_back(self, make_user, running):
        running.set_speed(interval_seconds=3.6)
        answer = client_of(make_user("viewer")).post(f"/audit/{newest().pk}/undo/", {})
        assert answer.status_code == 403


class TestApi:
    def test_an_act_is_taken_back(self, make_user, running):
        caller = Caller(make_user("operator"))
        caller.post(f"/api/plants/{running.pk}/speed", {"factor": 50})
        [entry] = caller.get("/api/audit", plant=running.pk).json()["entries"]
        told = caller.post(f"/api/audit/{entry['id']}/undo").json()
        assert "Back to" in told["message"]
        assert told["entry"]["undoes"] == entry["id"]
        again = caller.post(f"/api/audit/{entry['id']}/undo")
        assert_says(again, 409, "has been taken back")

    def test_what_is_not_there_or_not_to_be_seen_is_said(self, make_user, running):
        operator = Caller(make_user("operator"))
        assert_says(operator.post("/api/audit/999999/undo"), 404, "There is no entry")
        assert_says(operator.get("/api/audit"), 403, "may not see", "engineers all of it")
        assert_says(operator.get("/api/audit", limit=0), 400, "limit must be")
        viewer = Caller(make_user("viewer"))
        assert_says(viewer.get("/api/audit", plant=running.pk), 403, "may not see")
        running.set_speed(interval_seconds=3.6)
        assert_says(viewer.post(f"/api/audit/{newest().pk}/undo"), 403, "may not see")
