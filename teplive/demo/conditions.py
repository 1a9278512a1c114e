"""What a scene does when it begins, and whether what it waits for is in the database."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from explainer.models import Explanation
from monitoring.models import Alarm, Analysis
from simulation import branching, tasks
from simulation.models import FaultPreset, Injection, Plant, PlantError
from teplive.demo.scenes import BACK_POINTS, FAULT, INTERVAL_SECONDS, PLANT, SETTLED_STEPS
from teplive.models import DemoTour

PRESET = f"idv-{FAULT}"


def act(tour: DemoTour) -> None:
    """Do what the scene is about. Raises PlantError for what the plant refuses."""
    plant, by = tour.plant, tour.started_by
    match tour.current.slug:
        case "normal":
            plant.set_speed(interval_seconds=INTERVAL_SECONDS, by=by)
            plant.reset(by=by)
            plant.start(by=by)
            tour.run = plant.run
        case "fault":
            preset = FaultPreset.objects.filter(slug=PRESET).first()
            plant.inject([FAULT], preset=preset, by=by)
        case "whatif":
            tour.twin = branching.twin(plant, by=by)
            tasks.hint_ahead(tour.twin.pk)
        case "recovery":
            plant.clear(by=by)


def holds(tour: DemoTour) -> bool:
    """Whether the scene's condition holds; what it found is kept in the tour."""
    match tour.current.slug:
        case "normal":
            scored = Analysis.objects.filter(run=tour.run, step__gte=SETTLED_STEPS).exists()
            return scored and not standing(tour)
        case "fault":
            begun = injection_of(tour)
            return begun is not None and tour.plant.step >= begun.start_step
        case "alarm":
            tour.alarm = tour.alarm or first_alarm(tour)
            return tour.alarm is not None
        case "explanation":
            return explanation_of(tour) is not None
        case "whatif":
            twin = tour.twin
            return twin is not None and twin.tep_state is not None and not twin.is_running_ahead
        case _:
            return is_back(tour)


def injection_of(tour: DemoTour) -> Injection | None:
    """Return the tour's fault."""
    return Injection.objects.filter(run=tour.run, idv=FAULT).order_by("start_step").first()


def first_alarm(tour: DemoTour) -> Alarm | None:
    """Return the first alarm that was raised after the fault began."""
    begun = injection_of(tour)
    if begun is None:
        return None
    found = Alarm.objects.filter(run=tour.run, raised_step__gte=begun.start_step)
    return found.order_by("raised_step").first()


def is_back(tour: DemoTour) -> bool:
    """Whether the newest points after the fault's end are below both limits of PCA."""
    begun = injection_of(tour)
    if begun is None or begun.end_step is None:
        return False
    after = Analysis.objects.filter(run=tour.run, first_step__gte=begun.end_step)
    newest = list(
        after.order_by("-step").values_list("t2", "t2_limit", "spe", "spe_limit")[:BACK_POINTS]
    )
    return len(newest) == BACK_POINTS and all(
        t2 <= t2_limit and spe <= spe_limit for t2, t2_limit, spe, spe_limit in newest
    )


def standing(tour: DemoTour) -> bool:
    """Whether an alarm of the run stands."""
    return Alarm.objects.filter(run=tour.run, cleared_step__isnull=True).exists()


def explanation_of(tour: DemoTour) -> Explanation | None:
    """Return the first finished explanation of the tour's alarm."""
    if tour.alarm_id is None:
        return None
    done = Q(alarm=tour.alarm_id, status=Explanation.Status.DONE)
    return Explanation.objects.filter(done).order_by("finished_at").first()


def links(tour: DemoTour) -> list[tuple[str, str]]:
    """Return what there is to look at now: words and address."""
    found = [("Dashboard", reverse("monitoring:plant", args=[tour.plant_id]))]
    match tour.current.slug:
        case "normal" | "fault" | "recovery":
            address = reverse("monitoring:flowsheet", args=[tour.plant_id])
            found.append(("Flow sheet", address))
    if tour.alarm_id is not None:
        found.append(("The alarm", reverse("monitoring:alarm", args=[tour.alarm_id])))
    explanation = explanation_of(tour)
    if explanation is not None:
        found.append(("The explanation", reverse("explainer:explanation", args=[explanation.pk])))
    if tour.twin_id is not None:
        address = reverse("monitoring:compare", args=[tour.plant_id, tour.twin_id])
        found.append(("Plant and twin compared", address))
    return found


def demo_plant() -> Plant:
    """Return the tour's plant, made if there is none. Raises PlantError for an unfit one."""
    plant, _ = Plant.objects.get_or_create(
        name=PLANT, defaults={"description": "The tour's own plant. Tours reset it."}
    )
    if not plant.is_simulated or plant.is_branch:
        raise PlantError(
            gettext("The plant %(plant)s is no simulated one of its own.") % {"plant": PLANT},
            gettext("Rename it."),
        )
    return plant
