"""Judging a detector on runs whose truth is known: rates, delay, alarms, and the causes named."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from monitoring.detectors import Detector, InnovationBank, evaluation
from monitoring.diagnosis import AGES, Diagnosis, DiagnosisClassifier, signature
from monitoring.models import DetectorModel, DiagnosisModel
from monitoring.models.detector_settings import DEFAULT_ALPHA
from monitoring.watched import WATCHED_LABELS
from simulation.fields import Vector
from simulation.tep.variables import index_of

DEFAULT_CONSECUTIVE = 6
DEFAULT_RATE = DEFAULT_ALPHA
#: Causes that are told of each moment.
TOLD = 5


@dataclass(frozen=True)
class Rule:
    """What makes an alarm: alpha of the limits, and k exceedances among n points (0: in a row)."""

    alpha: float = DEFAULT_RATE
    consecutive: int = DEFAULT_CONSECUTIVE
    among: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as documents tell it."""
        return {"alpha": self.alpha, "consecutive": self.consecutive, "among": self.among}

    def __str__(self) -> str:
        if self.among > self.consecutive:
            return (
                f"{self.consecutive} of {self.among} points over the limit at alpha {self.alpha:g}"
            )
        return f"{self.consecutive} points in a row over the limit at alpha {self.alpha:g}"


@dataclass(frozen=True)
class Judgement:
    """What a detector made of one run. Rates are fractions, the delay is in samples."""

    samples: int
    onset: int | None
    far: float | None
    fdr: float | None
    delay: int | None
    alarms: int
    causes: dict[int, Diagnosis]

    def as_json(self) -> dict[str, Any]:
        """Return it as documents tell it; `causes` by age: [[IDV, probability], ...]."""
        return {
            "samples": self.samples,
            "onset": self.onset,
            "far": self.far,
            "fdr": self.fdr,
            "delay": self.delay,
            "alarms": self.alarms,
            "causes": {
                str(age): [[idv, round(p, 4)] for idv, p in found.ranking[:TOLD]]
                for age, found in self.causes.items()
            },
            "unknown": {str(age): found.is_unknown for age, found in self.causes.items()},
        }


class Judge:
    """A fitted detector with a rule, and the diagnosis that belongs to it if there is one."""

    def __init__(
        self, model: DetectorModel, rule: Rule, diagnosis: DiagnosisModel | None = None
    ) -> None:
        self.detector: Detector = model.detector
        self.rule = rule
        self.labels = tuple(self.detector.labels)
        self.classifier: DiagnosisClassifier | None = diagnosis.classifier if diagnosis else None

    def judge(self, rows: Vector, onset: int | None, named: Vector | None = None) -> Judgement:
        """Judge one run: `rows` (n, m) of the detector's variables.

        `onset` is the number of rows before the fault, None for normal operation. `named` (n, 33)
        are the rows of the variables that the diagnosis reads; without them no cause is told.
        """
        rule = self.rule
        exceeds = self.detector.exceeds(rows, rule.alpha)
        k, n = rule.consecutive, rule.among
        events = list(evaluation.alarms(exceeds, k, n))
        if onset is None:
            return Judgement(
                len(rows), None, _finite(evaluation.far(exceeds)), None, None, len(events), {}
            )
        delay = evaluation.detection_delay(exceeds, onset, k, n)
        causes: dict[int, Diagnosis] = {}
        if delay is not None and named is not None and self.classifier is not None:
            first = next(evaluation.alarms(exceeds[onset:], k, n))
            causes = self._causes(named, onset + first[0], onset + first[1])
        return Judgement(
            len(rows),
            onset,
            _finite(evaluation.far(exceeds, onset)),
            _finite(evaluation.fdr(exceeds, onset)),
            delay,
            len(events),
            causes,
        )

    def _causes(self, rows: Vector, raised: int, began: int) -> dict[int, Diagnosis]:
        classifier = self.classifier
        if classifier is None:
            return {}
        bank: InnovationBank = classifier.bank
        ages = [age for age in AGES if raised + age < len(rows) and raised + age >= bank.warm_up]
        if not ages:
            return {}
        moments = np.array(
            [signature(bank, rows[: raised + age + 1], raised + age - began) for age in ages]
        )
        return dict(zip(ages, classifier.diagnose(moments), strict=True))


def named_columns(rows: Vector) -> Vector | None:
    """Return the columns (n, 33) that a diagnosis reads from rows (n, 53); None if one lacks."""
    found = rows[:, [index_of(label) for label in WATCHED_LABELS]]
    return found if np.isfinite(found).all() else None


def _finite(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
