"""The control panel: who may do what, what it does to the plant, and what it says."""

import pytest
from django.test import Client

from accounts.models import AuditEntry
from monitoring.models import AnalysisPreset, DetectorSettings
from simulation.models import FaultPreset, Plant, SpeedPreset
from tests.monitoring.pages import HTMX, SEED, Page, client_of, run_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(plant):
    plant.reset(SEED)
    plant.start()
    plant.refresh_from_db()
    return plant


@pytest.fixture
def operator(make_user):
    return client_of(make_user("operator"))


@pytest.fixture
def engineer(make_user):
    return client_of(make_user("engineer"))


def post(client, plant, what, data=None, *, htmx=True):
    return client.post(f"/plants/{plant.pk}/{what}/", data or {}, **(HTMX if htmx else {}))


def chosen_in(page: Page) -> list[str]:
    """The options that are marked as selected in the list of fault presets."""
    slugs = set(FaultPreset.objects.values_list("slug", flat=True))
    marked = [one["value"] for one in page.all("option") if "selected" in one]
    return [value for value in marked if value in slugs]


OPERATIONS = ["start", "pause", "resume", "stop", "reset", "speed", "inject", "clear"]
TUNING = ["detector", "detector/preset"]


class TestRights:
    @pytest.mark.parametrize("what", OPERATIONS + TUNING)
    def test_a_viewer_may_change_nothing(self, make_user, running, what):
        response = post(client_of(make_user("viewer")), running, what)
        assert response.status_code == 403
        assert "Your account may not do this" in response.content.decode()
        running.refresh_from_db()
        assert running.state == Plant.State.RUNNING

    @pytest.mark.parametrize("what", TUNING)
    def test_an_operator_may_not_tune_the_detector(self, operator, running, what):
        assert post(operator, running, what).status_code == 403

    @pytest.mark.parametrize("what", OPERATIONS + TUNING)
    def test_a_stranger_is_sent_to_the_login(self, running, what):
        assert post(Client(), running, what).status_code == 302

    @pytest.mark.parametrize("what", OPERATIONS + TUNING)
    def test_looking_at_an_action_does_nothing(self, engineer, running, what):
        assert engineer.get(f"/plants/{running.pk}/{what}/").status_code == 405

    def test_a_form_without_its_token_is_refused_with_a_reason(self, make_user, running):
        client = Client(enforce_csrf_checks=True)
        client.force_login(make_user("operator"))
        response = post(client, running, "pause")
        assert response.status_code == 403
        assert "load the" in response.content.decode()
        running.refresh_from_db()
        assert running.state == Plant.State.RUNNING

    def test_a_viewer_sees_the_values_and_the_reason_but_no_button(self, make_user, running):
        page = Page(client_of(make_user("viewer")).get(f"/plants/{running.pk}/controls/"))
        assert "no role that may change the plant" in page.text("read-only")
        assert "IDV(20)" in page.text("switches")
        assert page.all("button") == []
        assert "a sample every 1 s" in page.text("controls")

    def test_an_operator_sees_the_detector_but_cannot_tune_it(self, operator, running):
        page = Page(operator.get(f"/plants/{running.pk}/controls/"))
        assert "operate-toggle" in page.ids
        assert "detector-form" not in page.ids
        assert "Engineers tune the detector." in page.text("controls")

    def test_an_engineer_sees_all_controls(self, engineer, running):
        ids = Page(engineer.get(f"/plants/{running.pk}/controls/")).ids
        assert {"operate-toggle", "speed-form", "idv-20", "detector-form"} <= set(ids)


