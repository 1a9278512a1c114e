"""From an alarm to its explanations, whatever the messages and the providers do."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from explainer import explaining, places
from explainer.asking import NothingToExplain, explain_alarm, explain_by_hand
from explainer.display import facts_of
from explainer.explaining import run, sweep
from explainer.models import Explanation
from monitoring.models import Alarm, DetectorSettings
from simulation.models import Injection
from tests.explainer.conftest import KEY
from tests.explainer.llm_server import Refuses, Says

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]


def another_alarm(alarm: Alarm) -> Alarm:
    """A second alarm of the same plant, cleared already."""
    return Alarm.objects.create(
        run=alarm.run,
        analysis=alarm.analysis,
        onset_step=alarm.onset_step,
        raised_step=alarm.raised_step + 1000,
        raised_at=timezone.now(),
        cleared_step=alarm.raised_step + 1001,
        cleared_at=timezone.now(),
        peak_ratio=2.0,
        consecutive=3,
    )


def make_due() -> None:
    Explanation.objects.update(not_before=timezone.now() - timedelta(seconds=1))


def test_an_alarm_is_explained_by_the_embedded_explainer_alone_without_a_key(alarm_of, explained):
    made = explained(alarm_of(4))
    assert list(made) == ["embedded"]
    assert made["embedded"].status == "done"
    assert "IDV(4)" in made["embedded"].text
    assert made["embedded"].evidence["version"] == 3
    assert made["embedded"].prompt == ""


def test_with_a_key_claude_explains_the_same_evidence(alarm_of, explained, claude):
    made = explained(alarm_of(4))
    assert {name: one.status for name, one in made.items()} == {
        "embedded": "done",
        "claude": "done",
    }
    assert made["claude"].evidence == made["embedded"].evidence
    assert made["claude"].model == "claude-of-the-test"
    assert (made["claude"].tokens_in, made["claude"].tokens_out) == (1234, 321)
    sent = claude.sent()
    assert sent in made["claude"].prompt
    assert '"tag": "XMV(10)"' in sent


def test_the_truth_is_neither_read_nor_told(alarm_of, claude):
    alarm = alarm_of(6)
    Injection.objects.create(run=alarm.run, idv=6, start_step=81)
    with CaptureQueriesContext(connection) as queries:
        for one in explain_alarm(alarm.pk):
            run(one.pk)
    assert len(queries) > 10
    assert not [q["sql"] for q in queries if Injection._meta.db_table in q["sql"]]
    assert "IDV(20): Unknown" in claude.sent()


def test_repeated_and_reordered_messages_make_one_explanation_each(alarm_of, claude):
    alarm = alarm_of(4)
    assert not run(1)  # before it exists
    first = explain_alarm(alarm.pk)
    second = explain_alarm(alarm.pk)
    assert [one.pk for one in first] == [one.pk for one in second]
    for pk in [one.pk for one in reversed(first)] * 3:
        run(pk)
    explain_alarm(alarm.pk)
    assert Explanation.objects.count() == 2
    assert len(claude.requests) == 1


def test_a_message_about_an_alarm_that_is_gone_does_nothing():
    assert explain_alarm(999) == []
    assert run(999) is False


def test_a_key_that_comes_later_does_not_explain_old_alarms(alarm_of, explained, settings):
    alarm = alarm_of(4)
    explained(alarm)
    settings.ANTHROPIC_API_KEY = KEY
    assert [one.provider for one in explain_alarm(alarm.pk)] == ["embedded"]


def test_a_failing_claude_leaves_the_embedded_explanation_alone(alarm_of, explained, claude):
    claude.play(Refuses(401))
    made = explained(alarm_of(4))
    assert made["embedded"].status == "done"
    assert made["claude"].status == "failed"
    assert "ANTHROPIC_API_KEY was refused" in made["claude"].error
    assert made["claude"].seconds is not None
    assert made["claude"].prompt


def test_a_rate_limit_is_waited_out_by_the_queue(alarm_of, explained, claude):
    claude.play(Refuses(429, headers={"retry-after": "20"}), Says())
    made = explained(alarm_of(4))["claude"]
    assert made.status == "waiting"
    assert 18 < made.seconds_to_start <= 25
    assert made.state_words.startswith("starts in ") and made.state_words.endswith("(attempt 2)")
    assert "(429)" in made.error
    assert not run(made.pk)  # not yet
    make_due()
    assert run(made.pk)
    made.refresh_from_db()
    assert (made.status, made.error, made.attempts) == ("done", "", 2)


def test_an_overload_that_lasts_is_given_up_after_three_attempts(alarm_of, explained, claude):
    claude.play(Refuses(529))
    made = explained(alarm_of(4))["claude"]
    while made.status == "waiting":
        make_due()
        run(made.pk)
        made.refresh_from_db()
    assert (made.status, made.attempts, len(claude.requests)) == ("failed", 3, 3)
    assert "overloaded (529)" in made.error


def test_a_pause_of_an_hour_is_not_waited_for(alarm_of, explained, claude):
    claude.play(Refuses(429, headers={"retry-after": "3600"}))
    made = explained(alarm_of(4))["claude"]
    assert made.status == "failed"
    assert "asks for a pause of" in made.error


def test_automatic_explanations_of_a_plant_start_the_minimum_apart(alarm_of, claude):
    alarm = alarm_of(4)
    settings = DetectorSettings.of(alarm.run.plant)
    settings.min_explanation_seconds = 60.0
    settings.save()
    first = explain_alarm(alarm.pk)
    second = explain_alarm(another_alarm(alarm).pk)
    assert first[0].not_before == first[1].not_before
    assert second[0].not_before == second[1].not_before
    assert second[0].not_before - first[0].not_before == timedelta(seconds=60)
    assert [run(one.pk) for one in second] == [False, False]
    second[0].refresh_from_db()
    assert second[0].state_words in {"starts in 60 s", "starts in 59 s"}
    facts = facts_of([alarm.run.plant])[alarm.run.plant_id]
    assert facts["explanations_waiting"] == 4
    assert facts["explanation_reason"] == "an explanation is waiting for a free worker"
    Explanation.objects.filter(pk__in=[one.pk for one in first]).update(status="done")
    facts = facts_of([alarm.run.plant])[alarm.run.plant_id]
    assert facts["explanations_waiting"] == 2
    assert facts["explanation_reason"].startswith("next explanation in ")


def test_one_asked_for_by_hand_does_not_wait(alarm_of, make_user):
    alarm = alarm_of(4)
    DetectorSettings.of(alarm.run.plant)
    DetectorSettings.objects.update(min_explanation_seconds=3600.0)
    explain_alarm(alarm.pk)
    made = explain_by_hand(alarm.run.plant, make_user("operator"))
    assert run(made[0].pk)
    late = explain_alarm(another_alarm(alarm).pk)
    assert late[0].seconds_to_start > 3500


def test_a_cleared_alarm_still_gets_its_explanation(alarm_of, explained):
    alarm = alarm_of(4)
    Alarm.objects.filter(pk=alarm.pk).update(cleared_step=alarm.raised_step + 5)
    assert explained(alarm)["embedded"].status == "done"


def test_the_readings_of_an_old_run_are_still_explained(alarm_of, explained):
    alarm = alarm_of(4)
    alarm.run.plant.reset()
    assert explained(alarm)["embedded"].status == "done"


def test_a_standing_alarm_asked_for_by_hand_is_explained_by_the_latest_point(alarm_of, make_user):
    alarm = alarm_of(7)
    assert alarm.is_standing
    (made,) = explain_by_hand(alarm.run.plant, make_user("operator"))
    assert made.alarm == alarm
    assert made.step == alarm.run.plant.step


def test_asking_twice_while_it_is_under_way_costs_once(alarm_of, make_user, claude):
    alarm = alarm_of(7)
    user = make_user("operator")
    first = explain_by_hand(alarm.run.plant, user)
    again = explain_by_hand(alarm.run.plant, user)
    assert {one.pk for one in first} == {one.pk for one in again}
    assert Explanation.objects.count() == 2


def test_without_an_alarm_the_latest_point_is_explained(ran, make_user, detector):
    DetectorSettings.objects.update(consecutive=1000)
    plant = ran(1.0)
    Alarm.objects.all().delete()
    (made,) = explain_by_hand(plant, make_user("operator"))
    assert (made.alarm, made.step) == (None, 20)
    run(made.pk)
    made.refresh_from_db()
    assert "No alarm." in made.text


def test_a_plant_without_an_analysis_has_nothing_to_explain(plant, make_user):
    user = make_user("operator")
    with pytest.raises(NothingToExplain, match="TEP 1 has never run"):
        explain_by_hand(plant, user)
    plant.reset()
    with pytest.raises(NothingToExplain, match="Nothing of TEP 1 has been analysed yet"):
        explain_by_hand(plant, user)


def test_lost_readings_fail_with_a_reason(alarm_of, explained):
    alarm = alarm_of(4)
    alarm.run.readings.all().delete()
    made = explained(alarm)["embedded"]
    assert made.status == "failed"
    assert "not all in the database" in made.error


def test_the_sweep_takes_up_an_alarm_whose_message_was_lost(alarm_of):
    alarm = alarm_of(4)
    due = sweep()
    assert Explanation.objects.filter(alarm=alarm, pk__in=due).exists()
    assert sweep() == due


def test_the_sweep_takes_up_what_a_dead_worker_left_and_the_dead_one_cannot_spoil_it(alarm_of):
    (made,) = explain_alarm(alarm_of(4).pk)
    now = timezone.now()
    assert made.claim(now)
    assert not Explanation.objects.get(pk=made.pk).claim(now)
    assert sweep() == []
    assert sweep(now + timedelta(minutes=6)) != []
    again = Explanation.objects.get(pk=made.pk)
    assert "was lost" in again.error
    again_claimed = again.claim(now + timedelta(minutes=7))
    assert again_claimed and again.attempts == 2
    assert not made.settle("done", text="too late")
    assert Explanation.objects.get(pk=made.pk).status == "running"


def test_a_worker_lost_three_times_ends_in_a_failure(alarm_of):
    (made,) = explain_alarm(alarm_of(4).pk)
    Explanation.objects.filter(pk=made.pk).update(
        status="running", attempts=3, started_at=timezone.now() - timedelta(minutes=6)
    )
    sweep()
    made.refresh_from_db()
    assert made.status == "failed"
    assert "lost 3 times" in made.error


def test_remote_calls_leave_room_for_the_embedded_ones(alarm_of, claude, monkeypatch):
    alarm = alarm_of(4)
    first, second = explain_alarm(alarm.pk), explain_alarm(another_alarm(alarm).pk)
    third = explain_by_hand(alarm.run.plant, AnonymousUser())
    monkeypatch.setattr(places, "REMOTE_AT_ONCE", 2)
    for one in (first[1], second[1]):
        assert one.provider == "claude"
        assert one.claim(timezone.now())
    assert not run(third[1].pk)
    assert run(third[0].pk)  # an embedded one
    first[1].settle("done", text="late")
    assert explaining.next_remote() == [third[1].pk]
    assert run(third[1].pk)


@pytest.mark.django_db(transaction=True)
def test_a_hanging_claude_delays_neither_the_embedded_one_nor_the_plant(
    claude, fitted_parameters, django_db_serialized_rollback
):
    """The earlier system called the model inside ingest, and the whole plant stood still."""
    from monitoring.analysing import analyse_plant
    from monitoring.models import DetectorModel
    from simulation import tep
    from simulation.models import Plant
    from tests.explainer.conftest import fill
    from tests.monitoring.test_analysing import take

    DetectorModel.objects.create(version=1, is_active=True, **fitted_parameters)
    plant = Plant.objects.create(name="hangs")
    rows, _ = tep.simulate_rows(4651207995, 1.0, {7: 0.5})
    fill(plant, rows)
    plant.start()
    alarm = Alarm.objects.filter(run=plant.run).latest("raised_step")
    claude.hang()
    made = {one.provider: one.pk for one in explain_alarm(alarm.pk)}

    def call() -> None:
        run(made["claude"])
        connection.close()

    thread = threading.Thread(target=call)
    thread.start()
    try:
        assert claude.asked.wait(20)
        assert Explanation.objects.get(pk=made["claude"]).status == "running"
        assert run(made["embedded"])
        assert Explanation.objects.get(pk=made["embedded"]).status == "done"
        take(plant, 2)
        assert analyse_plant(plant.pk) == 2
        assert Explanation.objects.get(pk=made["claude"]).status == "running"
    finally:
        claude.release.set()
        thread.join(20)
    # The server hung up without an answer: worth another try, later.
    assert Explanation.objects.get(pk=made["claude"]).status == "waiting"
