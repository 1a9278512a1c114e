"""The shift log: written, withdrawn, handed over; beside what the system knows of the shift."""

import csv
import io
from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from monitoring.models import LogEntry
from monitoring.recorded_steps import first_step_since
from monitoring.shift_log import entries, summary
from monitoring.shift_log.links import linked
from monitoring.shift_log.shifts import Shift
from simulation.models import PlantEvent, Reading
from tests.monitoring.pages import Page, client_of
from tests.monitoring.stored import fill

XSS = '<script>alert(1)</script><img src=x onerror="alert(2)">'
ANSWERS = {"viewer": 403, "operator": 302, "engineer": 302, "admin": 302}


@pytest.fixture
def operator(make_user):
    return make_user("operator")


@pytest.fixture
def colleague(make_user):
    return make_user("operator", username="colleague")


def write(plant, by, text="Purge rate XMEAS(10) is high.", **more) -> LogEntry:
    return entries.write(text, by=by, plant=plant, **more)


@pytest.mark.parametrize("role", ANSWERS)
def test_operators_write_and_viewers_read(role, plant, make_user):
    client = client_of(make_user(role))
    address = reverse("monitoring:write-plant", args=[plant.pk])
    answer = client.post(address, {"kind": "action", "text": "Level set to 55 %."})
    assert answer.status_code == ANSWERS[role]
    assert LogEntry.objects.count() == (ANSWERS[role] == 302)
    page = Page(client.get(reverse("monitoring:plant-log", args=[plant.pk])))
    assert ("entry-form" in page.ids) == (ANSWERS[role] == 302)
    assert not page.inline


def test_an_entry_knows_where_the_plant_was(plant, operator):
    plant.start()
    plant.refresh_from_db()
    entry = write(plant, operator)
    assert (entry.run, entry.step, entry.username) == (plant.current_run, 0, "operator")
    act = AuditEntry.objects.get(action="log-write")
    assert act.after["text"] == "Purge rate XMEAS(10) is high."


def test_what_was_typed_stays_when_it_is_refused(plant, operator):
    client = client_of(operator)
    address = reverse("monitoring:write-plant", args=[plant.pk])
    answer = client.post(address, {"kind": "dance", "text": "Level set to 55 %."})
    assert answer.status_code == 422
    content = answer.content.decode()
    assert "Level set to 55 %." in content
    assert "dance is not one of the available choices" in content
    assert client.post(address, {"kind": "action", "text": "  "}).status_code == 422
    assert "Nothing was written." in client.post(address, {"kind": "action"}).content.decode()


def test_an_entry_is_withdrawn_with_a_reason_and_stays_readable(plant, operator):
    entry, client = write(plant, operator), client_of(operator)
    address = reverse("monitoring:withdraw-entry", args=[entry.pk])
    assert client.post(address, {"why": ""}).status_code == 422
    assert client.post(address, {"why": "It was XMEAS(9)."}).status_code == 302
    page = client.get(reverse("monitoring:plant-log", args=[plant.pk])).content.decode()
    assert "<s>Purge rate" in page
    assert "Withdrawn by operator: It was XMEAS(9)." in page
    answer = client.post(address, {"why": "Again."})
    assert answer.status_code == 422
    assert "has withdrawn it already" in answer.content.decode()


def test_nobody_but_an_admin_withdraws_the_entry_of_another(plant, operator, colleague, make_user):
    entry = write(plant, operator)
    address = reverse("monitoring:withdraw-entry", args=[entry.pk])
    answer = client_of(colleague).post(address, {"why": "I do not like it."})
    assert answer.status_code == 422
    assert "write one of your own against it" in answer.content.decode()
    assert client_of(make_user("admin")).post(address, {"why": "An insult."}).status_code == 302


def test_a_handover_is_taken_over_once_and_by_another(plant, operator, colleague):
    entry = write(plant, operator, "All calm.", kind=LogEntry.Kind.HANDOVER)
    with pytest.raises(entries.LogRefused, match="cannot take over"):
        entries.take_over(entry, by=operator)
    entries.take_over(entry, by=colleague)
    assert entry.taken_over_by == "colleague"
    with pytest.raises(entries.LogRefused, match="colleague has taken over already"):
        entries.take_over(entry, by=colleague)
    with pytest.raises(entries.LogRefused, match="Only a handover"):
        entries.take_over(write(plant, operator), by=colleague)


def test_a_handover_of_the_shift_before_waits_on_top_of_the_page(plant, operator, colleague):
    entry = write(plant, operator, "Watch the stripper.", kind=LogEntry.Kind.HANDOVER)
    LogEntry.objects.filter(pk=entry.pk).update(at=timezone.now() - timedelta(hours=9))
    client = client_of(colleague)
    page = Page(client.get(reverse("monitoring:plant-log", args=[plant.pk])))
    assert "Watch the stripper." in page.text(f"entry-{entry.pk}")
    assert f"take-over-{entry.pk}" in page.ids
    client.post(reverse("monitoring:take-over", args=[entry.pk]))
    page = Page(client.get(reverse("monitoring:plant-log", args=[plant.pk])))
    assert f"entry-{entry.pk}" not in page.ids


