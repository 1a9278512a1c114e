"""One row from outside: names and values to the 53 values of a reading. Pure: knows no Django.

A name is one of the earlier system's (`A Feed`, `D feed load`), a label (`XMEAS(7)`, `XMV(10)`) or
a column of the earlier system's files (`XMEAS_7`); case and the number of blanks do not matter.
Nothing is dropped in silence: whatever cannot be used is a problem of its field, and a row with
one problem is refused as a whole.
"""

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from simulation.tep.variables import LABELS, N_CONTINUOUS, N_IDV, N_XMEAS, XMEAS, XMV, Xmeas, Xmv

Vector = npt.NDArray[np.float64]
ProblemKind = Literal["malformed", "unknown", "missing", "twice", "not numeric", "not finite"]

_VARIABLES: tuple[Xmeas | Xmv, ...] = (*XMEAS, *XMV)
#: The first kind that a row has is the one it is counted under: a misspelt name is unknown, and
#: only therefore missing.
PRECEDENCE: tuple[ProblemKind, ...] = (
    "malformed",
    "unknown",
    "missing",
    "twice",
    "not numeric",
    "not finite",
)
#: Unknown names that are answered one by one; the rest are counted.
UNKNOWN_NAMED = 20
#: Sets of required variables by `Plant.variables`: how many XMEAS, how many XMV.
_REQUIRED = {22: (N_CONTINUOUS, 0), 33: (N_CONTINUOUS, 11), 52: (N_XMEAS, 11)}

_NUMBERED = re.compile(r"(xmeas|xmv|idv)[\s_]*\(?\s*(\d{1,6})\s*\)?")
#: A number as JSON and CSV write it: no underscores, no blanks inside, no hexadecimal.
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_NOT_FINITE = re.compile(r"\s*[+-]?(nan|inf|infinity)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field of a row, in a sentence."""

    kind: ProblemKind
    field: str
    message: str


class RowRefused(Exception):
    """A row that cannot be stored; `problems` names every field and what is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems

    @property
    def kind(self) -> ProblemKind:
        """The kind under which the row is counted."""
        kinds = {problem.kind for problem in self.problems}
        return next(kind for kind in PRECEDENCE if kind in kinds)

    @property
    def by_field(self) -> dict[str, list[str]]:
        """The sentences by field."""
        found: dict[str, list[str]] = {}
        for problem in self.problems:
            found.setdefault(problem.field, []).append(problem.message)
        return found


def required_labels(variables: int) -> tuple[str, ...]:
    """Return the labels that a row must hold: 22, 33 or 52 of them (see `Plant.Variables`)."""
    n_xmeas, n_xmv = _REQUIRED[variables]
    return LABELS[:n_xmeas] + LABELS[N_XMEAS : N_XMEAS + n_xmv]


def parse_row(row: Mapping[str, Any], variables: int, *, text_ok: bool = False) -> Vector:
    """Return the values of a reading, shape (53,), NaN where an optional value is not given.

    `variables` says what is required (22, 33 or 52). A value is an int or a float; True and False
    are not numbers, null counts as not given. Text that writes a number ("12.3") is refused unless
    `text_ok`, for sources that know text alone (CSV, HTML forms). Raises RowRefused.
    """
    values = np.full(len(LABELS), np.nan)
    named: dict[int, str] = {}
    problems: list[Problem] = []
    unknown: list[str] = []
    for name, value in row.items():
        column = column_named(name)
        if column is None:
            unknown.append(name)
        elif column in named:
            problems.append(_twice(column, named[column], name))
        else:
            named[column] = name
            problem = _take(values, column, shown(name), value, text_ok)
            problems += [problem] if problem else []
    problems += _unknown(unknown)
    given = {column for column in named if row[named[column]] is not None}
    for label in required_labels(variables):
        if LABELS.index(label) not in given:
            problems.append(Problem("missing", label, f"{_described(label)} is missing."))
    if problems:
        raise RowRefused(problems)
    values.flags.writeable = False
    return values


def column_named(name: str) -> int | None:
    """Return the 0-based column (0..52) of a name, None if no variable is called so."""
    if not isinstance(name, str) or len(name) > 100:
        return None
    plain = " ".join(name.lower().split())
    numbered = _NUMBERED.fullmatch(plain)
    if numbered is None:
        return _names().get(plain)
    return _names().get(f"{numbered[1]}({int(numbered[2])})")


def shown(name: Any) -> str:
    """Return a name as it can be shown and stored: short, of printable ASCII characters."""
    return str(name)[:60].encode("unicode_escape").decode()[:60] or "(empty)"


@cache
def _names() -> dict[str, int]:
    by_label = {label.lower(): column for column, label in enumerate(LABELS)}
    legacy = (variable.legacy_name.lower() for variable in _VARIABLES)
    return by_label | {name: column for column, name in enumerate(legacy)}


@cache
def _as_written() -> dict[str, str]:
    """Every name as it is written, by its plain form: what a misspelt one is compared with."""
    written = [*LABELS, *(variable.legacy_name for variable in _VARIABLES)]
    return {name.lower(): name for name in written}


def _take(values: Vector, column: int, name: str, value: Any, text_ok: bool) -> Problem | None:
    """Put a value in its column, or return what is wrong with it."""
    if value is None:
        return None
    if isinstance(value, str) and text_ok:
        if _NOT_FINITE.fullmatch(value):
            return _not_finite(name, value.strip())
        if _NUMBER.fullmatch(value):
            value = float(value)
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return Problem("not numeric", name, f"{name} must be a number, not {_kind_of(value)}.")
    try:
        number = float(value)
    except (OverflowError, TypeError):
        return _not_finite(name, "a number too large for a float")
    if not math.isfinite(number):
        return _not_finite(name, str(number))
    values[column] = number
    return None


def _not_finite(name: str, said: str) -> Problem:
    return Problem("not finite", name, f"{name} must be a finite number, not {said}.")


def _kind_of(value: Any) -> str:
    if isinstance(value, str):
        written = " (send it without quotes)" if _NUMBER.fullmatch(value[:40]) else ""
        return f"the text {shown(value)!r}{written}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "a list" if isinstance(value, list | tuple) else "an object"


def _twice(column: int, first: str, second: str) -> Problem:
    label = LABELS[column]
    return Problem(
        "twice", label, f"{label} is given twice, as {shown(first)!r} and as {shown(second)!r}."
    )


def _unknown(names: list[str]) -> list[Problem]:
    found = [Problem("unknown", shown(name), _said_of(name)) for name in names[:UNKNOWN_NAMED]]
    if more := len(names) - len(found):
        text = f"And {more} more unknown names."
        found.append(Problem("unknown", "(more)", text))
    return found


def _said_of(name: Any) -> str:
    plain = " ".join(str(name)[:60].lower().split())
    numbered = _NUMBERED.fullmatch(plain)
    if numbered and numbered[1] == "idv" and 1 <= int(numbered[2]) <= N_IDV:
        return f"{shown(name)} is a disturbance, no measurement: leave it out."
    if numbered:
        return (
            f"There is no {shown(name)}: XMEAS runs from 1 to {len(XMEAS)}, XMV from 1 to "
            f"{len(XMV)}."
        )
    near = difflib.get_close_matches(plain, _as_written(), n=1, cutoff=0.6)
    hint = f" Did you mean {_as_written()[near[0]]}?" if near else ""
    return f"No variable is called {shown(name)}.{hint}"


def _described(label: str) -> str:
    return f"{label} ({_VARIABLES[LABELS.index(label)].legacy_name})"
