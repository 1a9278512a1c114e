"""Each stage and each cause, built in database and broker: page, /healthz and doctor tell the same.

The processes themselves are frozen and killed in test_stages_stack.
"""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from explainer.models import Explanation
from monitoring import delivery
from monitoring.analysing import analyse_plant
from monitoring.models import AnalysisCursor, DetectorSettings
from monitoring.status import status_of
from monitoring.tasks import hint_analyse
from simulation.broker import note_viewer
from simulation.models import IngestCount, Plant, Pulse, Reading, Run
from simulation.stepping import note_stepping_failed
from simulation.tasks import step_plants as step_task
from teplive.doctor import stages as doctor
from tests.monitoring.pages import Page, client_of, run_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.datapath,
    pytest.mark.usefixtures("clean_broker"),
]


def ago(seconds: float):
    return timezone.now() - timedelta(seconds=seconds)


@pytest.fixture
def running(plant, detector):
    plant.reset(4651207995)
    plant.start()
    run_for(plant, 3)
    all_processes_work()
    no_start_any_more()
    return plant


@pytest.fixture
def fed(detector):
    plant = Plant.objects.create(name="Line 7", source="outside", variables=33)
    plant.start()
    all_processes_work()
    no_start_any_more()
    return plant


def no_start_any_more() -> None:
    """Let the runs have begun long ago: what stands still then has stopped, and does not start."""
    Run.objects.update(started_at=ago(300))


def all_processes_work() -> None:
    for stage in ("clock", "simulate", "analyse", "explain"):
        Pulse.beat(stage)


def feed(plant: Plant, steps: list[int], *, bad: tuple[int, ...] = (), seconds_ago=0.0) -> None:
    """Rows as the ingest stores them."""
    plant.refresh_from_db()
    for step in steps:
        Reading.objects.create(
            run=plant.run,
            step=step,
            sim_hours=step / 20,
            sampled_at=ago(seconds_ago),
            values=np.full(53, 50.0),
            quality="frozen values" if step in bad else "",
        )
    plant.step, plant.rows = max(steps), plant.rows + len(steps)
    plant.sampled_at = ago(seconds_ago)
    plant.save()


def stage_of(plant: Plant, name: str):
    fresh = Plant.objects.get(pk=plant.pk)
    return next(stage for stage in status_of(fresh).stages if stage.name == name)


class Told:
    """What the page, /healthz and doctor say of a plant."""

    def __init__(self, client, viewer, plant: Plant) -> None:
        page = Page(client_of(viewer).get(f"/plants/{plant.pk}/stages/"))
        self.states = {
            found["id"].removeprefix("stage-"): found["data-state"]
            for found in page.all("li")
            if found.get("id", "").startswith("stage-")
        }
        self.strip = page.text("stages")
        answer = client.get("/healthz")
        self.code, self.healthz = answer.status_code, answer.json()
        found = {finding.name.partition(" of ")[0]: finding for finding in doctor.look()}
        self.doctor = {name: finding.level for name, finding in found.items()}
        self.doctor_said = {name: f"{f.said} {f.remedy}" for name, f in found.items()}

    def all_name(self, stage: str, words: str) -> bool:
        """Whether all three call the stage stalled and give the cause."""
        assert self.states[stage] == "stalled", self.strip
        assert f"at {stage}: " in self.strip
        assert words in self.strip
        assert (self.code, self.healthz["stage"]) == (503, stage)
        assert words in self.healthz["culprit"]
        assert self.doctor[stage] == "fail"
        assert words in self.doctor_said[stage]
        return True


@pytest.fixture
def told(client, make_user):
    viewer = make_user("viewer")
    # The first look of a process loads much: a pulse of before it would be old after it.
    plant = Plant.objects.create(name="To look at first")
    Told(client, viewer, plant)
    plant.delete()
    return lambda plant: Told(client, viewer, plant)


def test_all_three_are_content_with_a_plant_that_runs(told, running):
    found = told(running)
    assert (found.code, found.healthz["status"]) == (200, "ok")
    assert found.healthz["stages"] == found.states
    assert set(found.doctor.values()) == {"ok"}
    assert "Stalled" not in found.strip


