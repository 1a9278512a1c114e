"""The demonstration, driven step by step on a real plant: nothing staged, nobody else touched."""

import json
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from explainer.asking import explain_alarm
from explainer.explaining import run
from monitoring.analysing import analyse_plant
from monitoring.models import Alarm
from simulation import branching
from simulation.models import Injection, Plant, PlantError
from simulation.stepping import Tick, step_plants
from teplive.demo import conditions
from teplive.demo import tour as tours
from teplive.demo.scenes import FAULT, PLANT, SCENES, SETTLED_STEPS
from teplive.models import DemoTour

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]


def take(plant: Plant, steps: int) -> None:
    for _ in range(steps):
        plant.refresh_from_db()
        assert step_plants([Tick(plant.pk, plant.current_run_id, plant.step)], even_if_early=True)
    analyse_plant(plant.pk)


def later(tour: DemoTour, seconds: float) -> bool:
    """Advance the tour as if its scene had been shown for so long."""
    tour.refresh_from_db()
    now = tour.scene_at + timedelta(seconds=seconds)
    DemoTour.objects.filter(pk=tour.pk).update(looked_at=now)  # somebody looked all the while
    return tours.advance(tour.pk, now)


def now_at(tour: DemoTour) -> str:
    tour.refresh_from_db()
    return tour.current.slug


@pytest.fixture
def tour(detector, make_user):
    return tours.begin(make_user("operator"))


def to_fault(tour: DemoTour) -> None:
    take(tour.plant, SETTLED_STEPS)
    assert later(tour, SCENES[0].at_least)


def test_the_tour_goes_through_every_scene_and_reaches_it(tour):
    take(tour.plant, SETTLED_STEPS)
    assert not later(tour, 1)  # it is to be seen for a while, even though it has settled
    assert later(tour, SCENES[0].at_least)
    assert now_at(tour) == "fault"
    assert [i.idv for i in Injection.objects.filter(run=tour.run)] == [FAULT]
    assert not later(tour, SCENES[1].at_least)  # no sample with the fault yet
    take(tour.plant, 1)
    assert later(tour, SCENES[1].at_least)
    assert not later(tour, SCENES[2].at_least)  # no alarm yet
    take(tour.plant, 25)
    assert later(tour, SCENES[2].at_least)
    assert tour.alarm is None and now_at(tour) == "explanation"
    assert tour.alarm == Alarm.objects.get(run=tour.run)
    explain(tour.alarm)
    assert later(tour, SCENES[3].at_least)
    assert now_at(tour) == "whatif" and tour.twin.is_branch
    while branching.run_ahead(tour.twin_id):
        pass
    assert later(tour, SCENES[4].at_least)
    assert now_at(tour) == "recovery"
    assert tour.plant.active_idvs == []
    assert not later(tour, SCENES[5].at_least)  # not yet back
    tour.refresh_from_db()
    for _ in range(20):
        take(tour.plant, 10)
        if conditions.holds(tour):
            break
    assert later(tour, SCENES[5].at_least)
    tour.refresh_from_db()
    assert (tour.state, tour.reached_all) == ("done", True)
    assert [one["scene"] for one in tour.log] == [scene.slug for scene in SCENES]
    tour.plant.refresh_from_db()
    assert tour.plant.state == "paused"


def explain(alarm: Alarm) -> None:
    """Let the embedded explainer write what the alarm's hint would ask for."""
    for one in explain_alarm(alarm.pk):
        run(one.pk)


def test_what_does_not_come_in_time_is_said_and_the_tour_goes_on(tour):
    take(tour.plant, 3)
    assert not later(tour, SCENES[0].at_most - 1)
    assert later(tour, SCENES[0].at_most)
    tour.refresh_from_db()
    assert tour.log[0]["reached"] is False
    assert "did not settle" in tour.log[0]["words"]
    assert tour.current.slug == "fault" and not tour.reached_all


def test_an_outage_takes_no_time_of_the_scene(tour):
    take(tour.plant, 3)
    assert not later(tour, 10)
    hour = timedelta(hours=1)
    tour.refresh_from_db()
    assert not tours.advance(tour.pk, tour.looked_at + hour)
    shown = tour.seconds(tour.looked_at)
    tour.refresh_from_db()
    assert tour.current.slug == "normal"
    assert tour.seconds(tour.looked_at) == pytest.approx(shown, abs=0.01)


def test_advancing_twice_does_nothing_twice(tour):
    to_fault(tour)
    assert not later(tour, 1)
    assert Injection.objects.filter(run=tour.run).count() == 1
    assert len(tour.log) == 1


def test_a_worker_that_dies_in_the_middle_of_an_advance_leaves_the_scene_as_it_was(
    tour, monkeypatch
):
    take(tour.plant, SETTLED_STEPS)

    def die(tour):
        Plant.objects.get(pk=tour.plant_id).inject([FAULT])
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(conditions, "act", die)
        with pytest.raises(SystemExit):
            later(tour, SCENES[0].at_least)
    assert now_at(tour) == "normal" and tour.log == []
    assert not Injection.objects.exists()
    assert later(tour, SCENES[0].at_least)  # the next worker goes on
    assert Injection.objects.count() == 1


def test_other_plants_are_never_touched(plant, detector, make_user):
    plant.start()
    plant.refresh_from_db()
    before = Plant.objects.filter(pk=plant.pk).values().get()
    tour = tours.begin(make_user("operator"))
    to_fault(tour)
    tours.steer(tour.pk, "stop", None)
    assert Plant.objects.filter(pk=plant.pk).values().get() == before
    assert tour.plant.name == PLANT


