"""Saved trend views: an owner's own, shared or not, and every change in the audit trail."""

import pytest

from accounts.audit import trail_of
from monitoring.models import SavedTrend
from tests.monitoring.pages import HTMX, Page, client_of

QUERY = "plant=1&chart=XMEAS(7),T2&span=48h"


@pytest.fixture
def viewer(make_user, plant):
    plant.reset(1)
    return make_user("viewer")


@pytest.fixture
def other(make_user):
    return make_user("operator")


@pytest.fixture
def kept(viewer):
    return SavedTrend.objects.create(owner=viewer, name="night", query=QUERY)


def save(user, **changes):
    values = {"name": "night", "query": QUERY} | changes
    return client_of(user).post("/trends/saved/", values)


@pytest.mark.parametrize("role", ["nobody", "operator", "engineer", "admin"])
def test_everybody_may_save_a_view_and_finds_it_again(make_user, plant, role):
    plant.reset(1)
    user = make_user(role)
    answer = save(user, query=f"plant={plant.pk}&chart=xmeas 7")
    assert answer.status_code == 302
    kept = SavedTrend.objects.get()
    assert (kept.owner, kept.query) == (user, f"plant={plant.pk}&chart=XMEAS(7)")
    page = client_of(user).get(answer["Location"]).content.decode()
    assert "night" in page and "only you see it" in page
    (entry,) = trail_of(kept)
    assert entry.action == "trend.save" and entry.after["name"] == "night"


def test_with_scripts_the_list_alone_comes_back(viewer):
    answer = client_of(viewer).post("/trends/saved/", {"name": "a", "query": QUERY}, **HTMX)
    assert answer.status_code == 200
    assert "Saved as «a»." in Page(answer).text("saved-told")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "n" * 81}, "at most 80 characters"),
        ({"query": ""}, "This field is required."),
        ({"query": "plant=1&chart=nonsense"}, "there is no tag «nonsense»"),
        ({"query": "plant=1"}, "There is nothing to save"),
        ({"query": f"plant=1&chart=T2&wat={'x' * 5000}"}, "at most 4000 characters"),
    ],
)
def test_what_cannot_be_saved_is_said_and_nothing_typed_is_lost(viewer, changes, words):
    for more in ({}, HTMX):
        answer = client_of(viewer).post(
            "/trends/saved/", {"name": "<night>", "query": QUERY} | changes, **more
        )
        assert answer.status_code == 422
        assert words in answer.content.decode()
        if "name" not in changes:
            assert Page(answer).element("save-name")["value"] == "<night>"
    assert not SavedTrend.objects.exists()


def test_a_name_is_taken_once_by_each_user(viewer, other, kept):
    answer = save(viewer)
    assert answer.status_code == 422
    assert "under this name already" in answer.content.decode()
    assert save(other).status_code == 302


def test_others_see_what_is_shared_and_may_not_change_it(viewer, other, kept):
    client = client_of(other)
    assert "night" not in client.get("/trends/").content.decode()
    client_of(viewer).post(f"/trends/saved/{kept.pk}/rename/", {"name": "shift", "shared": "on"})
    text = client.get("/trends/").content.decode()
    assert "shift" in text and "by viewer" in text
    for act in ("rename", "delete"):
        assert client.post(f"/trends/saved/{kept.pk}/{act}/", {"name": "x"}).status_code == 404
    assert client.get(f"/trends/saved/{kept.pk}/delete/").status_code == 404
    assert [entry.action for entry in trail_of(kept)] == ["trend.change"]


def test_a_name_that_will_not_do_stays_in_its_field(viewer, kept):
    SavedTrend.objects.create(owner=viewer, name="day", query=QUERY)
    answer = client_of(viewer).post(f"/trends/saved/{kept.pk}/rename/", {"name": "day"}, **HTMX)
    assert answer.status_code == 422
    assert "under this name already" in Page(answer).text(f"saved-errors-{kept.pk}")
    assert Page(answer).element(f"saved-name-{kept.pk}")["value"] == "day"
    kept.refresh_from_db()
    assert kept.name == "night"


def test_deleting_asks_first(viewer, kept):
    client = client_of(viewer)
    assert (
        "Delete the view «night»?"
        in client.get(f"/trends/saved/{kept.pk}/delete/").content.decode()
    )
    assert SavedTrend.objects.exists()
    assert client.post(f"/trends/saved/{kept.pk}/delete/").status_code == 302
    assert not SavedTrend.objects.exists()


def test_a_saving_by_address_alone_does_nothing(viewer, kept):
    assert client_of(viewer).get("/trends/saved/").status_code == 405
    assert client_of(viewer).get(f"/trends/saved/{kept.pk}/rename/").status_code == 405
