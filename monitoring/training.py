"""Training the diagnosis on simulated runs of every disturbance, and the card of its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors import InnovationBank
from monitoring.detectors.evaluation import alarms
from monitoring.diagnosis import AGES, DiagnosisClassifier
from monitoring.diagnosis.classifier import FOLDS, expected_calibration_error
from monitoring.diagnosis.signature import signature_of
from monitoring.evaluating import fault_runs
from monitoring.fitting import ONSET, Progress
from monitoring.models import DetectorModel, DiagnosisModel
from monitoring.models.detector_settings import DEFAULT_ALPHA
from simulation import VERSION
from simulation.fields import Vector
from simulation.tep.variables import N_IDV, index_of

HOURS = 32.0
#: Alarms are raised under several rules in training, because a plant's rule is its own.
TRAINING_RULES = (3, 6)
RULE = 6
ALPHA = DEFAULT_ALPHA
#: Trees for each left-out cause: enough to measure how it is judged.
FEWER_TREES = 40


@dataclass(frozen=True)
class TrainingPlan:
    """How many runs of each of the 20 disturbances are learnt from, and held out for the card."""

    runs: int = 32
    held_out: int = 16
    seed: int = 31_000
    thorough: bool = True
    """Whether each cause is left out once, to measure how an unknown one is judged."""

    @property
    def simulations(self) -> int:
        """Runs that are simulated."""
        return N_IDV * (self.runs + self.held_out)


@dataclass(frozen=True)
class Moments:
    """Moments of events: signatures (n, k), causes, event numbers and ages, (n,) each."""

    signatures: Vector
    causes: NDArray[np.int64]
    events: NDArray[np.int64]
    ages: NDArray[np.int64]

    def without(self, causes: Sequence[int]) -> "Moments":
        """Return the moments of the other causes."""
        kept = ~np.isin(self.causes, list(causes))
        return Moments(self.signatures[kept], self.causes[kept], self.events[kept], self.ages[kept])


def simulate(
    plan: TrainingPlan, progress: Progress = lambda what, done, of: None
) -> tuple[dict[int, list[Vector]], dict[int, list[Vector]]]:
    """Return runs of each disturbance to learn from, and held out: different seeds."""
    done = 0
    found: list[dict[int, list[Vector]]] = []
    for what, seed, count in (
        ("faults to learn", plan.seed, plan.runs),
        ("faults held out", plan.seed + 1, plan.held_out),
    ):
        by_fault: dict[int, list[Vector]] = {}
        for fault in range(1, N_IDV + 1):
            by_fault[fault] = fault_runs(fault, count, seed, HOURS)
            done += count
            progress(what, done, plan.simulations)
        found.append(by_fault)
    return found[0], found[1]


def train(
    model: DetectorModel,
    learnt: dict[int, list[Vector]],
    held_out: dict[int, list[Vector]],
    plan: TrainingPlan,
    progress: Progress = lambda what, done, of: None,
) -> DiagnosisModel:
    """Train on the innovations of a stored bank, and store the classifier with its card."""
    bank = model.detector
    if not isinstance(bank, InnovationBank):
        raise ValueError(
            f"{model} is no innovation bank: its alarms are diagnosed by the robust one"
        )
    moments = moments_of(bank, learnt, TRAINING_RULES)
    # A cause that hardly ever raises an alarm cannot be learnt, and hardly ever needs a name.
    events = {c: len(np.unique(moments.events[moments.causes == c])) for c in learnt}
    rare = [cause for cause, count in events.items() if count < FOLDS]
    moments = moments.without(rare)
    fresh = moments_of(bank, held_out, (RULE,)).without(rare)
    classifier = DiagnosisClassifier(bank).fit(moments.signatures, moments.causes, moments.events)
    card: dict[str, Any] = {
        "version": VERSION,
        "bank": str(model),
        "runs_of_each_cause": plan.runs,
        "held_out_of_each_cause": plan.held_out,
        "seed": plan.seed,
        "rule": {"alpha": ALPHA, "consecutive": RULE},
        "sharpness": classifier.sharpness_,
        "causes_left_aside": rare,
        **figures(classifier, fresh),
    }
    if plan.thorough:
        card["left_out"] = _left_out(bank, moments, fresh, progress)
    return DiagnosisModel.store(classifier, card)


def moments_of(
    bank: InnovationBank, runs: dict[int, list[Vector]], rules: Sequence[int]
) -> Moments:
    """Return the moments of the first alarm of each run after the fault, under each rule."""
    columns = [index_of(label) for label in bank.labels]
    signatures, causes, events, ages = [], [], [], []
    event = 0
    for fault, found in runs.items():
        for run in found:
            event += 1
            rows = run[:, columns]
            whitened, z = bank.whitened(rows), (rows - bank.mean_) / bank.sd_
            exceeds = bank.exceeds(rows, ALPHA)
            exceeds[:ONSET] = False
            for k in rules:
                raised = next(alarms(exceeds, k), None)
                if raised is None:
                    continue
                at, onset = raised
                for age in AGES:
                    end = at + age + 1
                    if end > len(rows):
                        break  # the plant tripped before
                    signatures.append(signature_of(whitened[:end], z[:end], end - 1 - onset))
                    causes.append(fault)
                    events.append(event)
                    ages.append(age)
    return Moments(np.array(signatures), np.array(causes), np.array(events), np.array(ages))


def figures(classifier: DiagnosisClassifier, fresh: Moments) -> dict[str, Any]:
    """Return top-1 and top-3 by age, calibration, and the events of each cause."""
    found = classifier.diagnose(fresh.signatures)
    ranked = np.array([[idv for idv, _ in one.ranking[:3]] for one in found])
    stated = np.array([one.ranking[0][1] for one in found])
    unknown = np.array([one.is_unknown for one in found])
    right = ranked[:, 0] == fresh.causes
    among = (ranked == fresh.causes[:, np.newaxis]).any(axis=1)
    by_age = {}
    for age in AGES:
        here = fresh.ages == age
        by_age[str(age)] = {
            "events": int(here.sum()),
            "top1": float(right[here].mean()),
            "top3": float(among[here].mean()),
            "right_called_unknown": float((unknown & right)[here].mean()),
        }
    first = fresh.ages == 0
    return {
        "by_age": by_age,
        "calibration_error": expected_calibration_error(stated, right),
        "top1_by_cause": {
            str(idv): float(right[first & (fresh.causes == idv)].mean())
            for idv in np.unique(fresh.causes[first])
        },
    }


def _left_out(
    bank: InnovationBank, moments: Moments, fresh: Moments, progress: Progress
) -> dict[str, Any]:
    """Return the share of held-out runs of a cause called unknown by a classifier without it."""
    called: dict[int, list[float]] = {age: [] for age in AGES}
    by_cause: dict[str, float] = {}
    causes = np.unique(fresh.causes)
    for done, cause in enumerate(causes, 1):
        rest, theirs = moments.causes != cause, fresh.causes == cause
        classifier = DiagnosisClassifier(bank).fit(
            moments.signatures[rest], moments.causes[rest], moments.events[rest], trees=FEWER_TREES
        )
        found = classifier.diagnose(fresh.signatures[theirs])
        unknown = np.array([one.is_unknown for one in found])
        for age in AGES:
            here = fresh.ages[theirs] == age
            if here.any():
                called[age].append(float(unknown[here].mean()))
        by_cause[str(cause)] = float(unknown.mean())
        progress(f"without {cause}", done, len(causes))
    return {
        "called_unknown_by_age": {str(age): float(np.mean(v)) for age, v in called.items() if v},
        "called_unknown_by_cause": by_cause,
    }
