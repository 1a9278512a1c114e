"""The page of an event: what was done, claimed and said, held against the truth."""

import pytest
from django.urls import reverse

from monitoring.alarms.folding import rank
from monitoring.models import EventFrame, LogEntry
from simulation import by_hand
from simulation.models import Plant
from teplive.events.missed import missed_faults
from teplive.events.scoring import Answer, detections_of
from teplive.events.timeline import claims_of, injections_of, span_of, timeline_of
from tests.monitoring.alarms.standing import raise_alarms
from tests.monitoring.pages import SEED, Page, client_of, run_for

XSS = "<script>alert(1)</script>"


@pytest.fixture
def episode(plant, detector, make_user) -> EventFrame:
    """A lost feed (IDV 6), detected on a really simulated plant."""
    operator = make_user("operator", username="mary")
    plant.reset(SEED, by=operator)
    plant.start(by=operator)
    run_for(plant, 20)
    plant.inject([6], by=operator)
    run_for(plant, 40)
    return EventFrame.objects.get(plant=plant)


def test_the_timeline_has_the_truth_the_detection_and_the_acts_in_order(episode):
    lines = timeline_of(episode, claims_of(episode), injections_of(episode))
    kinds = [line.kind for line in lines]
    assert kinds.index("injected") < kinds.index("onset") < kinds.index("detection")
    assert "Fault injected" in kinds
    assert {line.who for line in lines if line.source == "person"} == {"mary"}
    steps = [line.step for line in lines if line.step is not None]
    assert steps == sorted(steps)
    injected = next(line for line in lines if line.kind == "injected")
    assert (injected.step, injected.who) == (21, "mary")


def test_what_people_did_before_the_first_sample_of_the_run_is_told(plant, detector, make_user):
    mary = make_user("operator", username="mary")
    plant.reset(SEED, by=mary)
    plant.start(by=mary)
    plant.set_speed(interval_seconds=2.0, by=mary)
    by_hand.take(plant, by_hand.VALVE, 9, None, by=mary)
    plant.inject([6], by=mary)
    run_for(plant, 30)
    event = EventFrame.objects.get(plant=plant)
    lines = timeline_of(event, claims_of(event), injections_of(event))
    acts = [line.kind for line in lines if line.source == "person"]
    assert acts == ["Reset", "Started", "Speed set", "Taken by hand", "Fault injected"]
    assert {line.step for line in lines if line.source == "person"} == {1}
    assert any("XMV(9) by hand" in line.words for line in lines if line.source == "plant")


def test_what_was_done_before_the_story_of_an_event_is_not_part_of_it(plant, detector, make_user):
    mary = make_user("operator", username="mary")
    plant.reset(SEED)
    plant.start()
    plant.set_speed(interval_seconds=2.0, by=mary)
    run_for(plant, 50)
    plant.set_speed(interval_seconds=3.0, by=mary)
    run_for(plant, 1)
    plant.inject([6], by=mary)
    run_for(plant, 30)
    event = EventFrame.objects.get(plant=plant)
    assert span_of(event)[0] > 1
    acts = [line for line in timeline_of(event, [], []) if line.source == "person"]
    assert [(line.kind, line.step) for line in acts] == [("Speed set", 51), ("Fault injected", 52)]


def test_the_delay_is_counted_from_the_first_step_with_the_fault(episode):
    alarms = claims_of(episode)
    (found,) = detections_of(injections_of(episode), alarms)
    assert found.alarm == alarms[0]
    assert found.delay_steps == alarms[0].raised_step - 20
    assert found.delay_hours == pytest.approx(found.delay_steps / 20)


