"""The watchdog: readings that cannot be, whatever the plant does. Pure: knows no database.

A reading is bad if a value is not finite or outside the range of its instrument, if a slow variable
has moved faster than the process moves it, if the noisy measurements repeat row for row, or if the
sender's clock went back. A fault of the process must never look like that: it is the detector's to
find, and a bad reading is not scored. The bounds and where they come from:
docs/decisions/0015.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from simulation.tep import TRIP_LIMITS
from simulation.tep.variables import LABELS, N_CONTINUOUS, XMEAS, XMV, index_of

Vector = npt.NDArray[np.float64]

#: So many identical rows of noisy measurements are no measurements any more.
IDENTICAL_ROWS = 5
#: Longest text that `Reading.quality` holds.
MAX_WORDS = 200
#: A change may be so many times the largest that any simulated fault made.
CHANGE_MARGIN = 5.0

# Largest change from one sample to the next in simulated runs without faults, with each of the 20
# disturbances and with two to five of them at once, to the trip: benchmarks/quality_bounds.py.
# Flows that follow a valve within seconds (XMEAS 1-4, 10, 14, 17, 19) and the valves themselves
# can cross their whole range in a sample, so for them only the range binds.
_LARGEST_CHANGE = {
    5: 2.28, 6: 1.62, 7: 76.4, 8: 3.40, 9: 1.23, 11: 6.72, 12: 6.49, 13: 84.7, 15: 5.78, 16: 69.2,
    18: 2.71, 20: 29.1, 21: 12.3, 22: 6.33, 23: 1.65, 24: 0.60, 25: 1.63, 26: 0.61, 27: 1.84,
    28: 0.16, 29: 2.01, 30: 0.78, 31: 2.39, 32: 0.68, 33: 2.29, 34: 0.17, 35: 1.21, 36: 0.64,
    37: 0.057, 38: 0.70, 39: 0.059, 40: 2.72, 41: 2.59,
}  # fmt: skip

#: The valve that a flow passes: its range is the flow through the valve when fully open.
_VALVE_OF = {1: 3, 2: 1, 3: 2, 4: 4, 10: 6, 14: 7, 17: 8, 19: 9}
#: A flow also depends on the pressures beside the valve.
_FLOW_MARGIN = 1.25
_VACUUM = -101.325  # kPa gauge
_HIGHEST_PRESSURE = 4500.0  # kPa gauge: half as much again as the shutdown limit of the reactor
_HIGHEST_TEMPERATURE = 250.0  # deg C; the shutdown limit of the reactor is 175
_LEVEL_MARGIN = 10.0  # percent beyond the shutdown limits
_VALVE_MARGIN = 5.0  # percent beyond closed and open


def _range_of(number: int) -> tuple[float, float]:
    """Return what an instrument of XMEAS(number) can show at all."""
    xmeas = XMEAS[number - 1]
    noise = 6.0 * xmeas.noise_std
    if number in _VALVE_OF:
        fully_open = 100.0 * xmeas.nominal / XMV[_VALVE_OF[number] - 1].nominal
        return -noise - 0.02 * fully_open, _FLOW_MARGIN * fully_open + noise
    for limit in TRIP_LIMITS:
        if limit.xmeas_number == number and xmeas.unit == "%":
            low, high = limit.low or 0.0, limit.high or math.inf
            edges = [(edge - limit.offset) / limit.factor for edge in (low, high)]
            return edges[0] - _LEVEL_MARGIN, edges[1] + _LEVEL_MARGIN
    return {
        "kPa gauge": (_VACUUM, _HIGHEST_PRESSURE),
        "°C": (-20.0, _HIGHEST_TEMPERATURE),
        "mol%": (-noise, 100.0 + noise),
    }.get(xmeas.unit, (-noise, 2.0 * xmeas.nominal))


_RANGES = [_range_of(x.number) for x in XMEAS]
_RANGES += [(-_VALVE_MARGIN, 100.0 + _VALVE_MARGIN)] * len(XMV)
LOW, HIGH = (np.array(edge) for edge in zip(*_RANGES, strict=True))
#: Largest change of each of the 53 values in one 3-minute sample, infinite where only range binds.
LARGEST_CHANGE = np.full(len(LABELS), np.inf)
for _number, _change in _LARGEST_CHANGE.items():
    LARGEST_CHANGE[index_of(f"XMEAS({_number})")] = CHANGE_MARGIN * _change
_UNITS = [*(x.unit for x in XMEAS), *(v.unit for v in XMV)]


@dataclass(frozen=True)
class Sample:
    """A reading as the watchdog sees it: 53 values, its sender's time, and whether it is good."""

    step: int
    values: Vector
    time: datetime | None = None
    is_good: bool = True


