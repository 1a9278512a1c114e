"""The interface that every detector shares: fit, calibrate, score, explain, store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors import archive
from monitoring.detectors.decimation import DECIMATIONS, block_means
from monitoring.detectors.limits import Limits, LimitTable

Runs = Sequence[NDArray[np.float64]]
"""Separate stretches of operation, each (n_i, m): rows in time order, never joined across runs."""


class NotFittedError(RuntimeError):
    """A detector was asked for what it has not learnt yet."""


class Scores(NamedTuple):
    """T² and SPE of n points, each (n,)."""

    t2: NDArray[np.float64]
    spe: NDArray[np.float64]

    def exceed(self, limits: Limits) -> NDArray[np.bool_]:
        """Whether each point exceeds: either statistic above its limit."""
        return (self.t2 > limits.t2_limit) | (self.spe > limits.spe_limit)


class Detector(ABC):
    """Learns normal operation from runs, and scores points against it.

    `__init__` only stores. `fit` learns the model, `calibrate` the limits; they must be given
    different runs, because a model is closer to the rows it was fitted on than to any other.
    A subclass provides the abstract methods, and `memory` where a point's score rests on others.
    """

    kind: ClassVar[str]
    memory: ClassVar[int] = 0
    """How many earlier points of the same run the score of a point rests on."""

    labels: Sequence[str]
    mean_: NDArray[np.float64]
    sd_: NDArray[np.float64]
    n_samples_: int
    t2_table_: LimitTable
    spe_table_: LimitTable

    # Learning

    def fit(self, runs: Runs) -> Self:
        """Learn the model of normal operation; what was calibrated before is forgotten."""
        checked = self._checked_runs(runs)
        for name in ("t2_table_", "spe_table_"):
            vars(self).pop(name, None)
        self._fit(checked)
        return self

    def calibrate(self, runs: Runs) -> Self:
        """Learn the limits from normal runs that are not those of `fit`."""
        self._require_fitted()
        checked = self._checked_runs(runs)
        t2: dict[int, list[NDArray[np.float64]]] = {}
        spe: dict[int, list[NDArray[np.float64]]] = {}
        for decimation in DECIMATIONS:
            for offset in range(decimation):
                scored = [self._settled_scores(run, decimation, offset) for run in checked]
                t2.setdefault(decimation, []).append(np.concatenate([s.t2 for s in scored]))
                spe.setdefault(decimation, []).append(np.concatenate([s.spe for s in scored]))
        t2_table, spe_table = LimitTable().fit(t2), LimitTable().fit(spe)
        self.t2_table_, self.spe_table_ = t2_table, spe_table
        return self

    # Use

    @abstractmethod
    def score(self, X: NDArray[np.float64]) -> Scores:
        """Score the points `X` (n, m) of one run, in time order."""

    @abstractmethod
    def contributions(
        self, x: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What each variable contributes to the T² and to the SPE of the point `x` (m,)."""

    def limits(self, alpha: float, decimation: int = 1) -> Limits:
        """Return both limits at the nominal rate `alpha`, for means of `decimation` readings."""
        if not hasattr(self, "t2_table_"):
            raise NotFittedError("this detector has no limits yet: call calibrate first")
        return Limits(
            self.t2_table_.limit(alpha, decimation), self.spe_table_.limit(alpha, decimation)
        )

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
        if hasattr(self, "t2_table_"):
            arrays |= self.t2_table_.to_arrays("t2_") | self.spe_table_.to_arrays("spe_")
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
            if "t2_quantiles" in arrays:
                detector.t2_table_ = LimitTable.from_arrays("t2_", arrays)
                detector.spe_table_ = LimitTable.from_arrays("spe_", arrays)
        except KeyError as missing:
            raise ValueError(f"the stored detector lacks {missing}") from missing
        detector._prepare()
        return detector

    # What a subclass provides

    @abstractmethod
    def _fit(self, runs: list[NDArray[np.float64]]) -> None:
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

    def _checked_runs(self, runs: Runs) -> list[NDArray[np.float64]]:
        checked = [self._checked_rows(run) for run in runs]
        if not checked:
            raise ValueError("at least one run is needed")
        return checked

    def _checked_rows(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = np.asarray(X, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.labels):
            raise ValueError(f"rows must be (n, {len(self.labels)}); got shape {rows.shape}")
        if not np.isfinite(rows).all():
            bad = [self.labels[int(i)] for i in np.flatnonzero(~np.isfinite(rows).all(axis=0))]
            raise ValueError(f"every value must be finite; these have others: {', '.join(bad)}")
        return rows

    def _settled_scores(self, run: NDArray[np.float64], decimation: int, offset: int) -> Scores:
        scores = self.score(block_means(run, decimation, offset))
        return Scores(scores.t2[self.memory :], scores.spe[self.memory :])
