"""What happened in one event, in the order of the process."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import AuditEntry
from explainer.models import Explanation
from monitoring.act_words import action_words, sides
from monitoring.models import Alarm, AlarmJournalEntry, EventFrame, LogEntry
from monitoring.recorded_steps import first_step_since
from simulation.models import Injection, PlantEvent
from simulation.models.plant import describe_idv
from simulation.models.reading import hours_at

#: Steps before and after an event whose acts and injections belong to its story: 2 h.
AROUND = 40
#: Lines of a kind at most; a storm has a journal of its own, to which the page links.
MOST_LINES = 200


@dataclass(frozen=True)
class Line:
    """One line of the timeline.

    `step` is where the process was, None where nothing was sampled since; `source` says whose words
    these are: the truth, the detector, an explainer, the alarm system, a person, the plant.
    """

    step: int | None
    at: datetime | None
    source: str
    kind: str
    words: str
    address: str = ""
    who: str = ""

    @property
    def hours(self) -> float | None:
        """Process time in hours."""
        return None if self.step is None else hours_at(self.step)

    def as_json(self) -> dict[str, Any]:
        """Return it as the export gives it."""
        return {
            "step": self.step,
            "sim_time_h": self.hours,
            "at": self.at.isoformat() if self.at else None,
            "source": self.source,
            "kind": self.kind,
            "words": self.words,
            "who": self.who or None,
        }


#: Of lines at the same step, what was done comes before what was seen and said of it.
ORDER = ("truth", "person", "plant", "detector", "alarm", "explainer", "note")


def span_of(event: EventFrame) -> tuple[int, int]:
    """Return the first and the last step of the event's story."""
    return max(1, event.opened_step - AROUND), event.last_step + AROUND


def claims_of(event: EventFrame) -> list[Alarm]:
    """Return the detector's alarms of the event, first ones first."""
    found = Alarm.objects.filter(journal__occurrence__event=event).distinct()
    found = found.select_related("run__plant", "analysis__detector_model")
    found = found.defer("analysis__detector_model__parameters").prefetch_related("diagnoses")
    return list(found.order_by("raised_step")[:MOST_LINES])


def injections_of(event: EventFrame) -> list[Injection]:
    """Return what was in force at some time of the event or shortly before it: the truth."""
    first, last = span_of(event)
    found = event.run.injections.open_after(first).filter(start_step__lte=last)
    return list(found.select_related("injected_by", "preset").order_by("start_step")[:MOST_LINES])


def timeline_of(
    event: EventFrame,
    alarms: list[Alarm],
    injections: list[Injection],
    *,
    shows_truth: bool = True,
) -> list[Line]:
    """Return the lines of the event, in the order of the process.

    Without the truth the acts that injected or cleared faults are left out as well.
    """
    lines = [
        *_injected(event, injections),
        *_claimed(alarms),
        *_announced(event),
        *_happened(event),
        *_done(event, shows_truth),
        *_explained(alarms),
        *_noted(event),
    ]
    endless = float("inf")
    return sorted(
        lines,
        key=lambda one: (endless if one.step is None else one.step, ORDER.index(one.source)),
    )


def _injected(event: EventFrame, injections: list[Injection]) -> Iterator[Line]:
    _, last = span_of(event)
    for one in injections:
        size = "" if one.magnitude == 1.0 else f" at {one.magnitude:g} of its published size"
        label = f"IDV({one.idv}) {describe_idv(one.idv)}"
        who = one.injected_by.get_username() if one.injected_by else ""
        yield Line(one.start_step, None, "truth", "injected", f"{label}{size} begins", who=who)
        if one.end_step is not None and one.end_step <= last:
            yield Line(one.end_step, None, "truth", "injection ended", f"{label} ends")


