"""«Try these limits»: stored readings scored anew, as another alpha, rule or model would have.

What would have been raised is compared with what was injected, where that is known, and with what
the plant's own settings give on the same readings. Nothing is stored.
"""

from dataclasses import dataclass

import numpy as np

from monitoring.detectors import evaluation
from monitoring.fitting import POINT_HOURS, exceeds_of
from monitoring.models import DetectorModel
from monitoring.scoring import Rule
from simulation.fields import Vector
from simulation.models import Plant, Reading
from simulation.models.reading import hours_at
from simulation.tep.variables import IDV, index_of

#: Readings that are scored anew at most: the newest.
MOST_READINGS = 10_000


@dataclass(frozen=True)
class TriedAlarm:
    """An alarm that would have been raised."""

    onset_hours: float
    raised_hours: float
    cause: str
    """The injection in force, empty for a false alarm (or one of a recovery)."""


@dataclass(frozen=True)
class TriedFault:
    """An injected fault and what would have become of it; a delay of None: missed."""

    label: str
    start_hours: float
    delay_points: int | None
    delay_hours: float | None


@dataclass(frozen=True)
class Tried:
    """What a setting would have made of the stored readings."""

    model: DetectorModel
    rule: Rule
    decimation: int
    points: int
    hours: float
    exceeding: float
    alarms: list[TriedAlarm]
    faults: list[TriedFault]

    @property
    def exceeding_percent(self) -> float:
        """Share of the points over a limit, %."""
        return 100.0 * self.exceeding

    @property
    def false_alarms(self) -> int:
        """Alarms with no fault in force."""
        return sum(not alarm.cause for alarm in self.alarms)

    @property
    def per_day(self) -> float:
        """Alarms in a day of process time."""
        return 24.0 * len(self.alarms) / self.hours if self.hours else 0.0

    @property
    def missed(self) -> int:
        """Faults without an alarm."""
        return sum(fault.delay_points is None for fault in self.faults)


def stored_readings(plant: Plant) -> list[tuple[int, Vector]]:
    """Return steps and values of the newest good readings of the plant's present run, in order."""
    found = Reading.objects.filter(run=plant.current_run_id, quality="").order_by("-step")
    return list(found.values_list("step", "values")[:MOST_READINGS])[::-1]


def try_limits(
    plant: Plant,
    stored: list[tuple[int, Vector]],
    model: DetectorModel,
    rule: Rule,
    decimation: int,
    *,
    shows_truth: bool = True,
) -> Tried:
    """Score stored readings of the plant's present run anew.

    Without the truth nothing that was injected is read. ValueError for an unreadable
    model, or readings that lack its variables.
    """
    detector = model.detector
    columns = [index_of(label) for label in detector.labels]
    steps = np.array([step for step, _ in stored], dtype=int)
    rows = np.array([values[columns] for _, values in stored]).reshape(-1, len(columns))
    exceeds = exceeds_of(detector, rows, rule.alpha, decimation)
    ends = steps[decimation - 1 :: decimation][: len(exceeds)]
    injections = []
    if shows_truth and len(steps):
        injections = _injections(plant, int(steps[0]))
    alarms = []
    raised_at = []
    for raised, onset in evaluation.alarms(exceeds, rule.consecutive, rule.among):
        step = int(ends[raised])
        causes = [name for name, start, end in injections if start <= step < (end or step + 1)]
        raised_at.append(step)
        alarms.append(
            TriedAlarm(hours_at(int(ends[onset])), hours_at(step), ", ".join(dict.fromkeys(causes)))
        )
    faults = []
    for name, start, end in injections:
        here = np.asarray(exceeds)[(ends >= start) & (ends < (end or ends[-1] + 1))]
        delay = evaluation.detection_delay(here, 0, rule.consecutive, rule.among)
        hours = None if delay is None else (delay + 1) * decimation * POINT_HOURS
        faults.append(TriedFault(name, hours_at(start), delay, hours))
    return Tried(
        model=model,
        rule=rule,
        decimation=decimation,
        points=len(exceeds),
        hours=len(rows) * POINT_HOURS,
        exceeding=float(np.mean(exceeds)) if len(exceeds) else 0.0,
        alarms=alarms,
        faults=faults,
    )


def _injections(plant: Plant, first: int) -> list[tuple[str, int, int | None]]:
    """Return (label, first step, step it no longer acts at) of what was injected since `first`."""
    if plant.current_run is None or not plant.is_simulated:
        return []
    found = []
    for injection in plant.current_run.injections.filter(start_step__lte=plant.step):
        if injection.end_step is None or injection.end_step > max(first, injection.start_step):
            label = IDV[injection.idv - 1].label
            found.append((label, max(injection.start_step, first), injection.end_step))
    return found
