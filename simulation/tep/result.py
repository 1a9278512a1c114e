"""What a run gives: readings by label with their units, and what happened on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.tep.constants import SECONDS_PER_HOUR
from simulation.tep.optional import require
from simulation.tep.state import PlantState
from simulation.tep.variables import LABELS, VARIABLES, index_of

UNITS: dict[str, str] = {variable.label: variable.unit for variable in VARIABLES}
TIME = "time_h"
COLUMNS: tuple[str, ...] = (TIME, *LABELS)


@dataclass(frozen=True)
class Event:
    """Something that happened to the plant: from second ``step`` on.

    ``kind`` is "injection", "injection end", "valve by hand", "valve automatic", "set point",
    "set point end" or "trip"; ``label`` names what it happened to ("" for a trip).
    """

    step: int
    kind: str
    label: str
    text: str

    @property
    def hours(self) -> float:
        """Plant time, h."""
        return self.step / SECONDS_PER_HOUR

    def __str__(self) -> str:
        return f"{self.hours:.4f} h: {'trip: ' if self.kind == 'trip' else ''}{self.text}"


@dataclass(frozen=True, eq=False)
class RunResult:
    """The readings of a run, and what made them.

    ``rows`` is (n, 53), XMEAS(1..41) then XMV(1..12); ``hours`` (n,) their nominal times, h.
    ``result["XMEAS(7)"]`` is one variable (n,), ``result.units["XMEAS(7)"]`` its unit. After a
    trip rows go on, frozen; ``until_trip`` leaves them out.
    """

    rows: NDArray[np.float64]
    hours: NDArray[np.float64]
    seed: int
    rng: str
    compat: str | None
    sample_seconds: int
    shutdown_step: int
    events: tuple[Event, ...]
    final_state: PlantState
    labels: tuple[str, ...] = LABELS

    @property
    def units(self) -> dict[str, str]:
        """The unit of each variable by label."""
        return dict(UNITS)

    @property
    def tripped(self) -> bool:
        """Whether a safety limit stopped the plant."""
        return self.shutdown_step >= 0

    @property
    def trip(self) -> Event | None:
        """The trip, with its cause in words; None if there was none."""
        return next((event for event in self.events if event.kind == "trip"), None)

    @property
    def table(self) -> NDArray[np.float64]:
        """Time and readings together (n, 54): the columns of ``COLUMNS``."""
        return np.column_stack([self.hours, self.rows])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, label: str) -> NDArray[np.float64]:
        """The readings of one variable (n,), or the hours under ``"time_h"``."""
        return self.hours if label == TIME else self.rows[:, index_of(label)]

    def __repr__(self) -> str:
        end = f"; {self.trip}" if self.trip else ""
        return f"<RunResult {len(self)} rows, {self.final_state.hours:g} h, seed {self.seed}{end}>"

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return every column by its name, ``time_h`` first."""
        return {name: self[name] for name in COLUMNS}

    def until_trip(self) -> NDArray[np.float64]:
        """Return the rows recorded before the plant was shut down (all if it was not)."""
        if not self.tripped:
            return self.rows
        return self.rows[np.round(self.hours * SECONDS_PER_HOUR) <= self.shutdown_step]

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame: 53 columns, indexed by ``time_h``.

        MissingPackageError names what to install without pandas.
        """
        pandas = require("pandas", "a DataFrame")
        index = pandas.Index(self.hours, name=TIME)
        return pandas.DataFrame(self.rows.copy(), columns=list(self.labels), index=index)

    def plot(self, labels: Iterable[str] | None = None, path: str | Path | None = None) -> Any:
        """Return a matplotlib Figure of some variables; save it too if ``path`` is given.

        MissingPackageError names what to install without matplotlib.
        """
        from simulation.tep.figure import draw

        return draw(self, labels, path)

    def write(self, path: str | Path, digits: int | None = None) -> None:
        """Write all columns to a .csv, .npz or .parquet file; see ``simulation.tep.files``."""
        from simulation.tep.files import write

        write(self, path, digits)
