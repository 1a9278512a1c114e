"""A session that hides what is injected: on every page, for what others have injected."""

import pytest

from monitoring.models import Alarm
from simulation.models import Injection
from tests.monitoring.pages import SEED, Page, client_of, run_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def faulty(plant, detector, make_user):
    plant.reset(SEED)
    plant.start()
    plant.inject([6], by=make_user("engineer"))
    run_for(plant, 30)
    return plant


def hide(client, plant, shown="no", back=""):
    return client.post(f"/plants/{plant.pk}/truth/", {"shown": shown, "next": back})


def told(client, plant):
    """The texts of the pages that would tell."""
    alarm = Alarm.objects.get(run=plant.run)
    event = client.get(f"/events/{alarm.occurrence.event_id}/")
    dashboard = Page(client.get(f"/plants/{plant.pk}/"))
    return {
        "banner": "plant-idvs" in dashboard.ids,
        "legend": "key-truth" in str(dashboard.tags),
        "switch": "not shown" not in dashboard.text("switches"),
        "actions": "Fault injected" in dashboard.text("latest-actions"),
        "alarm": "truth-hidden" not in Page(client.get(f"/alarms/{alarm.pk}/")).ids,
        "event": 'class="from-truth"' in event.content.decode(),
        "list": 'id="missed-title"' in client.get(f"/events/?plant={plant.pk}").content.decode(),
    }


def test_one_switch_hides_it_on_every_page_and_shows_it_again(faulty, make_user):
    client = client_of(make_user("operator"))
    assert [name for name, is_told in told(client, faulty).items() if not is_told] == []
    assert hide(client, faulty, back=f"/plants/{faulty.pk}/")["Location"] == f"/plants/{faulty.pk}/"
    assert [name for name, is_told in told(client, faulty).items() if is_told] == []
    hide(client, faulty, shown="yes")
    assert [name for name, is_told in told(client, faulty).items() if not is_told] == []


def test_the_address_of_an_event_says_it_before_the_session(faulty, make_user):
    client = client_of(make_user("operator"))
    address = f"/events/{Alarm.objects.get().occurrence.event_id}/"
    hide(client, faulty)
    assert client.get(address).context["shows_truth"] is False
    assert client.get(f"{address}?truth=yes").context["shows_truth"] is True
    hide(client, faulty, shown="yes")
    assert client.get(f"{address}?truth=no").context["shows_truth"] is False


def test_what_one_has_injected_oneself_is_no_secret(faulty, make_user):
    trainer = client_of(make_user("operator", username="trainer"))
    hide(trainer, faulty)
    trainer.post(f"/plants/{faulty.pk}/inject/", {"idvs": "4"})
    assert Injection.objects.filter(idv=4).exists()
    page = trainer.get(f"/plants/{faulty.pk}/")
    states = {one.idv: one.state for one in page.context["switches"]}
    assert states.pop(4) == "on"
    assert set(states.values()) == {"hidden"}
    assert "Fault injected" in Page(page).text("latest-actions")


def test_the_audit_trail_and_its_files_leave_out_what_others_have_injected(faulty, make_user):
    faulty.set_speed(interval_seconds=2.0, by=make_user("operator"))
    client = client_of(make_user("engineer", username="trainee"))
    client.post(f"/plants/{faulty.pk}/inject/", {"idvs": "4"})
    trails = [
        f"{path}{end}"
        for path in ("/audit/", f"/plants/{faulty.pk}/audit/")
        for end in ("", "export.csv", "export.jsonl")
    ]

    def told(address):
        answer = client.get(address)
        content = answer.getvalue() if answer.streaming else answer.content
        return [word in content.decode() for word in ("IDV(6)", '"idv": 6', '""idv"": 6')]

    assert all(any(told(address)) for address in trails)
    hide(client, faulty)
    assert not any(any(told(address)) for address in trails)
    page = Page(client.get(f"/plants/{faulty.pk}/audit/"))
    assert "IDV(4)" in page.text("audit-table"), "one's own stays"
    assert "Speed set" in page.text("audit-table")
    assert "left out" in page.text("truth-hidden")