def test_hostile_text_is_inert(plant, operator):
    entry = write(plant, operator, XSS)
    entries.withdraw(entry, XSS, by=operator)
    page = client_of(operator).get(reverse("monitoring:plant-log", args=[plant.pk]))
    assert not Page(page).inline
    assert "<script>alert" not in page.content.decode()
    assert "<img src=x" not in page.content.decode()


def test_what_a_text_names_becomes_a_link(plant, detector):
    run = fill(plant, detector, 30, 0.0)
    html = linked("XMEAS(9) & XMV(13), alarm 12, Event 3 <b>", run, 25)
    assert 'href="/plants/' in html
    assert "tag=XMEAS%289%29&amp;first=5&amp;last=25" in html
    assert "XMV(13)" in html
    assert "XMV%2813" not in html
    assert '<a href="/alarms/12/">alarm 12</a>' in html
    assert '<a href="/events/3/">Event 3</a>' in html
    assert "&amp; XMV(13)" in html
    assert html.endswith("&lt;b&gt;")
    assert "<a" not in linked("XMEAS(9)", None, None)


def test_the_step_of_a_moment_is_found_among_all_readings(plant, detector):
    run = fill(plant, detector, 100, 0.0)
    Reading.objects.filter(run=run, step__in=[40, 41, 42, 77]).delete()
    rows = list(run.readings.order_by("step").values_list("step", "sampled_at"))
    for step, at in rows:
        assert first_step_since(run, at) == step
        expected = next((s for s, t in rows if t > at), None)
        assert first_step_since(run, at + timedelta(microseconds=1)) == expected
    assert first_step_since(run, rows[0][1] - timedelta(days=1)) == 1


def test_the_samples_of_a_shift_are_counted_and_the_missing_ones_too(plant, detector):
    run = fill(plant, detector, 100, 0.0)
    run.started_at = timezone.now() - timedelta(hours=5)
    run.save()
    Reading.objects.filter(run=run, step__in=[60, 61]).delete()
    times = dict(run.readings.values_list("step", "sampled_at"))
    shift = Shift(times[50], times[80])
    (found,) = summary.stretches_of(plant, shift)
    assert (found.first_step, found.last_step) == (50, 79)
    assert (found.readings, found.missing) == (28, 2)


def test_exports_hold_what_the_page_shows_and_no_formula(plant, operator):
    plant.start()
    write(plant, operator, "=1+1")
    PlantEvent.note(plant, PlantEvent.Kind.TRIP, "reactor pressure high")
    client, address = client_of(operator), reverse("monitoring:plant-log", args=[plant.pk])
    rows = list(csv.DictReader(io.StringIO(client.get(f"{address}?format=csv").content.decode())))
    assert [row["text"] for row in rows] == ["'=1+1"]
    told = client.get(f"{address}?format=json").json()
    assert [one["text"] for one in told["entries"]] == ["=1+1"]
    assert [one["text"] for one in told["happenings"]] == ["reactor pressure high"]
    assert told["acts"][0]["action"]
    markdown = client.get(f"{address}?format=md").content.decode()
    assert "    =1+1" in markdown
    assert "reactor pressure high" in markdown


def test_an_odd_time_in_the_address_shows_the_present_shift(plant, operator):
    client, address = client_of(operator), reverse("monitoring:site-log")
    for at in (
        "",
        "x",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-13-45T99:99",
        "2026-07-01",
    ):
        assert client.get(address, {"at": at}).status_code == 200


def test_the_site_log_needs_few_queries_however_many_plants(
    plant, operator, django_assert_max_num_queries
):
    from simulation.models import Plant

    Plant.objects.bulk_create(Plant(name=f"P{n}") for n in range(30))
    for n in range(20):
        entries.write(f"entry {n}", by=operator, plant=plant)
    client = client_of(operator)
    with django_assert_max_num_queries(24):
        client.get(reverse("monitoring:site-log"))


def test_the_log_of_a_plant_tells_nothing_of_another(plant, operator):
    from simulation.models import Plant

    other = Plant.objects.create(name="Other")
    write(other, operator, "Other's secret.")
    entries.write("For all.", by=operator)
    page = client_of(operator).get(reverse("monitoring:plant-log", args=[plant.pk])).content
    assert b"For all." in page
    assert b"Other&#x27;s secret." not in page
    assert np.all([one.plant is None for one in LogEntry.objects.filter(text="For all.")])