class TestRunning:
    def test_the_plant_goes_through_its_states(self, operator, plant):
        for action, state in [
            ("start", "running"),
            ("pause", "paused"),
            ("resume", "running"),
            ("stop", "stopped"),
        ]:
            response = post(operator, plant, action, {"confirmed": "1"})
            plant.refresh_from_db()
            assert (response.status_code, plant.state) == (200, state)
            assert Page(response).text("controls-message")

    def test_the_button_offered_is_the_one_that_the_state_allows(self, operator, plant):
        offered = []
        for action in ("start", "pause", "resume"):
            offered.append(
                Page(operator.get(f"/plants/{plant.pk}/controls/")).text("operate-toggle")
            )
            post(operator, plant, action)
        assert offered == ["Start", "Pause", "Resume"]

    def test_an_operation_that_the_state_forbids_is_explained(self, operator, plant):
        response = post(operator, plant, "pause")
        assert response.status_code == 422
        assert "cannot be paused. Only a running plant can." in Page(response).text("controls")

    def test_a_reset_with_a_seed_begins_a_run_with_it(self, operator, running):
        response = post(operator, running, "reset", {"seed": "77", "confirmed": "1"})
        running.refresh_from_db()
        assert (running.run.number, running.run.seed) == (2, 77)
        assert "Run 2 has begun" in Page(response).text("controls-message")

    def test_a_seed_that_is_none_is_said_beside_the_field(self, operator, running):
        response = post(operator, running, "reset", {"seed": "-3"})
        assert response.status_code == 422
        assert "A seed is a whole number from 1" in Page(response).text("reset-form")
        running.refresh_from_db()
        assert running.run.number == 1

    @pytest.mark.parametrize(
        ("action", "values", "title", "words", "state", "run"),
        [
            ("stop", {}, "Stop TEP 1?", "until somebody starts it", "stopped", 1),
            ("reset", {}, "Reset TEP 1?", "with a fresh seed of its noise", "running", 2),
            ("reset", {"seed": "77"}, "Reset TEP 1?", "with seed 77", "running", 2),
        ],
    )
    @pytest.mark.parametrize("htmx", [True, False], ids=["dialog", "page"])
    def test_what_ends_a_run_asks_first_and_says_what_happens_and_what_stays(
        self, operator, running, action, values, title, words, state, run, htmx
    ):
        running.inject([6])
        before = AuditEntry.objects.count()
        answer = post(operator, running, action, values, htmx=htmx)
        page = Page(answer)
        assert page.inline == []
        assert page.text("question-title") == title
        assert page.text("question-yes").startswith("Yes")
        assert "question-no" in page.ids
        told = " ".join(answer.content.decode().split())
        assert words in told
        assert "its readings, alarms and explanations stay" in told
        assert "clears all faults (1 in force)" in told
        assert "cannot be undone" in told
        running.refresh_from_db()
        assert (running.state, running.run.number) == ("running", 1)
        assert AuditEntry.objects.count() == before
        hidden = {
            one["name"]: one["value"] for one in page.all("input") if one.get("type") == "hidden"
        }
        sent = {name: hidden[name] for name in ("confirmed", *values)}
        done = post(operator, running, action, sent, htmx=htmx)
        assert done.status_code == (200 if htmx else 302)
        running.refresh_from_db()
        assert (running.state, running.run.number) == (state, run)
        assert running.run.seed == 77 or not values

    def test_a_session_that_hides_what_is_injected_is_not_told_how_much_ends(
        self, operator, running
    ):
        running.inject([6])
        operator.post(f"/plants/{running.pk}/truth/", {"shown": "no"})
        for action in ("stop", "reset", "emergency-reset"):
            told = " ".join(post(operator, running, action).content.decode().split())
            assert "It clears all faults and gives back" in told
            assert "in force" not in told

    def test_what_would_end_nothing_says_no_more_than_that(self, operator, plant):
        told = post(operator, plant, "reset").content.decode()
        assert "A new run begins from the base case" in told
        assert "It stays still until somebody starts it." in told
        assert "cannot be undone" not in told

    def test_without_htmx_the_answer_is_the_dashboard_with_a_message(self, operator, plant):
        response = post(operator, plant, "start", htmx=False)
        assert response.url == f"/plants/{plant.pk}/"
        assert "The plant is running." in operator.get(response.url).content.decode()

    def test_without_htmx_a_wrong_value_gives_the_whole_page_with_the_error(
        self, operator, running
    ):
        response = post(operator, running, "speed", {"interval_seconds": "0"}, htmx=False)
        page = Page(response)
        assert response.status_code == 422
        assert "banner" in page.ids
        assert "at least 0.2 s" in page.text("speed-form")

    def test_an_unknown_action_does_not_exist(self, operator, running):
        assert post(operator, running, "explode").status_code == 404

    def test_a_plant_that_does_not_exist_is_not_found(self, operator, running):
        assert operator.post("/plants/999/start/").status_code == 404