def test_the_leaderboard_is_hidden_until_it_is_asked_for(faulty, make_user):
    client = client_of(make_user("viewer"))
    assert "truth-hidden" not in Page(client.get("/leaderboard/")).ids
    hide(client, faulty)
    page = client.get("/leaderboard/")
    assert page.context["scores"] == []
    assert "hides what was injected" in Page(page).text("truth-hidden")
    assert client.get("/leaderboard.csv").status_code == 302
    assert "truth-hidden" not in Page(client.get("/leaderboard/?truth=yes")).ids
    assert client.get("/leaderboard.csv?truth=yes").status_code == 200


def test_the_shift_log_and_its_files_leave_it_out(faulty, make_user):
    client = client_of(make_user("viewer"))
    log = f"/plants/{faulty.pk}/log/"
    addresses = [log, *(f"{log}?format={kind}" for kind in ("csv", "json", "md"))]
    shown = [b"IDV(6)" in client.get(address).content for address in addresses]
    assert shown[0]
    hide(client, faulty)
    assert not any(b"IDV(6)" in client.get(address).content for address in addresses)


def test_other_limits_are_tried_without_the_truth(faulty, make_user):
    client = client_of(make_user("engineer", username="trainee"))
    address = f"/plants/{faulty.pk}/detectors/?alpha=0.01&consecutive=3&among=0"
    model = client.get(address).context["detector"].pk
    assert "IDV(6) at" in Page(client.get(f"{address}&model={model}")).text("tried")
    hide(client, faulty)
    words = Page(client.get(f"{address}&model={model}")).text("tried")
    assert "Raised at" in words
    assert "IDV" not in words
    assert "fault" not in words


def test_the_admin_leaves_it_out(faulty, make_user):
    client = client_of(make_user("admin"))
    row = Injection.objects.get(idv=6)
    addresses = {
        "/admin/simulation/injection/": f"/injection/{row.pk}/change/",
        "/admin/accounts/auditentry/": "fault-inject",
    }
    one = f"/admin/simulation/injection/{row.pk}/change/"
    assert all(words in client.get(where).content.decode() for where, words in addresses.items())
    assert client.get(one).status_code == 200
    hide(client, faulty)
    for where, words in addresses.items():
        table = client.get(where).content.decode().partition('id="result_list"')[2]
        assert words not in table
    assert client.get(one).status_code == 302


def test_the_twin_is_offered_whether_or_not_anything_was_injected(plant, faulty, make_user):
    client = client_of(make_user("operator"))
    hide(client, faulty)
    assert "make-twin" in Page(client.get(f"/plants/{faulty.pk}/")).ids
    faulty.reset(SEED)
    run_for(faulty, 1)
    assert "make-twin" in Page(client.get(f"/plants/{faulty.pk}/")).ids


def test_the_api_tells_it_whatever_the_session_hides(faulty, make_user):
    client = client_of(make_user("operator"))
    hide(client, faulty)
    told = client.get(f"/api/plants/{faulty.pk}/injections").json()
    assert [one["idv"] for one in told["injections"]] == [6]


def test_the_switch_leads_nowhere_else(faulty, make_user):
    client = client_of(make_user("viewer"))
    answer = hide(client, faulty, back="https://example.org/")
    assert answer["Location"] == f"/plants/{faulty.pk}/flowsheet/"


def test_trends_of_such_a_session_have_no_strips(faulty, make_user):
    client = client_of(make_user("viewer"))
    address = f"/trends/data?plant={faulty.pk}&tag=XMEAS(1)&marks=1"
    assert b'"idv"' in client.get(address).content
    hide(client, faulty)
    assert b'"idv"' not in client.get(address).content


@pytest.mark.parametrize("address", ["/trends/", "/trends/export.csv"])
def test_no_run_is_laid_over_another_at_an_injection_that_is_hidden(faulty, make_user, address):
    client = client_of(make_user("viewer"))
    asked = {"plant": faulty.pk, "chart": "XMEAS(1)", "overlay": faulty.pk, "align": "injection"}
    no_event = b"has no event of this kind"
    assert no_event not in b"".join(client.get(address, asked))
    hide(client, faulty)
    assert no_event in b"".join(client.get(address, asked))