class Watchdog:
    """Judges the readings of one run in order; `past` are the newest before them, oldest first.

    `last_good` is the newest good one where none is in `past`. Changes are measured from the last
    good reading and may be the larger the longer ago it is, so that after a spike the old level,
    and after a true move the new one, is good again.
    """

    def __init__(
        self, required: Iterable[int], past: Iterable[Sample] = (), last_good: Sample | None = None
    ) -> None:
        self._required = list(required)
        self._past: deque[Sample] = deque(maxlen=IDENTICAL_ROWS - 1)
        self._last_good = last_good
        for sample in past:
            self._add(sample)

    @property
    def in_episode(self) -> bool:
        """Whether the newest reading was bad."""
        return bool(self._past) and not self._past[-1].is_good

    def judge(self, step: int, values: Vector, time: datetime | None = None) -> str:
        """Return what is wrong with the next reading in words, empty for a good one."""
        reasons = [
            *self._not_finite(values),
            *self._outside(values),
            *self._jumps(step, values),
            *self._repeats(values),
            *self._clock(time),
        ]
        self._add(Sample(step, values, time, not reasons))
        return in_words(reasons)

    def _add(self, sample: Sample) -> None:
        self._past.append(sample)
        if sample.is_good:
            self._last_good = sample

    def _not_finite(self, values: Vector) -> list[str]:
        wrong = np.isinf(values)
        wrong[self._required] |= np.isnan(values[self._required])
        return [f"{LABELS[i]} is not a finite number" for i in np.flatnonzero(wrong)]

    def _outside(self, values: Vector) -> list[str]:
        wrong = np.isfinite(values) & ((values < LOW) | (values > HIGH))
        return [
            f"{_shown(i, values[i])} is outside {LOW[i]:.4g} to {HIGH[i]:.4g}"
            for i in np.flatnonzero(wrong)
        ]

    def _jumps(self, step: int, values: Vector) -> list[str]:
        good = self._last_good
        if good is None:
            return []
        samples = max(1, step - good.step)
        with np.errstate(invalid="ignore", over="ignore"):
            change = np.abs(values - good.values)
        wrong = np.isfinite(change) & (change > samples * LARGEST_CHANGE)
        span = "one sample" if samples == 1 else f"{samples} samples"
        return [
            f"{LABELS[i]} moved by {change[i]:.4g} {_UNITS[i]} in {span}, at most "
            f"{samples * LARGEST_CHANGE[i]:.3g} can be"
            for i in np.flatnonzero(wrong)
        ]

    def _repeats(self, values: Vector) -> list[str]:
        noisy = slice(0, N_CONTINUOUS)
        if len(self._past) < IDENTICAL_ROWS - 1 or any(
            not np.array_equal(sample.values[noisy], values[noisy], equal_nan=True)
            for sample in self._past
        ):
            return []
        return [f"{IDENTICAL_ROWS} or more identical rows of noisy measurements"]

    def _clock(self, time: datetime | None) -> list[str]:
        before = next((s.time for s in reversed(self._past) if s.time is not None), None)
        if time is None or before is None or time >= before:
            return []
        return [f"the sender's clock went back by {(before - time).total_seconds():g} s"]


def in_words(reasons: list[str]) -> str:
    """Join reasons to a text that a reading can hold."""
    text = "; ".join(reasons[:2])
    more = f"; and {len(reasons) - 2} more" if len(reasons) > 2 else ""
    return text[: MAX_WORDS - len(more)] + more


def _shown(column: np.intp, value: np.float64) -> str:
    return f"{LABELS[column]} {value:.6g} {_UNITS[column]}"