def test_there_is_one_tour_at_a_time_and_it_ends_when_somebody_else_takes_the_plant(tour):
    with pytest.raises(PlantError, match="running already"):
        tours.begin(None)
    tour.plant.refresh_from_db()
    tour.plant.reset()
    assert later(tour, 1)
    tour.refresh_from_db()
    assert (tour.state, tour.why_stopped) == (
        "stopped",
        "Somebody began another run of the plant.",
    )
    assert tours.begin(None).pk != tour.pk


def test_a_pause_holds_the_plant_and_takes_no_time_of_the_scene(tour):
    operator = tour.started_by
    tours.steer(tour.pk, "pause", operator)
    tour.plant.refresh_from_db()
    assert tour.plant.state == "paused"
    assert not later(tour, 10_000)
    DemoTour.objects.filter(pk=tour.pk).update(paused_at=timezone.now() - timedelta(hours=1))
    tours.steer(tour.pk, "resume", operator)
    tour.refresh_from_db()
    tour.plant.refresh_from_db()
    assert (tour.state, tour.plant.state) == ("running", "running")
    assert tour.seconds(timezone.now()) < 60 or tour.scene_at > tour.started_at
    assert {"demo-begin", "demo-pause", "demo-resume"} <= set(
        AuditEntry.objects.values_list("action", flat=True)
    )


def test_a_scene_that_is_left_early_does_not_count_as_reached(tour):
    tours.steer(tour.pk, "next", tour.started_by)
    tour.refresh_from_db()
    assert tour.log[0]["reached"] is False
    assert tour.log[0]["words"] == "Left early by operator."


# -- pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 403), ("operator", 302), ("engineer", 302), ("admin", 302)]
)
def test_operators_and_above_run_it(client, make_user, detector, role, status):
    client.force_login(make_user(role))
    assert client.post(reverse("demo-begin")).status_code == status
    assert DemoTour.objects.exists() == (status == 302)
    tour = DemoTour.present() or tours.begin(None)
    for action in ("pause", "resume", "next", "stop"):
        assert client.get(reverse(f"demo-{action}", args=[tour.pk])).status_code == 405
        assert client.post(reverse(f"demo-{action}", args=[tour.pk])).status_code == status
    assert client.get(reverse("demo")).status_code == 200


def test_the_strip_says_scene_and_time_left_on_the_pages_of_its_plant_and_works_without_javascript(
    client, tour
):
    client.force_login(tour.started_by)
    for address in (reverse("monitoring:plant", args=[tour.plant_id]), reverse("demo")):
        page = client.get(address).content.decode()
        assert "scene 1 of 6" in page
        assert re.search(r"at most 1[12]\d s", page)
        line, _, folded = page[page.index('<details id="demo-more">') :].partition("</summary>")
        assert SCENES[0].title in line and SCENES[0].look not in line
        assert SCENES[0].look in folded.partition("</details>")[0]
        assert f'action="{reverse("demo-next", args=[tour.pk])}"' in page
    client.post(reverse("demo-next", args=[tour.pk]))
    assert "scene 2 of 6" in client.get(reverse("demo")).content.decode()
    part = client.get(reverse("demo-strip", args=[tour.pk])).content.decode()
    assert part.lstrip().startswith('<section id="demo"')
    client.post(reverse("demo-stop", args=[tour.pk]))
    ended = client.get(reverse("demo-strip", args=[tour.pk])).content.decode()
    assert "Stopped by operator." in ended and "hx-get" not in ended
    assert 'class="demo' not in client.get(reverse("demo")).content.decode().partition("<main")[0]


def test_pages_of_other_plants_and_of_none_have_a_link_to_it_alone(client, tour, plant):
    client.force_login(tour.started_by)
    link = f'<a class="demo-link" href="{reverse("monitoring:plant", args=[tour.plant_id])}"'
    elsewhere = (
        reverse("monitoring:plant", args=[plant.pk]),
        reverse("monitoring:plants"),
        "/plants/999999/",
    )
    for address in elsewhere:
        page = client.get(address).content.decode()
        assert link in page
        assert 'id="demo"' not in page
    assert (
        link not in client.get(reverse("monitoring:plant", args=[tour.plant_id])).content.decode()
    )
    tours.steer(tour.pk, "stop", tour.started_by)
    assert link not in client.get(reverse("monitoring:plants")).content.decode()


def test_the_time_left_is_the_limits_until_the_condition_holds_and_the_shortest_then(tour):
    scene = SCENES[0]
    assert tour.seconds_left(tour.scene_at) == scene.at_most
    tour.met_at = tour.scene_at
    assert tour.seconds_left(tour.scene_at) == scene.at_least
    assert tour.seconds_left(tour.scene_at + timedelta(hours=1)) == 0


def test_a_viewer_looks_on_without_buttons(client, make_user, tour):
    client.force_login(make_user("viewer"))
    page = client.get(reverse("demo")).content.decode()
    assert "scene 1 of 6" in page and "Next scene" not in page
    assert reverse("demo-begin") not in page


# -- the command --------------------------------------------------------------------------------


def test_the_command_says_how_to_start_when_nothing_runs():
    with pytest.raises(CommandError, match="make run") as refused:
        call_command("demo")
    assert refused.value.returncode == 2


def test_the_log_can_be_read_by_a_program(tour):
    tours.steer(tour.pk, "next", None)
    tour.refresh_from_db()
    assert json.loads(json.dumps(tour.log))[0]["scene"] == "normal"
