"""The page of trends: what its address says, with and without scripts."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Preferences
from monitoring.models import AlarmDefinition
from monitoring.trends.view import LAYERS, SIGNS
from simulation.models import Injection, Reading
from tests.monitoring.alarms.standing import raise_alarms
from tests.monitoring.pages import Page, client_of
from tests.monitoring.stored import fill


@pytest.fixture
def viewer(make_user):
    return client_of(make_user("viewer"))


@pytest.fixture
def stored(plant, detector):
    """A run of 200 readings in which every value is its step; scored by `detector`."""
    fill(plant, detector, 200, days_old=0)
    return plant


def script_of(page):
    return json.loads(page.element("trend-charts")["data-view"])


@pytest.mark.parametrize("role", ["nobody", "viewer", "operator", "engineer", "admin"])
def test_everybody_who_is_logged_in_may_look(make_user, stored, role):
    assert client_of(make_user(role)).get("/trends/").status_code == 200


def test_a_stranger_is_sent_to_the_login(stored):
    assert Client().get("/trends/").status_code == 302


def test_a_first_visit_shows_the_first_plant(viewer, stored):
    script = script_of(Page(viewer.get("/trends/")))
    assert [[one["label"] for one in chart] for chart in script["charts"]] == [
        ["XMEAS(7)"], ["XMEAS(8)"], ["XMEAS(9)"], ["XMV(10)"],
    ]  # fmt: skip
    assert script["sources"][""]["newest"] == 200


def test_the_page_keeps_the_policy(viewer, stored):
    for query in ("", "?plain=1", "?chart=nonsense"):
        page = Page(viewer.get(f"/trends/{query}"))
        assert page.inline == []
        assert sorted(page.ids) == sorted(set(page.ids))


def test_what_is_wrong_in_the_address_is_said_and_typed_values_stay(viewer, stored):
    answer = viewer.get(
        f"/trends/?plant={stored.pk}&chart=XMEAS(7)&run=77&from=<b>&to=3&overlay=<i>"
    )
    assert answer.status_code == 400
    page = Page(answer)
    assert "TEP 1 has no run 77." in page.text("trend-errors")
    assert page.element("trend-from")["value"] == "<b>"
    assert page.element("trend-from")["aria-invalid"] == "true"
    assert page.element("trend-overlay")["value"] == "<i>"
    assert "<b>" not in answer.content.decode() and "<i>" not in answer.content.decode()


def test_an_overlay_that_cannot_be_aligned_says_why(viewer, stored, detector):
    fill(stored, detector, 50, days_old=0)
    address = f"/trends/?plant={stored.pk}&chart=T2&overlay={stored.pk}.1&align=injection"
    assert "has no event of this kind" in Page(viewer.get(address)).text("trend-errors")
    for run, step in zip(stored.runs.order_by("number"), (80, 30), strict=True):
        Injection.objects.create(run=run, idv=1, start_step=step)
    assert script_of(Page(viewer.get(address)))["sources"]["overlay"]["shift"] == -50


def test_without_scripts_the_server_draws_and_links_the_csv(viewer, stored):
    Reading.objects.filter(run=stored.run, step__range=(150, 160)).delete()
    query = f"plant={stored.pk}&chart=XMEAS(7),XMV(10)&chart=T2"
    text = viewer.get(f"/trends/?{query}").content.decode()
    assert f'content="0;url=/trends/?plant={stored.pk}&amp;chart=XMEAS(7),XMV(10)' in text
    plain = viewer.get(f"/trends/?{query}&plain=1").content.decode()
    assert plain.count('class="trend-picture"') == 3
    assert plain.count('class="tp-line"') == 2 + 2 + 1
    assert "/trends/export.csv?" in plain and 'id="trend-form"' in plain
    assert 'id="trend-charts"' not in plain


def test_a_plant_that_has_never_run_and_no_plant_at_all(viewer, plant):
    answer = viewer.get("/trends/")
    assert answer.status_code == 200  # the address is right
    assert "has never run: start it first" in Page(answer).text("trend-errors")
    plant.delete()
    assert "no plant yet" in Page(viewer.get("/trends/")).text("trend-empty")


def test_queries_do_not_grow_with_charts_runs_or_tags(viewer, stored, detector):
    viewer.get("/trends/")
    counts = []
    for query in ("chart=T2", "&".join(["chart=XMEAS(7),XMEAS(8),T2,SPE"] * 12)):
        with CaptureQueriesContext(connection) as queries:
            viewer.get(f"/trends/?plant={stored.pk}&{query}")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_links_of_a_plant_lead_to_its_trends_with_the_tag(viewer, stored):
    answer = viewer.get(f"/plants/{stored.pk}/trends/?chart=XMEAS(8)")
    assert answer["Location"] == f"/trends/?chart=XMEAS(8)&plant={stored.pk}"
    text = viewer.get(f"/plants/{stored.pk}/window/?run=1&tag=XMV(10)&first=90&last=99")
    assert f"/trends/?plant={stored.pk}&amp;run=1&amp;chart=XMV(10)" in text.content.decode()


def test_without_scripts_alarms_are_strips_by_priority_and_told_in_words(viewer, stored):
    AlarmDefinition.objects.filter(code="reactor-pressure-hi").update(priority="high")
    raise_alarms(stored, "reactor-pressure-hi", "plant-tripped")
    Injection.objects.create(run=stored.run, idv=6, start_step=120)
    address = f"/trends/?plant={stored.pk}&chart=XMEAS(7)&chart=XMEAS(9)&plain=1"
    answer = viewer.get(address)
    text = answer.content.decode()
    assert text.count('class="tp-high"') == 1  # the pressure's, on its own chart
    assert text.count('class="tp-critical"') == 2  # of no tag: on every chart
    assert text.count('class="tp-fault"') == 2
    name = AlarmDefinition.objects.get(code="reactor-pressure-hi").name
    assert f"{name}, high priority, from step 200 on" in text
    assert "IDV(6) injected from step 120 on" in text
    without = viewer.get(f"{address}&hide=operator,injections").content.decode()
    assert "tp-high" not in without and "tp-critical" not in without and "tp-fault" not in without


def test_what_is_injected_is_not_drawn_for_a_session_that_hides_it(viewer, stored):
    Injection.objects.create(run=stored.run, idv=6, start_step=120)
    viewer.post(reverse("monitoring:truth", args=[stored.pk]), {"shown": "no"})
    text = viewer.get(f"/trends/?plant={stored.pk}&chart=XMEAS(7)&plain=1").content.decode()
    assert "tp-fault" not in text and "IDV(6)" not in text


def test_what_one_has_injected_oneself_is_no_secret_to_trends(make_user, stored):
    engineer = make_user("engineer")
    Injection.objects.create(run=stored.run, idv=6, start_step=120)
    Injection.objects.create(run=stored.run, idv=4, start_step=150, injected_by=engineer)
    client = client_of(engineer)
    client.post(reverse("monitoring:truth", args=[stored.pk]), {"shown": "no"})
    text = client.get(f"/trends/?plant={stored.pk}&chart=XMEAS(7)&plain=1").content.decode()
    assert "IDV(4) injected from step 150" in text and "IDV(6)" not in text


def test_each_layer_has_an_entry_that_says_what_it_looks_like(viewer, stored):
    text = viewer.get(f"/trends/?plant={stored.pk}&chart=T2&hide=normal").content.decode()
    for slug in LAYERS:
        pressed = "false" if slug == "normal" else "true"
        entry = f'data-layer="{slug}" aria-pressed="{pressed}" title="{SIGNS[slug]}"'
        assert entry.replace("'", "&#x27;") in text


def test_without_scripts_a_run_shorter_than_the_span_is_shown_whole_and_said_to_be(viewer, stored):
    address = f"/trends/?plant={stored.pk}&chart=XMEAS(7)&plain=1"
    assert "10.00 h long" in Page(viewer.get(address)).text("trend-whole-run")
    assert "trend-whole-run" not in viewer.get(f"{address}&span=4h").content.decode()
    assert "trend-whole-run" not in viewer.get(f"{address}&axis=wall").content.decode()


def test_without_scripts_values_are_in_the_units_that_the_user_chose(make_user, stored):
    user = make_user("viewer")
    Preferences.objects.update_or_create(user=user, defaults={"units": "si"})
    address = f"/trends/?plant={stored.pk}&chart=XMEAS(9)&plain=1"
    text = client_of(user).get(address).content.decode()
    assert "values from 274.15" in text and "to 473.15" in text


@pytest.mark.parametrize("plain", ["", "&plain=1"])
def test_each_span_is_a_link_that_keeps_everything_else(viewer, stored, plain):
    address = f"/trends/?plant={stored.pk}&chart=XMEAS(7),T2&from=1&to=2&hide=normal"
    text = viewer.get(f"{address}{plain}").content.decode()
    link = f'href="/trends/?plant={stored.pk}&amp;chart=XMEAS(7),T2&amp;span=4h&amp;hide=normal'
    assert link in text and 'aria-current="true">4 h' not in text
    followed = viewer.get(f"/trends/?plant={stored.pk}&chart=T2&span=4h{plain}").content.decode()
    assert 'aria-current="true">4 h</a>' in followed


def test_a_scale_set_by_hand_reaches_script_form_links_and_pictures(viewer, stored):
    query = "chart=XMEAS(7)&chart=XMEAS(9)&y2=60..140"
    page = Page(viewer.get(f"/trends/?{query}"))
    script = script_of(page)
    assert script["scales"] == [None, [60.0, 140.0]]
    assert "y2=60..140" in script["query"]
    assert page.element("trend-y-2")["value"] == "60..140"
    assert page.element("trend-y-1")["value"] == ""
    plain = viewer.get(f"/trends/?{query}&plain=1").content.decode()
    second = plain.split('<svg class="trend-picture"')[2]
    assert ">60</text>" in second and ">140</text>" in second
    assert ">160</text>" not in second


def test_a_bad_scale_is_said_beside_its_field_and_stays_there(viewer, stored):
    answer = viewer.get("/trends/?chart=XMEAS(7)&y1=high")
    assert answer.status_code == 400
    page = Page(answer)
    field = page.element("trend-y-1")
    assert field["value"] == "high"
    assert field["aria-describedby"] == "trend-y-1-error"
    assert "is no scale" in page.text("trend-y-1-error")