class TestClock:
    def test_a_beat_without_a_pulse_is_named(self, told, running):
        Pulse.objects.filter(stage="clock").update(beaten_at=ago(4))
        assert told(running).all_name("clock", "celery -A teplive beat")

    def test_with_a_step_due_and_no_tick_in_the_queue_it_is_named_sooner(self, told, running):
        Pulse.objects.filter(stage="clock").update(beaten_at=ago(2.2))
        Plant.objects.update(next_due=ago(1.2))
        assert told(running).all_name("clock", "beat, the plants' clock")

    def test_while_beat_is_away_no_worker_is_accused_of_its_silence(self, told, running):
        Pulse.objects.exclude(stage="clock").update(beaten_at=ago(60))
        Pulse.objects.filter(stage="clock").update(beaten_at=ago(58))
        states = told(running).states
        assert [name for name, state in states.items() if state == "stalled"] == ["clock"]

    def test_after_beat_came_back_the_workers_have_time_to_answer_it(self, told, running):
        Pulse.objects.exclude(stage="clock").update(beaten_at=ago(60))
        Pulse.beat("clock-steady")
        assert told(running).code == 200
        Pulse.objects.filter(stage="clock-steady").update(beaten_at=ago(9))
        assert told(running).all_name("simulate", "no plant worker")


class TestSimulate:
    def test_a_silent_worker_is_named(self, told, running):
        Pulse.objects.filter(stage="analyse").update(beaten_at=ago(9))
        assert told(running).all_name("simulate", "no plant worker gives a sign of life")

    def test_ticks_that_nobody_takes_are_counted(self, told, running):
        Plant.objects.update(next_due=ago(1.6))
        step_task.delay([])
        step_task.delay([])
        assert told(running).all_name("simulate", "no worker has taken it; 2 ticks wait")

    def test_a_worker_that_fails_says_at_what(self, told, running):
        Plant.objects.update(next_due=ago(1.6))
        Pulse.objects.filter(stage="simulate").update(beaten_at=ago(3))
        note_stepping_failed(RuntimeError("database is locked"))
        assert told(running).all_name("simulate", "database is locked")

    def test_a_tick_that_has_just_left_the_queue_is_late_and_no_stall_yet(self, running):
        Plant.objects.update(next_due=ago(1.6))
        assert stage_of(running, "simulate").state == "late"
        Plant.objects.update(next_due=ago(3.2))
        assert stage_of(running, "simulate").state == "stalled"

    def test_a_plant_that_failed_says_why(self, told, running):
        Plant.objects.update(state="failed", next_due=None, state_reason="Step 4 is not finite")
        assert told(running).all_name("simulate", "Step 4 is not finite")

    def test_its_lag_and_rate_come_from_the_stored_times(self, running):
        for step in (1, 2, 3):
            Reading.objects.filter(step=step).update(sampled_at=ago(0.5 * (3 - step)))
        Plant.objects.update(interval_seconds=0.5, next_due=ago(1.2))
        stage = stage_of(running, "simulate")
        assert stage.rate == pytest.approx(2.0, rel=0.1)
        assert stage.lag_steps == 3
        assert stage.lag_seconds == pytest.approx(1.2, abs=0.3)

    def test_who_paused_the_plant_is_told(self, running, make_user):
        running.pause(by=make_user("operator", username="ada"))
        stage = stage_of(running, "simulate")
        assert (stage.state, stage.reason) == ("idle", "paused by ada")


class TestIngest:
    def test_a_fed_plant_has_ingest_in_place_of_clock_and_simulate(self, told, fed):
        assert list(told(fed).states) == ["ingest", "analyse", "push", "explain"]

    def test_it_waits_for_the_first_row(self, told, fed):
        found = told(fed)
        assert found.states["ingest"] == "waiting"
        assert "no row has come yet" in found.strip
        assert found.code == 200

    def test_rows_in_time_are_ok(self, told, fed):
        feed(fed, [1, 2])
        analyse_plant(fed.pk)
        assert told(fed).states["ingest"] == "ok"

    def test_rows_that_stay_out_are_named_with_when_the_last_one_came(self, told, fed):
        feed(fed, [1, 2], seconds_ago=6)
        analyse_plant(fed.pk)
        found = told(fed)
        assert found.all_name("ingest", "no row has been stored since")
        assert "Look after the sender" in found.strip

    def test_a_slow_feed_is_given_its_interval(self, told, fed):
        fed.set_speed(interval_seconds=60)
        feed(fed, [1, 2], seconds_ago=80)
        analyse_plant(fed.pk)
        assert told(fed).states["ingest"] == "ok"

    def test_rows_that_are_refused_are_the_cause_that_is_told(self, told, fed):
        feed(fed, [1], seconds_ago=6)
        analyse_plant(fed.pk)
        IngestCount.add(fed.pk, "accepted")
        IngestCount.add(fed.pk, "unknown", 4, detail="There is no XMEAS(77).")
        found = told(fed)
        assert found.all_name("ingest", "There is no XMEAS(77).")
        assert "Rows unknown" in found.strip
        assert status_of(Plant.objects.get(pk=fed.pk)).as_json()["ingest"] == {
            "accepted": 1,
            "unknown": 4,
        }
        stage = stage_of(fed, "ingest")
        assert (stage.error, bool(stage.error_at)) == ("There is no XMEAS(77).", True)

    def test_rows_of_bad_quality_are_stored_so_they_are_no_refusal(self, told, fed):
        feed(fed, [1], seconds_ago=6)
        analyse_plant(fed.pk)
        IngestCount.add(fed.pk, "bad", detail="5 or more identical rows.")
        found = told(fed)
        assert found.all_name("ingest", "no row has been stored since")
        assert "refused" not in found.strip
        assert stage_of(fed, "ingest").error == ""

    def test_one_is_counted_in_the_singular(self, fed):
        feed(fed, [1])
        assert stage_of(fed, "ingest").unit_words == "reading"

    def test_a_paused_feed_is_idle(self, fed, make_user):
        feed(fed, [1], seconds_ago=600)
        fed.pause(by=make_user("operator", username="ada"))
        assert stage_of(fed, "ingest").reason == "paused by ada"

    def test_a_beat_that_is_gone_is_told_though_the_feed_needs_none(self, fed):
        feed(fed, [1])
        analyse_plant(fed.pk)
        Pulse.objects.filter(stage="clock").update(beaten_at=ago(30))
        stage = stage_of(fed, "analyse")
        assert (stage.state, "beat" in stage.reason) == ("late", True)


