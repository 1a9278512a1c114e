"""What the system itself knows of a shift: counted from stored rows, with where to look them up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from accounts.models import AuditEntry
from monitoring.act_words import action_words, sides
from monitoring.models import AlarmJournalEntry, EventFrame, LogEntry
from monitoring.recorded_steps import first_step_since
from monitoring.shift_log.shifts import Shift
from simulation.models import Plant, PlantEvent, Reading, Run

#: Lines of each kind on a page at most; what is left out is counted.
MOST_LINES = 50


@dataclass(frozen=True)
class Stretch:
    """The readings of one run that were taken in a shift."""

    run: Run
    first_step: int
    last_step: int
    readings: int

    @property
    def missing(self) -> int:
        """Steps between the first and the last of which no reading is stored."""
        return self.last_step - self.first_step + 1 - self.readings

    def as_json(self) -> dict[str, int]:
        """Return it as an export gives it."""
        return {
            "run": self.run.number,
            "first_step": self.first_step,
            "last_step": self.last_step,
            "readings": self.readings,
        }


@dataclass(frozen=True)
class Lines:
    """Some rows of a kind, newest first, and how many there are in all."""

    rows: list[Any]
    total: int

    @property
    def left_out(self) -> int:
        """How many are not among the rows."""
        return self.total - len(self.rows)

    @classmethod
    def of(cls, found: "QuerySet[Any]") -> "Lines":
        """Return the newest of what was found."""
        rows = list(found[: MOST_LINES + 1])
        if len(rows) <= MOST_LINES:
            return cls(rows, len(rows))
        return cls(rows[:MOST_LINES], found.count())


def stretches_of(plant: Plant, shift: Shift) -> list[Stretch]:
    """Return what was sampled, a stretch for each run.

    The wall time of readings has no index, but grows with the step: its ends are searched for.
    """
    runs = plant.runs.filter(started_at__lt=shift.end).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gte=shift.start)
    )
    found = []
    for run in runs.order_by("number"):
        begin, end = first_step_since(run, shift.start), first_step_since(run, shift.end)
        rows = Reading.objects.filter(run=run)
        if begin is None:
            continue
        rows = rows.filter(step__gte=begin)
        if end is not None:
            rows = rows.filter(step__lt=end)
        told = rows.aggregate(first=Min("step"), last=Max("step"), count=Count("pk"))
        if told["count"]:
            found.append(Stretch(run, told["first"], told["last"], told["count"]))
    return found


def alarms_of(plants: Sequence[Plant], shift: Shift) -> dict[str, int]:
    """Return how many alarms asked to be acknowledged, by priority."""
    announced = AlarmJournalEntry.objects.filter(
        plant__in=plants, is_announced=True, at__gte=shift.start, at__lt=shift.end
    )
    counted = announced.order_by().values_list("priority").annotate(count=Count("pk"))
    return dict(counted)


def entries_of(plants: Sequence[Plant] | None, shift: Shift) -> "QuerySet[LogEntry]":
    """Return what was written, newest first: of some plants and of the site, or of everything."""
    found = LogEntry.objects.filter(at__gte=shift.start, at__lt=shift.end)
    if plants is not None:
        found = found.filter(Q(plant__in=plants) | Q(plant=None))
    return found.select_related("plant", "run", "event__run")


def open_handovers(plants: Sequence[Plant], before: Shift) -> "QuerySet[LogEntry]":
    """Return the handovers of that shift or earlier that nobody has taken over, newest first."""
    found = LogEntry.objects.filter(
        Q(plant__in=plants) | Q(plant=None),
        kind=LogEntry.Kind.HANDOVER,
        taken_over_at=None,
        withdrawn_at=None,
        at__lt=before.end,
    )
    return found.select_related("plant", "run", "event__run")


def events_of(plants: Sequence[Plant], shift: Shift) -> Lines:
    """Return the events that were open at some time of the shift."""
    found = EventFrame.objects.filter(plant__in=plants, opened_at__lt=shift.end).filter(
        Q(closed_at__isnull=True) | Q(closed_at__gte=shift.start)
    )
    return Lines.of(found.select_related("plant", "run", "first_out__definition"))


def happenings_of(plants: Sequence[Plant], shift: Shift) -> Lines:
    """Return trips, failures, gaps, outages and hands of the shift."""
    found = PlantEvent.objects.filter(
        plant__in=plants, at__gte=shift.start, at__lt=shift.end
    ).order_by("-at", "-pk")
    return Lines.of(found.select_related("plant", "run"))


def acts_of(
    plants: Sequence[Plant],
    shift: Shift,
    told: Callable[[QuerySet[AuditEntry]], QuerySet[AuditEntry]],
) -> Lines:
    """Return what people did to the plants; each row has its words beside it.

    `told` leaves out what is not for who asks.
    """
    found = AuditEntry.objects.filter(
        subject_type="plant",
        subject_id__in=[str(plant.pk) for plant in plants],
        at__gte=shift.start,
        at__lt=shift.end,
    )
    lines = Lines.of(told(found).order_by("-at", "-pk"))
    for entry in lines.rows:
        entry.what = action_words(entry.action)
        entry.words_before, entry.words_after = sides(entry)
    return lines
