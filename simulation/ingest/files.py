"""Recorded rows in files: CSV with a header of names, or the public Braatz .dat. Pure.

A CSV's header holds the names that `rows` knows. Its column `step` numbers the rows, `time` says
when they were taken; `timestamp`, IDV columns and empty names are passed over. A .dat file has 52
numbers a row (d00.dat: a column), XMEAS(1) to XMEAS(41) and XMV(1) to XMV(11), and no header.
"""

import csv
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulation.ingest.rows import column_named, required_labels, shown
from simulation.tep.variables import LABELS

_SET_SIZES = (52, 33, 22)
_PASSED_OVER = ("timestamp", "", "t", "index")


class UnreadableFile(ValueError):
    """A file that holds no rows that could be sent; says what is wrong with it and where."""


@dataclass(frozen=True)
class FileRow:
    """One row of a file as the API takes it, with its step."""

    step: int
    values: dict[str, Any]
    time: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the row in the API's form."""
        said: dict[str, Any] = {"step": self.step, "values": self.values}
        if self.time:
            said["time"] = self.time
        return said


class RowFile:
    """A file of rows, read as often as asked: `len`, and iteration in order of steps."""

    def __init__(self, path: Path, passed_over: tuple[str, ...] = ()) -> None:
        self.path = path
        self._passed_over = {*_PASSED_OVER, *(name.strip().lower() for name in passed_over)}
        if not path.is_file():
            raise UnreadableFile(f"There is no file {path}.")
        self._is_dat = path.suffix.lower() == ".dat"
        self._rows = _dat_rows(path) if self._is_dat else np.empty(0)
        self._header = [] if self._is_dat else self._read_header()
        self.labels = self._labels()

    @property
    def variables(self) -> int:
        """Return the largest set of required variables (52, 33 or 22) that the file holds.

        Raises UnreadableFile for one that lacks some of the 22.
        """
        for size in _SET_SIZES:
            if set(required_labels(size)) <= set(self.labels):
                return size
        missing = [label for label in required_labels(22) if label not in self.labels]
        raise UnreadableFile(f"{self.path.name} lacks {', '.join(missing[:6])}.")

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[FileRow]:
        """Go through the rows. Raises UnreadableFile at one that cannot be read."""
        last = 0
        for row in self._from_dat() if self._is_dat else self._from_csv():
            if row.step <= last:
                raise UnreadableFile(
                    f"{self.path.name}: step {row.step} comes after step {last}; steps must rise."
                )
            last = row.step
            yield row

    def _from_dat(self) -> Iterator[FileRow]:
        for step, row in enumerate(self._rows, start=1):
            yield FileRow(step, dict(zip(self.labels, map(float, row), strict=True)))

    def _from_csv(self) -> Iterator[FileRow]:
        columns = [(i, name.strip()) for i, name in enumerate(self._header)]
        used = [(i, name) for i, name in columns if column_named(name) is not None]
        place = {name.lower(): i for i, name in columns}
        try:
            with self.path.open(newline="", encoding="utf-8-sig") as file:
                lines = csv.reader(file)
                next(lines)
                pending: list[str] | None = None
                number = 0
                for cells in lines:
                    if pending is not None:
                        raise UnreadableFile(
                            f"{self.path.name}, row {number}: {len(pending)} cells, but the header "
                            f"has {len(self._header)}."
                        )
                    if not cells:
                        continue
                    number += 1
                    if len(cells) != len(self._header):
                        pending = cells  # a last line that is still being written is left for later
                        continue
                    yield FileRow(
                        step=_step_in(cells, place, number, self.path.name),
                        values={name: _value_of(cells[i]) for i, name in used},
                        time=cells[place["time"]].strip() if "time" in place else None,
                    )
        except (csv.Error, UnicodeDecodeError) as error:
            raise UnreadableFile(f"{self.path.name} is no CSV file in UTF-8: {error}.") from error

    def _read_header(self) -> list[str]:
        try:
            with self.path.open(newline="", encoding="utf-8-sig") as file:
                header = next(csv.reader(file), [])
        except (csv.Error, UnicodeDecodeError) as error:
            raise UnreadableFile(f"{self.path.name} is no CSV file in UTF-8: {error}.") from error
        if not header:
            raise UnreadableFile(
                f"{self.path.name} is empty; its first line must name the columns."
            )
        return header

    def _labels(self) -> tuple[str, ...]:
        """Return the labels of the file's variables. Raises UnreadableFile."""
        if self._is_dat:
            return required_labels(52)
        found: list[str] = []
        for name in self._header:
            plain = name.strip().lower()
            column = column_named(name)
            if column is not None:
                if LABELS[column] in found:
                    raise UnreadableFile(f"{self.path.name} has {LABELS[column]} twice.")
                found.append(LABELS[column])
            elif plain not in {*self._passed_over, "step", "time"} and not plain.startswith("idv"):
                near = difflib.get_close_matches(plain, [label.lower() for label in LABELS], n=1)
                meant = f" Is it {near[0].upper()}?" if near else ""
                raise UnreadableFile(
                    f"{self.path.name}: no variable is called {shown(name)}.{meant} "
                    f"Pass over the column with --ignore {shown(name)!r}, or rename it."
                )
        return tuple(found)


def _dat_rows(path: Path) -> np.ndarray:
    """Return the rows of a Braatz file, shape (n, 52), whichever way it lies."""
    try:
        rows = np.loadtxt(path, ndmin=2)
    except ValueError as error:
        raise UnreadableFile(f"{path.name} is no table of numbers: {error}.") from error
    if rows.shape[1] != 52 and rows.shape[0] == 52:
        rows = rows.T
    if rows.shape[1] != 52:
        raise UnreadableFile(
            f"{path.name} has {rows.shape[0]} x {rows.shape[1]} numbers; 52 a row (XMEAS 1-41, "
            "XMV 1-11) are needed."
        )
    return rows


def _step_in(cells: list[str], place: dict[str, int], number: int, name: str) -> int:
    if "step" not in place:
        return number
    text = cells[place["step"]].strip()
    if not (text.isascii() and text.isdigit() and int(text[:12]) >= 1):
        raise UnreadableFile(f"{name}, row {number}: {text[:40]!r} is no step from 1 on.")
    return int(text[:12])


def _value_of(text: str) -> Any:
    """Return the number that a cell writes, None for an empty one, else its text, to be refused."""
    text = text.strip()
    if not text:
        return None
    try:
        return float(text) if "_" not in text else text
    except ValueError:
        return text