class TestSpeed:
    def test_a_preset_sets_the_interval_and_shows_as_pressed(self, operator, running):
        preset = SpeedPreset.objects.last()
        response = post(operator, running, "speed", {"preset": preset.slug})
        running.refresh_from_db()
        assert running.interval_seconds == preset.interval_seconds
        assert Page(response).element(f"speed-preset-{preset.slug}")["aria-pressed"] == "true"

    def test_an_interval_by_hand_takes_the_presets_mark_away(self, operator, running):
        response = post(operator, running, "speed", {"interval_seconds": "2.5"})
        running.refresh_from_db()
        assert running.interval_seconds == 2.5
        pressed = [
            button["id"]
            for button in Page(response).all("button")
            if button.get("aria-pressed") == "true"
        ]
        assert not any(name.startswith("speed-preset") for name in pressed)

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("0.1", "The interval must be at least 0.2 s."),
            ("1801", "The interval must be at most 1800 s."),
            ("soon", "The interval must be a number of seconds."),
        ],
    )
    def test_an_interval_out_of_range_is_said_beside_the_field(
        self, operator, running, value, words
    ):
        response = post(operator, running, "speed", {"interval_seconds": value})
        page = Page(response)
        assert response.status_code == 422
        assert words in page.text("speed-form")
        assert page.element("speed-interval_seconds")["aria-invalid"] == "true"
        running.refresh_from_db()
        assert running.interval_seconds == 1.0


class TestFaults:
    def test_a_switch_turns_a_fault_on_and_off(self, operator, running):
        response = post(operator, running, "inject", {"idv": "4"})
        assert running.active_idvs == [4]
        assert running.run.injections.get().injected_by.username == "operator"
        page = Page(response)
        assert page.element("idv-4")["aria-pressed"] == "true"
        assert "on IDV(4) Reactor cooling water inlet temperature" in page.text("idv-4")
        response = post(operator, running, "clear", {"idv": "4"})
        assert running.active_idvs == []
        assert Page(response).element("idv-4")["aria-pressed"] == "false"
        assert "IDV(4) is off." in Page(response).text("controls-message")

    def test_a_preset_injects_what_it_names(self, operator, running):
        preset = FaultPreset.objects.first()
        post(operator, running, "inject", {"preset": preset.slug})
        assert set(running.run.injections.values_list("idv", flat=True)) == set(preset.idvs)

    @pytest.mark.parametrize("htmx", [True, False])
    def test_what_was_chosen_stays_chosen_after_it_was_injected(self, operator, running, htmx):
        preset = FaultPreset.objects.last()
        page = Page(operator.get(f"/plants/{running.pk}/"))
        assert chosen_in(page) == []
        data = {"preset": preset.slug, "magnitude": "0.5"}
        answered = post(operator, running, "inject", data, htmx=htmx)
        later = operator.get(f"/plants/{running.pk}/")
        for answer in [answered, later] if htmx else [later]:
            assert chosen_in(Page(answer)) == [preset.slug]
            # Folded away it would silently be that of the next fault, too.
            assert "value" not in Page(answer).element("preset-magnitude")
        post(operator, running, "inject", {"idvs": "2, 5", "start_after_hours": "3"}, htmx=htmx)
        page = Page(operator.get(f"/plants/{running.pk}/controls/"))
        assert page.element("injection-idvs")["value"] == "2,5"
        assert chosen_in(page) == [preset.slug]

    def test_what_one_has_chosen_is_nobody_elses_and_of_no_other_plant(
        self, operator, make_user, running
    ):
        preset = FaultPreset.objects.last()
        post(operator, running, "inject", {"preset": preset.slug})
        other = client_of(make_user("engineer"))
        assert chosen_in(Page(other.get(f"/plants/{running.pk}/"))) == []
        second = Plant.objects.create(name="Line 2")
        assert chosen_in(Page(operator.get(f"/plants/{second.pk}/"))) == []

    def test_a_preset_that_was_refused_stays_chosen(self, operator, running):
        preset = FaultPreset.objects.last()
        answer = post(operator, running, "inject", {"preset": preset.slug, "magnitude": "7"})
        assert answer.status_code == 422
        assert chosen_in(Page(answer)) == [preset.slug]

    def test_a_planned_fault_is_shown_as_planned(self, operator, running):
        response = post(operator, running, "inject", {"idvs": "1,6", "start_after_hours": "2"})
        page = Page(response)
        assert running.active_idvs == []
        assert "planned for 2.05 h" in page.text("idv-6")
        assert "IDV(1), IDV(6) injected" in page.text("controls-message")

    def test_all_faults_can_be_cleared_at_once(self, operator, running):
        running.inject([1, 6])
        response = post(operator, running, "clear")
        assert running.active_idvs == []
        assert Page(response).text("controls-message") == "2 faults cleared."

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({"idvs": "21"}, "There is no IDV(21)."),
            ({"idvs": "1,1"}, "Name each IDV once."),
            ({"idvs": "4", "start_after_hours": "3", "end_after_hours": "2"},
             "The end must be later than the start."),
        ],
    )  # fmt: skip
    def test_a_wrong_plan_is_said_in_its_form(self, operator, running, data, words):
        response = post(operator, running, "inject", data)
        page = Page(response)
        assert response.status_code == 422
        assert words in page.text("injection-form")
        assert "open" in page.element("plan")
        assert not running.run.injections.exists()

    def test_a_fault_that_is_on_already_is_refused_with_the_remedy(self, operator, running):
        running.inject([4])
        response = post(operator, running, "inject", {"idvs": "4"})
        assert response.status_code == 422
        assert "IDV(4) is set already" in Page(response).text("injection-form")

    def test_a_fault_on_a_plant_without_a_run_is_refused(self, operator, plant):
        response = post(operator, plant, "inject", {"idv": "4"})
        assert response.status_code == 422
        assert "has not been started yet. Start it first." in Page(response).text("controls")


