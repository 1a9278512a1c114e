"""What is drawn beside the lines of a run: alarms, injected faults, trips, normal bands, limits."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import F, Q, QuerySet

from monitoring.models import Alarm, Analysis
from monitoring.models.analysis import says_nothing
from monitoring.tag_limits import letters_on
from monitoring.tag_window import model_in_charge
from monitoring.trends.operator_alarms import stretches_of
from monitoring.trends.tags import Tag
from monitoring.trends.view import ALARM, INJECTION, START, TRIP
from simulation.models import Injection, PlantEvent, Reading, Run

#: Leaves out of injections what a session hides.
Told = Callable[["QuerySet[Any]"], "QuerySet[Any]"]
#: Of each kind, so many are told at most; the newest.
MOST = 200


@dataclass(frozen=True)
class Marks:
    """Claims and truths about steps `first` to `last` of a run, as a page takes them."""

    alarms: list[dict[str, Any]] = field(default_factory=list)
    injections: list[dict[str, Any]] = field(default_factory=list)
    trips: list[dict[str, Any]] = field(default_factory=list)
    operator: list[dict[str, Any]] = field(default_factory=list)
    """Alarms that the operator was shown (`operator_alarms.Stretch`), of the tags and of none."""
    operator_has_more: bool = False
    bad: list[dict[str, Any]] = field(default_factory=list)
    bad_count: int = 0
    normal: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Normal mean and standard deviation by tag, of the detector in charge at `last`."""
    detector: str = ""
    limits: dict[str, float] = field(default_factory=dict)
    """Limits of the statistics at the newest scored point."""
    unjudged: tuple[int, int] | None = None
    """First and last step at the begin of the run that the detector in charge does not judge, as
    far as they are scored; of a statistic among the tags only."""
    alarm_limits: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    """Letters (HH, H, L, LL) and value of the alarm limits in service now, by tag."""


def everything(found: "QuerySet[Any]") -> "QuerySet[Any]":
    """Leave nothing out."""
    return found


def marks_of(
    run: Run,
    tags: Sequence[Tag],
    first: int,
    last: int,
    told: Told = everything,
) -> Marks:
    """Read them from what is stored; `told` leaves out the injections that are not to be told."""
    alarms = Alarm.objects.filter(run=run, onset_step__lte=last)
    alarms = alarms.filter(Q(cleared_step__isnull=True) | Q(cleared_step__gte=first))
    injections = told(Injection.objects.filter(run=run, start_step__lte=last))
    injections = injections.exclude(end_step=F("start_step"))
    injections = injections.filter(Q(end_step__isnull=True) | Q(end_step__gte=first))
    trips = PlantEvent.objects.filter(
        run=run, kind=PlantEvent.Kind.TRIP, step__gte=first, step__lte=last
    )
    bad = Reading.objects.filter(run=run, step__gte=first, step__lte=last).exclude(quality="")
    shown_bad: list[dict[str, Any]] = [
        {"step": step, "quality": words}
        for step, words in bad.order_by("-step").values_list("step", "quality")[:MOST]
    ]
    model = model_in_charge(run, last)
    watched: dict[str, tuple[float, float]] = {}
    if model is not None:
        detector = model.detector
        pairs = zip(detector.mean_.tolist(), detector.sd_.tolist(), strict=True)
        watched = dict(zip(detector.labels, pairs, strict=True))
    point = Analysis.objects.filter(run=run, step__lte=last).order_by("-step").first()
    limits = {} if point is None else {"T2": point.t2_limit, "SPE": point.spe_limit, "RATIO": 1.0}
    labels = [tag.label for tag in tags]
    shown = stretches_of(run, tags, first, last)
    return Marks(
        alarms=[
            {"id": one.pk, "onset": one.onset_step, "raised": one.raised_step,
             "cleared": one.cleared_step, "standing": one.is_standing}
            for one in alarms.select_related("run").order_by("-raised_step")[:MOST]
        ],
        injections=[
            {"idv": one.idv, "magnitude": one.magnitude,
             "start": one.start_step, "end": one.end_step}
            for one in injections.order_by("-start_step")[:MOST]
        ],
        trips=[
            {"step": step, "text": text}
            for step, text in trips.order_by("-step").values_list("step", "text")[:MOST]
        ],
        operator=[asdict(one) for one in shown.told],
        operator_has_more=shown.has_more,
        bad=shown_bad,
        bad_count=bad.count() if len(shown_bad) == MOST else len(shown_bad),
        normal={label: watched[label] for label in labels if label in watched},
        detector="" if model is None else str(model),
        limits={label: limits[label] for label in labels if label in limits},
        unjudged=unjudged_of(run) if any(tag.is_statistic for tag in tags) else None,
        alarm_limits=letters_on(run.plant_id, labels),
    )  # fmt: skip


def unjudged_of(run: Run) -> tuple[int, int] | None:
    """Return the steps that the detector in charge did not judge when the run began."""
    scored = Analysis.objects.filter(run=run).order_by("step")
    scored = scored.select_related("detector_model").defer("detector_model__parameters")
    first = scored.first()
    if first is None or not first.is_warming_up:
        return None
    begin = scored.filter(step__lt=first.judged_from).values_list("step", "statistics")
    return first.first_step, max(
        (step for step, said in begin if says_nothing(said)), default=first.step
    )


def event_step(run: Run, align: str, told: Told = everything) -> int | None:
    """Return the step that a run is laid over another at; None if nothing like it happened.

    `told` leaves out of the run's injections those that the asking session hides.
    """
    found: int | None = None
    if align == START:
        found = 0
    elif align == INJECTION:
        rows = told(Injection.objects.filter(run=run).exclude(end_step=F("start_step")))
        found = rows.order_by("start_step").values_list("start_step", flat=True).first()
    elif align == ALARM:
        rows_of_alarms = Alarm.objects.filter(run=run).order_by("raised_step")
        found = rows_of_alarms.values_list("raised_step", flat=True).first()
    elif align == TRIP:
        trips = PlantEvent.objects.filter(run=run, kind=PlantEvent.Kind.TRIP)
        found = trips.order_by("step").values_list("step", flat=True).first()
    return found
