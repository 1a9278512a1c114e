"""The body of an ingest call: one row in three forms, or a batch of them. Pure: knows no Django.

{"data_point": {name: value, ...}, "step": 7, "time": "...", "key": "..."}   as the earlier system
{"values": {name: value, ...}, ...}                                          the same
{name: value, ..., "step": 7, ...}                                           bare
{"rows": [row, row, ...]}                                                    a batch
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulation.ingest.ingest_row import MAX_KEY_LENGTH, MAX_STEP, IngestRow
from simulation.ingest.rows import Problem, RowRefused, Vector, parse_row, shown

#: Rows of one batch.
MAX_ROWS = 1000
#: Refused rows that are answered in full; the rest are counted.
ROWS_NAMED = 50
_ENVELOPES = ("data_point", "values")
_SAID_OF_ROW = ("step", "time", "key")


class BodyRefused(Exception):
    """A body with rows that cannot be stored: `refusals` by their 0-based place, of `count` rows.

    `is_batch` tells whether the body was one; then rows without a problem are held back, too.
    """

    def __init__(self, refusals: dict[int, RowRefused], count: int, is_batch: bool) -> None:
        super().__init__("; ".join(str(refusal) for refusal in list(refusals.values())[:3]))
        self.refusals = refusals
        self.count = count
        self.is_batch = is_batch

    @property
    def held_back(self) -> int:
        """Rows that would have been stored alone."""
        return self.count - len(self.refusals)

    def as_json(self) -> dict[str, Any]:
        """Return the answer: every refused row with every problem by field."""
        rows = [
            {"row": place, "fields": refusal.by_field}
            for place, refusal in list(self.refusals.items())[:ROWS_NAMED]
        ]
        if not self.is_batch:
            error = str(self.refusals[0])
            return {
                "error": error if len(error) < 500 else f"{error[:500]}...",
                "hint": "Correct the values named in fields and send the row again.",
                "fields": rows[0]["fields"],
                "rows": rows,
            }
        return {
            "error": f"{len(self.refusals)} of {self.count} rows are refused; none was stored.",
            "hint": "Correct the rows (numbered from 0) and send the whole batch again.",
            "rows": rows,
        }


class TooManyRows(Exception):
    """A batch of more than `MAX_ROWS` rows."""


@dataclass(frozen=True)
class Feed:
    """What a body asks to store: rows, and the number of the run they are meant for, if said."""

    rows: list[IngestRow]
    run: int | None = None


def feed_of(body: Any, variables: int, key: str = "", *, text_ok: bool = False) -> Feed:
    """Read a body. `key` is the call's own; a batch's rows get it with their place, "key/0".

    Raises BodyRefused, with all problems of all rows, and TooManyRows.
    """
    if not isinstance(body, Mapping):
        what = "The body must be a JSON object: one row, or rows under the name rows."
        raise _one_refused("body", what)
    run = body.get("run")
    if run is not None and not _is_whole(run, 1, MAX_STEP):
        raise _one_refused("run", "run must be the number of a run, from 1 on.")
    if "rows" not in body:
        bare = {name: value for name, value in body.items() if name != "run"}
        rows, refusals = _read([bare], [key], variables, text_ok)
        if refusals:
            raise BodyRefused(refusals, 1, is_batch=False)
        return Feed(rows, run)
    if unknown := [name for name in body if name not in ("rows", "run")]:
        raise _one_refused(shown(unknown[0]), f"{shown(unknown[0])} means nothing beside rows.")
    batch = body["rows"]
    if not isinstance(batch, list) or not batch:
        raise _one_refused("rows", "rows must be a list of at least one row.")
    if len(batch) > MAX_ROWS:
        raise TooManyRows(f"The batch has {len(batch)} rows; {MAX_ROWS} are taken.")
    keys = [f"{key}/{place}" if key else "" for place in range(len(batch))]
    rows, refusals = _read(batch, keys, variables, text_ok)
    if refusals:
        raise BodyRefused(refusals, len(batch), is_batch=True)
    return Feed(rows, run)


def _one_refused(field: str, message: str) -> BodyRefused:
    return BodyRefused({0: RowRefused([Problem("malformed", field, message)])}, 1, is_batch=False)


def _read(
    batch: list[Any], keys: list[str], variables: int, text_ok: bool
) -> tuple[list[IngestRow], dict[int, RowRefused]]:
    rows, refusals = [], {}
    for place, (row, key) in enumerate(zip(batch, keys, strict=True)):
        try:
            rows.append(_row_of(row, key, variables, text_ok))
        except RowRefused as refusal:
            refusals[place] = refusal
    return rows, refusals


def _row_of(row: Any, key: str, variables: int, text_ok: bool) -> IngestRow:
    """Read one row in any of its forms. Raises RowRefused with the problems of row and values."""
    problems: list[Problem] = []
    values: Any = row
    if not isinstance(row, Mapping):
        problems.append(Problem("malformed", "row", "A row must be an object of names and values."))
        raise RowRefused(problems)
    envelope = next((name for name in _ENVELOPES if name in row), None)
    if envelope is None:
        values = {name: value for name, value in row.items() if name not in _SAID_OF_ROW}
    else:
        values = row[envelope]
        for name in row:
            if name not in (envelope, *_SAID_OF_ROW):
                said = f"{shown(name)} means nothing beside {envelope}."
                problems.append(Problem("malformed", shown(name), said))
        if not isinstance(values, Mapping):
            said = f"{envelope} must be an object of names and values."
            raise RowRefused([*problems, Problem("malformed", envelope, said)])
    step = _step_of(row.get("step"), problems, text_ok)
    time = _time_of(row.get("time"), problems)
    key = _key_of(row.get("key"), key, problems)
    vector: Vector | None = None
    try:
        vector = parse_row(values, variables, text_ok=text_ok)
    except RowRefused as refusal:
        problems += refusal.problems
    if problems or vector is None:
        raise RowRefused(problems)
    return IngestRow(vector, step, time, key)


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _step_of(value: Any, problems: list[Problem], text_ok: bool) -> int | None:
    if text_ok and isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    if value is None or _is_whole(value, 1, MAX_STEP):
        return value
    said = f"step must be a whole number from 1 to {MAX_STEP}."
    problems.append(Problem("malformed", "step", said))
    return None


def _time_of(value: Any, problems: list[Problem]) -> datetime | None:
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        # A time near the ends of the calendar has no equivalent in UTC.
        if time is not None and time.tzinfo is not None and 1900 <= time.year <= 2200:
            return time
    except (ValueError, OverflowError):
        pass
    said = "time must be ISO 8601 with an offset from UTC, for example 2026-01-31T12:00:00Z."
    problems.append(Problem("malformed", "time", said))
    return None


def _key_of(value: Any, default: str, problems: list[Problem]) -> str:
    key = default if value is None else value
    fits = isinstance(key, str) and len(key) <= MAX_KEY_LENGTH
    if fits and key.isascii() and key.isprintable():
        return key
    said = f"A key has at most {MAX_KEY_LENGTH} printable ASCII characters."
    problems.append(Problem("malformed", "key", said))
    return ""
