"""All comparisons as one result that can be stored, shown and repeated."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numpy.typing import NDArray

from simulation import VERSION
from simulation.fidelity import evaluations, gold_runs, here, public_files
from simulation.fidelity.comparison import Case
from simulation.fidelity.result import FORMAT, FidelityError, Result, load_result
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import XMEAS, xmeas_index

Progress = Callable[[str], None]

COMMAND = (
    "manage.py checkfidelity --reference ../shared/tep/reference --braatz ../shared/fdd/braatz"
)
#: Fault of a gold run and the XMEAS that is shown of it.
PLOTTED = ((0, 7), (0, 9), (6, 7), (14, 9))
PLOT_EVERY = 3  # rows: 9 min of plant time; the difference shown is the largest of three rows


def compare(
    reference: Path | None,
    braatz: Path | None,
    progress: Progress = lambda name: None,
) -> Result:
    """Make every comparison that the folders allow.

    ``reference`` holds the gold trajectories, ``braatz`` the public files. Raises FidelityError
    for a folder without any of them, or a file that cannot be read.
    """
    cases: list[Case] = []
    plots: list[dict[str, Any]] = []
    if reference is not None:
        for path, make in _gold_files(reference):
            progress(path.name)
            found = _reading(path, make)
            if isinstance(found, Case):
                cases.append(found)
            else:
                case, ours, theirs = found
                cases.append(case)
                plots += _plots(path, ours, theirs)
    if braatz is not None:
        for made in _public_files(braatz):
            path = braatz / f"{made.name}.dat"
            progress(path.name)
            cases.append(_reading(path, partial(public_files.compare, made=made)))
    return result_of(cases) | {"plots": plots}


def compare_here() -> Result:
    """Make the check that needs no reference data."""
    return result_of(here.check_here(load_result()["here"]))


def result_of(cases: list[Case]) -> Result:
    """Return cases with what they were made by and when."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_with": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": numba.__version__,
            "llvmlite": llvmlite.__version__,
            "machine": platform.machine(),
            "system": platform.system(),
        },
        "command": COMMAND,
        "passed": all(case.passed for case in cases),
        "cases": [case.as_json() for case in cases],
    }


def _reading(path: Path, make: Callable[[Path], Any]) -> Any:
    """Make a comparison; a file that is damaged or of another kind is named."""
    try:
        return make(path)
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise FidelityError(f"{path} cannot be compared: {error!r}") from error


def _gold_files(folder: Path) -> Iterator[tuple[Path, Callable[[Path], Any]]]:
    makers: tuple[tuple[str, Callable[[Path], Any]], ...] = (
        ("derivative_static.npz", evaluations.evaluations),
        ("snapshots_closed_loop.npz", evaluations.evaluations),
        ("closed_first600s_1s.npz", gold_runs.first_seconds),
        ("open_loop_4h.npz", gold_runs.open_loop),
        ("closed48_*.npz", gold_runs.closed_loop),
        ("singlelit48_*.npz", gold_runs.single_literals),
    )
    found = [(path, make) for mask, make in makers for path in sorted(folder.glob(mask))]
    if not found:
        raise FidelityError(f"{folder} holds no gold trajectories (closed48_*.npz and others)")
    yield from found


def _public_files(folder: Path) -> list[public_files.PublicFile]:
    found = [made for made in public_files.PUBLIC_FILES if (folder / f"{made.name}.dat").is_file()]
    if not found:
        raise FidelityError(f"{folder} holds no public data files whose seed is known (d00.dat …)")
    return sorted(found, key=lambda made: made.name)


def _plots(
    path: Path, ours: NDArray[np.float64], theirs: NDArray[np.float64]
) -> Iterator[dict[str, Any]]:
    fault = int(path.name.split("idv")[1][:2])
    for idv, number in PLOTTED:
        if idv != fault:
            continue
        column = xmeas_index(number)
        a, b = (rows[:, column].reshape(-1, PLOT_EVERY) for rows in (theirs, ours))
        hours = np.arange(1, len(a) + 1) * PLOT_EVERY * SAMPLE_SECONDS / 3600
        yield {
            "file": path.name,
            "idv": idv,
            "label": XMEAS[column].label,
            "name": XMEAS[column].description,
            "unit": XMEAS[column].unit,
            "hours": [round(hour, 2) for hour in hours.tolist()],
            "reference": [_digits(value, 8) for value in a[:, -1]],
            "ours": [_digits(value, 8) for value in b[:, -1]],
            "difference": [_digits(value, 3) for value in np.abs(a - b).max(axis=1)],
        }


def _digits(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
