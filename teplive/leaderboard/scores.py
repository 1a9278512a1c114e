"""The score of each explainer over all alarms whose truth is known."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Prefetch
from django.db.models.fields.json import KT

from explainer.models import Explanation
from monitoring.diagnosis import AGES
from monitoring.models import Alarm, AlarmDiagnosis
from simulation.models import Plant
from teplive.leaderboard.lookup import NAME, looked_up
from teplive.leaderboard.truth import causes_of, truth_of

#: The newest alarms that are scored.
MOST_ALARMS = 2000
_Z = 1.959963984540054  # of a two-sided 95 % interval


@dataclass(frozen=True)
class Share:
    """A share of `of` cases, with its 95 % interval (Wilson 1927)."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share; None without a case."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper end of the interval; None without a case."""
        if not self.of:
            return None
        p, n = self.hits / self.of, self.of
        middle = p + _Z**2 / (2 * n)
        half = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        scale = 1 + _Z**2 / n
        return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


@dataclass
class Score:
    """What one explainer was worth on the alarms it explained."""

    name: str
    alarms: int = 0
    first: int = 0
    among_three: int = 0
    brier: list[float] = field(default_factory=list)
    cited: int = 0
    supported: int = 0
    seconds_to_right: list[float] = field(default_factory=list)
    tokens: int = 0
    cost: Decimal | None = None

    def add(self, ranked: list[int], truth: frozenset[int], probability: float | None) -> bool:
        """Count one answer. Returns whether its first cause was right."""
        self.alarms += 1
        right = bool(ranked) and ranked[0] in truth
        self.first += right
        self.among_three += any(idv in truth for idv in ranked[:3])
        if probability is not None:
            self.brier.append((probability - right) ** 2)
        return right

    @property
    def top1(self) -> Share:
        """Share of alarms of which the right cause came first."""
        return Share(self.first, self.alarms)

    @property
    def top3(self) -> Share:
        """Share of alarms of which it was among the first three."""
        return Share(self.among_three, self.alarms)

    @property
    def support(self) -> Share:
        """Share of citations that the stored readings support."""
        return Share(self.supported, self.cited)

    @property
    def mean_brier(self) -> float | None:
        """Mean squared error of the first cause's probability; None where none is stated."""
        return sum(self.brier) / len(self.brier) if self.brier else None

    @property
    def median_seconds(self) -> float | None:
        """Median time from the alarm to a right answer, s; None without one."""
        found = sorted(self.seconds_to_right)
        return found[len(found) // 2] if found else None

    @property
    def cost_per_right(self) -> Decimal | None:
        """USD paid for each right answer; None without one, or where no price is known."""
        return self.cost / self.first if self.cost is not None and self.first else None

    @property
    def tokens_per_right(self) -> float | None:
        """Tokens paid for each right answer; None without one."""
        return self.tokens / self.first if self.tokens and self.first else None


def _names_of(one: Explanation) -> tuple[str, ...]:
    """Return what makes answers comparable: provider, model, prompt, form of the evidence."""
    version = getattr(one, "evidence_version", None)
    told = f"evidence {version}" if version else ""
    return one.provider_title, one.model, one.prompt_version, told


def leaderboard() -> list[Score]:
    """Return the scores, best first: explainers by provider and model, then the classifier alone.

    Alarms of simulated plants with at least one fault in force count; each explainer's first
    finished answer to an alarm does.
    """
    done = Explanation.objects.filter(status=Explanation.Status.DONE, trigger="alarm")
    done = done.defer("evidence", "prompt").select_related("spending").order_by("finished_at")
    done = done.annotate(evidence_version=KT("evidence__version"))
    alarms = (
        Alarm.objects.filter(run__plant__source=Plant.Source.SIMULATOR)
        .select_related("run", "analysis__detector_model")
        .defer("analysis__detector_model__parameters")
        .prefetch_related(
            Prefetch("explanations", queryset=done),
            Prefetch("diagnoses", queryset=AlarmDiagnosis.objects.all()),
        )
        .order_by("-pk")[:MOST_ALARMS]
    )
    scores: dict[str, Score] = {}
    for alarm in alarms:
        truth = truth_of(alarm)
        if not truth:
            continue
        answered: defaultdict[str, bool] = defaultdict(bool)
        for one in alarm.explanations.all():
            name = ", ".join(filter(None, _names_of(one)))
            if answered[name]:
                continue
            answered[name] = True
            score = scores.setdefault(name, Score(name))
            ranked, probability = causes_of(one)
            right = score.add(ranked, truth, probability)
            score.cited += len(one.citations)
            score.supported += one.supported
            if one.spending is not None and one.spending.cost is not None:
                score.cost = (score.cost or Decimal(0)) + one.spending.cost
            score.tokens += (one.tokens_in or 0) + (one.tokens_out or 0)
            if right and one.finished_at is not None:
                score.seconds_to_right.append((one.finished_at - alarm.raised_at).total_seconds())
        if answered:  # beside the answers it is to be compared with
            scores.setdefault(NAME, Score(NAME)).add(looked_up(alarm), truth, None)
        for found in alarm.diagnoses.all():
            name = f"Classifier alone, {found.age} samples after the alarm"
            ranked = [idv for idv, _ in found.ranking]
            scores.setdefault(name, Score(name)).add(ranked, truth, found.ranking[0][1])
    order = {NAME: 1} | {
        f"Classifier alone, {age} samples after the alarm": n for n, age in enumerate(AGES, 2)
    }
    return sorted(
        scores.values(), key=lambda one: (order.get(one.name, 0), -(one.top1.value or 0.0))
    )
