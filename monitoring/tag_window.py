"""One tag of a run over some steps, with what is normal for it: what a citation claims."""

import math
from dataclasses import dataclass, field
from urllib.parse import urlencode

import numpy as np
from django.urls import reverse

from monitoring.charts import TRENDS, Trend, trend_of
from monitoring.models import Alarm, Analysis, DetectorModel
from simulation.fields import Vector
from simulation.models import Reading, Run
from simulation.models.reading import hours_at
from simulation.tep.variables import LABELS

#: Steps that are shown before and after a window at least, and all together at most.
LEAST_AROUND, MOST_STEPS = 40, 5000


@dataclass(frozen=True)
class Value:
    """One reading of the tag; `value` is None where the source gave none."""

    step: int
    value: float | None
    quality: str
    is_cited: bool

    @property
    def hours(self) -> float:
        """Process time in hours."""
        return hours_at(self.step)

    @property
    def is_good(self) -> bool:
        """Whether it counts: of good quality, and there."""
        return not self.quality and self.value is not None


@dataclass(frozen=True)
class TagWindow:
    """What the readings say of a tag from step `first` to `last`, and what lies around it."""

    run: Run
    trend: Trend
    first: int
    last: int
    values: list[Value] = field(repr=False)
    model: DetectorModel | None
    normal: tuple[float, float] | None
    """Normal mean and standard deviation; None where the detector does not watch the tag."""
    alarm: Alarm | None
    """The alarm shown that is nearest to the window's end."""

    @classmethod
    def of(cls, run: Run, trend: Trend, first: int, last: int) -> "TagWindow":
        """Read it from what is stored."""
        start, end = shown_around(first, last)
        stored = Reading.objects.filter(run=run, step__gte=start, step__lte=end).order_by("step")
        values = []
        for step, quality, row in stored.values_list("step", "quality", "values"):
            value = float(row[trend.column])
            told = value if math.isfinite(value) else None
            values.append(Value(step, told, quality, first <= step <= last))
        model = model_in_charge(run, last)
        alarms = Alarm.objects.filter(run=run, raised_step__gte=start, raised_step__lte=end)
        alarm = min(alarms, key=lambda one: abs(one.raised_step - last), default=None)
        return cls(run, trend, first, last, values, model, normal_of(model, trend.label), alarm)

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last step shown; nothing is shown of steps still to come."""
        newest = self.values[-1].step if self.values else self.last
        return shown_around(self.first, self.last)[0], max(self.last, newest)

    @property
    def cited(self) -> list[Value]:
        """The readings of the window itself."""
        return [one for one in self.values if one.is_cited]

    @property
    def good(self) -> list[float]:
        """The values of the window that count."""
        return [one.value for one in self.cited if one.is_good and one.value is not None]

    @property
    def mean(self) -> float | None:
        """The mean of the good readings of the window."""
        return float(np.mean(self.good)) if self.good else None

    @property
    def z(self) -> float | None:
        """The mean's distance from the normal mean in normal standard deviations."""
        if self.mean is None or self.normal is None:
            return None
        return (self.mean - self.normal[0]) / self.normal[1]

    @property
    def steps(self) -> int:
        """How many steps the window has, stored or not."""
        return self.last - self.first + 1

    def arrays(self) -> tuple[Vector, Vector]:
        """Return steps and values as a picture wants them: NaN for what is not good."""
        return (
            np.array([one.step for one in self.values]),
            np.array([
                one.value if one.is_good and one.value is not None else np.nan
                for one in self.values
            ]),
        )  # fmt: skip


def shown_around(first: int, last: int) -> tuple[int, int]:
    """Return the steps to show: as much before and after as the window is long, in bounds."""
    size = last - first + 1
    around = min(max(LEAST_AROUND, size), (MOST_STEPS - size) // 2)
    return max(1, first - around), last + around


def model_in_charge(run: Run, step: int) -> DetectorModel | None:
    """Return the detector in charge at a step: of the point that holds it, or of the nearest."""
    points = (
        Analysis.objects.filter(run=run)
        .select_related("detector_model")
        .defer("detector_model__parameters")
    )
    point = (
        points.filter(step__gte=step).order_by("step").first()
        or points.filter(step__lt=step).order_by("-step").first()
    )
    return None if point is None else point.detector_model


def normal_of(model: DetectorModel | None, label: str) -> tuple[float, float] | None:
    """Return normal mean and standard deviation of a tag, None for one that is not watched."""
    if model is None or label not in model.detector.labels:
        return None
    place = list(model.detector.labels).index(label)
    return float(model.detector.mean_[place]), float(model.detector.sd_[place])


def trend_named(label: str) -> Trend | None:
    """Return the trend of a tag, watched or not; None for a label that is none."""
    if label in TRENDS:
        return TRENDS[label]
    return trend_of(label) if label in LABELS else None


def address_of(plant_pk: int, run_number: int, tag: str, first: int, last: int) -> str:
    """Return the address of the page that shows a tag over some steps."""
    query = urlencode({"run": run_number, "tag": tag, "first": first, "last": last})
    return f"{reverse('monitoring:window', args=[plant_pk])}?{query}"
