"""The members of the detector in charge: each against its limit, now and over the newest points."""

from __future__ import annotations

from dataclasses import dataclass

from monitoring.models import Analysis
from monitoring.models.analysis import says_nothing
from monitoring.overview import POINTS, Sparkline, sparkline


@dataclass(frozen=True)
class Member:
    """One statistic of the detector in charge."""

    name: str
    value: float
    limit: float
    decides: bool
    line: Sparkline

    @property
    def ratio(self) -> float:
        """The statistic as a multiple of its limit."""
        return self.value / self.limit

    @property
    def is_over(self) -> bool:
        """Whether it is over its limit."""
        return self.ratio > 1.0


def members_of(newest: Analysis | None) -> list[Member]:
    """Return every member at a point, the largest against its limit first, with what led there.

    Points of another detector are left out: their members are others.
    """
    if newest is None:
        return []
    detector = newest.detector_model.detector
    found = Analysis.objects.filter(
        run=newest.run_id, step__lte=newest.step, detector_model=newest.detector_model_id
    ).order_by("-step")
    columns = ("statistics", "limits", "t2", "t2_limit", "spe", "spe_limit")
    history: list[list[tuple[float, float]]] = []
    silent: list[bool] = []
    for statistics, limits, *classic in found.values_list(*columns)[:POINTS]:
        silent.append(says_nothing(statistics))
        if statistics is None or limits is None:
            t2, t2_limit, spe, spe_limit = classic
            history.append([(t2, t2_limit), (spe, spe_limit)])
        else:
            history.append([(float(v), float(m)) for v, m in zip(statistics, limits, strict=True)])
    history.reverse()
    silent.reverse()
    names = detector.statistics if newest.statistics is not None else ("T²", "SPE")
    deciding = set(range(len(names))[detector.deciding])
    members = []
    for place, (value, limit) in enumerate(history[-1]):
        if limit <= 0:
            continue
        known = [n for n, point in enumerate(history) if point[place][1] > 0]
        ratios = [None if silent[n] else history[n][place][0] / history[n][place][1] for n in known]
        line = sparkline(ratios, [silent[n] for n in known])
        name = names[place].replace("T2", "T²")
        members.append(Member(name, value, limit, place in deciding, line))
    return sorted(members, key=lambda one: -one.ratio)