class TestDetector:
    def test_a_preset_is_taken_over_and_shows_as_pressed(self, engineer, running):
        preset = AnalysisPreset.objects.last()
        response = post(engineer, running, "detector/preset", {"preset": preset.slug})
        assert DetectorSettings.of(running).rule == preset.rule
        pressed = Page(response).element(f"detector-preset-{preset.slug}")["aria-pressed"]
        assert pressed == "true"

    def test_values_by_hand_are_saved_and_the_preset_is_forgotten(self, engineer, running):
        values = {
            "window": "20",
            "consecutive": "5",
            "among": "8",
            "decimation": "2",
            "alpha": "0.001",
            "min_explanation_seconds": "30",
        }
        response = post(engineer, running, "detector", values)
        settings = DetectorSettings.of(running)
        assert (settings.window, settings.alpha, settings.preset) == (20, 0.001, None)
        page = Page(response)
        assert "they hold from the next scored point on" in page.text("controls-message")
        assert "(set by hand)" in page.text("detector-settings")

    def test_a_wrong_value_is_said_beside_its_field_and_nothing_is_saved(self, engineer, running):
        values = {
            "window": "1",
            "consecutive": "3",
            "among": "0",
            "decimation": "1",
            "alpha": "2",
            "min_explanation_seconds": "0",
        }
        response = post(engineer, running, "detector", values)
        text = Page(response).text("detector-form")
        assert response.status_code == 422
        assert "window must be a whole number from 2 to 1000." in text
        assert "Alpha is a false alarm rate from 0.000001 to 0.5." in text
        assert DetectorSettings.of(running).window != 1

    def test_an_unknown_preset_is_refused(self, engineer, running):
        response = post(engineer, running, "detector/preset", {"preset": "none-such"})
        assert response.status_code == 422
        assert "There is no preset none-such." in Page(response).text("controls")

    def test_the_panel_of_a_plant_that_tripped_offers_a_reset_only(self, engineer, running):
        run_for(running, 1)
        Plant.objects.filter(pk=running.pk).update(
            state=Plant.State.TRIPPED, state_reason="reactor pressure is above its limit"
        )
        page = Page(engineer.get(f"/plants/{running.pk}/controls/"))
        assert "operate-toggle" not in page.ids
        assert "Reset it to run again." in page.text("controls")
