"""The pages: who sees what, what they say when there is nothing, and what a strict CSP asks."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.charts import GROUPS
from simulation.models import Plant, Run
from tests.monitoring.pages import HTMX, SEED, Page, client_of, run_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(make_user):
    return client_of(make_user("viewer"))


@pytest.fixture
def alarmed(plant, detector):
    """A running plant whose A feed was lost, with the alarm that followed."""
    plant.reset(SEED)
    plant.start()
    run_for(plant, 5)
    plant.inject([6])
    run_for(plant, 15)
    assert plant.run.alarms.exists()
    return plant


def addresses(plant: Plant) -> list[str]:
    alarm = plant.run.alarms.first()
    return [
        "/",
        f"/plants/{plant.pk}/",
        f"/plants/{plant.pk}/stages/",
        f"/plants/{plant.pk}/controls/",
        f"/plants/{plant.pk}/alarms/",
        f"/plants/{plant.pk}/claims/",
        f"/plants/{plant.pk}/explanations/",
        f"/alarms/{alarm.pk}/",
    ]


class TestEntering:
    def test_every_page_sends_a_stranger_to_the_login(self, alarmed):
        for address in addresses(alarmed):
            response = Client().get(address)
            assert response.status_code == 302, address
            assert response.url.startswith(reverse("login")), address

    def test_the_login_page_lets_a_user_in_and_back_to_where_they_were(self, make_user, plant):
        make_user("viewer")
        address = f"/plants/{plant.pk}/alarms/"
        response = Client().post(
            reverse("login"),
            {"username": "viewer", "password": "pass-viewer", "next": address},
        )
        assert response.status_code == 302
        assert response.url == address

    def test_the_login_page_says_when_the_password_is_wrong(self, make_user):
        make_user("viewer")
        response = Client().post(reverse("login"), {"username": "viewer", "password": "wrong"})
        assert "Please enter a correct username and password" in response.content.decode()

    def test_a_user_can_log_out(self, viewer):
        assert viewer.post(reverse("logout")).url == reverse("login")
        assert viewer.get("/").status_code == 302

    def test_the_admin_is_linked_for_staff_only(self, plant, viewer, make_user):
        engineer = client_of(make_user("engineer"))
        assert any(a.get("href") == "/admin/" for a in Page(engineer.get("/")).all("a"))
        assert not any(a.get("href") == "/admin/" for a in Page(viewer.get("/")).all("a"))


class TestStrictness:
    @pytest.fixture(params=["viewer", "operator", "engineer"])
    def client(self, request, make_user):
        return client_of(make_user(request.param))

    def test_no_page_has_inline_script_or_style(self, client, alarmed):
        for address in addresses(alarmed):
            page = Page(client.get(address))
            assert page.tags, address
            assert page.inline == [], address

    def test_no_page_names_an_id_twice(self, client, alarmed):
        for address in addresses(alarmed):
            ids = Page(client.get(address)).ids
            assert sorted(ids) == sorted(set(ids)), address

    def test_every_field_has_a_label(self, client, alarmed):
        for address in addresses(alarmed):
            page = Page(client.get(address))
            labelled = {label.get("for") for label in page.all("label")}
            for field in page.all("input") + page.all("select"):
                if field.get("type") not in ("hidden", "checkbox"):
                    assert field.get("id") in labelled, (address, field)

    def test_every_page_carries_the_policy_without_an_unsafe_word(self, client, alarmed):
        for address in addresses(alarmed):
            policy = client.get(address)["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "style-src 'self'" in policy
            assert "unsafe" not in policy

    def test_htmx_is_told_not_to_evaluate_or_to_write_styles(self, client, plant):
        config = next(
            meta["content"] for meta in Page(client.get("/")).all("meta")
            if meta.get("name") == "htmx-config"
        )  # fmt: skip
        assert '"allowEval": false' in config
        assert '"includeIndicatorStyles": false' in config


class TestHome:
    def test_one_plant_is_shown_at_once(self, viewer, plant):
        assert Page(viewer.get("/")).element("banner")["data-plant"] == str(plant.pk)

    def test_several_plants_are_listed_with_their_state(self, viewer, alarmed):
        other = Plant.objects.create(name="TEP 2")
        html = viewer.get("/").content.decode()
        assert f'href="/plants/{alarmed.pk}/"' in html
        assert f'href="/plants/{other.pk}/"' in html
        assert "2 1 1 unacknowledged" in Page(viewer.get("/")).text("plants")

    def test_without_a_plant_the_page_says_who_adds_one(self, viewer, make_user):
        assert "An engineer adds one in the admin." in viewer.get("/").content.decode()
        html = client_of(make_user("engineer")).get("/").content.decode()
        assert reverse("admin:simulation_plant_add") in html


class TestDashboard:
    def test_the_banner_tells_state_run_step_time_speed_and_truth(self, viewer, alarmed):
        page = Page(viewer.get(f"/plants/{alarmed.pk}/"))
        assert page.text("plant-state") == "running"
        assert page.text("plant-run") == "1"
        assert page.text("plant-step") == "20"
        assert page.text("plant-hours") == "1.00"
        assert page.text("plant-speed") == "1 s per sample"
        assert page.text("plant-idvs") == "IDV(6)"

    def test_each_trend_names_its_tag_its_unit_and_its_normal_range(self, viewer, plant):
        page = Page(viewer.get("/"))
        pressure = page.element("trend-6")
        assert pressure["data-label"] == "XMEAS(7)"
        assert pressure["data-unit"] == "kPa gauge"
        assert float(pressure["data-low"]) < 2705 < float(pressure["data-high"])
        assert float(pressure["data-trip-high"]) == 3000
        assert "XMEAS(7) Reactor pressure" in page.text("trend-6")

    def test_all_continuous_measurements_and_all_valves_have_a_trend(self):
        columns = sorted(trend.column for group in GROUPS for trend in group.trends)
        assert columns == [*range(22), *range(41, 53)]

    def test_the_strip_shows_the_stages_with_their_counts(self, viewer, alarmed):
        page = Page(viewer.get("/"))
        assert page.text("count-readings") == "20"
        assert page.text("count-analyses") == "20"
        assert page.text("count-explanations").isdigit()
        for stage in ("clock", "simulate", "analyse", "push", "explain"):
            assert page.element(f"stage-{stage}")["data-state"]

    def test_a_stall_is_one_sentence_in_an_alert(self, viewer, alarmed):
        Run.objects.update(started_at=timezone.now() - timedelta(minutes=5))  # no start any more
        page = Page(viewer.get(f"/plants/{alarmed.pk}/stages/"))
        alert = next(found for tag, found in page.tags if found.get("role") == "alert")
        assert alert["class"] == "stall"
        assert "beat, the plants' clock" in page.text("stages")

    def test_the_strip_alone_is_the_strip_of_the_page(self, viewer, plant):
        partial = Page(viewer.get(f"/plants/{plant.pk}/stages/"))
        assert partial.ids[0] == "stages"
        assert "banner" not in partial.ids

    def test_a_plant_that_never_ran_says_so(self, viewer, plant, make_user):
        assert "An operator can start it." in Page(viewer.get("/")).text("never-started")
        operator = client_of(make_user("operator"))
        assert "Press Start" in Page(operator.get("/")).text("never-started")

    def test_without_a_detector_the_page_names_the_command(self, viewer, plant):
        assert "manage.py fitdetector" in Page(viewer.get("/")).text("no-detector")

    def test_with_a_detector_it_does_not(self, viewer, plant, detector):
        assert "no-detector" not in Page(viewer.get("/")).ids

    def test_without_an_alarm_the_list_says_so(self, viewer, plant):
        assert "No alarm in this run." in Page(viewer.get("/")).text("alarms")

    def test_without_javascript_the_page_says_what_is_missing(self, viewer, plant):
        assert "This page needs JavaScript to move" in viewer.get("/").content.decode()

    def test_explanations_are_fetched_and_can_be_asked_for_by_an_operator(
        self, viewer, plant, make_user
    ):
        page = Page(viewer.get("/"))
        assert page.element("explanations")["hx-get"] == f"/plants/{plant.pk}/explanations/"
        assert "explain" not in page.ids
        assert "explain" in Page(client_of(make_user("operator")).get("/")).ids

    def test_a_plant_that_does_not_exist_is_a_page_in_the_same_style(self, viewer):
        response = viewer.get("/plants/999/")
        assert response.status_code == 404
        assert "There is no such page" in response.content.decode()


class TestAlarms:
    def test_the_list_tells_state_times_peak_and_tags_in_words(self, viewer, alarmed):
        alarm = alarmed.run.alarms.get()
        text = Page(viewer.get("/")).text("alarms")
        assert "standing" in text
        assert f"raised at {alarm.raised_hours:.2f} h" in text
        assert f"onset {alarm.onset_hours:.2f} h" in text
        assert "× limit" in text
        assert "XM" in text

    def test_htmx_gets_the_list_alone_and_a_browser_the_page(self, viewer, alarmed):
        address = f"/plants/{alarmed.pk}/claims/"
        partial = Page(viewer.get(address, **HTMX))
        assert partial.ids[0] == "alarms"
        page = viewer.get(address).content.decode()
        assert "<h1>Detector's alarms</h1>" in page
        assert "<table>" in page

    def test_the_page_without_alarms_says_what_would_raise_one(self, viewer, plant):
        html = viewer.get(f"/plants/{plant.pk}/claims/").content.decode()
        assert "No alarm so far." in html

    def test_an_alarm_shows_its_figures_and_every_contribution(self, viewer, alarmed):
        alarm = alarmed.run.alarms.get()
        html = viewer.get(f"/alarms/{alarm.pk}/").content.decode()
        assert f"(step {alarm.raised_step})" in html
        assert "3 scored points in a row over a limit" in html
        for label in alarm.analysis.detector_model.detector.labels:
            assert f">{label}</a></th>" in html

    def test_an_alarm_shows_the_truth_beside_the_claim_and_says_that_it_is_the_truth(
        self, viewer, alarmed
    ):
        html = viewer.get(f"/alarms/{alarmed.run.alarms.get().pk}/").content.decode()
        truth = html.index("Truth: what was done to the plant")
        assert html.index("What the detector claims") < truth < html.index("<b>IDV(6)</b>")
        assert "The alarm came" in html

    def test_the_truth_of_an_alarm_without_a_fault_is_that_there_was_none(self, viewer, alarmed):
        alarmed.run.injections.all().delete()
        html = viewer.get(f"/alarms/{alarmed.run.alarms.get().pk}/").content.decode()
        assert "this is a false alarm" in html

    def test_an_alarm_of_the_detector_leads_to_its_life_as_the_operators_alarm(
        self, viewer, alarmed
    ):
        alarm = alarmed.run.alarms.get()
        html = viewer.get(f"/alarms/{alarm.pk}/").content.decode()
        assert f'<a href="/alarms/occurrence/{alarm.occurrence_id}/">unacknowledged</a>' in html
        life = viewer.get(f"/alarms/occurrence/{alarm.occurrence_id}/").content.decode()
        assert f'<a href="/alarms/{alarm.pk}/">Alarm {alarm.pk}</a>' in life

    def test_an_alarm_that_does_not_exist_is_not_found(self, viewer):
        assert viewer.get("/alarms/999/").status_code == 404

    def test_after_a_reset_the_dashboard_lists_the_new_runs_alarms_and_the_page_all(
        self, viewer, alarmed
    ):
        alarmed.reset(SEED)
        assert "No alarm in this run." in Page(viewer.get("/")).text("alarms")
        assert "Alarm " in viewer.get(f"/plants/{alarmed.pk}/claims/").content.decode()


class TestErrorPages:
    @pytest.mark.parametrize(
        ("template", "words"),
        [
            ("400.html", "That request cannot be read"),
            ("403.html", "That is not allowed"),
            ("403_csrf.html", "nothing was changed"),
            ("404.html", "There is no such page"),
            ("500.html", "The plant itself runs elsewhere and goes on."),
            ("503.html", "The server does not reach its database."),
        ],
    )
    def test_an_error_page_needs_neither_user_nor_database(
        self, template, words, django_assert_num_queries
    ):
        with django_assert_num_queries(0):
            html = render_to_string(template)
        assert words in html
        assert "TEP Live" in html

    def test_a_refusal_says_the_reason_that_the_view_gave(self):
        assert "Ask Ada." in render_to_string("403.html", {"exception": "Ask Ada."})


@pytest.mark.parametrize("at", ["raised", "now", "all"])
def test_the_classical_contributions_of_pca_add_up_to_the_statistic(viewer, alarmed, at):
    found = alarmed.run.alarms.latest("pk")
    page = viewer.get(f"/alarms/{found.pk}/?at={at}&method=classical")
    parts = page.context["contributions"]
    assert "Classical: they add up to the statistic" in page.content.decode()
    assert page.context["classical"]
    if at == "raised":
        point = found.analysis
        total = {"T²": point.t2, "SPE": point.spe}[page.context["statistic"]]
        assert sum(part.contribution for part in parts) == pytest.approx(total)
    other = viewer.get(f"/alarms/{found.pk}/?at={at}").context["contributions"]
    assert [p.contribution for p in other] != [p.contribution for p in parts]