class TestAnalyse:
    def fall_behind(self, plant: Plant, steps: int = 14, seconds: float = 5) -> None:
        AnalysisCursor.objects.update(step=0, analyses=0, analysed_at=ago(60))
        first = plant.step + 1
        feed(plant, list(range(first, first + steps)))
        Reading.objects.update(sampled_at=ago(seconds))
        Plant.objects.filter(source="simulator").update(next_due=timezone.now())

    def test_a_dead_worker_of_a_fed_plant_is_named(self, told, fed):
        feed(fed, [1])
        self.fall_behind(fed)
        Pulse.objects.filter(stage="analyse").update(beaten_at=ago(9))
        assert told(fed).all_name("analyse", "no worker on the queue; ingest is at step 15")

    def test_a_dead_worker_is_named_even_while_nothing_waits(self, told, fed):
        feed(fed, [1])
        analyse_plant(fed.pk)
        Pulse.objects.filter(stage="analyse").update(beaten_at=ago(9))
        assert told(fed).all_name("analyse", "no plant worker gives a sign of life")

    def test_hints_that_nobody_takes_are_counted(self, told, running):
        self.fall_behind(running)
        hint_analyse([running.pk])
        found = told(running)
        assert found.all_name("analyse", "simulate is at step 17, analyse at 0")
        assert "1 hints wait in the queue" in found.strip

    def test_an_error_is_told_as_the_cause(self, told, running):
        self.fall_behind(running)
        AnalysisCursor.objects.update(last_error="the detector is damaged", last_error_at=ago(1))
        assert told(running).all_name("analyse", "the last try failed: the detector is damaged")

    def test_a_slow_worker_that_works_its_queue_off_is_late_and_no_stall(self, told, running):
        self.fall_behind(running)
        AnalysisCursor.objects.update(analysed_at=ago(0.2))
        found = told(running)
        assert found.states["analyse"] == "late"
        assert "17 wait" in found.strip
        assert found.doctor["analyse"] == "warn"
        assert found.code == 200

    def test_no_detector_is_named_with_the_command(self, told, plant):
        plant.start()
        all_processes_work()
        feed(plant, [1])
        assert told(plant).all_name("analyse", "manage.py fitdetector")

    def test_bad_readings_and_gaps_in_the_steps_do_not_wait(self, told, fed):
        feed(fed, [1, 2, 900, 901], bad=(901,), seconds_ago=0)
        DetectorSettings.of(fed)
        analyse_plant(fed.pk)
        feed(fed, [903, 950], bad=(903, 950))
        stage = stage_of(fed, "analyse")
        assert (stage.state, stage.lag_steps, stage.count) != ("stalled", 0, 0)
        assert stage.lag_steps == 0
        assert stage.count == 3

    def test_good_readings_between_bad_ones_are_counted_one_by_one(self, fed):
        settings = DetectorSettings.of(fed)
        settings.decimation = 4
        settings.save()
        feed(fed, [1, 2, 3, 90, 91, 92], bad=(2, 90, 91))
        analyse_plant(fed.pk)
        stage = stage_of(fed, "analyse")
        assert (stage.state, stage.reason) == ("waiting", "aggregating 3 of 4 readings")

    def test_exceedances_on_the_way_to_an_alarm_are_told(self, running):
        DetectorSettings.of(running)
        DetectorSettings.objects.update(consecutive=6, preset=None)
        AnalysisCursor.objects.update(streak=2)
        stage = stage_of(running, "analyse")
        assert (stage.state, stage.reason) == ("waiting", "2 of 6 consecutive exceedances")


