"""What each user chooses to see."""

import pytest
from django.test import Client

from accounts.models import AuditEntry, Preferences

pytestmark = pytest.mark.django_db

CHOICE = {
    "theme": "dark",
    "zone": "Asia/Kolkata",
    "units": "si",
    "alarm_sound": "",
    "shortcuts": "on",
}


@pytest.fixture
def viewer(make_user):
    return make_user("viewer")


@pytest.fixture
def client(viewer):
    client = Client()
    client.force_login(viewer)
    return client


def test_a_page_follows_what_was_stored_and_the_trail_tells_it(client, viewer):
    assert client.post("/preferences/", CHOICE).status_code == 302
    page = client.get("/preferences/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'name="color-scheme" content="dark"' in page
    assert "css/dark" in page and 'media="screen"' in page
    assert "data-si=" in page
    assert "UTC+5:30" in page
    assert 'data-alarm-sound="off"' in page
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.username) == ("preferences.change", viewer.username)
    assert entry.before["theme"] == "system" and entry.after["theme"] == "dark"


def test_who_has_chosen_nothing_gets_the_devices_colours_and_the_own_units(client):
    page = client.get("/preferences/").content.decode()
    assert 'data-theme="system"' in page
    assert 'media="screen and (prefers-color-scheme: dark)"' in page
    assert "data-si=" not in page
    assert Preferences.objects.count() == 0


def test_who_has_chosen_light_is_sent_no_dark_colours(client):
    client.post("/preferences/", {**CHOICE, "theme": "light"})
    assert "css/dark" not in client.get("/preferences/").content.decode()


def test_the_browsers_own_zone_is_used_where_none_was_chosen(client):
    client.cookies["zone"] = "America/St_Johns"
    page = client.get("/preferences/").content.decode()
    assert "UTC−3:30" in page or "UTC−2:30" in page


@pytest.mark.parametrize("zone", ["Nowhere/Here", "../../etc/passwd", "<script>", "x" * 5000])
def test_a_cookie_that_names_no_zone_means_utc(client, zone):
    client.cookies["zone"] = zone
    assert client.get("/preferences/").content.decode().count(" UTC</time>") >= 1


@pytest.mark.parametrize(
    ("field", "value"), [("theme", "pink"), ("zone", "Nowhere/Here"), ("units", "cgs")]
)
def test_a_bad_choice_is_told_beside_its_field_and_the_others_are_kept(client, field, value):
    answer = client.post("/preferences/", {**CHOICE, field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in page
    kept = "si" if field != "units" else "dark"
    assert f'<option value="{kept}" selected>' in page
    assert Preferences.objects.count() == 0


def test_the_units_are_switched_and_the_page_comes_back(client, viewer):
    answer = client.post("/preferences/units", {"units": "si", "next": "/detectors/?a=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/detectors/?a=1")
    assert viewer.preferences.units == "si"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_switch_of_units_leads_nowhere_else(client, back):
    answer = client.post("/preferences/units", {"units": "si", "next": back})
    assert answer["Location"] == "/preferences/"


def test_the_sound_is_switched_without_a_page_and_the_other_choices_stay(client, viewer):
    client.post("/preferences/", CHOICE)
    answer = client.post("/preferences/sound", {"alarm_sound": "on"})
    assert (answer.status_code, answer.content) == (204, b"")
    viewer.refresh_from_db()
    assert viewer.preferences.as_json() == {
        "theme": "dark", "zone": "Asia/Kolkata", "units": "si", "alarm_sound": True,
        "shortcuts": True,
    }  # fmt: skip
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.username) == ("preferences.change", viewer.username)
    assert 'data-alarm-sound="on"' in client.get("/preferences/").content.decode()
    client.post("/preferences/sound", {"alarm_sound": "on"})
    assert AuditEntry.objects.count() == 2, "the same again is no act"


@pytest.mark.parametrize("value", ["", "true", "loud", "on\x00"])
def test_a_sound_that_is_neither_on_nor_off_changes_nothing(client, value):
    assert client.post("/preferences/sound", {"alarm_sound": value}).status_code == 422
    assert not Preferences.objects.exists()


def test_the_sound_is_switched_by_nobody_without_the_token_of_the_page(viewer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(viewer)
    assert client.post("/preferences/sound", {"alarm_sound": "off"}).status_code == 403
    assert not Preferences.objects.exists()


def test_storing_the_same_again_is_no_act(client):
    for _ in range(2):
        client.post("/preferences/", CHOICE)
    assert AuditEntry.objects.count() == 1


def test_the_login_page_follows_the_device_and_asks_for_no_preferences(
    django_assert_num_queries,
):
    with django_assert_num_queries(0):
        page = Client().get("/accounts/login/").content.decode()
    assert 'data-theme="system"' in page


def test_an_answer_for_programs_costs_no_query_for_preferences(
    client, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10) as queries:
        client.get("/api/status")
    assert not [q for q in queries.captured_queries if "accounts_preferences" in q["sql"]]
