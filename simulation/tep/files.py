"""Runs as files: CSV, NPZ and Parquet, each whole or not there at all."""

from __future__ import annotations

import contextlib
import csv
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from simulation.tep.optional import require
from simulation.tep.variables import LABELS

if TYPE_CHECKING:
    from simulation.tep.result import RunResult

MAX_DIGITS = 17  # what tells every double from its neighbour
_ROWS_AT_ONCE = 10_000  # as Python numbers, which take four times the memory


def _write_csv(result: RunResult, table: NDArray[np.float64], file: BinaryIO) -> None:
    import io

    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("time_h", *LABELS))
    for first in range(0, len(table), _ROWS_AT_ONCE):
        writer.writerows(table[first : first + _ROWS_AT_ONCE].tolist())
    text.flush()
    text.detach()


def _write_npz(result: RunResult, table: NDArray[np.float64], file: BinaryIO) -> None:
    np.savez_compressed(
        file,
        rows=table,
        columns=np.array(("time_h", *LABELS)),
        shutdown_step=np.int64(result.shutdown_step),
        seed=np.int64(result.seed),
    )


def _write_parquet(result: RunResult, table: NDArray[np.float64], file: BinaryIO) -> None:
    arrow, parquet = _parquet()
    columns = {
        name: np.ascontiguousarray(table[:, n]) for n, name in enumerate(("time_h", *LABELS))
    }
    metadata = {"seed": str(result.seed), "shutdown_step": str(result.shutdown_step)}
    parquet.write_table(arrow.table(columns).replace_schema_metadata(metadata), file)


_WRITERS: dict[str, Callable[[RunResult, NDArray[np.float64], BinaryIO], None]] = {
    ".csv": _write_csv,
    ".npz": _write_npz,
    ".parquet": _write_parquet,
}


def check_target(path: str | Path) -> Path:
    """Return ``path`` if a run can be written there, before anything is simulated.

    ValueError for an unknown ending, OSError for a folder that is not there or not writable,
    MissingPackageError for Parquet without pyarrow.
    """
    target = Path(path)
    if target.suffix.lower() not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise ValueError(f"{target}: the ending tells the format and is one of {known}")
    if target.suffix.lower() == ".parquet":
        _parquet()
    check_folder(target)
    return target


def check_folder(target: Path) -> None:
    """Try whether a file can be made where ``target`` is to be; OSError says why not."""
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder: give the name of a file in it")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the folder {target.parent} does not exist: make it first")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(f"{target} exists and may not be written: choose another name")
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise PermissionError(
            f"no file can be made in {target.parent} ({reason}): choose another folder"
        ) from error


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a temporary name beside ``target``; it takes its place at the end, or is removed.

    The file has the permissions an ordinary new file would have.
    """
    handle, name = tempfile.mkstemp(
        prefix=f".{target.stem}-", suffix=f".part{target.suffix}", dir=target.parent
    )
    os.close(handle)
    temporary = Path(name)
    try:
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write(result: RunResult, path: str | Path, digits: int | None = None) -> None:
    """Write ``time_h`` and the 53 readings of a run; unrounded, or to significant ``digits``.

    Parquet and NPZ keep seed and shutdown step as well. Errors are those of ``check_target``; an
    older file of the name is replaced only by a complete new one.
    """
    target = check_target(path)
    table = result.table if digits is None else rounded(result.table, digits)
    with whole_file(target) as temporary, temporary.open("wb") as file:
        _WRITERS[target.suffix.lower()](result, table, file)


def rounded(table: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """Return ``table`` to significant digits, 1 to 17, as a printout would have it."""
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MAX_DIGITS:
        raise ValueError(f"digits is a whole number from 1 to {MAX_DIGITS}, not {digits!r}")
    found = np.empty_like(table)
    for first in range(0, len(table), _ROWS_AT_ONCE):
        part = table[first : first + _ROWS_AT_ONCE]
        flat = [float(f"{value:.{digits - 1}e}") for value in part.ravel().tolist()]
        found[first : first + _ROWS_AT_ONCE] = np.array(flat).reshape(part.shape)
    return found


def _parquet() -> tuple[Any, Any]:
    purpose = "a Parquet file"
    return require("pyarrow", purpose), require("pyarrow.parquet", purpose)
