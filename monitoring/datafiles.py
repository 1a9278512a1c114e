"""Runs in files, as rows of numbers: Braatz `.dat`, CSV with a header, or Parquet.

One file may hold several runs, told apart by a column `simulationRun` (and `faultNumber`), as data
sets of this product and of others have them.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from simulation.fields import Vector
from simulation.ingest.files import RowFile, UnreadableFile
from simulation.ingest.rows import column_named
from simulation.tep.variables import LABELS, index_of

KEYS = ("faultNumber", "simulationRun")
#: Columns that say which row it is, not what was measured.
_PASSED_OVER = (*KEYS, "sample", "time_h")


@dataclass(frozen=True)
class RecordedRun:
    """One run of a file: `rows` (n, 53) in the columns of readings; NaN where the file has none."""

    name: str
    rows: Vector

    def of(self, labels: tuple[str, ...]) -> Vector:
        """Return the columns of some variables, (n, m). UnreadableFile if one is missing."""
        columns = [index_of(label) for label in labels]
        found = self.rows[:, columns]
        missing = [labels[i] for i in np.flatnonzero(np.isnan(found).all(axis=0))]
        if missing:
            raise UnreadableFile(f"{self.name} lacks {', '.join(missing[:6])}.")
        bad = np.argwhere(~np.isfinite(found))
        if len(bad):
            row, column = bad[0]
            raise UnreadableFile(
                f"{self.name}, row {row + 1}: {labels[column]} is no finite number."
            )
        return np.asarray(found)


def read_runs(path: Path) -> Iterator[RecordedRun]:
    """Yield the runs of a file in order. Raises UnreadableFile, with what is wrong and where."""
    if path.suffix.lower() == ".parquet":
        yield from _from_parquet(path)
        return
    if path.suffix.lower() == ".csv" and path.is_file() and _keys_in(path):
        yield from _from_keyed_csv(path)
        return
    file = RowFile(path, passed_over=_PASSED_OVER)
    table = [_placed(row.values, path.name, number) for number, row in enumerate(file, 1)]
    if not table:
        raise UnreadableFile(f"{path.name} has no rows.")
    yield RecordedRun(path.name, np.array(table))


def _placed(values: dict[str, object], name: str, number: int) -> Vector:
    row = np.full(len(LABELS), np.nan)
    for key, value in values.items():
        column = column_named(key)
        if column is None or value is None:
            continue
        if not isinstance(value, int | float):
            raise UnreadableFile(f"{name}, row {number}: {key} is {value!r}, no number.")
        row[column] = value
    return row


def _keys_in(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        header = next(csv.reader(file), [])
    return [key for key in KEYS if key in header]


def _from_keyed_csv(path: Path) -> Iterator[RecordedRun]:
    """Yield runs of a table with keys; rows of one run follow on each other."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = csv.DictReader(file)
        current: tuple[str, ...] | None = None
        rows: list[Vector] = []
        keys = _keys_in(path)
        for number, line in enumerate(lines, 1):
            key = tuple(str(line[name]) for name in keys)
            if key != current:
                if current is not None:
                    yield RecordedRun(_named(path, current), np.array(rows))
                current, rows = key, []
            numbers: dict[str, object] = {}
            for name, text in line.items():
                if name and column_named(name) is not None:
                    try:
                        numbers[name] = float(text) if text else None
                    except ValueError:
                        numbers[name] = text
            rows.append(_placed(numbers, path.name, number))
    if current is None:
        raise UnreadableFile(f"{path.name} has no rows.")
    yield RecordedRun(_named(path, current), np.array(rows))


def _from_parquet(path: Path) -> Iterator[RecordedRun]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UnreadableFile(
            f"Reading {path.name} needs pyarrow: make data, or pip install pyarrow."
        ) from error
    try:
        table = parquet.read_table(path)
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise UnreadableFile(f"{path.name} is no Parquet file: {error}.") from error
    if not table.num_rows:
        raise UnreadableFile(f"{path.name} has no rows.")
    rows = np.full((table.num_rows, len(LABELS)), np.nan)
    for name in table.column_names:
        column = column_named(name)
        if column is not None:
            rows[:, column] = table.column(name).to_numpy().astype(np.float64)
    keys = [name for name in KEYS if name in table.column_names]
    if not keys:
        yield RecordedRun(path.name, rows)
        return
    marks = np.column_stack([table.column(name).to_numpy() for name in keys])
    starts = [0, *(np.flatnonzero((np.diff(marks, axis=0) != 0).any(axis=1)) + 1), len(marks)]
    for first, end in pairwise(starts):
        yield RecordedRun(_named(path, tuple(map(str, marks[first]))), rows[first:end])


def _named(path: Path, key: tuple[str, ...]) -> str:
    return f"{path.name}#{'-'.join(key)}"
