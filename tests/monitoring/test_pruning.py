"""Pruning: what is old goes, what a claim rests on stays, and the stream is never slowed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from explainer.models import Explanation
from monitoring import pruning
from monitoring.models import Alarm, Analysis, AnalysisCursor
from monitoring.pruning import Limits, prune
from monitoring.tasks import prune_plants
from simulation.models import Plant, Reading, Run
from tests.monitoring.stored import fill

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(pruning, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(pruning, "AT_ONCE", 7)
    monkeypatch.setattr(pruning, "ALWAYS_KEPT", 10)
    monkeypatch.setattr(pruning, "KEPT_BEFORE_ALARM", 5)


def steps(model, run: Run) -> list[int]:
    return list(model.objects.filter(run=run).order_by("step").values_list("step", flat=True))


def test_without_a_limit_nothing_is_pruned(plant, detector):
    run = fill(plant, detector, 30, days_old=400)
    prune_plants()
    assert len(steps(Reading, run)) == len(steps(Analysis, run)) == 30


def test_by_age_the_old_runs_go_and_the_newest_readings_of_the_present_run_stay(plant, detector):
    old = fill(plant, detector, 40, days_old=9)
    run = fill(plant, detector, 40, days_old=8)
    pruned = prune(plant, Limits(days=7))
    assert (pruned.readings, pruned.analyses) == (70, 70)
    assert steps(Reading, old) == steps(Analysis, old) == []
    assert steps(Reading, run) == steps(Analysis, run) == list(range(31, 41))
    assert list(plant.runs.values_list("number", flat=True)) == [2, 1], "the runs stay listed"


def test_by_age_only_what_is_older_goes(plant, detector):
    run = fill(plant, detector, 60, days_old=0)
    prune(plant, Limits(days=20 / 1440))  # the last 20 minutes
    assert steps(Reading, run)[0] in (40, 41)
    assert steps(Reading, run) == steps(Analysis, run)


def test_by_count_the_newest_stay_over_all_runs(plant, detector):
    first, second, third = (fill(plant, detector, 20, days_old=0) for _ in range(3))
    prune(plant, Limits(readings=25))
    assert steps(Reading, first) == []
    assert steps(Reading, second) == list(range(16, 21))
    assert steps(Reading, third) == list(range(1, 21))
    again = prune(plant, Limits(readings=25))
    assert (again.readings, again.analyses) == (0, 0)


def test_what_the_detector_has_not_read_is_never_pruned(plant, detector):
    old = fill(plant, detector, 30, days_old=9, read_to=12)
    plant.reset(2)
    prune(plant, Limits(days=1))
    assert steps(Reading, old) == list(range(13, 31))
    AnalysisCursor.objects.all().delete()
    assert prune(plant, Limits(days=1)).readings == 0


def test_an_alarm_its_points_and_its_explanations_survive(plant, detector):
    run = fill(plant, detector, 60, days_old=9)
    alarm = Alarm.objects.create(
        run=run,
        analysis=Analysis.objects.get(run=run, step=30),
        onset_step=28,
        raised_step=30,
        raised_at=timezone.now(),
        peak_ratio=1.5,
        consecutive=3,
    )
    now = timezone.now()
    Explanation.objects.create(
        run=run, alarm=alarm, step=30, provider="signatures", trigger="alarm", request_key="a:1",
        not_before=now, created_at=now, status="done",
    )  # fmt: skip
    plant.reset(2)
    AnalysisCursor.objects.filter(plant=plant).update(run=plant.current_run, step=0)
    pruned = prune(plant, Limits(days=1))
    assert pruned.kept_for_alarms == 6
    assert steps(Reading, run) == steps(Analysis, run) == [25, 26, 27, 28, 29, 30]
    alarm.refresh_from_db()
    assert alarm.analysis.step == 30
    assert alarm.explanations.count() == 1
    prune(plant, Limits(days=1))
    assert steps(Reading, run) == [25, 26, 27, 28, 29, 30]


def test_the_page_of_an_alarm_still_shows_all_its_figures(plant, detector, client, make_user):
    run = fill(plant, detector, 60, days_old=9)
    point = Analysis.objects.get(run=run, step=30)
    alarm = Alarm.objects.create(
        run=run, analysis=point, onset_step=28, raised_step=30, raised_at=timezone.now(),
        peak_ratio=1.5, consecutive=3,
    )  # fmt: skip
    client.force_login(make_user("operator"))
    before = client.get(f"/alarms/{alarm.pk}/").content
    assert prune(plant, Limits(days=1)).readings
    after = client.get(f"/alarms/{alarm.pk}/")
    assert after.status_code == 200
    assert before.count(b"<td") == after.content.count(b"<td")
    assert b"nan" not in after.content.lower().replace(b"finance", b"")


def test_a_dry_run_tells_the_same_numbers_and_deletes_nothing(plant, detector):
    run = fill(plant, detector, 40, days_old=9)
    dry = prune(plant, Limits(days=7), dry=True)
    assert len(steps(Reading, run)) == 40
    done = prune(plant, Limits(days=7))
    assert (dry.readings, dry.analyses) == (done.readings, done.analyses) == (30, 30)


def test_the_nightly_task_uses_the_plants_limits_and_else_the_installations(
    plant, detector, settings
):
    settings.KEEP_DAYS = 5.0
    other = Plant.objects.create(name="keeps long", keep_days=100)
    mine, theirs = fill(plant, detector, 30, days_old=9), fill(other, detector, 30, days_old=9)
    prune_plants()
    assert len(steps(Reading, mine)) == 10
    assert len(steps(Reading, theirs)) == 30


def test_the_command_prunes_one_plant_and_says_what_went(plant, detector):
    other = Plant.objects.create(name="other")
    mine, theirs = fill(plant, detector, 30, days_old=9), fill(other, detector, 30, days_old=9)
    out = StringIO()
    call_command("prune", "--plant", plant.name, "--days", "7", "--dry-run", stdout=out)
    call_command("prune", "--plant", plant.name, "--days", "7", stdout=out)
    first, second = out.getvalue().splitlines()
    assert first.startswith("Would go: TEP 1: 20 readings and 20 analyses")
    assert second.startswith("Pruned: TEP 1: 20 readings and 20 analyses")
    assert (len(steps(Reading, mine)), len(steps(Reading, theirs))) == (10, 30)


@pytest.mark.parametrize(
    "arguments", [["--days", "0"], ["--days", "soon"], ["--readings", "5"], ["--plant", "x"]]
)
def test_the_command_refuses_what_it_cannot_use(plant, arguments):
    with pytest.raises(CommandError):
        call_command("prune", *arguments)