def test_the_page_tells_it_and_can_hide_the_truth(episode, make_user):
    client = client_of(make_user("viewer"))
    page = Page(client.get(reverse("event", args=[episode.pk])))
    assert "IDV(6)" in page.text("timeline")
    assert "after" in page.text("detections")
    assert not page.inline
    answer = client.get(reverse("event", args=[episode.pk]), {"truth": "no"})
    assert "injected" not in Page(answer).text("timeline")
    assert "Fault injected" not in Page(answer).text("timeline")
    assert "detections" not in Page(answer).ids


def test_pictures_of_the_leading_tags_are_in_the_first_html(episode, make_user):
    content = client_of(make_user("viewer")).get(reverse("event", args=[episode.pk])).content
    assert content.count(b"<svg") >= 2


def test_a_note_is_an_entry_of_the_log_and_inert(episode, make_user):
    client = client_of(make_user("operator"))
    address = reverse("monitoring:note", args=[episode.pk])
    assert client.post(address, {"kind": "action", "text": XSS}).status_code == 302
    page = client.get(reverse("event", args=[episode.pk]))
    assert "<script>alert" not in page.content.decode()
    assert "alert(1)" in Page(page).text("notes")
    log = client.get(reverse("monitoring:plant-log", args=[episode.plant_id])).content.decode()
    assert f'href="/events/{episode.pk}/"' in log
    refused = client.post(address, {"kind": "action", "text": ""})
    assert refused.status_code == 422
    assert "Nothing was written." in refused.content.decode()
    assert client_of(make_user("viewer")).post(address, {"text": "x"}).status_code == 403
    assert LogEntry.objects.get().event == episode


def test_the_event_as_json_holds_timeline_and_scores(episode, make_user):
    client = client_of(make_user("viewer"))
    told = client.get(reverse("event", args=[episode.pk]), {"format": "json"}).json()
    assert told["detections"][0]["idv"] == 6
    assert told["detections"][0]["delay_steps"] > 0
    assert told["alarms"][0]["is_first_out"] is True
    assert told["priority"] == min((one["priority"] for one in told["alarms"]), key=rank)
    hidden = client.get(
        reverse("event", args=[episode.pk]), {"format": "json", "truth": "no"}
    ).json()
    assert hidden["detections"] == []
    assert not any(line["source"] == "truth" for line in hidden["timeline"])


def test_an_event_is_known_by_the_highest_priority_of_its_alarms(plant, make_user):
    plant.reset(SEED)
    plant.start()
    raise_alarms(plant, "d-feed-lo", "reactor-pressure-hi")
    event = EventFrame.objects.get()
    client = client_of(make_user("viewer"))
    row = Page(client.get(reverse("events"))).text("event-table")
    assert "highD feed low" in row
    facts = Page(client.get(reverse("event", args=[event.pk]))).text("event-facts")
    assert "2; highest priority high" in " ".join(facts.split())


def test_the_list_shows_events_and_the_faults_that_made_none(episode, plant, make_user):
    client = client_of(make_user("viewer"))
    page = Page(client.get(reverse("events"), {"plant": plant.pk}))
    assert f"Event {episode.pk}" in page.text("event-table")
    assert missed_faults(plant) == []
    plant.reset(SEED)
    plant.inject([3])
    run_for(plant, 5)
    (missed,) = missed_faults(Plant.objects.get(pk=plant.pk))
    assert (missed.injection.idv, missed.steps) == (3, 5)
    assert client.get(reverse("events"), {"plant": "x"}).status_code == 200
    assert client.get(reverse("events"), {"plant": "999999"}).status_code == 404


def test_without_an_event_the_list_says_what_one_is(db, make_user):
    content = client_of(make_user("viewer")).get(reverse("events")).content.decode()
    assert "An event opens with the first alarm" in content


@pytest.mark.parametrize(
    ("ranked", "truth", "rank"),
    [([4, 6], {6}, 2), ([4], {6}, None), ([], {6}, None), ([6], {6}, 1)],
)
def test_the_rank_is_that_of_the_first_true_cause(ranked, truth, rank):
    assert Answer("x", ranked, frozenset(truth)).rank == rank
