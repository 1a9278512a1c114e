"""A start gets a bounded grace until a stage that has not lived yet is an alarm, and is red."""

import re
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from monitoring.alarms import stalls
from monitoring.models import AlarmOccurrence
from monitoring.status import health, status_of
from monitoring.status.starting import GRACE_SECONDS
from simulation.models import Plant, Pulse, Reading, Run
from tests.monitoring.pages import Page, client_of

pytestmark = pytest.mark.django_db
OLD = timedelta(days=1)


@pytest.fixture(autouse=True)
def nobody_else_in_the_broker(clean_broker):
    """Queues and notes of other tests would be judged, too."""


@pytest.fixture
def started(plant):
    """A plant that runs since now, before any process has shown itself."""
    plant.reset(4651207995)
    plant.start()
    return plant


def began(seconds_ago: float) -> None:
    Run.objects.update(started_at=timezone.now() - timedelta(seconds=seconds_ago))


def beaten(stage: str, seconds_ago: float = 0.0) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    Pulse.objects.update_or_create(stage=stage, defaults={"beaten_at": at})


def shown() -> dict[str, str]:
    """The states on the strip, but those of analyse and push, which have nothing to do."""
    stages = status_of(Plant.objects.get()).stages
    return {one.name: one.shown_state for one in stages if one.name not in {"analyse", "push"}}


def alarms() -> list[tuple[str, str]]:
    stalls.watch()
    return list(AlarmOccurrence.objects.values_list("definition__code", "state"))


def test_a_first_start_raises_no_alarm_while_its_processes_load(started):
    assert alarms() == []


def test_healthz_and_api_say_at_once_what_does_not_live_yet(started):
    assert "at clock" in status_of(started).stall
    assert status_of(started).as_json()["stages"]["clock"]["state"] == "stalled"
    assert not health()[0]


class TestTheStrip:
    """What pages show of it."""

    def test_says_calmly_what_a_first_start_waits_for_and_since_when(self, started, make_user):
        page = Page(client_of(make_user("viewer")).get(f"/plants/{started.pk}/"))
        assert page.element("stage-clock")["data-state"] == "starting"
        words = " ".join(page.text("stages").split())
        assert re.search(r"Starting: waiting for the clock's first beat, \d+ s", words), words
        assert "Stalled" not in words
        assert not any(tag.get("class") == "stall" for tag in page.all("p"))

    def test_goes_on_to_the_next_stage_that_has_not_lived(self, started):
        began(20)
        beaten("clock"), beaten("clock-steady", 15), beaten("explain")
        assert shown() == {"clock": "ok", "simulate": "starting", "explain": "idle"}
        beaten("analyse")
        Plant.objects.update(step=1, sampled_at=timezone.now())
        assert shown()["simulate"] == "ok"

    def test_waits_for_the_first_analysis_while_the_detector_is_read(self, started, detector):
        began(9)
        for stage in ("clock", "clock-steady", "analyse", "explain"):
            beaten(stage)
        at = timezone.now() - timedelta(seconds=6)
        Reading.objects.create(
            run=started.run, step=1, sim_hours=0.05, sampled_at=at, values=np.full(53, 50.0)
        )
        Plant.objects.update(step=1, sampled_at=at, next_due=timezone.now())
        status = status_of(Plant.objects.get())
        assert status.starting.name == "analyse"
        assert status.starting.shown_reason.startswith("waiting for the first analysis, ")
        assert 9 <= status.starting.starting_seconds < GRACE_SECONDS
        assert status.shown_stall is None

    def test_is_red_when_the_grace_is_over(self, started):
        began(GRACE_SECONDS + 1)
        assert shown()["clock"] == "stalled"
        assert status_of(Plant.objects.get()).shown_stall.startswith("Stalled at clock")

    @pytest.mark.parametrize("product_starts", [False, True])
    def test_hides_no_stage_that_worked_since_the_start_and_stopped(self, started, product_starts):
        began(30)
        if product_starts:
            beaten(Pulse.START, 30)
        beaten("clock", 10)
        assert shown()["clock"] == "stalled"
        assert "for 10 s at clock" in status_of(Plant.objects.get()).shown_stall

    def test_hides_no_worker_that_answered_and_died_before_its_first_sample(self, started):
        began(30)
        beaten("clock"), beaten("clock-steady", 28), beaten("analyse", 20), beaten("explain")
        assert shown()["simulate"] == "stalled"

    def test_hides_no_failure(self, started):
        began(30)
        beaten("clock"), beaten("clock-steady", 25), beaten("analyse"), beaten("explain")
        Plant.objects.update(next_due=timezone.now() - timedelta(seconds=20))
        assert shown()["simulate"] == "starting"
        Pulse.fail("simulate", "the disk is full")
        assert shown()["simulate"] == "stalled"

    def test_names_the_true_stall_beside_a_stage_that_starts(self, started):
        began(30)
        beaten("clock"), beaten("clock-steady", 25), beaten("analyse"), beaten("explain", 20)
        Plant.objects.update(next_due=timezone.now() - timedelta(seconds=20))
        assert (shown()["simulate"], shown()["explain"]) == ("starting", "stalled")
        status = status_of(Plant.objects.get())
        assert "at explain" in status.shown_stall
        assert status.starting is None

    def test_does_not_wait_for_a_detector_that_nobody_has_fitted(self, started):
        began(5)
        for stage in ("clock", "clock-steady", "analyse", "explain"):
            beaten(stage)
        at = timezone.now() - timedelta(seconds=1)
        Reading.objects.create(
            run=started.run, step=1, sim_hours=0.05, sampled_at=at, values=np.full(53, 50.0)
        )
        Plant.objects.update(step=1, sampled_at=at, next_due=timezone.now())
        assert "fitdetector" in status_of(Plant.objects.get()).shown_stall


