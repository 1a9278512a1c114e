"""What a view shows, as a table in full: every stored sample of its span, unrounded."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from monitoring.trends.places import Source
from monitoring.trends.series import chunks_of, wall_times
from monitoring.trends.span import steps_of
from monitoring.trends.view import View
from simulation.models.reading import hours_at

#: Cells of an export at most; with more, the span or the tags have to be fewer.
MOST_CELLS = 5_000_000


class TooMuch(Exception):
    """The table would be too large; the words say what to do."""


def _headings(view: View, sources: dict[str, Source]) -> dict[str, list[tuple[str, Any]]]:
    """Return headings and tags by the source that they come from, each once."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for trace in view.traces:
        keys = ["" if trace.place is None else str(trace.place)]
        if trace.place is None and "overlay" in sources:
            keys.append("overlay")
        for key in keys:
            if key not in sources:
                continue
            unit = f" {trace.tag.unit}" if trace.tag.unit else ""
            of = "" if key == "" else f", {sources[key].name}"
            pair = (f"{trace.tag.label}{unit}{of}", trace.tag)
            if pair not in found.setdefault(key, []):
                found[key].append(pair)
    return found


@dataclass(frozen=True)
class Table:
    """A table of headings and of parts, each a mapping of heading to a column of equal length."""

    headings: list[str]
    parts: Iterator[dict[str, npt.NDArray[Any]]]


def table_of(view: View, sources: dict[str, Source]) -> Table:
    """Return what a view shows as a table by source and step. Raises TooMuch.

    Samples of a run that is laid over another keep their own step and time; `shown_at_h` says
    where they are drawn. The first columns name plant and run.
    """
    wanted = _headings(view, sources)
    spans = {key: steps_of(view, sources, key) for key in wanted}
    cells = sum((spans[key][1] - spans[key][0] + 1) * len(wanted[key]) for key in wanted)
    if cells > MOST_CELLS:
        raise TooMuch(
            f"That would be {cells / 1e6:.1f} million values, and {MOST_CELLS / 1e6:.0f} million "
            "are the most at once. Show a shorter span or fewer tags, and export in parts."
        )
    headings = ["plant", "run", "step", "time_h", "shown_at_h", "wall_time_s"]
    headings += [heading for pairs in wanted.values() for heading, _ in pairs]
    return Table(headings, _parts(wanted, spans, sources, headings))


def _parts(
    wanted: dict[str, list[tuple[str, Any]]],
    spans: dict[str, tuple[int, int]],
    sources: dict[str, Source],
    headings: list[str],
) -> Iterator[dict[str, npt.NDArray[Any]]]:
    for key, pairs in wanted.items():
        source = sources[key]
        tags = [tag for _, tag in pairs]
        for start, dense in chunks_of(source.run, tags, *spans[key]):
            there = np.isfinite(dense).any(axis=1)
            steps = start + np.flatnonzero(there)
            values = dense[there]
            part: dict[str, npt.NDArray[Any]] = {
                "plant": np.full(len(steps), source.plant.pk),
                "run": np.full(len(steps), source.run.number),
                "step": steps,
                "time_h": np.array([hours_at(int(step)) for step in steps]),
                "shown_at_h": np.array([hours_at(int(step) + source.shift) for step in steps]),
                "wall_time_s": wall_times(source.run, steps),
            }
            part |= {heading: values[:, i] for i, (heading, _) in enumerate(pairs)}
            none = np.full(len(steps), np.nan)
            yield {heading: part.get(heading, none) for heading in headings}


def csv_lines(table: Table) -> Iterator[str]:
    """Yield the table as CSV, some thousand lines at once; a missing value is empty."""
    yield _written([table.headings])
    for part in table.parts:
        columns = [part[heading].tolist() for heading in table.headings]
        yield _written([[_cell(one) for one in row] for row in zip(*columns, strict=True)])


def _written(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: float) -> str:
    return repr(value) if math.isfinite(value) else ""


def parquet_file(table: Table) -> IO[bytes]:
    """Return the table as a Parquet file, a row group a chunk. Raises ImportError."""
    import pyarrow
    from pyarrow import parquet

    whole = {"plant", "run", "step"}
    kinds = [
        (one, pyarrow.int64() if one in whole else pyarrow.float64()) for one in table.headings
    ]
    schema = pyarrow.schema(kinds)
    file = TemporaryFile()  # noqa: SIM115  (closed by the response)
    with parquet.ParquetWriter(file, schema) as writer:
        for part in table.parts:
            columns = [
                pyarrow.array(part[name], type=kind, from_pandas=True) for name, kind in kinds
            ]
            writer.write_table(pyarrow.table(columns, schema=schema))
    file.seek(0)
    return file