class TestPush:
    def test_it_is_idle_while_no_page_is_open(self, running):
        stage = stage_of(running, "push")
        assert (stage.state, stage.reason) == ("idle", "no page is open")

    def look(self, plant: Plant, **steps: int) -> None:
        note_viewer(plant.pk, 60, "a page")
        for act, step in steps.items():
            delivery.note(plant.pk, act, 1, step)

    def test_it_is_ok_while_pages_are_sent_the_newest_step(self, told, running):
        self.look(running, pushed=3, sent=3, acknowledged=3)
        found = told(running)
        assert found.states["push"] == "ok"
        assert "1 open page" in found.strip

    def test_a_web_server_that_sends_nothing_is_named(self, told, running):
        self.look(running, pushed=3, sent=1)
        self.nothing_was_sent_for(running, 5)
        found = told(running)
        assert found.all_name("push", "step 3 was pushed, and the web server has sent 1 open page")
        assert "daphne" in found.strip

    def test_a_worker_that_pushes_nothing_is_named(self, told, running):
        self.look(running, pushed=1, sent=1)
        self.nothing_was_sent_for(running, 5)
        assert told(running).all_name("push", "no worker has pushed since step 1")

    def test_a_push_that_fails_is_named_with_its_error(self, told, running):
        self.look(running, pushed=1, sent=1)
        self.nothing_was_sent_for(running, 5)
        Pulse.fail("push", "TimeoutError: the channel layer")
        assert told(running).all_name("push", "the channel layer")

    def test_what_was_sent_of_the_run_before_the_reset_does_not_count(self, told, running):
        note_viewer(running.pk, 60, "a page")
        delivery.note(running.pk, "sent", 0, 900)
        Plant.objects.update(sampled_at=ago(5), next_due=timezone.now())
        assert told(running).states["push"] == "stalled"

    def test_its_rate_is_that_of_the_newest_pushes(self, running):
        note_viewer(running.pk, 60, "a page")
        for _ in range(4):
            delivery.note(running.pk, "pushed", 1, 3)
        delivery.note(running.pk, "sent", 1, 3)
        assert stage_of(running, "push").rate > 0

    def nothing_was_sent_for(self, plant: Plant, seconds: float) -> None:
        """The plant's newest step is so old, and so is what was noted."""
        Plant.objects.filter(pk=plant.pk).update(sampled_at=ago(seconds), next_due=timezone.now())
        from simulation.broker import prober

        key = f"teplive:delivery:{plant.pk}"
        for act, text in prober().hgetall(key).items():
            run, step, at = text.split()
            prober().hset(key, act, f"{run} {step} {float(at) - seconds}")


class TestExplain:
    def ask(self, plant: Plant, **fields) -> Explanation:
        values = {
            "run": plant.run,
            "step": 3,
            "provider": "signatures",
            "trigger": "request",
            "request_key": "a:signatures",
            "not_before": timezone.now(),
            "created_at": timezone.now(),
            **fields,
        }
        return Explanation.objects.create(**values)

    def test_a_silent_worker_is_named(self, told, running):
        self.ask(running)
        Pulse.objects.filter(stage="explain").update(beaten_at=ago(9))
        assert told(running).all_name("explain", "1 wait; no worker for explanations")

    def test_one_that_must_wait_says_for_how_long(self, told, running):
        self.ask(running, not_before=timezone.now() + timedelta(seconds=43.4))
        found = told(running)
        assert found.states["explain"] == "waiting"
        assert "next explanation in 43 s" in found.strip

    def test_one_that_is_being_written_says_since_when(self, told, running):
        self.ask(running, status="running", started_at=ago(12))
        assert "an explanation is being written for 12 s" in told(running).strip

    def test_a_failure_is_told_with_its_time_and_is_no_stall(self, told, running):
        self.ask(running, status="failed", error="No key.", finished_at=ago(1))
        found = told(running)
        assert (found.states["explain"], found.code) == ("late", 200)
        stage = stage_of(running, "explain")
        assert stage.error == "No key."
        assert (timezone.now() - stage.error_at).total_seconds() < 10
