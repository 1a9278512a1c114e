"""The interface of the public package tep2py, on this plant: no Fortran to compile.

    tep = tep2py(np.zeros((480, 20)))
    tep.simulate()
    tep.process_data["XMEAS(7)"]

One row of ``idata`` holds the 20 disturbances of one sample of 3 minutes. Row n (from 0) acts
from second 180 n on, so that zeros up to row 159 and IDV(4) from row 160 on is the standard run
with its fault from 8 h on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulation.tep.constants import SAMPLE_SECONDS
from simulation.tep.integrate import advance, initial_state
from simulation.tep.optional import MissingPackageError, require
from simulation.tep.rng import DEFAULT_SEED
from simulation.tep.variables import IDV, LABELS, N_IDV, VARIABLES

COLUMNS = LABELS[:52]  # XMEAS(1..41), XMV(1..11): the agitator is left out, as in the public data


class Table:
    """A small table for where pandas is not installed: columns by name over one index."""

    def __init__(
        self, values: NDArray[Any], columns: list[str], index: NDArray[Any] | None = None
    ) -> None:
        self.values, self.columns = values, columns
        self.index = np.arange(len(values)) if index is None else index

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self.values.shape

    def to_numpy(self) -> NDArray[Any]:
        """Return the values without names."""
        return self.values

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __getitem__(self, column: str) -> NDArray[Any]:
        if column not in self.columns:
            raise KeyError(column)
        return self.values[:, self.columns.index(column)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype)

    def __repr__(self) -> str:
        return f"<Table of {self.shape[0]} rows, columns {self.columns[0]} .. {self.columns[-1]}>"


class tep2py:
    """A run from a matrix of disturbances: ``simulate()``, then ``process_data``.

    ``idata`` is (n, 20) with 0 and 1, or magnitudes between them. ``process_data`` is a pandas
    DataFrame (n, 52) as the public package's, or without pandas a ``Table`` of the same columns
    and index; so are ``info_variable`` and ``info_disturbance``. ``compat="braatz"`` is nearest
    to the public package, whose build has single-precision literals. ValueError for another
    shape, or entries that are not between 0 and 1.
    """

    def __init__(
        self,
        idata: ArrayLike,
        *,
        seed: SupportsIndex | float = DEFAULT_SEED,
        compat: str | None = None,
        rng: str = "reference",
    ) -> None:
        matrix = np.asarray(idata, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[1] != N_IDV:
            raise ValueError(
                f"the matrix of disturbances has {N_IDV} columns, one for each IDV; "
                f"its shape is not {matrix.shape}"
            )
        if not ((matrix >= 0.0) & (matrix <= 1.0)).all():
            raise ValueError("the matrix of disturbances holds magnitudes from 0 to 1")
        self.disturbance_matrix = matrix
        self._start = initial_state(seed, compat=compat, rng=rng)
        self._process_data: Any = None
        self.info_variable = _table(
            np.array([(v.label, v.description, v.unit) for v in VARIABLES], dtype=object),
            ["variable", "description", "unit"],
        )
        self.info_disturbance = _table(
            np.array([(one.label, one.description) for one in IDV], dtype=object),
            ["disturbance", "description"],
        )

    @property
    def process_data(self) -> Any:
        """The table of the run; AttributeError before ``simulate()``."""
        if self._process_data is None:
            raise AttributeError("there is no process data yet: call simulate() first")
        return self._process_data

    def simulate(self) -> None:
        """Run one sample for each row of the matrix, and keep the table."""
        matrix, state = self.disturbance_matrix, self._start
        samples = len(matrix)
        pieces: list[NDArray[np.float64]] = []
        changes = [0, *(np.flatnonzero(np.any(np.diff(matrix, axis=0), axis=1)) + 1).tolist()]
        for first, following in zip(changes, [*changes[1:], samples], strict=True):
            if first == samples:
                break
            state = state.replace(idv=matrix[first])
            last = following * SAMPLE_SECONDS - (1 if following < samples else 0)
            state, rows = advance(state, last - state.step)
            pieces.append(rows)
        rows = np.concatenate(pieces)[:, : len(COLUMNS)] if pieces else np.empty((0, len(COLUMNS)))
        index = np.arange(0, 3 * samples, 3, dtype="datetime64[m]")
        self._process_data = _table(rows, list(COLUMNS), index)


def _table(values: NDArray[Any], columns: list[str], index: NDArray[Any] | None = None) -> Any:
    try:
        pandas = require("pandas", "a DataFrame")
    except MissingPackageError:
        return Table(values, columns, index)
    return pandas.DataFrame(values, columns=columns, index=index)
