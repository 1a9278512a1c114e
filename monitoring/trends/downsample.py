"""Min-max downsampling of gappy series, so that no spike is lost. Pure: knows no database.

A long series is cut into buckets of equally many steps; of each, the lowest and the highest value
stay, in the order in which they came. What is missing stays missing: wherever a bucket's edge lies
in a gap, the line is broken there, so every gap as wide as a bucket is drawn as one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulation.fields import Vector

Flags = npt.NDArray[np.bool_]
Steps = npt.NDArray[np.int64]

#: A trace goes on past a row in which another one is broken: neither a value nor a gap.
PASS = np.inf


def width_for(span: int, most: int) -> int:
    """Return the steps of a bucket so that `span` steps come to about `most` rows; 1: as stored."""
    return 1 if span <= most else -(-span // max(1, most // 2))


@dataclass(frozen=True)
class Rows:
    """What is left: `values` (n, traces) at `steps` (n,), NaN at a gap and PASS to be passed over.

    A row between two steps (at a half) is the break between them; `width` is the bucket's steps.
    """

    steps: Vector
    values: Vector
    width: int

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True)
class Buckets:
    """Of each of n buckets, for t traces: lowest and highest, which came first, what is missing."""

    first: Steps
    """The first step that any trace has, (n,); -1 for a bucket that is empty."""
    last: Steps
    early: Vector
    """Of lowest and highest that which came first, (n, t); NaN where the trace has nothing."""
    late: Vector
    opens: Flags
    """Whether the trace lacks the bucket's first step, (n, t)."""
    closes: Flags

    @classmethod
    def of(cls, start: int, dense: Vector, width: int) -> "Buckets":
        """Take them from `dense` (steps, traces), NaN where nothing is, whose first is `start`.

        The last bucket may be cut short: what lies after it is not missing.
        """
        steps, traces = dense.shape
        count = -(-steps // width)
        short = count * width - steps
        padded = np.vstack([dense, np.full((short, traces), np.nan)]) if short else dense
        cube = padded.reshape(count, width, traces)
        there: Flags = np.isfinite(cube)
        lows, highs = np.where(there, cube, np.inf), np.where(there, cube, -np.inf)
        low_at, high_at = lows.argmin(axis=1), highs.argmax(axis=1)
        low = np.take_along_axis(cube, low_at[:, None], axis=1)[:, 0]
        high = np.take_along_axis(cube, high_at[:, None], axis=1)[:, 0]
        rises = low_at <= high_at
        empty = ~np.any(there, axis=1)
        early, late = np.where(rises, low, high), np.where(rises, high, low)
        early[empty], late[empty] = np.nan, np.nan
        at_all: Flags = np.any(there, axis=2)
        holds = np.any(at_all, axis=1)
        begins = start + width * np.arange(count)
        first = np.where(holds, begins + at_all.argmax(axis=1), -1)
        last = np.where(holds, begins + width - 1 - at_all[:, ::-1].argmax(axis=1), -1)
        closes = ~there[:, -1]
        if short:
            closes[-1] = ~there[-1, width - 1 - short]
        return cls(first, last, early, late, ~there[:, 0], closes)

    @classmethod
    def joined(cls, parts: "list[Buckets]") -> "Buckets":
        """Put the buckets of parts of a series, in order, together."""
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("first", "last", "early", "late", "opens", "closes")
            )
        )

    def rows(self, width: int) -> Rows:
        """Return them as the rows of a chart: one or two a bucket, and one for each break."""
        kept = np.flatnonzero(self.first >= 0)
        traces = self.early.shape[1]
        if not len(kept):
            return Rows(np.zeros(0), np.zeros((0, traces)), width)
        two = self.last[kept] > self.first[kept]
        steps = [self.first[kept].astype(float), self.last[kept][two].astype(float)]
        values = [self.early[kept], self.late[kept][two]]
        before, after = kept[:-1], kept[1:]
        broken = self.closes[before] | self.opens[after] | (after - before > 1)[:, None]
        # A bucket in which the trace has nothing is a row of its own, and breaks the line itself.
        broken &= ~np.isnan(self.early[before]) & ~np.isnan(self.early[after])
        at = broken.any(axis=1)
        steps.append(self.last[before][at] + 0.5)
        values.append(np.where(broken[at], np.nan, PASS))
        all_steps = np.concatenate(steps)
        order = np.argsort(all_steps, kind="stable")
        return Rows(all_steps[order], np.concatenate(values)[order], width)


def empty_bucket(traces: int) -> Buckets:
    """Return a bucket without anything, to stand for all that were left out at once."""
    return Buckets.of(0, np.full((1, traces), np.nan), 1)


def thinned(chunks: Iterable[tuple[int, Vector]], width: int, traces: int) -> Rows:
    """Return the rows of a series, given as dense chunks (steps, traces) with their first step.

    Each chunk but the last must hold whole buckets. Between two that do not follow on each other
    there is nothing.
    """
    parts, expected = [], None
    for start, dense in chunks:
        if expected is not None and start != expected:
            parts.append(empty_bucket(traces))
        parts.append(Buckets.of(start, dense, width))
        expected = start + len(dense)
    return Buckets.joined(parts or [empty_bucket(traces)]).rows(width)