def _claimed(alarms: list[Alarm]) -> Iterator[Line]:
    for alarm in alarms:
        address = reverse("monitoring:alarm", args=[alarm.pk])
        name = f"alarm {alarm.pk}"
        if alarm.onset_estimate_step is not None:
            words = f"{alarm.member} unusual from here on, by what {name} shows afterwards"
            yield Line(
                alarm.onset_estimate_step, None, "detector", "estimated begin", words, address
            )
        words = f"first exceedance of {name}"
        yield Line(alarm.onset_step, None, "detector", "onset", words, address)
        words = f"{name}: {alarm.rule}; {alarm.severity} severity"
        yield Line(alarm.raised_step, alarm.raised_at, "detector", "detection", words, address)
        if alarm.cleared_step is not None:
            words = f"{name}: as many points in a row below the limits"
            yield Line(alarm.cleared_step, alarm.cleared_at, "detector", "cleared", words, address)
        for found in alarm.diagnoses.all():
            first = found.causes[0]
            looks = "looks like none of the known causes"
            if not found.is_unknown:
                cause = f"{first['label']} {first['description']}"
                looks = f"looks like {cause} ({first['percent']:.0f} %)"
            words = f"{name} {looks}, {found.age} samples after it"
            yield Line(found.step, found.made_at, "detector", "diagnosis", words, address)


def _announced(event: EventFrame) -> Iterator[Line]:
    found = AlarmJournalEntry.objects.filter(occurrence__event=event).order_by("at", "pk")
    for one in found[:MOST_LINES]:
        value = "" if one.value is None else f" at {one.value:.5g} {one.unit}".rstrip()
        limit = "" if one.limit is None else f", limit {one.limit:.5g} {one.unit}".rstrip()
        said = f": {one.comment}" if one.comment else ""
        words = f"{one.name} ({one.priority} priority){value}{limit}{said}"
        yield Line(one.step, one.at, "alarm", one.get_kind_display(), words, who=one.username)


def _happened(event: EventFrame) -> Iterator[Line]:
    first, last = span_of(event)
    # What happens after a step and before the next one is noted at the step: 0 before the first.
    found = PlantEvent.objects.filter(run=event.run, step__gte=first - 1, step__lte=last)
    for one in found.order_by("at", "pk")[:MOST_LINES]:
        yield Line(one.step, one.at, "plant", one.get_kind_display(), one.text)


def _done(event: EventFrame, shows_truth: bool) -> Iterator[Line]:
    """Yield what people did to the plant: by the wall clock, so its step is looked for.

    From after the sample before the story's first one, which is the run's beginning where there is
    none, up to its last.
    """
    first, last = span_of(event)
    samples = event.run.readings.values_list("sampled_at", flat=True)
    before = samples.filter(step__lt=first).order_by("-step").first()
    after = samples.filter(step__gte=last).order_by("step").first()
    found = AuditEntry.objects.filter(
        subject_type="plant",
        subject_id=str(event.plant_id),
        at__gte=before or event.run.started_at,
    )
    if event.run.ended_at is not None:
        found = found.filter(at__lt=event.run.ended_at)
    if after is not None:
        found = found.filter(at__lte=after)
    if not shows_truth:
        found = found.exclude(action__startswith="fault-")
    for one in found.order_by("at", "pk")[:MOST_LINES]:
        step = first_step_since(event.run, one.at)
        what = action_words(one.action)
        yield Line(step, one.at, "person", what, _change(one), who=one.username)


def _change(entry: AuditEntry) -> str:
    before, after = sides(entry)
    return " → ".join(filter(None, (before, after)))


def _explained(alarms: list[Alarm]) -> Iterator[Line]:
    for one in explanations_of(alarms):
        words = f"explanation {one.pk} by {one.provider_title or one.provider}: {one.headline}"
        address = reverse("explainer:explanation", args=[one.pk])
        yield Line(one.step, one.finished_at, "explainer", "explained", words.rstrip(": "), address)


def explanations_of(alarms: list[Alarm]) -> list[Explanation]:
    """Return the finished explanations of the alarms, in the order in which they were asked for."""
    done = Explanation.objects.filter(alarm__in=alarms, status=Explanation.Status.DONE)
    done = done.defer("evidence", "prompt").select_related("run", "alarm").order_by("created_at")
    return list(done[:MOST_LINES])


def _noted(event: EventFrame) -> Iterator[Line]:
    for one in LogEntry.objects.filter(event=event, withdrawn_at=None).order_by("at")[:MOST_LINES]:
        step = one.step if one.run_id == event.run_id else None
        yield Line(step, one.at, "note", one.get_kind_display(), one.text, who=one.username)
