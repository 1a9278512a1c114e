"""The figures by which an alarm system is judged, each with its target and its source. Pure.

Targets are those of ANSI/ISA-18.2-2016 (clause on monitoring and assessment) and EEMUA 191 (3rd
edition, 2013) for one operator's console in steady operation. Times are seconds on any clock.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from monitoring.alarms.chattering import chattering_count, is_stale
from monitoring.alarms.flood import BEGINS_ABOVE, WINDOW_SECONDS, Flood, floods

ISA, EEMUA = "ANSI/ISA-18.2-2016", "EEMUA 191 (2013)"
TOP = 10
#: What part of the announced alarms should have which priority (four priorities).
PRIORITY_TARGETS: Mapping[str, tuple[float, str]] = {
    "critical": (1.0, "about 1 % or less"),
    "high": (5.0, "about 5 %"),
    "medium": (15.0, "about 15 %"),
    "low": (80.0, "about 80 %"),
}


@dataclass(frozen=True)
class Announced:
    """An alarm was announced to the operator."""

    alarm: str
    at: float
    priority: str


@dataclass(frozen=True)
class Standing:
    """An alarm whose condition holds, since when."""

    alarm: str
    since: float


@dataclass(frozen=True)
class Figure:
    """One figure; `is_met` is None where there is nothing to be judged or no target."""

    key: str
    name: str
    value: float | None
    unit: str
    target: str
    source: str
    is_met: bool | None


@dataclass(frozen=True)
class Share:
    """An alarm, or a priority, and its part of all that was announced."""

    name: str
    count: int
    percent: float
    target: str = ""


@dataclass(frozen=True)
class Report:
    """What was announced in a period, judged."""

    begin: float
    end: float
    operators: int
    announced: int
    figures: list[Figure]
    #: Alarms in each 10 min of the period per operator, the first 10 min first.
    rates: list[float]
    top: list[Share]
    chattering: list[Share]
    stale: list[Standing]
    standing: int
    priorities: list[Share]
    floods: list[Flood] = field(default_factory=list)


def report(
    announced: Iterable[Announced],
    standing: Sequence[Standing],
    acknowledged_after: Sequence[float],
    begin: float,
    end: float,
    operators: int = 1,
) -> Report:
    """Judge a period. `acknowledged_after` are seconds from announcement to acknowledgement."""
    if end <= begin:
        raise ValueError("a period ends after it begins")
    inside = sorted((a for a in announced if begin <= a.at <= end), key=lambda one: one.at)
    times = [one.at for one in inside]
    rates = _rates(times, begin, end, operators)
    found = floods(times, end, operators)
    counts = Counter(one.alarm for one in inside)
    top = [_share(name, count, len(inside)) for name, count in counts.most_common(TOP)]
    stale = [one for one in standing if is_stale(one.since, end)]
    chattering = _chattering(inside)
    flooded = 100.0 * sum(flood.seconds(begin, end) for flood in found) / (end - begin)
    over = 100.0 * sum(rate > BEGINS_ABOVE for rate in rates) / len(rates)
    mean = len(inside) / operators / max((end - begin) / WINDOW_SECONDS, 1.0)
    top_percent = sum(share.percent for share in top) if inside else None
    figures = [
        _most("rate", "Alarms in 10 min, mean", mean, "per operator", 2.0,
              "1 is acceptable, 2 the most that is manageable", ISA),
        _most("peak", "Most alarms in 10 min", max(rates), "per operator", 10.0, "10 or fewer",
              EEMUA),
        _most("over_ten", "10-min periods with more than 10 alarms", over, "%", 1.0,
              "less than about 1 %", ISA),
        _most("flood", "Time in flood", flooded, "%", 1.0, "less than about 1 %", ISA),
        _most("top_ten", "Share of the ten most frequent alarms", top_percent, "%", 5.0,
              "1 to 5 %, with a plan where it is more", ISA),
        _most("chattering", "Chattering alarms", float(len(chattering)), "alarms", 0.0,
              "none, with a plan where there are some", ISA),
        _most("stale", "Stale alarms, standing for more than 24 h", float(len(stale)), "alarms",
              4.0, "fewer than 5 on any day", ISA),
        Figure("standing", "Standing alarms", float(len(standing)), "alarms",
               "9 or fewer in steady operation", EEMUA, len(standing) < 10),
        Figure("to_acknowledge", "Time to acknowledge, median",
               median(acknowledged_after) if acknowledged_after else None, "s",
               "no published target", "", None),
    ]  # fmt: skip
    return Report(
        begin, end, operators, len(inside), figures, rates, top, chattering, stale,
        len(standing), _priorities(inside), found,
    )  # fmt: skip


def _most(
    key: str, name: str, value: float | None, unit: str, most: float, target: str, source: str
) -> Figure:
    is_met = None if value is None else value <= most
    return Figure(key, name, value, unit, target, source, is_met)


def _rates(times: Sequence[float], begin: float, end: float, operators: int) -> list[float]:
    bins = [0.0] * max(1, math.ceil((end - begin) / WINDOW_SECONDS))
    for moment in times:
        bins[min(len(bins) - 1, int((moment - begin) / WINDOW_SECONDS))] += 1.0 / operators
    return bins


def _share(name: str, count: int, of: int, target: str = "") -> Share:
    return Share(name, count, 100.0 * count / of if of else 0.0, target)


def _chattering(announced: Sequence[Announced]) -> list[Share]:
    times: defaultdict[str, list[float]] = defaultdict(list)
    for one in announced:
        times[one.alarm].append(one.at)
    counts = {alarm: chattering_count(moments) for alarm, moments in times.items()}
    worst = sorted((c for c in counts.items() if c[1]), key=lambda item: (-item[1], item[0]))
    return [_share(alarm, count, len(announced)) for alarm, count in worst]


def _priorities(announced: Sequence[Announced]) -> list[Share]:
    counts = Counter(one.priority for one in announced)
    return [
        _share(name, counts[name], sum(counts.values()), target)
        for name, (_, target) in PRIORITY_TARGETS.items()
    ]
