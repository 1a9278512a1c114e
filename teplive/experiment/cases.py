"""Simulated faults as cases: the first alarm of a run, as the live detector would have raised it.

A case holds what a stored alarm would: the truth (which fault it was) is beside it, never in it.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainer.case import Case, Timing
from explainer.evidence import TOP, evidence_of, statistics_of, told_diagnosis
from monitoring.analysing import ONSET_WITHIN, figures_of
from monitoring.detectors import Change, Persistence, PersistenceRule
from monitoring.diagnosis import HISTORY, Diagnosis, signature
from monitoring.fitting import ONSET, ONSET_HOURS
from monitoring.models import Analysis, DetectorModel, DetectorSettings, DiagnosisModel
from monitoring.models.alarm import severity_of
from monitoring.models.detector_settings import DEFAULT_ALPHA
from monitoring.watched import WATCHED
from monitoring.watching import Team, Verdict, Watcher
from simulation.dataset.course import simulate_runs
from simulation.dataset.plan import Plan
from simulation.fields import Vector

HOURS = 24.0
CONSECUTIVE = 6
#: Samples after the alarm at which explainers are asked: at once, and half an hour later.
AGES = (0, 10)
PLANT = "TEP"


@dataclass(frozen=True)
class Moment:
    """One case, how old its alarm is, and what the classifier made of it, in so many seconds."""

    age: int
    case: Case
    evidence: dict[str, Any]
    diagnosis: Diagnosis | None
    diagnosis_seconds: float


@dataclass(frozen=True)
class Observer:
    """A detector in charge with its PCA, the classifier if there is one, and the rule."""

    model: DetectorModel
    classic: DetectorModel
    diagnosis: DiagnosisModel | None
    alpha: float = DEFAULT_ALPHA
    consecutive: int = CONSECUTIVE

    def moments(self, rows: Vector, number: int) -> list[Moment]:
        """Return the first alarm of a run (n, 53) after the fault, at each of `AGES`.

        Empty for a run without one. The rule starts afresh at the onset, so that an alarm from
        before it is no luck. A plant that trips meanwhile has no later moment.
        """
        charge = Watcher(self.model, self.alpha, 1)
        same = self.classic.pk == self.model.pk
        team = Team(charge, charge if same else Watcher(self.classic, self.alpha, 1), [])
        rule, state = PersistenceRule(self.consecutive), Persistence()
        timing: Timing | None = None
        ratios: list[float] = []
        statistics: list[Vector] = []
        member, estimate = "", None
        found: list[Moment] = []
        for index, row in enumerate(rows):
            verdict = charge.take([row])
            statistics.append(verdict.statistics)
            if index < ONSET:
                continue
            step = index + 1
            ratios.append(verdict.ratio)
            outcome = rule.step(state, verdict.exceeds)
            state = outcome.state
            raised = timing.raised_step if timing else 0
            cleared = timing.cleared_step if timing else None
            if timing is None:
                if outcome.change is not Change.RAISED or outcome.onset_lag is None:
                    continue
                raised, began = step, step - outcome.onset_lag
                member = verdict.member
                estimate = None if same else self._unusual_since(statistics, member)
                ratios = ratios[-outcome.onset_lag - 1 :]
            else:
                began = timing.onset_step
                if outcome.change is Change.CLEARED and cleared is None:
                    cleared = step
            timing = Timing(
                1, began, raised, cleared, self.consecutive, max(ratios), member,
                severity_of(max(ratios)), estimate,
            )  # fmt: skip
            if step - raised in AGES:
                analysis = self._analysis(team, verdict, row, step, state)
                found.append(self._moment(analysis, timing, rows[:step], number))
            if step - raised >= max(AGES):
                break
        return found

    def _unusual_since(self, statistics: list[Vector], member: str) -> int | None:
        """Return the step since when the statistic that fired was above what is usual."""
        column = list(self.model.detector.statistics).index(member)
        usual = self.model.detector.usual()[column]
        first = None
        for step in range(len(statistics), max(0, len(statistics) - ONSET_WITHIN), -1):
            if statistics[step - 1][column] <= usual:
                break
            first = step
        return first

    def _analysis(
        self, team: Team, verdict: Verdict, row: Vector, step: int, state: Persistence
    ) -> Analysis:
        """Return the point as the live detector would store it, unsaved."""
        return Analysis(
            step=step,
            first_step=step,
            exceeds=verdict.exceeds,
            streak=state.streak,
            alarming=state.alarmed,
            detector_model=self.model,
            **figures_of(team, verdict, [row]),
        )

    def _moment(self, analysis: Analysis, timing: Timing, rows: Vector, number: int) -> Moment:
        begun = time.perf_counter()
        diagnosis = self._diagnosed(rows, analysis.step - timing.onset_step)
        seconds = time.perf_counter() - begun
        case = Case(
            plant=PLANT,
            run=number,
            step=analysis.step,
            first_step=analysis.first_step,
            rows=rows,
            rows_from=1,
            detector=self.model.detector,
            detector_name=str(self.model),
            card=self.model.card if isinstance(self.model.card, dict) else {},
            statistics=statistics_of(analysis),
            ranked=analysis.top_contributions(TOP),
            alarm=timing,
            window=DetectorSettings._meta.get_field("window").default,
            decimation=1,
            consecutive=self.consecutive,
            diagnosis=None if diagnosis is None else told_diagnosis(diagnosis, str(self.diagnosis)),
        )
        age = analysis.step - timing.raised_step
        return Moment(age, case, evidence_of(case), diagnosis, seconds)

    def _diagnosed(self, rows: Vector, age: int) -> Diagnosis | None:
        if self.diagnosis is None:
            return None
        classifier = self.diagnosis.classifier
        if len(rows) <= classifier.bank.warm_up:
            return None
        # Laid out as stored readings are: then the sums are the same to the bit.
        recent = np.ascontiguousarray(rows[-HISTORY:, WATCHED])
        made = signature(classifier.bank, recent, age)
        return classifier.diagnose(made[np.newaxis])[0]


def runs_of(fault: int, numbers: Sequence[int], seed: int) -> Iterator[tuple[int, Vector]]:
    """Yield the runs of a fault with these numbers, each with its number, up to a trip.

    A run's noise follows from seed, fault and number alone, whichever others are made with it.
    """
    if not numbers:
        return
    plan = Plan((fault,), max(numbers), HOURS, ONSET_HOURS, seed=seed)
    courses = simulate_runs(plan, [plan.run(fault, number) for number in numbers])
    for number, course in zip(numbers, courses, strict=True):
        yield number, course.rows