def test_a_stage_that_never_comes_to_life_is_an_alarm_when_the_grace_is_over(started):
    began(GRACE_SECONDS + 1)
    assert alarms() == [("stream-stalled", "unacknowledged")]
    assert "at clock" in AlarmOccurrence.objects.get().detail


def test_each_stage_has_the_grace_until_it_has_lived_itself(started):
    began(20)
    beaten("clock"), beaten("clock-steady", 15)
    assert "at simulate" in status_of(Plant.objects.get()).stall
    assert alarms() == []
    beaten("analyse")
    late = timezone.now() - timedelta(seconds=10)
    Plant.objects.update(next_due=late, sampled_at=None)
    assert alarms() == [], "the worker lives, its first step is not stored"
    Plant.objects.update(next_due=timezone.now(), sampled_at=timezone.now())
    assert "at explain" in status_of(Plant.objects.get()).stall
    assert alarms() == []


def test_a_stage_that_has_lived_since_the_start_is_an_alarm_at_once(started):
    began(30)
    beaten("clock", 10)
    assert alarms() == [("stream-stalled", "unacknowledged")]


def test_while_the_product_starts_a_stage_that_lived_once_and_is_starved_is_no_alarm(started):
    began(OLD.total_seconds())
    beaten(Pulse.START, 30)
    beaten("clock", 10)
    assert "at clock" in status_of(Plant.objects.get()).stall
    assert alarms() == []
    beaten(Pulse.START, GRACE_SECONDS + 1)
    assert alarms() == [("stream-stalled", "unacknowledged")]


def test_while_the_product_starts_a_stage_that_fails_is_an_alarm_at_once(started):
    beaten(Pulse.START, 30)
    beaten("clock"), beaten("clock-steady", 25), beaten("analyse")
    Plant.objects.update(next_due=timezone.now() - timedelta(seconds=20))
    Pulse.fail("simulate", "the disk is full")
    assert alarms() == [("stream-stalled", "unacknowledged")]


def test_a_stage_that_fails_since_the_start_is_an_alarm_at_once(started):
    began(30)
    beaten("clock"), beaten("clock-steady", 25), beaten("analyse")
    Plant.objects.update(next_due=timezone.now() - timedelta(seconds=20))
    assert alarms() == []
    Pulse.fail("simulate", "the disk is full")
    assert alarms() == [("stream-stalled", "unacknowledged")]


def test_what_stalls_beside_a_stage_that_loads_is_an_alarm_at_once(started):
    began(30)
    beaten("clock"), beaten("clock-steady", 25), beaten("analyse", 20), beaten("explain")
    Plant.objects.update(sampled_at=timezone.now() - timedelta(seconds=20))
    beaten("explain", 20)
    assert alarms() == [("stream-stalled", "unacknowledged")]


def test_a_restart_of_the_product_gives_the_grace_to_a_plant_that_has_run_for_long(started):
    began(OLD.total_seconds())
    beaten("clock", OLD.total_seconds())
    assert alarms() == [("stream-stalled", "unacknowledged")]
    AlarmOccurrence.objects.all().delete()
    Pulse.beat(Pulse.START)
    assert alarms() == []
    beaten(Pulse.START, GRACE_SECONDS + 1)
    assert alarms() == [("stream-stalled", "unacknowledged")]


def test_a_stall_that_stands_does_not_return_because_the_product_was_restarted(started):
    began(OLD.total_seconds())
    assert alarms() == [("stream-stalled", "unacknowledged")]
    Pulse.beat(Pulse.START)
    assert alarms() == [("stream-stalled", "unacknowledged")]
    assert AlarmOccurrence.objects.get().is_active


def test_a_plant_that_has_failed_is_not_on_its_way(started):
    Plant.objects.update(state=Plant.State.FAILED, next_due=None, state_reason="no state")
    assert alarms()[0][0] == "stream-stalled"
