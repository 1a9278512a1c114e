"""The runs of a file as one table, written as Parquet or CSV and read back."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.dataset.course import Course
from simulation.dataset.plan import FilePlan, Plan
from simulation.tep import SECONDS_PER_HOUR
from simulation.tep.files import whole_file
from simulation.tep.optional import require
from simulation.tep.variables import LABELS

#: The names of Rieth et al. (2017), so that scripts for those sets read these.
KEYS = ("faultNumber", "simulationRun", "sample")
COLUMNS = (*KEYS, "time_h", *LABELS)


def require_format(plan: Plan) -> None:
    """Say what must be installed for the plan's format (MissingPackageError)."""
    if plan.format == "parquet":
        _arrow()


def write(plan: Plan, file: FilePlan, courses: Sequence[Course], target: Path) -> None:
    """Write the courses of a file, whole or not at all. OSError as the system says it."""
    with whole_file(target) as temporary:
        if plan.format == "parquet":
            _write_parquet(plan, courses, temporary)
        else:
            _write_csv(plan, courses, temporary)


def read_run(plan: Plan, path: Path, number: int) -> NDArray[np.float64]:
    """Return the rows (n, 53) of one run of a file, as they are stored."""
    if plan.format == "parquet":
        _, parquet = _arrow()
        table = parquet.read_table(path, filters=[("simulationRun", "=", number)])
        return np.column_stack([table.column(name).to_numpy() for name in LABELS])
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        place = next(rows).index("simulationRun")
        found = [[float(v) for v in row[4:]] for row in rows if int(row[place]) == number]
    return np.array(found).reshape(len(found), len(LABELS))


def _write_parquet(plan: Plan, courses: Sequence[Course], path: Path) -> None:
    arrow, parquet = _arrow()
    lengths = [len(course.rows) for course in courses]
    samples = np.concatenate([np.arange(1, n + 1) for n in lengths])
    rows = np.concatenate([course.rows for course in courses])
    columns: dict[str, Any] = {
        "faultNumber": np.repeat([c.run.fault for c in courses], lengths).astype(np.int16),
        "simulationRun": np.repeat([c.run.number for c in courses], lengths).astype(np.int32),
        "sample": samples.astype(np.int32),
        "time_h": samples * plan.sample_seconds / SECONDS_PER_HOUR,
        **{name: np.ascontiguousarray(rows[:, n]) for n, name in enumerate(LABELS)},
    }
    table = arrow.table(columns).replace_schema_metadata({"plan": json.dumps(plan.as_json())})
    parquet.write_table(table, path, compression="zstd")


def _write_csv(plan: Plan, courses: Sequence[Course], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for course in courses:
            writer.writerows(_lines(plan, course))


def _lines(plan: Plan, course: Course) -> Iterable[list[Any]]:
    head = [course.run.fault, course.run.number]
    for sample, values in enumerate(course.rows.tolist(), start=1):
        yield [*head, sample, sample * plan.sample_seconds / SECONDS_PER_HOUR, *values]


def _arrow() -> tuple[Any, Any]:
    purpose = "a Parquet data set (or give --format csv)"
    return require("pyarrow", purpose), require("pyarrow.parquet", purpose)
