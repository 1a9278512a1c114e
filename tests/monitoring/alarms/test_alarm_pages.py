"""The alarm pages: who may do what, with and without a script, and what they say."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import display
from accounts.models import AuditEntry
from monitoring.alarms.shown import condition_words
from monitoring.models import AlarmDefinition, AlarmJournalEntry, AlarmOccurrence, Shelving
from simulation.models import Plant
from tests.monitoring.alarms.standing import give_return, many_definitions, raise_alarms
from tests.monitoring.pages import HTMX, Page, client_of

pytestmark = pytest.mark.django_db
HIGH, LEVEL, LOW = "reactor-pressure-hi", "reactor-level-hi", "d-feed-lo"
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def running(plant):
    plant.reset(1)
    plant.start()
    Plant.objects.filter(pk=plant.pk).update(step=40)
    plant.refresh_from_db()
    return plant


@pytest.fixture
def operator(make_user):
    return client_of(make_user("operator"))


@pytest.fixture
def viewer(make_user):
    return client_of(make_user("viewer"))


def seen(one: AlarmOccurrence) -> str:
    return f"{one.pk}:{one.activations}"


def acknowledge(client, *alarms, **more):
    data = {"seen": [seen(one) for one in alarms], **more}
    headers = data.pop("headers", {})
    return client.post("/alarms/acknowledge/", data, **headers)


def addresses(plant: Plant, one: AlarmOccurrence) -> list[str]:
    return [
        f"/plants/{plant.pk}/",
        f"/plants/{plant.pk}/alarms/",
        f"/plants/{plant.pk}/alarms/?tab=shelved",
        f"/plants/{plant.pk}/alarms/?tab=away",
        f"/plants/{plant.pk}/alarms/?form={one.pk}",
        f"/plants/{plant.pk}/alarms/bar/",
        f"/plants/{plant.pk}/alarms/standing/",
        f"/plants/{plant.pk}/claims/",
        "/alarms/",
        f"/alarms/?form={one.pk}&open=1,2,x",
        "/alarms/bar/",
        f"/alarms/occurrence/{one.pk}/",
        "/alarms/journal/",
    ]


class TestEveryRole:
    @pytest.mark.parametrize("role", ["viewer", "operator", "engineer", "admin"])
    def test_sees_every_page_without_inline_code_and_with_each_id_once(
        self, role, make_user, running
    ):
        (one,) = raise_alarms(running, HIGH)
        client = client_of(make_user(role))
        for address in addresses(running, one):
            response = client.get(address)
            assert response.status_code == 200, address
            page = Page(response)
            assert page.inline == [], address
            assert len(page.ids) == len(set(page.ids)), address
            labels = {label.get("for") for label in page.all("label")}
            for field in page.all("input") + page.all("select"):
                if field.get("type") not in ("hidden", "checkbox"):
                    assert field.get("id") in labels, (address, field)

    def test_a_stranger_sees_none(self, client, running):
        (one,) = raise_alarms(running, HIGH)
        for address in addresses(running, one):
            assert client.get(address).status_code == 302, address

    def test_a_viewer_is_offered_nothing_and_may_do_nothing(self, viewer, running):
        (one,) = raise_alarms(running, HIGH)
        html = viewer.get(f"/plants/{running.pk}/alarms/").content.decode()
        assert "Acknowledge" not in html
        assert "shelve…" not in html
        for address in (
            "/alarms/acknowledge/",
            f"/alarms/occurrence/{one.pk}/shelve/",
            f"/alarms/occurrence/{one.pk}/reset/",
            "/alarms/shelving/1/unshelve/",
        ):
            assert viewer.post(address, {"seen": seen(one)}).status_code == 403, address
        one.refresh_from_db()
        assert one.state == "unacknowledged"


class TestTheList:
    def test_tells_priority_state_condition_times_and_links(self, operator, running):
        (one,) = raise_alarms(running, HIGH, value=2761.4)
        html = " ".join(operator.get(f"/plants/{running.pk}/alarms/").content.decode().split())
        assert 'aria-label="high priority"' in html
        assert "high: 2761.4 kPa gauge, limit 2750 kPa gauge" in html
        assert "2.00 h, step 40" in html
        assert f"/plants/{running.pk}/window/?run=1&amp;tag=XMEAS%287%29" in html
        assert f"/plants/{running.pk}/faceplate/6/" in html
        assert f'value="{seen(one)}"' in html

    def test_puts_what_asks_first_and_folds_an_event_under_its_first_out(self, operator, running):
        first, second, third = raise_alarms(running, LEVEL, HIGH, "reactor-temperature-hi")
        assert first.is_first_out
        address = f"/plants/{running.pk}/alarms/"
        page = Page(operator.get(address))
        assert [i for i in page.ids if i.startswith("occurrence-")] == [f"occurrence-{first.pk}"]
        assert "show its 2 others" in page.text(f"event-{first.event_id}")
        opened = Page(operator.get(f"{address}?open={first.event_id}"))
        rows = [i for i in opened.ids if i.startswith("occurrence-")]
        assert rows[0] == f"occurrence-{first.pk}"
        assert set(rows) == {f"occurrence-{one.pk}" for one in (first, second, third)}

    def test_a_high_alarm_that_came_after_a_low_one_is_seen_without_opening_the_event(
        self, operator, viewer, running
    ):
        low, high = raise_alarms(running, LOW, HIGH)
        (alone,) = raise_alarms(running, *many_definitions(1, priority="medium"))
        AlarmOccurrence.objects.filter(pk=alone.pk).update(event=None)
        listed = " ".join(operator.get(f"/plants/{running.pk}/alarms/").content.decode().split())
        row = listed.partition(f'id="occurrence-{low.pk}"')[2].partition("</tr>")[0]
        assert 'aria-label="high priority"' in row and "this alarm: low" in row
        assert listed.index(f"occurrence-{low.pk}") < listed.index(f"occurrence-{alone.pk}")
        panel = viewer.get(f"/plants/{running.pk}/alarms/standing/").content.decode()
        first = panel.partition("<li")[2].partition("</li>")[0]
        assert 'aria-label="high priority"' in first and "1 high; this alarm: low" in first
        opened = operator.get(f"/plants/{running.pk}/alarms/?open={low.event_id}").content.decode()
        row = opened.partition(f'id="occurrence-{low.pk}"')[2].partition("</tr>")[0]
        assert 'aria-label="low priority"' in row and "this alarm" not in row
        assert f"occurrence-{high.pk}" in opened

    def test_a_row_of_an_acknowledged_first_out_asks_while_what_is_folded_does(
        self, operator, running
    ):
        low, _ = raise_alarms(running, LOW, HIGH)
        acknowledge(operator, low)
        text = operator.get(f"/plants/{running.pk}/alarms/").content.decode()
        row = text.partition(f'id="occurrence-{low.pk}"')[2].partition("</tr>")[0]
        assert 'class="asks"' in row.partition(">")[0] + ">" and "hollow" not in row
        assert "1 unacknowledged" in row

    def test_is_narrowed_down_and_says_when_nothing_is_left(self, operator, running):
        raise_alarms(running, HIGH)
        address = f"/plants/{running.pk}/alarms/"
        for query in ("priority=high", "tag=pressure", "source=limit", "state=unacknowledged"):
            assert "occurrence-" in operator.get(f"{address}?{query}").content.decode(), query
        html = operator.get(f"{address}?priority=low").content.decode()
        assert "No standing alarm matches the filters" in html

    def test_says_beside_the_field_what_it_does_not_know_and_keeps_what_was_typed(
        self, operator, running
    ):
        html = operator.get("/alarms/?priority=urgent&tag=abc").content.decode()
        assert "Select a valid choice. urgent" in html
        assert 'value="abc"' in html

    def test_says_that_nothing_stands(self, operator, plant):
        assert "No alarm stands on TEP 1" in operator.get("/plants/1/alarms/").content.decode()

    def test_tells_what_chatters(self, operator, running):
        raise_alarms(running, HIGH)
        for _ in range(3):
            give_return(running, HIGH)
            raise_alarms(running, HIGH)
        html = operator.get(f"/plants/{running.pk}/alarms/").content.decode()
        assert "chattering, 4 times in 10 min" in html

    def test_is_bounded_and_says_what_is_left_out(self, operator, running):
        raise_alarms(running, *many_definitions(130, priority="critical"))
        page = Page(operator.get(f"/plants/{running.pk}/alarms/"))
        assert len([i for i in page.ids if i.startswith("occurrence-")]) == 100
        assert "130 standing; 30 more" in page.text("alarm-shown")
        assert "Alarm flood: 130 alarms in the last 10 min" in page.text("flood")

    def test_takes_as_many_queries_for_many_alarms_as_for_few(self, operator, running):
        def queries(address):
            with CaptureQueriesContext(
                connection,
            ) as found:
                assert operator.get(address).status_code == 200
            print("AAA", address, *(q["sql"][:150] for q in found), sep="\n  ")
            return len(found)

        raise_alarms(running, HIGH, LEVEL)
        event = AlarmOccurrence.objects.first().event_id
        pages = [
            f"/plants/{running.pk}/alarms/?open={event}", f"/alarms/?open={event}",
            f"/plants/{running.pk}/", "/alarms/journal/", "/alarms/bar/",
        ]  # fmt: skip
        for address in pages:
            queries(address)  # what is read once for all is not counted
        before = [queries(address) for address in pages]
        raise_alarms(running, *many_definitions(12))
        after = [queries(address) for address in pages]
        assert after == [count + 2 for count in before], "the flood's first alarm costs two more"


class TestAcknowledging:
    def test_by_a_click_goes_back_to_where_it_came_from(self, operator, running):
        (one,) = raise_alarms(running, HIGH)
        response = acknowledge(operator, one, back=f"/plants/{running.pk}/alarms/?tag=pressure")
        assert response.status_code == 302
        assert response.url == f"/plants/{running.pk}/alarms/?tag=pressure"
        one.refresh_from_db()
        assert (one.state, one.acknowledged_by.username) == ("acknowledged", "operator")
        assert AuditEntry.objects.filter(action="alarm-acknowledge").count() == 1

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:1"])
    def test_never_leads_to_another_site(self, operator, running, back):
        (one,) = raise_alarms(running, HIGH)
        assert acknowledge(operator, one, back=back).url == "/alarms/"

    def test_with_htmx_tells_the_page_to_look_again(self, operator, running):
        (one,) = raise_alarms(running, HIGH)
        response = acknowledge(operator, one, headers=HTMX)
        assert response.status_code == 204
        assert "Acknowledged" in json.loads(response["HX-Trigger"])["alarms-changed"]["message"]

    def test_of_one_that_came_again_since_does_nothing_and_says_so(self, operator, running):
        (one,) = raise_alarms(running, HIGH)
        give_return(running, HIGH)
        raise_alarms(running, HIGH)
        response = acknowledge(operator, one, headers=HTMX)
        assert "come again" in response["HX-Trigger"]
        one.refresh_from_db()
        assert one.state == "unacknowledged"

    def test_a_second_time_says_that_it_is_done_already(self, operator, running):
        (one,) = raise_alarms(running, HIGH)
        acknowledge(operator, one)
        response = acknowledge(operator, one, headers=HTMX)
        assert "acknowledged already" in response["HX-Trigger"]

    def test_of_several_asks_first_without_a_script_and_takes_only_what_was_seen(
        self, operator, running
    ):
        high, level = raise_alarms(running, HIGH, LEVEL)
        html = acknowledge(operator, high, level).content.decode()
        assert "Acknowledge 2" in html
        high.refresh_from_db()
        assert high.state == "unacknowledged"
        (third,) = raise_alarms(running, "reactor-temperature-hi")
        acknowledge(operator, high, level, confirmed="1", comment="all of them")
        states = AlarmOccurrence.objects.order_by("pk").values_list("state", flat=True)
        assert list(states) == ["acknowledged", "acknowledged", "unacknowledged"]
        third.refresh_from_db()
        assert third.comment == ""

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_with_a_comment_that_is_too_long_keeps_it_and_says_so(self, operator, running, headers):
        (one,) = raise_alarms(running, HIGH)
        response = acknowledge(operator, one, comment="x" * 501, headers=headers)
        assert response.status_code == 422
        html = response.content.decode()
        assert "at most 500 characters" in html
        assert "x" * 501 in html
        one.refresh_from_db()
        assert one.state == "unacknowledged"

    @pytest.mark.parametrize("named", ["", "x", "1", "1:x", "9" * 30 + ":1", "1:1:1", "²:1"])
    def test_of_what_is_no_alarm_is_refused(self, operator, running, named):
        response = operator.post("/alarms/acknowledge/", {"seen": named})
        assert response.status_code in (404, 422)

    def test_of_one_that_is_gone_says_so(self, operator, running):
        response = operator.post("/alarms/acknowledge/", {"seen": "12345:1"}, **HTMX)
        assert "normal again" in response["HX-Trigger"]

    def test_a_comment_is_inert_wherever_it_is_shown(self, operator, running):
        (one,) = raise_alarms(running, HIGH)
        acknowledge(operator, one, comment=XSS)
        for address in (f"/alarms/occurrence/{one.pk}/", "/alarms/journal/"):
            html = operator.get(address).content.decode()
            assert "<script>alert" not in html
            assert "<img src=x" not in html
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


class TestShelving:
    def shelve(self, client, one, **fields):
        headers = fields.pop("headers", {})
        data = {"how_long": "15", "reason": "sensor is being cleaned", **fields}
        return client.post(f"/alarms/occurrence/{one.pk}/shelve/", data, **headers)

    def test_puts_it_on_the_shelf_with_time_left_and_takes_it_back(self, operator, running):
        (one,) = raise_alarms(running, HIGH)
        assert self.shelve(operator, one).status_code == 302
        made = Shelving.objects.get()
        left = (made.until - timezone.now()).total_seconds()
        assert 14 * 60 < left <= 15 * 60
        address = f"/plants/{running.pk}/alarms/"
        assert "No alarm stands" in operator.get(address).content.decode()
        html = operator.get(f"{address}?tab=shelved").content.decode()
        assert "sensor is being cleaned" in html
        assert "15 min" in html or "14 min" in html
        operator.post(f"/alarms/shelving/{made.pk}/unshelve/")
        assert f"occurrence-{one.pk}" in operator.get(address).content.decode()

    def test_until_a_moment_of_the_users_own_zone(self, operator, running, make_user):
        (one,) = raise_alarms(running, HIGH)
        until = (timezone.now() + timedelta(hours=2)).replace(second=0, microsecond=0)
        self.shelve(operator, one, how_long="until", until=f"{until:%Y-%m-%dT%H:%M}")
        assert Shelving.objects.get().until == until

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"reason": " "}, "Say why it is shelved."),
            ({"reason": "y" * 301}, "at most 300 characters"),
            ({"how_long": "until"}, "Say until when."),
            ({"how_long": "until", "until": "2020-01-01T00:00"}, "has to lie ahead"),
            ({"how_long": "until", "until": "9999-12-31T23:59"}, "8 h at most"),
            ({"how_long": "until", "until": "soon"}, "Give a date and a time"),
            ({"how_long": "7"}, "Select a valid choice"),
        ],
    )
    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_says_beside_the_field_what_is_wrong_and_keeps_what_was_typed(
        self, operator, running, fields, said, headers
    ):
        (one,) = raise_alarms(running, HIGH)
        response = self.shelve(operator, one, **{"reason": "because", **fields}, headers=headers)
        assert response.status_code == 422
        html = response.content.decode()
        assert said in html
        assert f'value="{fields.get("reason", "because").strip()}"' in html or "reason" in fields
        assert not Shelving.objects.exists()

    def test_a_reason_is_inert(self, operator, running):
        (one,) = raise_alarms(running, HIGH)
        self.shelve(operator, one, reason=XSS)
        for address in (
            "/alarms/?tab=shelved",
            f"/alarms/occurrence/{one.pk}/",
            "/alarms/journal/",
        ):
            html = operator.get(address).content.decode()
            assert "<script>alert" not in html
            assert "&lt;script&gt;alert(1)" in html, address


class TestTheBar:
    def test_counts_by_priority_and_offers_the_newest(self, operator, running):
        raise_alarms(running, HIGH)
        (newest,) = raise_alarms(running, LEVEL)
        page = Page(operator.get(f"/plants/{running.pk}/flowsheet/"))
        # The stroke stands for the words where there is no room for them.
        counted = page.text("alarm-count-high").replace(" /", "")
        assert counted.endswith("2 unacknowledged, 2 active")
        assert newest.definition.name in page.text("alarm-bar")
        assert page.element("alarm-bar")["data-priority"] == "high"

    def test_stands_on_the_list_of_plants_for_all_of_them(self, operator, running):
        raise_alarms(running, HIGH)
        page = Page(operator.get("/plants/"))
        assert page.element("alarm-bar")["data-scope"] == "all"
        assert "TEP 1: " in page.text("alarm-bar")

    def test_says_none_where_there_is_none(self, viewer, plant):
        assert "none" in Page(viewer.get("/plants/1/")).text("alarm-bar")


class TestOneOccurrence:
    def test_tells_its_life_from_the_journal_its_definition_and_its_event(self, operator, running):
        first, second = raise_alarms(running, HIGH, LEVEL, value=2770.0)
        acknowledge(operator, first, comment="pump is slow")
        give_return(running, HIGH)
        page = operator.get(f"/alarms/occurrence/{first.pk}/").content.decode()
        told = " ".join(page.split())
        assert [k for k, in AlarmJournalEntry.objects.filter(occurrence=first).order_by(
            "pk").values_list("kind")] == ["activated", "acknowledged", "returned"]  # fmt: skip
        for words in ("<b>activated</b>", "<b>acknowledged</b> by operator", "pump is slow",
                      "<b>returned to normal</b>", "on after 2 samples", "2750 kPa gauge",
                      "this alarm was its first-out", second.definition.name,
                      ">over<"):  # fmt: skip
            assert words in told, words

    def test_is_404_where_there_is_none(self, operator, plant):
        assert operator.get("/alarms/occurrence/99/").status_code == 404


class TestTheJournal:
    def test_is_searched_and_says_when_nothing_matches(self, operator, running):
        (one,) = raise_alarms(running, HIGH)
        acknowledge(operator, one, comment="valve was stuck")
        for query, count in (
            ("q=stuck", 1), ("person=operator", 1), ("tag=xmeas(7)", 2), ("kind=activated", 1),
            ("priority=high", 2), (f"plant={running.pk}", 2), ("priority=low", 0),
            ("since=2999-01-01T00:00", 0), ("until=2001-01-01T00:00", 0),
        ):  # fmt: skip
            page = Page(operator.get(f"/alarms/journal/?{query}"))
            assert len([i for i in page.ids if i.startswith("entry-")]) == count, query

    def test_goes_on_by_the_last_entry_without_losing_or_doubling_one(self, operator, running):
        raise_alarms(running, *many_definitions(230))
        address, found = "/alarms/journal/", []
        while address:
            page = Page(operator.get(address))
            found += [int(i.removeprefix("entry-")) for i in page.ids if i.startswith("entry-")]
            older = [a["href"] for a in page.all("a") if a.get("rel") == "next"]
            address = f"/alarms/journal/{older[0]}" if older else ""
        assert found == sorted(found, reverse=True)
        assert len(found) == len(set(found)) == AlarmJournalEntry.objects.count() == 230

    def test_is_exported_as_filtered(self, operator, running):
        high, _ = raise_alarms(running, HIGH, LEVEL)
        acknowledge(operator, high, comment="=1+1")
        rows = operator.get("/alarms/journal/?kind=acknowledged&format=csv").content.decode()
        lines = rows.strip().splitlines()
        assert len(lines) == 2
        assert lines[1].endswith("operator,'=1+1")
        told = operator.get("/alarms/journal/?format=jsonl").content.decode().splitlines()
        assert [json.loads(line)["kind"] for line in told] == [
            "acknowledged", "activated", "activated",
        ]  # fmt: skip
        assert json.loads(told[0])["comment"] == "=1+1"

    def test_refuses_bad_filters_beside_the_field_and_exports_nothing(self, operator, running):
        for more in ("", "&format=csv", "&before=x"):
            response = operator.get(
                f"/alarms/journal/?since=2026-01-02T00:00&until=2026-01-01T00:00&q=abc{more}"
            )
            assert response.status_code == 422
            html = response.content.decode()
            assert "The end comes before the beginning." in html
            assert 'value="abc"' in html

    def test_says_that_it_is_empty(self, operator, plant):
        assert (
            "Nothing has happened to any alarm yet"
            in operator.get("/alarms/journal/").content.decode()
        )


class TestUnits:
    @pytest.fixture
    def in_si(self, operator):
        assert operator.post("/preferences/units", {"units": "si"}).status_code in {200, 302}
        return operator

    def test_values_and_limits_are_shown_in_the_units_that_the_user_chose(self, in_si, running):
        (one,) = raise_alarms(running, HIGH, value=2761.4)
        words = "high: 2862725 Pa, limit 2851325 Pa"
        for address in (f"/plants/{running.pk}/alarms/", f"/alarms/occurrence/{one.pk}/"):
            assert words in " ".join(in_si.get(address).content.decode().split()), address
        for address in (
            f"/alarms/occurrence/{one.pk}/",
            "/alarms/journal/",
            "/alarms/definitions/?q=reactor-pressure-hi",
        ):
            html = in_si.get(address).content.decode()
            assert ">2851325 Pa</data>" in html or ">2862725 Pa</data>" in html, address
            assert "kPa gauge</data>" not in html, address

    def test_rates_and_deviations_are_differences(self, in_si):
        definition = AlarmDefinition(tag="XMEAS(7)", kind="rate", limit=60.0)
        with display.showing(lambda: display.Display(units=display.SI)):
            assert condition_words(definition, 75.5, 60.0).endswith(": 75500 Pa, limit 60000 Pa")

    def test_an_export_stays_in_the_units_of_the_process(self, in_si, running):
        raise_alarms(running, HIGH, value=2761.4)
        (line,) = in_si.get("/alarms/journal/?format=jsonl").content.decode().splitlines()
        told = json.loads(line)
        assert (told["value"], told["limit"], told["unit"]) == (2761.4, 2750.0, "kPa gauge")
