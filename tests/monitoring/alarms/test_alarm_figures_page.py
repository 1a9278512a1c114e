"""The pages with the alarms' figures and with their definitions."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from monitoring.alarms.rate_chart import HEIGHT, MOST_BARS, WIDTH, bars
from monitoring.models import AlarmDefinition, AlarmJournalEntry
from tests.monitoring.alarms.standing import many_definitions, raise_alarms
from tests.monitoring.pages import Page, client_of

HIGH = "reactor-pressure-hi"


@given(st.lists(st.floats(0, 500), min_size=1, max_size=1200))
def test_no_peak_is_lost_among_the_bars_and_none_leaves_the_chart(rates):
    drawn = bars(rates, 0.0, 600.0 * len(rates))
    assert len(drawn) <= MOST_BARS
    assert max(bar.rate for bar in drawn) == max(rates)
    assert all(0 <= float(bar.y) <= HEIGHT for bar in drawn)
    assert all(0 <= float(bar.x) <= WIDTH for bar in drawn)
    assert drawn[0].begin.timestamp() == 0.0
    assert drawn[-1].end.timestamp() == pytest.approx(600.0 * len(rates))


@pytest.fixture
def running(plant):
    plant.reset(1)
    plant.start()
    return plant


@pytest.mark.django_db
class TestFigures:
    def test_stand_beside_their_targets_with_a_word(self, make_user, running):
        raise_alarms(running, *many_definitions(13, priority="medium"))
        page = Page(client_of(make_user("viewer")).get("/alarms/kpis/?hours=1"))
        assert "▲ not met" in page.text("kpi-peak")
        assert "10 or fewer" in page.text("kpi-peak")
        assert "13 per operator" in page.text("kpi-peak")
        assert page.text("kpi-chattering").endswith("met")
        assert "not judged" in page.text("kpi-to_acknowledge")
        assert "13 alarms announced" in page.text("kpi-span")

    def test_say_since_when_there_are_data(self, make_user, running):
        raise_alarms(running, HIGH)
        client = client_of(make_user("viewer"))
        address = f"/alarms/kpis/?hours=1&plant={running.pk}"
        assert "shorter than asked for" in Page(client.get(address)).text("kpi-span")
        AlarmJournalEntry.objects.update(at=timezone.now() - timedelta(hours=3))
        assert "reaches back to" in Page(client.get(address)).text("kpi-span")

    def test_are_shared_by_the_operators(self, make_user, running):
        raise_alarms(running, *many_definitions(12))
        page = Page(client_of(make_user("viewer")).get("/alarms/kpis/?hours=1&operators=2"))
        assert "6 per operator" in page.text("kpi-peak")

    def test_of_nothing_say_that_there_is_nothing(self, make_user, plant):
        html = client_of(make_user("viewer")).get("/alarms/kpis/").content.decode()
        assert "nothing to judge" in html

    @pytest.mark.parametrize("query", ["operators=0", "operators=x", "hours=5", "plant=99"])
    def test_of_a_bad_question_are_refused_beside_the_field(self, make_user, running, query):
        response = client_of(make_user("viewer")).get(f"/alarms/kpis/?{query}")
        assert response.status_code == 422
        html = response.content.decode()
        assert 'class="errorlist"' in html
        assert "see what is said beside the fields" in html


@pytest.mark.django_db
class TestDefinitions:
    def test_are_shown_to_all_with_what_cannot_work_and_why(self, make_user):
        flagged = AlarmDefinition.objects.exclude(cannot_work="").first()
        html = client_of(make_user("viewer")).get("/alarms/definitions/").content.decode()
        for one in AlarmDefinition.objects.all():
            assert f'id="definition-{one.pk}"' in html
        assert "▲ cannot work" in html
        assert flagged.cannot_work.split("(")[0].strip() in html
        assert "take out…" not in html

    @pytest.mark.parametrize("role", ["viewer", "operator"])
    def test_are_not_taken_out_by_who_is_no_engineer(self, make_user, role):
        one = AlarmDefinition.objects.get(code=HIGH)
        client = client_of(make_user(role))
        for verb in ("out", "back"):
            response = client.post(f"/alarms/definitions/{one.pk}/{verb}/", {"why": "x"})
            assert response.status_code == 403

    def test_go_out_of_service_with_a_reason_and_come_back(self, make_user, running):
        raise_alarms(running, HIGH)
        one = AlarmDefinition.objects.get(code=HIGH)
        client = client_of(make_user("engineer"))
        assert "take-out" in Page(client.get(f"/alarms/definitions/?out={one.pk}")).ids
        why = "<b>calibration</b>"
        client.post(f"/alarms/definitions/{one.pk}/out/", {"why": why, "until": ""})
        one.refresh_from_db()
        assert (one.in_service, one.out_of_service_why) == (False, why)
        html = client.get("/alarms/definitions/?service=out").content.decode()
        assert "&lt;b&gt;calibration" in html
        assert "<b>calibration" not in html
        away = client.get(f"/plants/{running.pk}/alarms/?tab=away").content.decode()
        assert "&lt;b&gt;calibration" in away
        assert "No alarm stands" in client.get(f"/plants/{running.pk}/alarms/").content.decode()
        client.post(f"/alarms/definitions/{one.pk}/back/")
        one.refresh_from_db()
        assert one.in_service
        assert AuditEntry.objects.filter(action__startswith="alarm-").count() == 2

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"why": ""}, "Say why it is taken out of service."),
            ({"why": "pump", "until": "2020-01-01T00:00"}, "The end has to lie ahead."),
            ({"why": "pump", "until": "tomorrow"}, "Give a date and a time"),
            ({"why": "z" * 301}, "at most 300 characters"),
        ],
    )
    def test_stay_in_service_where_the_form_is_wrong_and_keep_what_was_typed(
        self, make_user, data, said
    ):
        one = AlarmDefinition.objects.get(code=HIGH)
        client = client_of(make_user("engineer"))
        response = client.post(f"/alarms/definitions/{one.pk}/out/", data)
        assert response.status_code == 422
        html = response.content.decode()
        assert said in html
        assert f'value="{data["why"]}"' in html or not data["why"]
        one.refresh_from_db()
        assert one.in_service

    def test_that_cannot_work_are_not_put_back(self, make_user):
        one = AlarmDefinition.objects.exclude(cannot_work="").first()
        client_of(make_user("engineer")).post(f"/alarms/definitions/{one.pk}/back/")
        one.refresh_from_db()
        assert not one.in_service
