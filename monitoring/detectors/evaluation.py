"""Figures of merit, for points whose truth is known.

`exceeds` is one run's points in time order (`Detector.exceeds`), `onset` the index of the first
point that can show the fault. These functions are for evaluation only: live, nobody knows the
onset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors.persistence import Change, Persistence, PersistenceRule

Exceeds = NDArray[np.bool_]


def far(exceeds: Exceeds, onset: int | None = None) -> float:
    """False alarm rate: the share of the points before the onset (or of all) that exceed."""
    normal = np.asarray(exceeds, dtype=bool)[:onset]
    return float(normal.mean()) if normal.size else float("nan")


def fdr(exceeds: Exceeds, onset: int) -> float:
    """Fault detection rate: the share of the points from the onset on that exceed."""
    faulty = np.asarray(exceeds, dtype=bool)[onset:]
    return float(faulty.mean()) if faulty.size else float("nan")


def alarms(exceeds: Iterable[bool], k: int, n: int = 0) -> Iterator[tuple[int, int]]:
    """Alarms under the rule of k of n: the index where each was raised, and that of its onset."""
    rule, state = PersistenceRule(k, n), Persistence()
    for index, exceeding in enumerate(exceeds):
        step = rule.step(state, bool(exceeding))
        state = step.state
        if step.change is Change.RAISED and step.onset_lag is not None:
            yield index, index - step.onset_lag


def detection_delay(exceeds: Exceeds, onset: int, k: int = 1, n: int = 0) -> int | None:
    """Points from the onset to the alarm, or None where the fault is missed.

    The rule starts afresh at the onset: neither an exceedance nor an alarm from before it counts,
    so luck before the fault does not shorten the delay. The least possible value is k - 1.
    """
    first = next(alarms(np.asarray(exceeds, dtype=bool)[onset:], k, n), None)
    return None if first is None else first[0]


def false_alarms_per_1000h(
    runs: Iterable[Exceeds], k: int, point_hours: float, n: int = 0
) -> float:
    """False alarm events under the rule of k of n, per 1000 h, over runs of normal operation."""
    events, n_points = 0, 0
    for exceeds in runs:
        events += sum(1 for _ in alarms(exceeds, k, n))
        n_points += len(exceeds)
    return events / (n_points * point_hours) * 1000.0 if n_points else float("nan")
