"""The interface that every detector shares: fit, calibrate, score or update, explain, store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors import archive
from monitoring.detectors.decimation import DECIMATIONS, block_means
from monitoring.detectors.limits import LimitTable

Array = NDArray[np.float64]
Runs = Sequence[Array]
"""Separate stretches of operation, each (n_i, m): rows in time order, never joined across runs."""


USUAL = 0.2
"""Share of normal points that are above what is usual."""


class NotFittedError(RuntimeError):
    """A detector was asked for what it has not learnt yet."""


class Detector(ABC):
    """Learns normal operation from runs, and scores points against it.

    `__init__` only stores. `fit` learns the model, `calibrate` the limits; they must be given
    different runs, because a model is closer to the rows it was fitted on than to any other.

    Of each point a detector says k statistics, named by `statistics`, and the point exceeds when
    one of those that decide is over its limit. `score` takes the points of a run at once; `update`
    takes them one by one, with all that is remembered in between in a `state` which the caller
    keeps. Both give the same to rounding.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    """As a page names it."""
    dynamic: ClassVar[bool] = False
    """Whether the order of readings matters: it then sees every reading, never means of them."""
    statistics: tuple[str, ...] = ()
    deciding: ClassVar[slice] = slice(None)
    """Which statistics make a point exceed; the others are for information."""

    labels: Sequence[str]
    mean_: Array
    sd_: Array
    n_samples_: int
    tables_: tuple[LimitTable, ...]

    @property
    def warm_up(self) -> int:
        """How many points at the begin of a run are not judged: their statistics are zero."""
        return 0

    @property
    def state_size(self) -> int:
        """How many numbers the state holds: always the same."""
        return 0

    # Learning

    def fit(self, runs: Runs) -> Self:
        """Learn the model of normal operation; what was calibrated before is forgotten."""
        checked = self._checked_runs(runs)
        vars(self).pop("tables_", None)
        self._fit(checked)
        return self

    def calibrate(self, runs: Runs) -> Self:
        """Learn the limits from normal runs that are not those of `fit`."""
        self._require_fitted()
        checked = self._checked_runs(runs)
        samples: list[dict[int, list[Array]]] = []
        for decimation in (1,) if self.dynamic else DECIMATIONS:
            for offset in range(decimation):
                pooled = np.concatenate(
                    [
                        self._calibrated(block_means(run, decimation, offset))[self.warm_up :]
                        for run in checked
                    ]
                )
                samples = samples or [{} for _ in range(pooled.shape[1])]
                for column, of in enumerate(samples):
                    of.setdefault(decimation, []).append(pooled[:, column])
        self.tables_ = tuple(LimitTable().fit(of) for of in samples)
        return self

    # Use

    @abstractmethod
    def score(self, X: Array) -> Array:
        """Return the statistics (n, k) of the points `X` (n, m) of one run, in time order.

        ValueError for another shape, and for values that are not finite.
        """

    def start(self) -> Array:
        """Return the state before the first point of a run, (state_size,)."""
        self._require_fitted()
        return np.zeros(self.state_size)

    @abstractmethod
    def update(self, state: Array, x: Array) -> tuple[Array, Array]:
        """Take the next point `x` (m,): return the state after it, and its statistics (k,).

        The state given is left as it is, so a point can be taken again. ValueError for a value that
        is not finite.
        """

    @abstractmethod
    def contributions(self, state: Array, x: Array) -> dict[str, Array]:
        """Return what each variable contributes, (m,) by statistic, to the point `x` (m,).

        `state` is the one after the point.
        """

    def limits(self, alpha: float, decimation: int = 1) -> Array:
        """Return the limits (k,) at the nominal rate `alpha`, for means of `decimation` readings.

        NotFittedError before `calibrate`.
        """
        if not hasattr(self, "tables_"):
            raise NotFittedError("this detector has no limits yet: call calibrate first")
        return np.array([table.limit(alpha, decimation) for table in self.tables_])

    def exceed(self, statistics: Array, limits: Array) -> NDArray[np.bool_]:
        """Return whether each point (..., k) exceeds: a deciding statistic above its limit."""
        over = statistics[..., self.deciding] > limits[self.deciding]
        return np.asarray(over.any(axis=-1))

    def exceeds(self, X: Array, alpha: float, decimation: int = 1) -> NDArray[np.bool_]:
        """Return whether each point of one run exceeds its limits at `alpha`, (n,)."""
        return self.exceed(self.score(X), self.limits(alpha, decimation))

    def kind_of_change(self, statistics: Array, limits: Array) -> str:
        """Return what kind of change a point tells of (step, drift, variance), or nothing."""
        return ""

    def usual(self) -> Array:
        """Return what each statistic (k,) rarely exceeds while all is normal: one point in five."""
        return self.limits(USUAL)

    def leading(self, statistics: Array, limits: Array) -> tuple[int, float]:
        """Return which deciding statistic (of k) is largest against its limit, and that ratio."""
        ratios = statistics[self.deciding] / limits[self.deciding]
        best = int(np.argmax(ratios))
        return best + (self.deciding.start or 0), float(ratios[best])

    # Storage

    def to_bytes(self) -> bytes:
        """Store the detector: plain arrays, no pickle, the same to the bit when read back."""
        self._require_fitted()
        arrays: dict[str, NDArray[Any]] = {
            "kind": np.array(self.kind),
            "labels": np.array(list(self.labels), dtype=np.str_),
            "mean": self.mean_,
            "sd": self.sd_,
            "n_samples": np.array(self.n_samples_),
            **self._to_arrays(),
        }
        for name, table in zip(self._table_names(), getattr(self, "tables_", ()), strict=False):
            arrays |= table.to_arrays(name)
        return archive.pack(arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; ValueError for anything else."""
        arrays = archive.unpack(data)
        try:
            if (kind := str(arrays["kind"])) != cls.kind:
                raise ValueError(f"the stored detector is of kind {kind!r}, not {cls.kind!r}")
            detector = cls._from_arrays([str(label) for label in arrays["labels"]], arrays)
            detector.mean_, detector.sd_ = arrays["mean"], arrays["sd"]
            detector.n_samples_ = int(arrays["n_samples"])
            names = detector._table_names()
            if f"{names[0]}quantiles" in arrays:
                detector.tables_ = tuple(
                    LimitTable.from_arrays(name, arrays)
                    for name in names
                    if f"{name}quantiles" in arrays
                )
        except KeyError as missing:
            raise ValueError(f"the stored detector lacks {missing}") from missing
        detector._prepare()
        return detector

    # What a subclass provides

    def _calibrated(self, X: Array) -> Array:
        """Return what limits are learnt from, (n, tables); the statistics, if nothing else."""
        return self.score(X)

    def _table_names(self) -> list[str]:
        """Return how each limit table is named in an archive."""
        return [f"{name.lower()}_" for name in self.statistics]

    @abstractmethod
    def _fit(self, runs: list[Array]) -> None:
        """Learn from checked runs, and set `mean_`, `sd_` and `n_samples_` among the rest."""

    @abstractmethod
    def _to_arrays(self) -> dict[str, NDArray[Any]]:
        """Parameters and fitted values beyond the shared ones."""

    @classmethod
    @abstractmethod
    def _from_arrays(cls, labels: list[str], arrays: archive.Arrays) -> Self:
        """Construct from `_to_arrays`; the shared values are set by the caller."""

    @abstractmethod
    def _prepare(self) -> None:
        """Derive from the fitted values what scoring needs; called after reading, too."""

    # Checks

    def _require_fitted(self) -> None:
        if not hasattr(self, "mean_"):
            raise NotFittedError("this detector knows no normal operation yet: call fit first")

    def _require_moving(self, sd: Array) -> None:
        still = [self.labels[int(i)] for i in np.flatnonzero(sd == 0.0)]
        if still:
            raise ValueError(
                f"these variables never moved, so nothing can be learnt of them: {', '.join(still)}"
            )

    def _checked_runs(self, runs: Runs) -> list[Array]:
        checked = [self._checked_rows(run) for run in runs]
        if not checked:
            raise ValueError("at least one run is needed")
        return checked

    def _checked_point(self, x: Array) -> Array:
        return self._checked_rows(np.asarray(x, dtype=np.float64)[np.newaxis])[0]

    def _checked_rows(self, X: Array) -> Array:
        rows = np.asarray(X, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.labels):
            raise ValueError(f"rows must be (n, {len(self.labels)}); got shape {rows.shape}")
        if not np.isfinite(rows).all():
            bad = [self.labels[int(i)] for i in np.flatnonzero(~np.isfinite(rows).all(axis=0))]
            raise ValueError(f"every value must be finite; these have others: {', '.join(bad)}")
        return rows
