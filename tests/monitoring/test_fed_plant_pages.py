"""The dashboard of a plant that is fed from outside shows its feed, and nothing it lacks."""

import pytest

from simulation.ingest import IngestRow, StepConflict, store_rows
from simulation.models import Plant, PlantEvent
from tests.monitoring.pages import HTMX, Page, client_of
from tests.simulation.ingest.feeds import fed_plant, simulated_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(db):
    return fed_plant(22)


@pytest.fixture
def client(make_user):
    return client_of(make_user("engineer"))


def test_it_has_no_speed_no_faults_and_no_seed(client, plant):
    page = Page(client.get(f"/plants/{plant.pk}/"))
    assert not {"plant-speed", "plant-idvs", "speed-form", "preset-form", "id_seed"} & set(page.ids)
    assert "fed from outside, XMEAS 1-22" in page.text("plant-source")
    assert {"feed", "events", "reset-form", "operate-toggle", "detector-settings"} <= set(page.ids)
    assert page.inline == []
    assert f"/api/plants/{plant.pk}/ingest" in page.text("feed-how")


def test_a_simulated_plant_has_no_feed_but_events(client):
    simulated = Plant.objects.create(name="Simulated")
    page = Page(client.get(f"/plants/{simulated.pk}/"))
    assert "feed" not in page.ids
    assert {"events", "plant-speed", "plant-idvs"} <= set(page.ids)


def test_the_counters_and_the_newest_refusal_show(client, plant):
    rows = simulated_rows()
    store_rows(plant, [IngestRow(rows[i], step=i + 1) for i in range(3)])
    with pytest.raises(StepConflict):
        store_rows(plant, [IngestRow(rows[9], step=2)])
    page = Page(client.get(f"/plants/{plant.pk}/feed/", **HTMX))
    assert page.text("feed-accepted").startswith("accepted3")
    assert page.text("feed-conflict").startswith("conflict1")
    assert "Step 2 is stored with" in page.text("feed-refusal")


def test_what_the_sender_wrote_is_escaped(client, plant):
    from simulation.ingest import RowRefused, count_refused, parse_row

    with pytest.raises(RowRefused) as refused:
        parse_row({"<script>alert(1)</script>": 1}, 22)
    count_refused(plant, [refused.value])
    answer = client.get(f"/plants/{plant.pk}/feed/", **HTMX)
    assert b"<script>" not in answer.content
    assert b"&lt;script&gt;" in answer.content


def test_events_show_newest_first(client, plant):
    rows = simulated_rows()
    store_rows(plant, [IngestRow(rows[0]), IngestRow(rows[1], step=5)])
    PlantEvent.note(plant, PlantEvent.Kind.TRIP, "Tripped at 7.00 h: too hot.")
    text = Page(client.get(f"/plants/{plant.pk}/events/", **HTMX)).text("events")
    assert text.index("Tripped at 7.00 h") < text.index("Steps 2 to 4 were not sent")


def test_the_admin_makes_a_fed_plant_whose_source_stays(make_user):
    admin = client_of(make_user("superuser"))
    values = {
        "name": "Unit 2", "description": "", "source": "outside", "variables": 52,
        "speed_preset": "", "interval_seconds": 4, "catch_up": "skip", "keep_days": 30,
        "keep_readings": "",
    }  # fmt: skip
    assert admin.post("/admin/simulation/plant/add/", values).status_code == 302
    made = Plant.objects.get(name="Unit 2")
    assert (made.source, made.variables, made.keep_days) == ("outside", 52, 30.0)
    values |= {"source": "simulator", "variables": 22, "catch_up": "run", "keep_days": 7}
    assert admin.post(f"/admin/simulation/plant/{made.pk}/change/", values).status_code == 302
    made.refresh_from_db()
    assert (made.source, made.variables) == ("outside", 52)
    assert (made.catch_up, made.keep_days) == ("run", 7.0)


@pytest.mark.parametrize("model", ["ingestcount", "plantevent"])
def test_the_admin_shows_counts_and_events_and_changes_none(make_user, plant, model):
    store_rows(plant, [IngestRow(simulated_rows()[0], step=5)])
    admin = client_of(make_user("superuser"))
    assert admin.get(f"/admin/simulation/{model}/").status_code == 200
    assert admin.get(f"/admin/simulation/{model}/add/").status_code == 403
